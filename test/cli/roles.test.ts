/** Roles on the command line: choosing by them, where they come from, and what is said of how far they can be trusted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { writeCheckpoint } from '../../src/index.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { tensorOfBytes } from '../../src/tensor/tensor.ts';
import { listDocument } from './documents.ts';
import { ckpt, lines } from './run.ts';

const TF1 = 'graphs/tf1-ref-variables/model.ckpt';
const OBJECTS = 'v2/object-based/ckpt-2';
const GUESSED = lines(
  'ckpt: which tensors are trained is guessed from their names; --graph takes a .meta file or a SavedModel that knows',
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ckpt-roles-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const namesOf = (...args: string[]): string[] =>
  ckpt(['list', ...args, '--names', '--quiet'])
    .stdout.split('\n')
    .slice(0, -1);
const WEIGHTS = ['hidden/bias', 'hidden/kernel', 'norm/gamma'].map((name) => `net/encoder/${name}`);
const TRAINED = [...WEIGHTS, 'net/output/bias', 'net/output/kernel'];

describe('--role, --trainable and --non-trainable', () => {
  it('choose', () => {
    expect(namesOf(TF1, '--role', 'step')).toEqual(['global_step']);
    expect(namesOf(TF1, '--role', 'step,hyperparameter')).toEqual(['beta1_power', 'beta2_power', 'global_step']);
    expect(namesOf(TF1, '--role', 'ema', '--role', 'step')).toEqual([
      'global_step',
      ...TRAINED.map((name) => `${name}/ExponentialMovingAverage`),
    ]);
    expect(namesOf(TF1, '--trainable')).toEqual(TRAINED);
    expect(namesOf(TF1, '--role', 'weight', '--non-trainable')).toEqual([
      'net/encoder/norm/moving_mean',
      'net/encoder/norm/moving_variance',
    ]);
    expect(namesOf(TF1, 'net/output/', '--role', 'slot', '!**/*_1')).toEqual([
      'net/output/bias/Adam',
      'net/output/kernel/Adam',
    ]);
  });

  it('refuse what they cannot choose by', () => {
    expect(ckpt(['list', TF1, '--role', 'slots'])).toEqual({
      stdout: '',
      stderr: lines(
        "ckpt: option '--role <role>' argument 'slots' is invalid. Known are weight, slot, ema, step, hyperparameter, bookkeeping.",
        '(see ckpt list --help)',
      ),
      code: 2,
    });
    expect(ckpt(['list', TF1, '--trainable', '--non-trainable'])).toMatchObject({ stdout: '', code: 2 });
  });

  it('say where the answer is a guess, and where there is none', () => {
    expect(ckpt(['list', 'v2/sharded', '--names', '--trainable'])).toEqual({
      stdout: lines('dense/bias', 'dense/kernel', 'embedding'),
      stderr: GUESSED,
      code: 0,
    });
    expect(ckpt(['list', 'v2/sharded', '--names', '--trainable', '--quiet']).stderr).toBe('');
    expect(ckpt(['list', 'v2/sharded', '--names', '--role', 'weight']).stderr).toBe('');
    expect(ckpt(['list', OBJECTS, '--names', '--trainable']).stderr).toBe(
      lines(
        'ckpt: 1 tensor taken for neither, for nothing tells if trained: net/tables/a.Sb/.ATTRIBUTES/VARIABLE_VALUE',
      ),
    );
    expect(ckpt(['list', TF1, '--names', '--trainable']).stderr).toBe('');
    expect(ckpt(['list', 'graphs/keras-adam/model', '--names', '--trainable', '--role', 'step']).stderr).toMatch(
      /^ckpt: 4 tensors taken for neither, for nothing tells if trained: table\/embedding_matrix\/.*, \.\.\.\n$/,
    );
    expect(ckpt(['list', 'graphs/keras-frozen-unknown', '--names', '--trainable']).stderr).toMatch(
      /^ckpt: 6 tensors taken for trained by name alone: _layers\/1\/.*, \.\.\.$/m,
    );
  });

  it('go for every command that selects', async () => {
    expect(ckpt(['print', TF1, '**', '--role', 'hyperparameter', '--precision', '1']).stdout).toMatch(
      /^beta1_power .*\n.*\n\nbeta2_power .*\n.*\n$/,
    );
    expect(ckpt(['tree', TF1, '--role', 'step']).stdout).toBe(
      lines(`${TF1}  1 parameter, 8 B`, '└─ global_step  int64[], 8 B', 'parameters: step 1'),
    );
    const kept = join(folder, 'kept');
    expect(ckpt(['subset', TF1, '--trainable', '-o', kept]).code).toBe(0);
    expect([...(await openCheckpoint(kept)).tensors.keys()]).toEqual(TRAINED);
    const dropped = join(folder, 'dropped');
    expect(ckpt(['drop', TF1, '--role', 'slot,ema,hyperparameter', '-o', dropped]).code).toBe(0);
    expect([...(await openCheckpoint(dropped)).tensors.keys()]).toEqual([
      'global_step',
      ...WEIGHTS,
      'net/encoder/norm/moving_mean',
      'net/encoder/norm/moving_variance',
      'net/output/bias',
      'net/output/kernel',
    ]);
  });
});

describe('--graph', () => {
  it('names the file that knows, wherever it is', () => {
    const plain = join(folder, 'plain');
    ckpt(['subset', 'graphs/tf1-own-collection/model.ckpt', '**', '-o', plain]);
    expect(namesOf(plain, '--non-trainable')).toEqual([]);
    const graph = 'graphs/tf1-own-collection/model.ckpt.meta';
    expect(namesOf(plain, '--non-trainable', '--graph', graph)).toEqual(['offset', 'scale']);
    expect(ckpt(['info', plain, '--graph', graph]).stdout).toMatch(
      /\nweights +trained +5 tensors, .*, by model\.ckpt\.meta\n +not trained +2 tensors, .*, by model\.ckpt\.meta\nwritten by +TensorFlow \d/,
    );
  });

  it('must name one', () => {
    const { stdout, stderr, code } = ckpt(['list', 'v2/sharded', '--graph', 'v2/none.meta']);
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toMatch(/^ckpt: there is no graph at v2\/none\.meta; name a \.meta file, /);
  });
});

describe('list', () => {
  it('tells of each tensor what it is for, and of slots whose they are', () => {
    const document = JSON.parse(ckpt(['list', TF1, 'net/output/bias', 'net/output/bias/Adam_1', '--json']).stdout);
    listDocument(document);
    expect(document.tensors).toEqual([
      expect.objectContaining({ name: 'net/output/bias', role: 'weight', trainable: 'yes', evidence: 'declared' }),
      expect.objectContaining({
        name: 'net/output/bias/Adam_1',
        role: 'slot',
        trainable: 'no',
        evidence: 'declared',
        slotOf: 'net/output/bias',
        slot: 'Adam_1',
      }),
    ]);
  });

  it('prints the same quickly and slowly, whatever lies between a variable and its slots', async () => {
    const prefix = join(folder, 'slots');
    const names = [
      'w',
      'w-1',
      'w.x',
      'w/Adam',
      'w/Adam_1',
      'w/Adam/ExponentialMovingAverage',
      'w/m',
      'x/m',
      'lost/Adam',
    ];
    names.push('q', 'q_slot_vr', 'train/w/Momentum', 'training/Adam/w/v', 'é', 'é/Adam', 'tab\t', 'tab\t/Adam', 'step');
    names.push('a/b/.ATTRIBUTES/VARIABLE_VALUE', 'a/b/.OPTIMIZER_SLOT/o/m/.ATTRIBUTES/VARIABLE_VALUE', 'b"/Adam', 'b"');
    const tensor = tensorOfBytes(dtypeOf('float32'), [2], new Uint8Array(8));
    // So many that each name stands for itself.
    const others = Array.from({ length: 2 ** 14 }, (_, i) => `z/${i}`);
    await writeCheckpoint(prefix, new Map([...names, ...others].map((name) => [name, tensor])));
    for (const form of ['--json', '--tsv']) {
      const quick = ckpt(['list', prefix, form]);
      expect(quick.code).toBe(0);
      expect(quick).toEqual(ckpt(['list', prefix, form, '/^/']));
    }
    const { tensors } = JSON.parse(ckpt(['list', prefix, '--json']).stdout);
    const slots = Object.fromEntries(tensors.map((one: Record<string, string>) => [one.name, one.slotOf]));
    expect(slots).toMatchObject({ 'w/Adam': 'w', 'w/Adam_1': 'w', 'w/m': 'w', 'é/Adam': 'é', q_slot_vr: 'q' });
    expect(slots).toMatchObject({ 'train/w/Momentum': 'w', 'training/Adam/w/v': 'w', 'tab\t/Adam': 'tab\t' });
    expect(slots['lost/Adam']).toBeUndefined();
  });
});
