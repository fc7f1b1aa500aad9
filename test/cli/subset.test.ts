/** `ckpt subset` and `ckpt drop`: some of the tensors, and all the others. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { lines } from './run.ts';
import { type Folder, folderWith, makeFolder, refused } from './surgery-folder.ts';

/** Six tensors in three data files. */
const SHARDED = 'v2/sharded/sharded.ckpt';
const NAMES = ['dense/bias', 'dense/kernel', 'embedding', 'flags', 'names', 'step'];

let folder: Folder;
beforeEach(() => {
  folder = folderWith(SHARDED);
});
const subset = (...args: string[]) => folder.ckpt(['subset', 'sharded.ckpt', ...args]);
const drop = (...args: string[]) => folder.ckpt(['drop', 'sharded.ckpt', ...args]);

describe('subset', () => {
  it('keeps what the patterns take, and the content', async () => {
    const before = await folder.digests('sharded.ckpt');
    expect(subset('dense/', 'step', '-o', 'out')).toEqual({
      stdout: lines('out'),
      stderr: lines('out: 3 of 6 tensors kept; 44 B copied'),
      code: 0,
    });
    const after = await folder.digests('out');
    expect(Object.keys(after)).toEqual(['dense/bias', 'dense/kernel', 'step']);
    for (const [name, digest] of Object.entries(after)) expect(digest).toBe(before[name]);
    expect(folder.names('sharded.ckpt')).toEqual(NAMES);
  });

  it.each<[string, string[], string[]]>([
    ['a glob', ['**/k*'], ['dense/kernel']],
    ['a regular expression', ['/^(step|flags)$/'], ['flags', 'step']],
    ['what is left out', ['!dense/', '!**s'], ['embedding', 'step']],
    ['a dtype', ['--dtype', 'int64'], ['step']],
    ['a size', ['--min-size', '20'], ['dense/kernel', 'embedding']],
    ['a pattern and a size', ['dense/', '--max-size', '12'], ['dense/bias']],
  ])('takes %s', (_, args, expected) => {
    expect(subset(...args, '-o', 'out').code).toBe(0);
    expect(folder.names('out')).toEqual(expected);
  });

  it('reads patterns from a file or stdin', () => {
    writeFileSync(join(folder.path, 'patterns'), 'dense/\n\nstep\r\n');
    expect(subset('--patterns-from', 'patterns', '-o', 'out').code).toBe(0);
    const line =
      'ckpt list sharded.ckpt --names | grep dense | ckpt subset sharded.ckpt step --patterns-from - -o piped -q';
    expect(folder.shell(line)).toEqual({ stdout: lines('piped'), stderr: '', code: 0 });
    for (const path of ['out', 'piped']) expect(folder.names(path)).toEqual(['dense/bias', 'dense/kernel', 'step']);
  });

  it('writes as many data files as it is told', () => {
    const dataFiles = () => folder.files().filter((name) => name.startsWith('out.data'));
    expect(subset('**', '--shards', '1', '-o', 'out').code).toBe(0);
    expect(dataFiles()).toEqual(['out.data-00000-of-00001']);
    expect(subset('**', '--shards', '2', '-o', 'out', '--force').code).toBe(0);
    expect(dataFiles().length).toBe(2);
    expect(subset('**', '--max-shard-size', '100', '-o', 'out', '--force').code).toBe(0);
    expect(dataFiles().length).toBeGreaterThan(2);
    expect(folder.names('out')).toEqual(NAMES);
  });

  it('of everything is the same checkpoint to the byte', () => {
    expect(subset('**', '-o', 'out').code).toBe(0);
    for (const name of folder.files().filter((file) => file.startsWith('sharded.ckpt.'))) {
      const copy = name.replace('sharded.ckpt', 'out');
      expect(readFileSync(join(folder.path, copy))).toEqual(readFileSync(join(folder.path, name)));
    }
  });

  it('tells what fits the copy as well', () => {
    writeFileSync(join(folder.path, 'sharded.ckpt.meta'), 'a graph');
    expect(subset('**', '-o', 'out').stderr.split('\n')[0]).toBe(
      'ckpt: sharded.ckpt.meta stays behind: it fits out as well: cp sharded.ckpt.meta out.meta',
    );
    expect(subset('step', '-o', 'out', '--force').stderr.split('\n')[0]).toBe(
      'ckpt: sharded.ckpt.meta stays behind: the graph in it wants the tensors that are left out; build the variables in code, and tf.compat.v1.train.Saver(variables).restore(session, "out") restores them',
    );
  });
});

describe('drop', () => {
  it('keeps what the patterns do not take', async () => {
    const before = await folder.digests('sharded.ckpt');
    expect(drop('dense/', 'step', '-o', 'out')).toEqual({
      stdout: lines('out'),
      stderr: lines('out: 3 of 6 tensors kept; 177 B copied'),
      code: 0,
    });
    const after = await folder.digests('out');
    expect(Object.keys(after)).toEqual(['embedding', 'flags', 'names']);
    for (const [name, digest] of Object.entries(after)) expect(digest).toBe(before[name]);
  });

  it('is the other half of subset for any selection', () => {
    for (const selection of [
      ['dense/'],
      ['!dense/'],
      ['**', '!step'],
      ['--min-size', '12'],
      ['*', '--dtype', 'string'],
    ]) {
      subset(...selection, '-o', 'kept', '--force', '-q');
      drop(...selection, '-o', 'rest', '--force', '-q');
      expect([...folder.names('kept'), ...folder.names('rest')].sort()).toEqual(NAMES);
    }
  });

  it('shows its plan', () => {
    expect(drop('dense/', 'step', '-o', 'out', '--dry-run', '--shards', '1')).toEqual({
      stdout: lines(
        'left out: 3',
        '  dense/bias  12 B',
        '  dense/kernel  24 B',
        '  step  8 B',
        'unchanged: 3',
        'files:',
        '  177 B  out.data-00000-of-00001 copied',
        '         out.index written',
        '3 tensors, 177 B: 177 B to copy; 44 B left out',
      ),
      stderr: lines('ckpt: nothing was written, because of --dry-run'),
      code: 0,
    });
  });

  it('shows its plan as JSON', () => {
    const { stdout, stderr, code } = drop('dense/', '-o', 'out', '--dry-run', '--json', '--link');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const plan = JSON.parse(stdout);
    expect(plan).toMatchObject({
      path: 'out',
      resolved: 'out',
      written: false,
      tensorCount: 4,
      unchangedCount: 4,
      renamed: [],
      dropped: [
        { input: 'sharded.ckpt', name: 'dense/bias', bytes: 12 },
        { input: 'sharded.ckpt', name: 'dense/kernel', bytes: 24 },
      ],
      bytesDropped: 36,
    });
    expect(plan.bytes).toBe(plan.bytesCopied + plan.bytesReused);
    const linked = plan.files.filter(({ action }: { action: string }) => action === 'link');
    expect(linked.map(({ from }: { from: string }) => from).length).toBeGreaterThan(0);
    expect(plan.files.at(-1)).toEqual({ path: 'out.index', action: 'write' });
  });
});

describe('the object graph of TF2', () => {
  const GRAPH = '_CHECKPOINTABLE_OBJECT_GRAPH';
  const kept = (...args: string[]): string[] => {
    folder = folderWith('v2/object-based/ckpt-2');
    expect(folder.ckpt([args[0] as string, 'ckpt-2', ...args.slice(1), '-o', 'out', '-q']).code).toBe(0);
    return folder.names('out');
  };

  it('follows what is kept', () => {
    expect(kept('subset', 'save_counter/**')).toEqual([GRAPH, 'save_counter/.ATTRIBUTES/VARIABLE_VALUE']);
    expect(kept('drop', '**/.OPTIMIZER_SLOT/**', 'optimizer/')).toContain(GRAPH);
    expect(kept('drop', '**/.OPTIMIZER_SLOT/**', 'optimizer/').length).toBe(9);
  });

  it('goes when somebody names it', () => {
    expect(kept('drop', GRAPH)).not.toContain(GRAPH);
    expect(kept('subset', '!_CHECKPOINTABLE_OBJECT_GRAPH')).not.toContain(GRAPH);
  });
});

describe('subset and drop refuse, and leave nothing behind', () => {
  it.each<[string, string[], string]>([
    [
      'no selection',
      ['subset', 'sharded.ckpt', '-o', 'out'],
      "say which tensors to keep, by name or pattern: ckpt subset model.ckpt 'encoder/**' -o encoder.ckpt; '**' keeps all",
    ],
    [
      'no selection of what to drop',
      ['drop', 'sharded.ckpt', '-o', 'out'],
      "say which tensors to leave out, by name or pattern: ckpt drop model.ckpt '**/Adam*' -o small.ckpt",
    ],
    [
      'a pattern that takes nothing',
      ['subset', 'sharded.ckpt', 'dense', '-o', 'out'],
      "no tensor matches dense; it is a scope: write 'dense/'; the nearest names are dense/bias, dense/kernel",
    ],
    [
      'options that take nothing',
      ['subset', 'sharded.ckpt', '--min-size', '1GB', '-o', 'out'],
      'no tensor of sharded.ckpt would be left',
    ],
    ['to drop everything', ['drop', 'sharded.ckpt', '**', '-o', 'out'], 'no tensor of sharded.ckpt would be left'],
    [
      'its input as output',
      ['drop', 'sharded.ckpt', 'step', '-o', 'sharded.ckpt', '--force'],
      'sharded.ckpt is what is read; give the new checkpoint another name',
    ],
    [
      'stdin for two things',
      ['subset', '-', '--patterns-from', '-', '-o', 'out'],
      'stdin cannot give both the path and the patterns',
    ],
  ])('%s', (_, args, message) => {
    const before = folder.files();
    expect(folder.ckpt(args, { stdin: 'step\n' })).toEqual(refused(message));
    expect(folder.files()).toEqual(before);
  });

  it('to overwrite', () => {
    writeFileSync(join(folder.path, 'out.index'), 'something else');
    expect(subset('step', '-o', 'out')).toEqual(
      refused('out.index exists already; choose another name, or overwrite it with --force'),
    );
    expect(readFileSync(join(folder.path, 'out.index'), 'utf8')).toBe('something else');
    expect(subset('step', '-o', 'out', '--force').code).toBe(0);
    expect(folder.names('out')).toEqual(['step']);
  });

  it.each(['--shards=0', '--shards=x', '--max-shard-size=much', '--link --reflink'])('%s', (option) => {
    const { stdout, stderr, code } = subset('step', '-o', 'out', ...option.split(' '));
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toMatch(/^ckpt: option '--/);
  });

  it('a directory that cannot be made', () => {
    writeFileSync(join(folder.path, 'file'), '');
    const before = folder.files();
    const { code, stdout } = subset('step', '-o', 'file/out');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(folder.files()).toEqual(before);
  });

  it('and removes the directories it made when the content is damaged', () => {
    const path = join(folder.path, 'sharded.ckpt.data-00000-of-00003');
    writeFileSync(
      path,
      readFileSync(path).map((byte) => byte ^ 1),
    );
    const before = folder.files();
    expect(subset('**', '-o', 'new/deep/out').code).toBe(2);
    expect(folder.files()).toEqual(before);
    makeFolder(folder, 'new');
    expect(subset('**', '-o', 'new/deep/out').code).toBe(2);
    expect(folder.files()).toEqual([...before, 'new'].sort());
  });

  it('content that is not there, in a plan too', () => {
    rmSync(join(folder.path, 'sharded.ckpt.data-00000-of-00003'));
    for (const command of [
      ['subset', 'sharded.ckpt', '**', '-o', 'out'],
      ['rename', 'sharded.ckpt', '--add-prefix', 'a/', '-o', 'out'],
    ]) {
      for (const more of [[], ['--dry-run']]) {
        const { stdout, stderr, code } = folder.ckpt([...command, ...more]);
        expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
        expect(stderr).toMatch(
          /^ckpt: (the data file sharded\.ckpt\.data-00000-of-00003 is missing|only 2 of the 3 data files)/,
        );
      }
    }
  });

  it('a drop that takes nothing but the object graph, unless that is named', () => {
    const objects = folderWith('v2/object-based/ckpt-1');
    expect(objects.ckpt(['drop', 'ckpt-1', '_CHECKPOINTABLE*', '-o', 'out'])).toEqual(
      refused('only the object graph matches, which goes by its whole name alone: _CHECKPOINTABLE_OBJECT_GRAPH'),
    );
    expect(objects.ckpt(['drop', 'ckpt-1', '_CHECKPOINTABLE_OBJECT_GRAPH', '-o', 'out', '-q']).code).toBe(0);
  });
});
