/** `ckpt rename`: as a process, on checkpoints that TensorFlow saved. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { lines } from './run.ts';
import { type Folder, folderWith, refused } from './surgery-folder.ts';

/** Two tensors, `biases` and `weights`. */
const HOWTO = 'v2/variables-howto/model.ckpt';
const SHARDED = 'v2/sharded/sharded.ckpt';

let folder: Folder;
const written = (path: string, renamed: string, cost = '613 KiB copied') => ({
  stdout: lines(path),
  stderr: lines(`${path}: ${renamed} renamed; ${cost}`),
  code: 0,
});
const write = (name: string, text: string): void => writeFileSync(join(folder.path, name), text);
const data = (prefix: string): string => join(folder.path, `${prefix}.data-00000-of-00001`);

beforeEach(() => {
  folder = folderWith(HOWTO);
});

describe('rename with a map', () => {
  it('writes a checkpoint whose path alone goes to stdout', async () => {
    const before = await folder.digests('model.ckpt');
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=params', '-o', 'out.ckpt'])).toEqual(
      written('out.ckpt', '1 of 2 tensors'),
    );
    expect(await folder.digests('out.ckpt')).toEqual({ biases: before.biases, params: before.weights });
    expect(await folder.digests('model.ckpt')).toEqual(before);
  });

  it('takes the names of a pipeline', () => {
    const line = String.raw`ckpt list model.ckpt --names | sed 's|\(.*\)weights$|&\t\1params|;t;d' | ckpt rename model.ckpt --map - -o out.ckpt`;
    expect(folder.shell(line)).toEqual(written('out.ckpt', '1 of 2 tensors'));
    expect(folder.names('out.ckpt')).toEqual(['biases', 'params']);
  });

  it('takes lines that sed left alone', () => {
    const line = String.raw`ckpt list model.ckpt --names | sed 's|weights|&\tparams|' | ckpt rename model.ckpt --map - -o out.ckpt`;
    expect(folder.shell(line)).toEqual(written('out.ckpt', '1 of 2 tensors'));
    expect(folder.names('out.ckpt')).toEqual(['biases', 'params']);
  });

  it('chains with other commands by the path', () => {
    const line =
      'ckpt subset model.ckpt weights -o w | ckpt rename - --map weights=params -o out.ckpt -q | ckpt verify - -q';
    expect(folder.shell(line)).toEqual({
      stdout: lines('out.ckpt: sound: 1 tensor, 613 KiB checked'),
      stderr: lines('w: 1 of 2 tensors kept; 613 KiB copied'),
      code: 0,
    });
  });

  it.each([
    ['tabs', 'names.tsv', 'weights\tparams\n'],
    ['commas and a heading', 'names.csv', 'old,new\n"weights","params"\n'],
    ['JSON', 'names.json', '{ "weights": "params" }'],
    ['no ending that says so', 'list', 'weights,params'],
    ['a name like a pair', 'a=b', 'weights\tparams\n'],
  ])('reads a file of %s', (_, name, text) => {
    write(name, text);
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', name, '-o', 'out.ckpt']).code).toBe(0);
    expect(folder.names('out.ckpt')).toEqual(['biases', 'params']);
  });

  it('swaps, and follows chains, at once', async () => {
    const before = await folder.digests('model.ckpt');
    folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=biases', '--map', 'biases=weights', '-o', 'swapped']);
    expect(await folder.digests('swapped')).toEqual({ biases: before.weights, weights: before.biases });
    folder.ckpt(['rename', 'model.ckpt', '--map', 'biases=weights', '--map', 'weights=w', '-o', 'chained']);
    expect(await folder.digests('chained')).toEqual({ weights: before.biases, w: before.weights });
  });

  it('knows which = stands between the names', () => {
    folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=a=b', '-o', 'one']);
    expect(folder.names('one')).toEqual(['a=b', 'biases']);
    folder.ckpt(['rename', 'one', '--map', 'a=b=c', '-o', 'two']);
    expect(folder.names('two')).toEqual(['biases', 'c']);
  });

  it('writes a copy when names are mapped to themselves and that is said', () => {
    const args = ['rename', 'model.ckpt', '--map', 'weights=weights', '--allow-missing', '-o', 'out'];
    expect(folder.ckpt(args)).toEqual(written('out', '0 of 2 tensors'));
  });

  it('refuses a pair that may be cut in two ways', () => {
    folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=a', '--map', 'biases=a=b', '-o', 'one']);
    expect(folder.ckpt(['rename', 'one', '--map', 'a=b=c', '-o', 'two'])).toEqual(
      refused('--map a=b=c may be a to b=c or a=b to c: all are there; name the pair in a file, with a tab between'),
    );
  });

  it('keeps the parts of a partitioned variable under its new name', async () => {
    const parts = folderWith('v2/partitioned/parts.ckpt');
    const before = await parts.digests('parts.ckpt');
    expect(parts.ckpt(['rename', 'parts.ckpt', '--add-prefix', 'net/', '-o', 'out']).code).toBe(0);
    const after = await parts.digests('out');
    expect(after).toEqual(Object.fromEntries(Object.entries(before).map(([name, digest]) => [`net/${name}`, digest])));
    const slices = (prefix: string) =>
      JSON.parse(parts.ckpt(['list', prefix, '--long', '--json']).stdout).tensors.map(
        ({ slices: all }: { slices?: string[] }) => all,
      );
    expect(slices('out')).toEqual(slices('parts.ckpt'));
    expect(slices('out').flat().filter(Boolean).length).toBeGreaterThan(1);
  });
});

describe('a pattern that repeats what repeats itself', () => {
  it('takes no way twice, and the same ones as any other', () => {
    const many = folderWith('v2/many-blocks/many.ckpt');
    const none = many.ckpt(['rename', 'many.ckpt', '--replace', 's/(.*)*#(.*)*%/z/', '-o', 'out', '--dry-run']);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('no name would change')]);
    const args = ['rename', HOWTO.slice(HOWTO.lastIndexOf('/') + 1), '-o', 'out', '--dry-run'];
    expect(folder.ckpt([...args, '--replace', 's/^(w)(e|i|g)+h/\\2\\1/']).stdout).toContain('weights -> gwts');
  });
});

describe('rename with rules', () => {
  const namesAfter = (...rules: string[]): string[] => {
    const { code, stderr } = folder.ckpt(['rename', 'sharded.ckpt', ...rules, '-o', 'out', '--force', '-q']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return folder.names('out');
  };
  beforeEach(() => {
    folder = folderWith(SHARDED);
  });

  it.each<[string, string[], string[]]>([
    ['a substitution', ['--replace', 's/dense/d/'], ['d/bias', 'd/kernel', 'embedding', 'flags', 'names', 'step']],
    [
      'substitutions in their order',
      ['--replace', 's/dense/fc/', '--replace', 's|^fc/(.*)$|\\1/fc|'],
      ['bias/fc', 'embedding', 'flags', 'kernel/fc', 'names', 'step'],
    ],
    [
      'the map before substitutions, and these before prefixes',
      ['--add-prefix', 'b/', '--strip-prefix', 'a/', '--replace', 's/^x/a/', '--map', 'step=x/step'],
      ['b/dense/bias', 'b/dense/kernel', 'b/embedding', 'b/flags', 'b/names', 'b/step'],
    ],
    [
      'a selection that limits it',
      ['--add-prefix', 'net/', '--select', 'dense/', '--select', 'step'],
      ['embedding', 'flags', 'names', 'net/dense/bias', 'net/dense/kernel', 'net/step'],
    ],
    [
      'a selection that leaves out',
      ['--add-prefix', 'net/', '--select', '!dense/'],
      ['dense/bias', 'dense/kernel', 'net/embedding', 'net/flags', 'net/names', 'net/step'],
    ],
    ['a prefix off', ['--strip-prefix', 'dense/'], ['bias', 'embedding', 'flags', 'kernel', 'names', 'step']],
  ])('%s', (_, rules, expected) => {
    expect(namesAfter(...rules)).toEqual(expected);
  });
});

describe('rename and what hangs on a name', () => {
  it('leaves slots alone, or takes them along with --with-slots', () => {
    folder = folderWith('v2/variables-howto/model.ckpt');
    const slots = ['--map', 'biases=weights/Adam', '-o', 'adam', '-q'];
    expect(folder.ckpt(['rename', 'model.ckpt', ...slots]).code).toBe(0);
    const rename = (...args: string[]): string[] => {
      expect(folder.ckpt(['rename', 'adam', '--map', 'weights=w', '-o', 'out', '--force', ...args]).code).toBe(0);
      return folder.names('out');
    };
    expect(rename()).toEqual(['w', 'weights/Adam']);
    expect(folder.ckpt(['rename', 'adam', '--map', 'weights=w', '-o', 'left']).stderr).toBe(
      lines(
        'ckpt: weights/Adam keeps its name, though its variable does not; --with-slots renames slots, too',
        'left: 1 of 2 tensors renamed; 613 KiB copied',
      ),
    );
    expect(rename('--with-slots')).toEqual(['w', 'w/Adam']);
    expect(rename('--with-slots', '--link')).toEqual(['w', 'w/Adam']);
  });

  it('moves the objects of TF2 with all that lies below them', () => {
    folder = folderWith('v2/object-based/ckpt-2');
    const moved = folder.ckpt(['rename', 'ckpt-2', '--map', 'net=model', '-o', 'out']);
    expect(moved).toEqual({
      stdout: lines('out'),
      stderr: lines('out: 9 of 19 tensors renamed; 2.24 KiB copied'),
      code: 0,
    });
    const names = folder.names('out');
    expect(names).toContain('model/layers/0/bias/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE');
    expect(names.filter((name) => name.startsWith('net/'))).toEqual([]);
    expect(folder.ckpt(['rename', 'ckpt-2', '--map', 'nets=model', '-o', 'no'])).toEqual(
      refused('no object lies at nets; the path ends at the root, and it has net, optimizer, shared, save_counter'),
    );
  });

  it('is more than --in-place can do for an object graph', () => {
    folder = folderWith('v2/object-based/ckpt-2');
    expect(folder.ckpt(['rename', 'ckpt-2', '--map', 'net=model', '--in-place'])).toEqual(
      refused(
        'ckpt-2 has an object graph (TF2), which repeats the names and lies in the data; --in-place replaces the index only: write a new checkpoint with -o',
      ),
    );
  });
});

describe('rename without a copy', () => {
  it('links the data with --link', async () => {
    const before = await folder.digests('model.ckpt');
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=w', '-o', 'out', '--link'])).toEqual(
      written('out', '1 of 2 tensors', '613 KiB linked'),
    );
    expect(statSync(data('out')).ino).toBe(statSync(data('model.ckpt')).ino);
    expect(await folder.digests('out')).toEqual({ biases: before.biases, w: before.weights });
  });

  it('links the data of objects too, beside their new graph', async () => {
    folder = folderWith('v2/object-based/ckpt-2');
    expect(folder.ckpt(['rename', 'ckpt-2', '--map', 'net=model', '-o', 'out', '--link'])).toEqual(
      written('out', '9 of 19 tensors', '2.22 KiB linked, 1.94 KiB copied'),
    );
    expect(folder.files().filter((name) => name.startsWith('out'))).toEqual([
      'out.data-00000-of-00002',
      'out.data-00001-of-00002',
      'out.index',
    ]);
    expect(statSync(join(folder.path, 'out.data-00000-of-00002')).ino).toBe(statSync(data('ckpt-2')).ino);
    expect(folder.ckpt(['rename', 'ckpt-2', '--map', 'net=model', '-o', 'copy']).code).toBe(0);
    expect(await folder.digests('out')).toEqual(await folder.digests('copy'));
  });

  it('replaces the index with --in-place', async () => {
    const before = await folder.digests('model.ckpt');
    const [{ ino }, files] = [statSync(data('model.ckpt')), folder.files()];
    write('model.ckpt.meta', 'a graph');
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=w', '--in-place'])).toEqual({
      stdout: lines('model.ckpt'),
      stderr: lines(
        'ckpt: model.ckpt.meta stays as it is: the graph in it knows the old names; build the variables in code, and tf.compat.v1.train.Saver(variables).restore(session, "model.ckpt") restores them',
        'model.ckpt: 1 of 2 tensors renamed; data untouched',
      ),
      code: 0,
    });
    expect(statSync(data('model.ckpt')).ino).toBe(ino);
    expect(folder.files()).toEqual([...files, 'model.ckpt.meta'].sort());
    expect(await folder.digests('model.ckpt')).toEqual({ biases: before.biases, w: before.weights });
  });

  it('shows what --in-place would do', () => {
    const before = readFileSync(join(folder.path, 'model.ckpt.index'));
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=w', '--in-place', '--dry-run']).stdout).toBe(
      lines(
        'renamed: 1',
        '  weights -> w',
        'unchanged: 1',
        'files:',
        '    model.ckpt.index replaced',
        '2 tensors, 613 KiB: 613 KiB shared with the input, 0 B to copy',
      ),
    );
    expect(readFileSync(join(folder.path, 'model.ckpt.index'))).toEqual(before);
  });

  it('refuses --in-place where two names would meet, and touches nothing', () => {
    const before = readFileSync(join(folder.path, 'model.ckpt.index'));
    const files = folder.files();
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=biases', '--in-place']).code).toBe(2);
    expect(folder.files()).toEqual(files);
    expect(readFileSync(join(folder.path, 'model.ckpt.index'))).toEqual(before);
  });

  it.each(['-o', '--link', '--reflink', '--shards', '--max-shard-size'])('refuses --in-place with %s', (option) => {
    const value = option === '-o' ? ['out'] : option === '--shards' ? ['2'] : option.startsWith('--max') ? ['1MB'] : [];
    const { stderr, code } = folder.ckpt(['rename', 'model.ckpt', '--map', 'a=b', '--in-place', option, ...value]);
    expect(stderr).toMatch(/^ckpt: option '--in-place' cannot be used with option '/);
    expect(code).toBe(2);
  });
});
