/** `ckpt rename`: as a process, on checkpoints that TensorFlow saved. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { lines } from './run.ts';
import { type Folder, folderWith, makeFolder, refused } from './surgery-folder.ts';

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

  it('writes a copy when names are mapped to themselves', () => {
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=weights', '-o', 'out'])).toEqual(
      written('out', '0 of 2 tensors'),
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

describe('rename refuses, and leaves nothing behind', () => {
  const rename = (...args: string[]) => folder.ckpt(['rename', 'model.ckpt', ...args]);

  it.each<[string, string[], string]>([
    [
      'two tensors of one name',
      ['--map', 'weights=biases', '-o', 'out'],
      'biases and weights would both be called biases; nothing was renamed',
    ],
    [
      'the same with --link',
      ['--map', 'weights=biases', '-o', 'out', '--link'],
      'biases and weights would both be called biases; nothing was renamed',
    ],
    [
      'an old name that is not there',
      ['--map', 'weigths=params', '-o', 'out'],
      'no tensor is called weigths; the nearest names are weights; with --allow-missing the others are renamed',
    ],
    [
      'several of them',
      ['--map', 'x1=a', '--map', 'x2=b', '--map', 'biases=c', '-o', 'out'],
      'no tensor is called x1 (nor x2); with --allow-missing the others are renamed',
    ],
    [
      'two new names for one',
      ['--map', 'weights=a', '--map', 'weights=b', '-o', 'out'],
      '--map gives weights two new names: a and b',
    ],
    [
      'a map that is none',
      ['--map', 'weights', '-o', 'out'],
      '--map takes old=new, a file, or - for stdin; weights is none of them',
    ],
    [
      'a pair with no new name',
      ['--map', 'weights=', '-o', 'out'],
      '--map takes old=new, a file, or - for stdin; weights= is none of them',
    ],
    [
      'a substitution that is none',
      ['--replace', 'a/b', '-o', 'out'],
      'a/b is no substitution; write s/from/to/ or s/from/to/g',
    ],
    [
      'rules that change nothing',
      ['--replace', 's/x/y/', '-o', 'out'],
      'no name would change; with --allow-missing a copy is written all the same',
    ],
    [
      'the same, when groups are written as in sed',
      ['--replace', 's/\\(w\\)eights/\\1/', '-o', 'out'],
      'no name would change; in a pattern of --replace groups are written ( ), not \\( \\); with --allow-missing a copy is written all the same',
    ],
    [
      'no rule',
      ['-o', 'out'],
      "say what to rename: --map old=new, --replace 's/from/to/', --strip-prefix or --add-prefix",
    ],
    [
      'a selection that takes nothing',
      ['--select', 'nothing', '--add-prefix', 'a/', '-o', 'out'],
      'no tensor matches nothing',
    ],
    [
      'no output',
      ['--map', 'weights=w'],
      'name the new checkpoint: -o PREFIX, or look at the plan first with --dry-run',
    ],
    ['--json without a plan', ['--map', 'weights=w', '-o', 'out', '--json'], '--json prints a plan; add --dry-run'],
    [
      'its own input as output',
      ['--map', 'weights=w', '-o', 'model.ckpt', '--force'],
      'model.ckpt is what is read; give the new checkpoint another name',
    ],
    [
      'the same by another path, with --link',
      ['--map', 'weights=w', '-o', './model.ckpt', '--force', '--link'],
      './model.ckpt is what is read; give the new checkpoint another name',
    ],
    ['a name that is left empty', ['--strip-prefix', 'weights', '-o', 'out'], 'weights would be left without a name'],
  ])('%s', (_, args, message) => {
    const before = folder.files();
    expect(rename(...args)).toEqual(refused(message));
    expect(folder.files()).toEqual(before);
  });

  it('an empty list of names', () => {
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', '-', '-o', 'out'], { stdin: '' })).toEqual(
      refused('stdin holds no names'),
    );
  });

  it('to read stdin twice', () => {
    expect(folder.ckpt(['rename', '-', '--map', '-', '-o', 'out'], { stdin: 'model.ckpt\n' })).toEqual(
      refused('stdin cannot give both the names and the path'),
    );
  });

  it('an existing checkpoint, unless forced', () => {
    expect(rename('--map', 'weights=a', '-o', 'out').code).toBe(0);
    for (const how of [[], ['--link']]) {
      expect(rename('--map', 'weights=b', '-o', 'out', ...how)).toEqual(
        refused('out.index exists already; choose another name, or overwrite it with --force'),
      );
    }
    expect(folder.names('out')).toEqual(['a', 'biases']);
    expect(rename('--map', 'weights=b', '-o', 'out', '--force').code).toBe(0);
    expect(folder.names('out')).toEqual(['b', 'biases']);
    expect(rename('--map', 'weights=c', '-o', 'out', '--force', '--link').code).toBe(0);
    expect(folder.names('out')).toEqual(['biases', 'c']);
  });

  it('a directory as output', () => {
    makeFolder(folder, 'out');
    expect(rename('--map', 'weights=w', '-o', 'out')).toEqual(
      refused('out is a directory; name the checkpoint in it: -o out/model.ckpt'),
    );
    expect(rename('--map', 'weights=w', '-o', 'new/')).toEqual(
      refused('new/ is a directory; name the checkpoint in it: -o new/model.ckpt'),
    );
    expect(rename('--map', 'weights=w', '-o', 'new/model.ckpt').stdout).toBe(lines('new/model.ckpt'));
  });

  it('damaged content, but not with --no-verify', () => {
    const bytes = readFileSync(data('model.ckpt'));
    bytes[5] = (bytes[5] as number) ^ 1;
    writeFileSync(data('model.ckpt'), bytes);
    const before = folder.files();
    expect(rename('--map', 'weights=w', '-o', 'out')).toEqual(
      refused(
        'tensor biases: its bytes do not match their checksum, so they are not copied; ckpt verify shows all damage',
      ),
    );
    expect(folder.files()).toEqual(before);
    expect(rename('--map', 'weights=w', '-o', 'out', '--no-verify').code).toBe(0);
    expect(folder.ckpt(['verify', 'out']).code).toBe(1);
  });
});

describe('rename with --allow-missing', () => {
  it('warns of what is not there, and renames the rest', () => {
    const args = ['--map', 'weights=w', '--map', 'x=y', '--map', 'z=a', '--allow-missing', '-o', 'out'];
    expect(folder.ckpt(['rename', 'model.ckpt', ...args])).toEqual({
      stdout: lines('out'),
      stderr: lines('ckpt: no tensor is called x, z', 'out: 1 of 2 tensors renamed; 613 KiB copied'),
      code: 0,
    });
  });

  it('writes a copy where nothing changes', () => {
    const args = ['rename', 'model.ckpt', '--replace', 's/x/y/', '--allow-missing', '-o', 'out'];
    expect(folder.ckpt(args)).toEqual(written('out', '0 of 2 tensors'));
  });
});

describe('the output path', () => {
  it.each(['out.index', 'out.data-00000-of-00001'])('%s loses its ending, with a note', (path) => {
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=w', '-o', path])).toEqual({
      stdout: lines('out'),
      stderr: lines(
        `ckpt: ${path} is the name of a file; the checkpoint will be called out`,
        'out: 1 of 2 tensors renamed; 613 KiB copied',
      ),
      code: 0,
    });
  });
});

describe('files beside the input', () => {
  it('that stay behind are named, with the reason', () => {
    write('model.ckpt.meta', 'a graph');
    for (const how of [[], ['--link']]) {
      const { stderr } = folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=w', '-o', 'out', '--force', ...how]);
      expect(stderr.split('\n')[0]).toBe('ckpt: model.ckpt.meta was left behind: the graph in it knows the old names');
    }
  });

  it('of a SavedModel', () => {
    makeFolder(folder, 'saved/variables');
    write('saved/saved_model.pb', 'a graph');
    folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=w', '-o', 'saved/variables/variables']);
    const { stderr } = folder.ckpt(['rename', 'saved', '--map', 'w=x', '-o', 'out']);
    expect(stderr).toContain(
      'ckpt: saved/saved_model.pb and what lies beside it were left behind: the graph in it knows the old names\n',
    );
    expect(folder.ckpt(['rename', 'saved', '--map', 'w=x', '--in-place'])).toEqual(
      refused(
        'saved/saved_model.pb reads the tensors by their names and would no longer load; write a new checkpoint with -o, or insist with --force',
      ),
    );
    expect(folder.ckpt(['rename', 'saved', '--map', 'w=x', '--in-place', '--force']).code).toBe(0);
    expect(folder.names('saved')).toEqual(['biases', 'x']);
  });
});

describe('rename --dry-run', () => {
  it('prints the plan and writes nothing', () => {
    const before = folder.files();
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=params', '-o', 'out', '--dry-run'])).toEqual({
      stdout: lines(
        'renamed: 1',
        '  weights -> params',
        'unchanged: 1',
        'files:',
        '  613 KiB  out.data-00000-of-00001 copied',
        '           out.index written',
        '2 tensors, 613 KiB: 613 KiB to copy',
      ),
      stderr: lines('ckpt: nothing was written, because of --dry-run'),
      code: 0,
    });
    expect(folder.files()).toEqual(before);
  });

  it('says what is linked', () => {
    const { stdout } = folder.ckpt(['rename', 'model.ckpt', '--add-prefix', 'a/', '-o', 'out', '--dry-run', '--link']);
    expect(stdout).toContain(
      lines(
        'files:',
        '  613 KiB  out.data-00000-of-00001 linked to model.ckpt.data-00000-of-00001',
        '           out.index written',
        '2 tensors, 613 KiB: 613 KiB shared with the input, 0 B to copy',
      ),
    );
  });

  it('needs no output', () => {
    const { stdout, code } = folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=params', '--dry-run', '-q']);
    expect({ first: stdout.split('\n')[0], code }).toEqual({ first: 'renamed: 1', code: 0 });
    expect(stdout).toContain('OUTPUT.index');
  });

  it('breaks pairs that are too wide for the terminal', () => {
    const long = 'a_very_long_scope/with_another_one/and_a_third';
    const { stdout } = folder.ckpt([
      'rename',
      'model.ckpt',
      '--add-prefix',
      `${long}/`,
      '--dry-run',
      '--replace',
      `s|^|${long}/|`,
    ]);
    expect(stdout).toContain(lines('  biases', `    -> ${long}/${long}/biases`));
  });

  it('refuses what the write would', () => {
    const args = ['rename', 'model.ckpt', '--map', 'weights=biases', '--dry-run'];
    expect(folder.ckpt(args).code).toBe(2);
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=w', '-o', 'model.ckpt', '--dry-run']).code).toBe(2);
  });

  it('gives all of it as one JSON document', () => {
    write('model.ckpt.meta', 'a graph');
    const args = ['rename', 'model.ckpt', '--map', 'weights=params', '-o', 'out', '--dry-run', '--json'];
    const { stdout, stderr, code } = folder.ckpt(args);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(JSON.parse(stdout)).toEqual({
      output: 'out',
      inputs: [{ path: 'model.ckpt', format: 'v2' }],
      tensors: 2,
      bytes: 628000,
      bytesCopied: 628000,
      bytesReused: 0,
      bytesDropped: 0,
      unchanged: 1,
      renamed: [{ input: 'model.ckpt', from: 'weights', to: 'params' }],
      dropped: [],
      files: [
        { path: 'out.data-00000-of-00001', action: 'copy', bytes: 628000 },
        { path: 'out.index', action: 'write' },
      ],
      notes: ['model.ckpt.meta was left behind: the graph in it knows the old names'],
    });
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
      written('out', '1 of 2 tensors', 'data linked'),
    );
    expect(statSync(data('out')).ino).toBe(statSync(data('model.ckpt')).ino);
    expect(await folder.digests('out')).toEqual({ biases: before.biases, w: before.weights });
  });

  it('replaces the index with --in-place', async () => {
    const before = await folder.digests('model.ckpt');
    const [{ ino }, files] = [statSync(data('model.ckpt')), folder.files()];
    write('model.ckpt.meta', 'a graph');
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=w', '--in-place'])).toEqual({
      stdout: lines('model.ckpt'),
      stderr: lines(
        'ckpt: model.ckpt.meta stays as it is: the graph in it knows the old names',
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
