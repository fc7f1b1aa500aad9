/** `ckpt doctor --salvage`: what is sound is written, what is lost is told, and the exit code says which. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openNow } from '../../src/checkpoints/checkpoint.ts';
import { OBJECT_GRAPH_KEY } from '../../src/object-graph/object-graph-key.ts';
import { REPOSITORY } from '../fixtures.ts';
import { NO_PYTHON, PYTHON } from '../python.ts';
import { scratch } from '../scratch.ts';
import { doctorDocument } from './documents.ts';
import { ckpt, lines } from './run.ts';
import { type Folder, folderWith, refused } from './surgery-folder.ts';

/** Changes a byte in the middle of a tensor's content. */
function spoil(prefix: string, name: string): void {
  const checkpoint = openNow(prefix);
  const stored = checkpoint.tensors.get(name)?.stored;
  checkpoint.close();
  if (stored === undefined) throw new Error(`${name} is not there`);
  const data = readFileSync(stored.path);
  const at = stored.offset + Math.floor(stored.byteLength / 2);
  data[at] = (data[at] as number) ^ 0x40;
  writeFileSync(stored.path, data);
}

const salvage = (folder: Folder, ...args: readonly string[]) => folder.ckpt(['doctor', ...args, '--salvage']);

describe('a damaged checkpoint', () => {
  const DATA = 'model.ckpt.data-00000-of-00001';
  const LOST = lines(
    `ckpt: lost: tensor step: its bytes 217 to 225 run past the end of ${DATA}, which has 213`,
    `ckpt: lost: tensor weights: its bytes 57 to 217 run past the end of ${DATA}, which has 213`,
  );
  const folder = folderWith('damaged/truncated-data/model.ckpt');

  it('is told by a plan what will be left of it', () => {
    const { stdout, stderr, code } = salvage(folder, 'model.ckpt', '-o', 'saved', '--dry-run');
    expect(stdout).toContain('left out: 2\n');
    expect(stderr).toBe(`${LOST}ckpt: nothing was written, because of --dry-run\n`);
    expect(code).toBe(1);
    expect(folder.files()).not.toContain('saved.index');
  });

  it('gives its sound tensors, and says what is lost', async () => {
    const wanted = { stdout: lines('saved'), stderr: `${LOST}saved: 2 of 4 tensors saved; 57 B copied\n`, code: 1 };
    expect(salvage(folder, 'model.ckpt', '-o', 'saved')).toEqual(wanted);
    expect(folder.names('saved')).toEqual(['bias', 'labels']);
    expect(Object.keys(await folder.digests('saved'))).toEqual(['bias', 'labels']);
    expect(folder.ckpt(['doctor', 'saved']).code).toBe(0);
  });

  it('does not overwrite, unless told to', () => {
    expect(salvage(folder, 'model.ckpt', '-o', 'saved', '-q')).toEqual(
      refused('saved.index exists already; choose another name, or overwrite it with --force'),
    );
    expect(salvage(folder, 'model.ckpt', '-o', 'saved', '-q', '--force').code).toBe(1);
  });

  it('takes no other name for its own', () => {
    expect(salvage(folder, 'model.ckpt', '-o', 'model.ckpt', '--force', '-q').code).toBe(2);
    expect(readdirSync(folder.path).length).toBe(4);
  });

  it('of many lost tensors names some and counts the rest', () => {
    const many = folderWith('v2/many-blocks/many.ckpt');
    writeFileSync(join(many.path, 'many.ckpt.data-00000-of-00001'), new Uint8Array(1000));
    const { stdout, stderr, code } = salvage(many, 'many.ckpt', '-o', 'saved');
    expect(stderr.match(/^ckpt: lost: tensor /gm)?.length).toBe(3);
    expect(stderr).toMatch(
      /\nckpt: lost: 1,296 more tensors of many\.ckpt: [^\n]* alike\)[^\n]*\nsaved: 1 of 1,300 tensors saved; /,
    );
    expect({ stdout, code }).toEqual({ stdout: 'saved\n', code: 1 });
  });
});

describe('a checkpoint', () => {
  it('that is sound is copied whole, and the exit code is 0', async () => {
    const folder = folderWith('v2/partitioned-across-shards/across.ckpt');
    expect(salvage(folder, 'across.ckpt', '-o', 'saved', '-q')).toEqual({
      stdout: lines('saved'),
      stderr: '',
      code: 0,
    });
    expect(await folder.digests('saved')).toEqual(await folder.digests('across.ckpt'));
  });

  it.each(['damaged/lfs-pointer-data', 'damaged/flipped-index-bit', 'damaged/lfs-pointer-index'])(
    'of which nothing is sound, as in %s, gives nothing and 2',
    (name) => {
      const folder = folderWith(`${name}/model.ckpt`);
      const before = folder.files();
      const { stdout, stderr, code } = salvage(folder, 'model.ckpt', '-o', 'saved');
      expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
      expect(stderr).not.toContain('internal');
      expect(folder.files()).toEqual(before);
    },
  );
});

describe('a V1 checkpoint', () => {
  const MISSING = 'm-00001-of-00003';
  const folder = folderWith('v1/partitioned-across-shards/m');
  rmSync(join(folder.path, MISSING));

  it.each([['as it is'], ['as V2', '--to', 'v2']])(
    'of which a shard is missing gives what lies in the others, %s',
    async (how, ...to) => {
      const output = how.replaceAll(' ', '-');
      expect(salvage(folder, 'm', '-o', output, ...to)).toEqual({
        stdout: lines(to.length === 0 ? `${output}-?????-of-00002` : output),
        stderr: expect.stringMatching(
          /^ckpt: the shard m-00001-of-00003 is missing; what it lists is lost\nckpt: lost: tensor kernel: only some of its slices are there\n.*: 1 of 2 tensors saved; .* copied\n$/,
        ),
        code: 1,
      });
      expect(folder.names(output)).toEqual(['bias']);
      expect(folder.ckpt(['verify', output]).code).toBe(0);
    },
  );
});

describe('an object graph', () => {
  it('that is lost leaves names, and a note', () => {
    const folder = folderWith('v2/object-based-keras/model');
    spoil(join(folder.path, 'model'), OBJECT_GRAPH_KEY);
    const { stderr, code } = salvage(folder, 'model', '-o', 'saved');
    expect(stderr).toContain(
      'ckpt: the object graph is lost: the tensors in the new checkpoint go by their names alone\n',
    );
    expect(code).toBe(1);
    expect(folder.names('saved')).not.toContain(OBJECT_GRAPH_KEY);
    expect(folder.names('saved').length).toBe(folder.names('model').length - 1);
  });

  it('that alone is left saves nothing', () => {
    const folder = folderWith('v2/object-based-cyclic/cyclic');
    for (const name of folder.names('cyclic')) {
      if (name !== OBJECT_GRAPH_KEY) spoil(join(folder.path, 'cyclic'), name);
    }
    expect(salvage(folder, 'cyclic', '-o', 'saved', '-q')).toEqual(
      refused('nothing of cyclic can be saved; nothing was written'),
    );
  });
});

describe('options', () => {
  it('that only salvage has are refused without it', () => {
    const message = 'doctor writes with --salvage alone: ckpt doctor PATH --salvage -o OUT';
    expect(ckpt(['doctor', 'v2/sharded/sharded.ckpt', '-o', 'x'])).toEqual(refused(message));
  });

  it('of salvage need an output', () => {
    const message = 'name the new checkpoint: -o PREFIX, or look at the plan first with --dry-run';
    expect(ckpt(['doctor', 'v2/sharded/sharded.ckpt', '--salvage'])).toEqual(refused(message));
  });
});

describe('--json', () => {
  it.each([
    'damaged/truncated-data/model.ckpt',
    'damaged/html-page/model.ckpt',
    'damaged/plain-text/model.ckpt',
    'damaged/v1-named-index/model.ckpt',
    'v2/leftovers/model.ckpt',
    'v2/saved-model',
  ])('gives one document of %s', (path) => {
    const { stdout, stderr, code } = ckpt(['doctor', path, '--json']);
    const document = JSON.parse(stdout) as { ok: boolean };
    doctorDocument(document);
    expect(stdout.split('\n').length).toBe(2);
    expect({ stderr, code }).toEqual({ stderr: '', code: document.ok ? 0 : 1 });
  });
});

describe.skipIf(PYTHON === undefined)(`TensorFlow${NO_PYTHON}`, () => {
  const tensorflow = (...args: readonly string[]): string =>
    execFileSync(PYTHON ?? '', [join(REPOSITORY, 'test', 'tensorflow', 'salvaged.py'), ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString();

  it('restores the objects that are left from what was salvaged', () => {
    const prefix = join(scratch(), 'model');
    tensorflow('save', prefix);
    spoil(prefix, 'model/encoder/kernel/.ATTRIBUTES/VARIABLE_VALUE');
    expect(ckpt(['doctor', prefix, '--salvage', '-o', `${prefix}-saved`, '-q']).code).toBe(1);
    expect(ckpt(['verify', `${prefix}-saved`]).code).toBe(0);
    expect(JSON.parse(tensorflow('restore', `${prefix}-saved`))).toEqual({
      'encoder/kernel': [-1, -1, -1],
      'encoder/bias': [10, 11, 12],
      'decoder/kernel': [110, 111, 112],
      'decoder/bias': [110, 111, 112],
      step: 7,
    });
  }, 60_000);
});

describe('an index that was cut off', () => {
  const cut = (folder: Folder, bytes: number): void => {
    const path = join(folder.path, 'model.ckpt.index');
    writeFileSync(path, readFileSync(path).subarray(0, -bytes));
  };

  it('in its one block, gives names that nothing vouches for where they are asked for', () => {
    const folder = folderWith('v2/variables-howto/model.ckpt');
    cut(folder, 110);
    const refusal = salvage(folder, 'model.ckpt', '-o', 'saved');
    expect([refusal.code, refusal.stderr]).toEqual([2, expect.stringContaining('--unproven-names saves it')]);
    const { code, stdout } = salvage(folder, 'model.ckpt', '-o', 'saved', '--unproven-names');
    expect([code, stdout, folder.names('saved')]).toEqual([1, 'saved\n', ['biases']]);
  });

  it('in its footer alone, has lost nothing, in words and by its exit code', () => {
    const folder = folderWith('v2/variables-howto/model.ckpt');
    cut(folder, 20);
    const { code, stderr } = salvage(folder, 'model.ckpt', '-o', 'saved');
    expect([code, stderr]).toEqual([0, expect.stringContaining('no tensor is lost with it\n')]);
    expect(folder.names('saved')).toEqual(['biases', 'weights']);
  });
});

it('a V1 file that was cut in its only block is refused with the reason', () => {
  const folder = folderWith('v1/names/model.ckpt');
  const path = join(folder.path, 'model.ckpt');
  writeFileSync(path, readFileSync(path).subarray(0, 100));
  const { code, stderr } = salvage(folder, 'model.ckpt', '-o', 'saved', '--unproven-names');
  expect([code, folder.files().includes('saved.index')]).toEqual([2, false]);
  expect(stderr).toContain(
    'no block of records is whole, and nothing else in a V1 checkpoint tells whether its values',
  );
});
