import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint, writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type Tensor, tensorOfBytes } from '../../src/tensor/tensor.ts';
import { counted, floats, valuesOf } from '../edits/arrays.ts';
import { scratch } from '../scratch.ts';
import { ckpt, type Run } from './run.ts';

let cwd: string;
const run = (...args: string[]): Run => ckpt(args, { cwd });

/** Runs a command that must succeed and writes `out`; gives what stderr has. */
function wrote(...args: string[]): string {
  const { stdout, stderr, code } = run(...args);
  expect({ stderr: code === 0 ? '' : stderr, code }).toEqual({ stderr: '', code: 0 });
  expect(stdout).toBe(`${args[args.indexOf('-o') + 1]}\n`);
  return stderr;
}

async function valuesIn(prefix: string, name: string): Promise<number[]> {
  const checkpoint = await openCheckpoint(join(cwd, prefix));
  try {
    return valuesOf(checkpoint.tensors.get(name));
  } finally {
    checkpoint.close();
  }
}

function step(value: number): Tensor {
  return tensorOfBytes(dtypeOf('int64'), [], new Uint8Array(BigInt64Array.of(BigInt(value)).buffer));
}

function model(first: number): Map<string, Tensor> {
  return new Map([
    ['emb', counted([3, 2], first)],
    ['emb/Adam', counted([3, 2], 10 * first)],
    ['global_step', step(first)],
    ['w', floats([2], [first, 70000])],
  ]);
}

beforeAll(async () => {
  cwd = scratch();
  for (const first of [1, 2, 3]) await writeCheckpoint(join(cwd, `m-${first}`), model(first));
  writeFileSync(
    join(cwd, 'checkpoint'),
    `model_checkpoint_path: "m-3"\n${[1, 2, 3].map((n) => `all_model_checkpoint_paths: "m-${n}"\n`).join('')}`,
  );
});

describe('edits of shape', () => {
  it('resize a variable and its slot, and say so in the plan', async () => {
    const args = ['resize', 'm-1', 'emb', '--size', '4'];
    const { stdout } = run(...args, '--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      unchangedCount: 2,
      changed: [
        { name: 'emb', from: 'float32[3,2]', to: 'float32[4,2]' },
        { name: 'emb/Adam', from: 'float32[3,2]', to: 'float32[4,2]' },
      ],
    });
    expect(wrote(...args, '-o', 'large')).toContain('large: 2 resized to 4 rows, of 4 tensors');
    expect(await valuesIn('large', 'emb/Adam')).toEqual([10, 11, 12, 13, 14, 15, 0, 0]);
    expect(run('verify', 'large').code).toBe(0);
  });

  it('remap by vocabularies', async () => {
    writeFileSync(join(cwd, 'old.txt'), 'a\nb\nc\n');
    writeFileSync(join(cwd, 'new.txt'), 'c\nd\na\n');
    const told = wrote('remap', 'm-1', 'emb', '--from', 'old.txt', '--to-vocab', 'new.txt', '-o', 'mapped');
    expect(told).toContain('of 3 words 2 were there and 1 is new; 1 is lost');
    expect(await valuesIn('mapped', 'emb')).toEqual([5, 6, 0, 0, 1, 2]);
  });

  it('split, concat, transpose, reshape and partition', async () => {
    wrote('split', 'm-1', 'emb', '--into', '3', '--as', 'emb_{n}', '-o', 'cut');
    wrote('concat', 'cut', 'emb_{n}', '--as', 'emb', '-o', 'joined');
    expect(await valuesIn('joined', 'emb/Adam')).toEqual([10, 11, 12, 13, 14, 15]);
    wrote('transpose', 'm-1', 'emb', '--perm', '1,0', '-o', 'turned');
    expect(await valuesIn('turned', 'emb')).toEqual([1, 3, 5, 2, 4, 6]);
    wrote('reshape', 'm-1', 'emb', '--shape', '2,-1', '-o', 'shaped', '--link');
    expect(run('list', 'shaped', '--tsv').stdout).toContain('[2,3]');
    wrote('partition', 'm-1', 'emb', '--into', '2', '-o', 'parts');
    expect(run('list', 'parts', '--long').stdout).toMatch(/0,2:-/);
    wrote('partition', 'parts', 'emb', '--merge-slices', '-o', 'whole');
    expect(await valuesIn('whole', 'emb/Adam')).toEqual([10, 11, 12, 13, 14, 15]);
  });

  it.each([
    [['resize', 'm-1', 'emb', '--size', '2', '-o', 'x'], /2 would cut 1 off.*--cut/],
    [['resize', 'm-1', 'emp', '--size', '4', '-o', 'x'], /no tensor matches emp; the nearest names are emb/],
    [['resize', 'm-1', 'emb', '--size', '4', '--init', 'normal:-1', '-o', 'x'], /normal:-1 is no normal distribution/],
    [['resize', 'm-1', 'global_step', '--size', '4', '-o', 'x'], /no axis 0; it is a scalar/],
    [['split', 'm-1', 'emb', '--sizes', '0,3', '--as', 'x_{n}', '-o', 'x'], /sizes are whole numbers from 1 on/],
    [
      ['split', 'm-1', 'emp', '--into', '3', '--as', 'x_{n}', '-o', 'x'],
      /no tensor called emp; the nearest names are emb/,
    ],
    [['set', 'm-1', 'w=@m-2:v', '-o', 'x'], /m-2 has no tensor called v/],
    [['set', 'm-1', 'w=1', '--in-place', '--to', 'v1'], /m-1 stays V2 in its place; write another format with -o/],
    [['set', 'm-1', 'ww=@m-2:w', '-o', 'x'], /'ww:float32\[2\]=@m-2:w'/],
    [['transpose', 'm-1', 'emb', '-o', 'x'], /--perm 3,2,0,1 or --layout/],
    [['concat', 'm-1', 'emb_{n}', '--as', 'y', '-o', 'x'], /emb_\{n\}/],
    [['partition', 'm-1', 'emb', '-o', 'x'], /--into how many parts/],
    [['cast', 'm-1', '--dtype', 'float99', '-o', 'x'], /no dtype is called 'float99'/],
    [['cast', 'm-1', 'w', '--dtype', 'int8', '-o', 'x'], /w: element 1 is 70000, which does not fit int8/],
    [['average', 'm-1', '-o', 'x'], /two checkpoints or more/],
    [['average', '--last', '9', '.', '-o', 'x'], /has 3 checkpoints, fewer than 9/],
    [['average', 'm-1', 'm-2', '--into', 'step=no', '-o', 'x'], /a step is last, first or a number/],
    [['ema', 'm-1', '-o', 'x'], /no moving average/],
    [['set', 'm-1', 'w', '-o', 'x'], /w is no NAME=VALUE/],
    [['set', 'm-1', 'w=[1,2,3]', '-o', 'x'], /w has shape \[2\], the value \[3\]/],
    [['set', 'm-1', 'w=@nowhere.npy', '-o', 'x'], /nowhere\.npy/],
    [['set', 'm-1', 'w=@m-2', '-o', 'm-1', '--force'], /m-1 is what is read/],
    [['set', 'm-1', 'v:float32[2]=@m-2', '-o', 'x'], /m-2 holds 4 tensors; say which/],
    [['set', 'm-1', 'w=0', '--into', '.'], /is no SavedModel/],
    [['set', 'm-1', 'v:float32[99999999,99999999,99]=zeros', '-o', 'x'], /is larger than any file can be/],
  ])('%j ends in one sentence, and writes nothing', (args, message) => {
    const before = readdirSync(cwd);
    const { stdout, stderr, code } = run(...args);
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toMatch(message);
    expect(
      stderr
        .trim()
        .split('\n')
        .filter((line) => line.startsWith('ckpt: ')).length,
    ).toBe(1);
    expect(readdirSync(cwd)).toEqual(before);
  });
});

describe('cast', () => {
  it('tells what was lost, on stderr and as a document', () => {
    expect(wrote('cast', 'm-1', '--dtype', 'float16', '-o', 'half')).toMatch(/w +float32 -> float16 +1 +0 +0/);
    const { stdout } = run('cast', 'm-1', 'w', '--dtype', 'float16', '-o', 'half-w', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      resolved: 'half-w',
      written: true,
      tensors: [
        {
          name: 'w',
          from: 'float32',
          to: 'float16',
          shape: [2],
          elements: 2,
          overflow: 1,
          underflow: 0,
          largestError: 0,
        },
      ],
    });
    expect(run('list', 'half', '--tsv').stdout).toMatch(/global_step\tint64/);
  });

  it('takes slots along, or leaves them, where that is said', () => {
    const cast = (...args: string[]): string[] =>
      JSON.parse(run('cast', 'm-1', '--dtype', 'bfloat16', '--dry-run', '--json', ...args).stdout).changed.map(
        ({ name }: { name: string }) => name,
      );
    expect(cast('emb')).toEqual(['emb']);
    expect(cast('emb', '--with-slots')).toEqual(['emb', 'emb/Adam']);
    expect(cast('--no-slots')).toEqual(['emb', 'w']);
    expect(cast()).toEqual(['emb', 'emb/Adam', 'w']);
  });

  it('writes nothing where an overflow is not wanted', () => {
    const { stdout, stderr, code } = run('cast', 'm-1', '--dtype', 'float16', '--fail-on', 'overflow', '-o', 'never');
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toContain('nothing was written: some numbers overflow');
    expect(existsSync(join(cwd, 'never.index'))).toBe(false);
    wrote('cast', 'm-1', 'emb', '--dtype', 'float16', '--fail-on', 'overflow', '-o', 'fine');
  });
});

describe('average', () => {
  it('takes the last checkpoints of a state file, and their step', async () => {
    const told = wrote('average', '--last', '2', '.', '-o', 'mean');
    expect(told).toContain('global_step differs and is no float: it is that of');
    expect(await valuesIn('mean', 'emb')).toEqual([2.5, 3.5, 4.5, 5.5, 6.5, 7.5]);
    expect(run('print', 'mean', 'global_step').stdout).toContain('\n3\n');
    expect(wrote('average', 'm-1', 'm-2', '--into', 'step=0', '--weights', '3,1', '-o', 'mixed')).not.toContain(
      'differ',
    );
    expect(run('print', 'mixed', 'global_step').stdout).toContain('\n0\n');
    expect(await valuesIn('mixed', 'w')).toEqual([1.25, 70000]);
  });
});

describe('set', () => {
  it('sets numbers, lists, tensors of other checkpoints and initial values', async () => {
    const args = ['global_step=7', 'w=[1,2]', 'emb=@m-3', 'v:float32[2,2]=ones', 'u:float32[1]=@m-2:w'];
    expect(run('set', 'm-1', ...args, '-o', 'x').stderr).toContain('u has shape [1], m-2:w has [2]');
    wrote('set', 'm-1', ...args.slice(0, 4), '-o', 'new');
    expect(await valuesIn('new', 'emb')).toEqual([3, 4, 5, 6, 7, 8]);
    expect(await valuesIn('new', 'v')).toEqual([1, 1, 1, 1]);
    expect(run('print', 'new', 'global_step').stdout).toContain('\n7\n');
  });

  it('links what stays, and changes a checkpoint in its place', async () => {
    wrote('set', 'm-1', 'w=zeros', '--link', '-o', 'linked');
    expect(await valuesIn('linked', 'w')).toEqual([0, 0]);
    expect(await valuesIn('linked', 'emb/Adam')).toEqual([10, 11, 12, 13, 14, 15]);
    const { stdout, code } = run('set', 'linked', 'w=5', 'global_step=9', '--in-place');
    expect({ stdout, code }).toEqual({ stdout: 'linked\n', code: 0 });
    expect(await valuesIn('linked', 'w')).toEqual([5, 5]);
    expect(await valuesIn('linked', 'emb')).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await valuesIn('m-1', 'w')).toEqual([1, 70000]);
    expect(run('verify', 'linked').code).toBe(0);
  });

  it.skipIf(process.platform === 'win32')('in place of what a link points to, never of the link', async () => {
    wrote('set', 'm-1', 'w=[3,4]', '-o', 'real');
    symlinkSync('real.index', join(cwd, 'link.index'));
    symlinkSync('real.data-00000-of-00001', join(cwd, 'link.data-00000-of-00001'));
    const { stderr, code } = run('set', 'link', 'w=5', '--in-place');
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/link\.\S+ is a link to \S*real\.\S+; name the checkpoint there/),
    ]);
    expect(await valuesIn('link', 'w')).toEqual([3, 4]);
    wrote('convert', 'm-1', '-o', 'real.safetensors');
    symlinkSync('real.safetensors', join(cwd, 'link.safetensors'));
    expect(run('set', 'link.safetensors', 'w=5', '--in-place').code).toBe(0);
    expect(lstatSync(join(cwd, 'link.safetensors')).isSymbolicLink()).toBe(true);
    expect(await valuesIn('real.safetensors', 'w')).toEqual([5, 5]);
  });

  it('puts values into a SavedModel, if they fit', async () => {
    mkdirSync(join(cwd, 'model', 'variables'), { recursive: true });
    writeFileSync(join(cwd, 'model', 'saved_model.pb'), '');
    await writeCheckpoint(join(cwd, 'model', 'variables', 'variables'), model(1));
    expect(run('set', 'model', 'w=[8,9]', '--in-place').code).toBe(0);
    expect(await valuesIn('model/variables/variables', 'w')).toEqual([8, 9]);
    expect(run('set', 'm-2', 'w=[1,1]', '--into', 'model').stdout).toBe('model/variables/variables\n');
    expect(await valuesIn('model/variables/variables', 'emb')).toEqual([2, 3, 4, 5, 6, 7]);
    expect(run('set', 'large', 'w=[1,1]', '--into', 'model').stderr).toContain(
      'emb is float32[4,2], model wants float32[3,2]',
    );
    expect(readdirSync(join(cwd, 'model', 'variables')).sort()).toEqual([
      'variables.data-00000-of-00001',
      'variables.index',
    ]);
  });
});

describe('--record', () => {
  it('says what a checkpoint was made of, and info shows it', () => {
    wrote('set', 'm-1', 'w=[1,2]', '-o', 'noted', '--record');
    const { record } = JSON.parse(run('info', 'noted', '--json').stdout) as { record: Record<string, unknown> };
    expect(record).toMatchObject({
      command: ['set', 'm-1', 'w=[1,2]', '-o', 'noted', '--record'],
      inputs: [
        {
          path: 'm-1',
          format: 'v2',
          files: [
            { path: 'm-1.index', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
            { path: 'm-1.data-00000-of-00001' },
          ],
        },
      ],
      output: { path: 'noted' },
    });
    expect(run('info', 'noted').stdout).toMatch(
      /record +ckpt [\d.]+: set m-1 'w=\[1,2\]' -o noted --record\n +from m-1, 268 B, index [0-9a-f]{12}\n/,
    );
    const again = run('rename', 'm-1', '--add-prefix', 'x/', '-o', 'noted', '--record');
    expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: 2 });
    wrote('rename', 'm-1', '--add-prefix', 'x/', '-o', 'noted', '--force');
    expect(run('info', 'noted').stdout).toContain('of another checkpoint: the index is not the one that it speaks of');
    wrote('rename', 'm-1', '--add-prefix', 'y/', '-o', 'noted', '--force', '--record');
    expect(run('info', 'noted').stdout).not.toContain('of another checkpoint');
  });
});

describe('set from numpy', () => {
  it('takes an array of a file, cast to the dtype that the tensor has', async () => {
    // np.save('a.npy', np.array([1.5, 2.5])), as numpy 2 writes it.
    const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }".padEnd(117) + '\n';
    const magic = Uint8Array.of(0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0);
    const content = Buffer.from(Float64Array.of(1.5, 2.5).buffer);
    writeFileSync(join(cwd, 'a.npy'), Buffer.concat([magic, Buffer.from(header), content]));
    wrote('set', 'm-1', 'w=@a.npy', '-o', 'from-npy');
    expect(await valuesIn('from-npy', 'w')).toEqual([1.5, 2.5]);
    expect(run('set', 'm-1', 'emb=@a.npy', '-o', 'no').stderr).toContain('emb has shape [3,2], a.npy has [2]');
  });
});
