/** Naming a checkpoint: every path that a user may have in hand, and a sentence of its own for every wrong one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySink } from '../../src/bytes/source.ts';
import { locate } from '../../src/checkpoints/locate.ts';
import { CkptError, NotACheckpointError, UnreadableError } from '../../src/errors.ts';
import { fileStore, type Store } from '../../src/io/store.ts';
import { TableWriter } from '../../src/sstable/table-writer.ts';
import { scratch } from '../scratch.ts';

/** A directory with these files; a file given by name alone is not empty and nothing known. */
function directoryWith(...files: (string | readonly [string, string | Uint8Array])[]): string {
  const directory = scratch();
  for (const file of files) {
    const [name, content] = typeof file === 'string' ? [file, 'something'] : file;
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  return directory;
}

const state = (latest: string): readonly [string, string] => ['checkpoint', `model_checkpoint_path: "${latest}"\n`];

/** The files of a checkpoint. */
const files = (prefix: string): string[] => [`${prefix}.index`, `${prefix}.data-00000-of-00001`, `${prefix}.meta`];

/** A table whose empty key has a value that begins with this byte. */
function tableWith(tag: number): Uint8Array {
  const sink = new MemorySink();
  const table = new TableWriter(sink);
  table.add(new Uint8Array(0), Uint8Array.of(tag, 1));
  table.finish();
  return sink.toBytes();
}

describe('a path leads to the checkpoint it means', () => {
  const directory = directoryWith(...files('model.ckpt-1000'), state('model.ckpt-1000'));
  const prefix = `${directory}/model.ckpt-1000`;

  it.each([
    ['the prefix', '/model.ckpt-1000'],
    ['the index', '/model.ckpt-1000.index'],
    ['a data file', '/model.ckpt-1000.data-00000-of-00001'],
    ['a data file that is not there', '/model.ckpt-1000.data-00007-of-00009'],
    ['the meta file', '/model.ckpt-1000.meta'],
    ['the directory', ''],
    ['the directory with a slash', '/'],
    ['the state file', '/checkpoint'],
    ['a glob', '/model.ckpt-*'],
    ['a glob with a class', '/model.ckpt-[0-9]00?'],
    ['a glob of the index', '/*.index'],
    ['a prefix and a blank', '/model.ckpt-1000 '],
    ['a prefix and the end of a line', '/model.ckpt-1000\n'],
    ['a directory and a blank', '/ '],
  ])('%s', (_, path) => {
    expect(locate(directory + path)).toMatchObject({ prefix, notes: [] });
  });

  it('a directory with exactly one checkpoint and no state file', () => {
    const single = directoryWith(...files('only'), 'notes.txt');
    expect(locate(single).prefix).toBe(`${single}/only`);
  });

  it('a SavedModel, its file, its variables directory', () => {
    const model = directoryWith('saved_model.pb', ...files('variables/variables'));
    for (const path of [
      '',
      '/',
      '/saved_model.pb',
      '/variables',
      '/variables/',
      '/variables/variables',
      '/variables/variables.index',
    ]) {
      expect(locate(model + path).prefix, path).toBe(`${model}/variables/variables`);
    }
  });

  it('an empty basename, as save_weights gives for a directory', () => {
    const directory = directoryWith('.index', '.data-00000-of-00001', state('.'));
    for (const path of ['', '/', '/.index', '/.data-00000-of-00001', '/checkpoint']) {
      expect(locate(directory + path).prefix, path).toBe(`${directory}/`);
    }
    const stateless = directoryWith('.index');
    expect(locate(stateless).prefix).toBe(`${stateless}/`);
  });

  it('a name with glob characters before what the glob would match', () => {
    const directory = directoryWith(...files('br[1]'), ...files('br1'), ...files('a*'));
    expect(locate(`${directory}/br[1]`).prefix).toBe(`${directory}/br[1]`);
    expect(locate(`${directory}/br[1].index`).prefix).toBe(`${directory}/br[1]`);
    expect(locate(`${directory}/a*`).prefix).toBe(`${directory}/a*`);
    expect(locate(`${directory}/b?1`).prefix).toBe(`${directory}/br1`);
  });

  it('a name that ends like a file of a checkpoint, or in a blank', () => {
    const directory = directoryWith(...files('model.index'), ...files('m.data-00000-of-00001'), ...files('x '));
    expect(locate(`${directory}/model.index`).prefix).toBe(`${directory}/model.index`);
    expect(locate(`${directory}/m.data-00000-of-00001`).prefix).toBe(`${directory}/m.data-00000-of-00001`);
    expect(locate(`${directory}/x `).prefix).toBe(`${directory}/x `);
  });

  it('a checkpoint that is itself called checkpoint', () => {
    const directory = directoryWith(...files('checkpoint'), state('checkpoint'));
    expect(locate(directory).prefix).toBe(`${directory}/checkpoint`);
    expect(locate(`${directory}/checkpoint`).prefix).toBe(`${directory}/checkpoint`);
  });
});

describe('a directory without a checkpoint', () => {
  it('leads to the one in its folder checkpoint, whatever model is beside it', () => {
    const directory = directoryWith(
      ...files('checkpoint/ckpt-0'),
      ['checkpoint/checkpoint', 'model_checkpoint_path: "ckpt-0"'],
      ...files('saved_model/variables/variables'),
    );
    expect(locate(directory)).toMatchObject({
      prefix: `${directory}/checkpoint/ckpt-0`,
      notes: [`using ${directory}/checkpoint/ckpt-0, the only checkpoint below`],
    });
  });

  it('leads to the only one in its folders', () => {
    const directory = directoryWith(...files('deep/model'), 'logs/events.out');
    expect(locate(directory).prefix).toBe(`${directory}/deep/model`);
  });

  it('is not called empty where nobody may list it', () => {
    const refused: Store = {
      ...fileStore(),
      list: (path) => {
        throw new UnreadableError(`${path} cannot be listed: permission denied`, path);
      },
    };
    const directory = directoryWith(...files('a'));
    expect(() => locate(directory, { store: refused })).toThrow(/cannot be listed: permission denied/);
    expect(locate(`${directory}/a`, { store: refused }).prefix).toBe(`${directory}/a`);
  });
});

describe('a V1 file with the prefix of a V2 checkpoint', () => {
  it('is found where its format is asked for', () => {
    const directory = directoryWith(...files('m'), ['m', tableWith(0x0a)]);
    expect(locate(`${directory}/m`, { format: 'v1' })).toMatchObject({
      format: 'v1',
      prefix: `${directory}/m`,
      files: [`${directory}/m`],
      notes: [],
    });
    expect(locate(`${directory}/m`).format).toBe('v2');
  });
});

describe('a state file', () => {
  it.each([
    ['relative', 'model_checkpoint_path: "b"'],
    ['with a dot', 'model_checkpoint_path: "./b"'],
    ['in single quotes, without a blank', "model_checkpoint_path:'b'"],
    ['with octal and hex escapes', String.raw`model_checkpoint_path: "\142"`],
    [
      'after comments and other fields',
      '# latest\n# # # #\nall_model_checkpoint_paths: "a"\nmodel_checkpoint_path: "b"',
    ],
    [
      'with lists and times',
      'model_checkpoint_path: "b" all_model_checkpoint_paths: ["a", "b"] all_model_checkpoint_timestamps: 1e+20',
    ],
    ['that begins with its times', 'last_preserved_timestamp: inf\nmodel_checkpoint_path: "b"'],
  ])('%s', (_, text) => {
    const directory = directoryWith(...files('a'), ...files('b'), ['checkpoint', text]);
    expect(locate(directory)).toMatchObject({ prefix: `${directory}/b`, notes: [] });
  });

  it('of another name is known by what it says', () => {
    const directory = directoryWith(...files('a'), ...files('b'), ['latest', 'model_checkpoint_path: "b"']);
    expect(locate(`${directory}/latest`).prefix).toBe(`${directory}/b`);
  });

  it('with an absolute path that is still right', () => {
    const elsewhere = directoryWith(...files('deep/b'));
    const directory = directoryWith(state(`${elsewhere}/deep/b`));
    expect(locate(directory).prefix).toBe(`${elsewhere}/deep/b`);
  });

  it('that is stale leads to the same name beside it, and says so', () => {
    const directory = directoryWith(...files('a'), ...files('b'), state('/home/somebody/train/b'));
    const { prefix, notes } = locate(directory);
    expect(prefix).toBe(`${directory}/b`);
    expect(notes).toEqual([expect.stringContaining('/home/somebody/train/b, which is gone')]);
  });

  it.each([
    ['was written on Windows', String.raw`C:\\runs\\mine\\b`],
    ['names a file of the checkpoint', 'b.data-00000-of-00001'],
    ['names the index elsewhere', '/gone/b.index'],
  ])('that %s leads to what it means, and says so', (_, latest) => {
    const directory = directoryWith(...files('a'), ...files('b'), state(latest));
    const { prefix, notes } = locate(directory);
    expect(prefix).toBe(`${directory}/b`);
    expect(notes).toEqual([expect.stringContaining(`which is gone; using ${directory}/b beside it`)]);
  });

  it.each(['\ufeffmodel_checkpoint_path: "b"', Buffer.from('\ufeffmodel_checkpoint_path: "b"', 'utf16le')])(
    'that an editor left with a mark is read: %j',
    (text) => {
      const directory = directoryWith(...files('a'), ...files('b'), ['checkpoint', text]);
      expect(locate(directory)).toMatchObject({ prefix: `${directory}/b`, notes: [] });
    },
  );

  it('that is stale leads to the only checkpoint there, and says so', () => {
    const directory = directoryWith(...files('PNet-18'), state('PNet-30'));
    expect(locate(directory)).toMatchObject({
      prefix: `${directory}/PNet-18`,
      notes: [expect.stringContaining('the only checkpoint there')],
    });
  });

  it.each([
    ['names nothing', 'model_checkpoint_path: ""', 'names no checkpoint'],
    ['is empty', '', 'names no checkpoint'],
    ['is no message', 'model_checkpoint_path: /home/me/a', 'cannot be read: .*line 1'],
  ])('that %s leaves the only checkpoint beside it', (_, content, why) => {
    const directory = directoryWith(...files('a'), ['checkpoint', content]);
    const note = new RegExp(`^the state file .*checkpoint ${why}; using .*a, the only checkpoint there$`);
    for (const path of [directory, `${directory}/checkpoint`])
      expect(locate(path)).toMatchObject({ prefix: `${directory}/a`, notes: [expect.stringMatching(note)] });
  });

  it.each([
    [
      'that is stale, with several beside it',
      [...files('a'), ...files('b'), state('/gone/c')],
      /points to \/gone\/c, which is not there; beside it are .*a, .*b/,
    ],
    ['that is stale, with nothing beside it', [state('/gone/c')], /no checkpoint is beside it/],
    ['that names nothing', [['checkpoint', 'model_checkpoint_path: ""']], /names no checkpoint/],
    ['that is empty', [['checkpoint', '']], /names no checkpoint/],
    ['that is no message', [['checkpoint', 'model_checkpoint_path: "b']], /cannot be read: .*line 1/],
  ] as const)('%s is refused', (_, content, message) => {
    expect(() => locate(directoryWith(...content))).toThrow(NotACheckpointError);
    expect(() => locate(directoryWith(...content))).toThrow(message);
  });

  it('is not looked for in text that takes its pattern for ever', () => {
    const directory = directoryWith(['checkpoint', `${'# '.repeat(200_000)}x`], ['big', ' '.repeat(15 << 20)]);
    expect(() => locate(`${directory}/checkpoint`)).toThrow(CkptError);
    expect(() => locate(`${directory}/big`)).toThrow(CkptError);
  });
});

describe('a path leads to the V1 checkpoint it means', () => {
  const V1 = tableWith(0x0a);
  const shards = (prefix: string): (readonly [string, Uint8Array])[] => [
    [`${prefix}-00000-of-00002`, V1],
    [`${prefix}-00001-of-00002`, V1],
  ];
  const directory = directoryWith(['one/model.ckpt', V1], 'one/model.ckpt.meta', ...shards('two/m-5'), 'two/m-5.meta');

  it.each([
    ['the file', '/one/model.ckpt', '/one/model.ckpt'],
    ['the file and a blank', '/one/model.ckpt ', '/one/model.ckpt'],
    ['a glob', '/one/model*', '/one/model.ckpt'],
    ['the meta file', '/one/model.ckpt.meta', '/one/model.ckpt'],
    ['the directory', '/one', '/one/model.ckpt'],
    ['the pattern for the shards', '/two/m-5-?????-of-00002', '/two/m-5-?????-of-00002'],
    ['the prefix of the shards', '/two/m-5', '/two/m-5-?????-of-00002'],
    ['one shard', '/two/m-5-00001-of-00002', '/two/m-5-00001-of-00002'],
    ['a glob of shards', '/two/m-*', '/two/m-5-?????-of-00002'],
    ['the meta file beside shards', '/two/m-5.meta', '/two/m-5-?????-of-00002'],
    ['the directory of shards', '/two', '/two/m-5-?????-of-00002'],
  ])('%s', (_, path, prefix) => {
    expect(locate(directory + path)).toMatchObject({ prefix: directory + prefix, notes: [] });
  });

  it.each(['m-5-?????-of-00002', '/gone/m-5-?????-of-00002', 'm-5'])('a state file that names %s', (latest) => {
    const there = directoryWith(...shards('m-5'), ...shards('m-3'), state(latest));
    const prefix = `${there}/m-5-?????-of-00002`;
    for (const path of [there, `${there}/checkpoint`]) expect(locate(path).prefix).toBe(prefix);
    expect(locate(there).notes.length).toBe(latest.startsWith('/gone') ? 1 : 0);
  });

  it('a SavedModel, or its variables', () => {
    const model = directoryWith('saved_model.pb', ['variables/variables-00000-of-00001', V1]);
    for (const path of ['', '/variables', '/saved_model.pb']) {
      expect(locate(model + path)).toMatchObject({ prefix: `${model}/variables/variables-?????-of-00001`, notes: [] });
    }
  });

  it('but V2 wins where both have one prefix, and a note says so', () => {
    const both = directoryWith(...files('model.ckpt'), ['model.ckpt', V1]);
    for (const path of ['', '/model.ckpt', '/model.ckpt.index']) {
      const { prefix, notes } = locate(both + path);
      expect(prefix).toBe(`${both}/model.ckpt`);
      expect(notes).toEqual([expect.stringMatching(/is a V1 checkpoint.*V2 is read, as TensorFlow does/)]);
    }
  });

  it('a file that was cut off still counts as one, and what is no table does not', () => {
    const cut = directoryWith(
      ['model.ckpt', Uint8Array.of(0, 0, 9, 0x0a, 7, 0x0a, 2, 3)],
      ['zeros', new Uint8Array(100)],
    );
    expect(locate(`${cut}/model.ckpt`).prefix).toBe(`${cut}/model.ckpt`);
    expect(() => locate(`${cut}/zeros`)).toThrow(/zeros \(100 bytes\) is not a checkpoint/);
  });

  it('several are named, to choose from', () => {
    const several = directoryWith(['a', V1], ...shards('b'), ...files('c'));
    expect(() => locate(several)).toThrow(/holds 3 checkpoints.*\/c\n.*\/a\n.*\/b-\?\?\?\?\?-of-00002/s);
    const sets = directoryWith(...shards('m'), ['m-00000-of-00001', V1]);
    expect(() => locate(`${sets}/m`)).toThrow(/leads to 2 V1 checkpoints.*of-00001.*of-00002/s);
  });
});

describe('a wrong path is told what is there and what to type', () => {
  const directory = directoryWith(
    ...files('model.ckpt-100'),
    ...files('model.ckpt-200'),
    'orphan.data-00000-of-00001',
    'graph.meta',
    'notes.txt',
    ['pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n'],
    ['page.html', '<!doctype html><title>404</title>'],
    ['renamed', tableWith(0x08)],
    ['models/first/variables/variables.index', ''],
    ['models/second/variables/variables.index', ''],
    ['empty/.keep', ''],
    ['nothing', ''],
  );

  it.each([
    [
      'several checkpoints',
      '',
      /holds 2 checkpoints and no state file .*name one:\n.*model\.ckpt-100\n.*model\.ckpt-200/s,
    ],
    ['a glob that matches several', '/model*', /matches 2 checkpoints; name one/],
    ['a glob that matches none', '/other*', /there is no checkpoint at .*other\*/],
    ['a glob that makes no sense', '/[z-a]', /there is no checkpoint at .*\[z-a\]/],
    [
      'a name that is nearly right',
      '/model.ckpt',
      /no model\.ckpt\.index is there; there are .*model\.ckpt-100, .*model\.ckpt-200/,
    ],
    ['a data file without its index', '/orphan.data-00000-of-00001', /its index .*orphan\.index is missing/],
    ['a prefix without its index', '/orphan', /orphan\.index is missing; only its data file is there/],
    ['a graph without its checkpoint', '/graph.meta', /describes a graph/],
    ['a text file', '/notes.txt', /notes\.txt is a text, not a TensorFlow checkpoint/],
    ['an empty file', '/nothing', /is empty \(0 bytes\)/],
    ['a Git LFS pointer', '/pointer', /Git LFS pointer, not the file of 12345 bytes/],
    ['a web page', '/page.html', /HTML page/],
    ['an index under another name', '/renamed', /is the index of a V2 checkpoint under another name/],
    ['a directory of models', '/models', /2 in its folders, name one:\n.*first\/variables\/variables\n.*second\/v/],
    ['an empty directory', '/empty', /is a directory without a checkpoint/],
    ['a directory that is not there', '/none/such', /there is no checkpoint at/],
    ['a path through a file', '/notes.txt/model', /there is no checkpoint at/],
    ['a name too long to exist', `/${'x'.repeat(300)}`, /there is no checkpoint at/],
    ['a name with a zero byte', '/a\0b', /there is no checkpoint at/],
  ])('%s', (_, path, message) => {
    expect(() => locate(directory + path)).toThrow(NotACheckpointError);
    expect(() => locate(directory + path)).toThrow(message);
  });

  it('nothing at all', () => {
    for (const path of ['', ' ', '\n']) expect(() => locate(path)).toThrow(NotACheckpointError);
  });
});
