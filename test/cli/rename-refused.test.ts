/** What `ckpt rename` refuses, with a sentence each; and how to get on all the same. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../fixtures.ts';
import { lines } from './run.ts';
import { type Folder, folderWith, makeFolder, refused } from './surgery-folder.ts';

/** Two tensors, `biases` and `weights`. */
const HOWTO = 'v2/variables-howto/model.ckpt';

let folder: Folder;
const written = (path: string, renamed: string, cost = '613 KiB copied') => ({
  stdout: lines(path),
  stderr: lines(`${path}: ${renamed} renamed; ${cost}`),
  code: 0,
});
const data = (prefix: string): string => join(folder.path, `${prefix}.data-00000-of-00001`);

beforeEach(() => {
  folder = folderWith(HOWTO);
});

/** The maps that come with the package. */
const MAPS = readdirSync(join(REPOSITORY, 'maps'))
  .map((file) => file.replace('.json', ''))
  .sort()
  .join(', ');

const SHAPE =
  'a map has two names a line, the old and the new one, with a tab or a comma between, or is a JSON object: {"old": "new"}';

describe('rename refuses lists that are no map, and leaves nothing behind', () => {
  it.each<[string, string, string]>([
    ['one column', 'weights\nbiases\n', `stdin, line 1: weights is one name, and so is every line; ${SHAPE}`],
    [
      'blanks between the names',
      'weights params\nbiases offsets\n',
      `stdin, line 1: weights params is one name, and so is every line; ${SHAPE}; these are separated by blanks`,
    ],
    ['a JSON list', '[["weights", "params"]]', `stdin is a JSON list; ${SHAPE}`],
    ['a name twice in JSON', '{"weights": "a", "weights": "b"}', 'stdin gives the name "weights" twice'],
    [
      'names that stay',
      'weights\tweights\nbiases\tbiases\n',
      '--map changes no name: weights stays weights, and so do all others; a map has the old and the new name, as old=new',
    ],
    [
      'the columns the wrong way around',
      'params\tweights\noffsets\tbiases\n',
      'no tensor is called params (nor offsets): but all new names are there: the old name comes first',
    ],
  ])('%s', (_, stdin, message) => {
    const before = folder.files();
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', '-', '-o', 'out'], { stdin })).toEqual(refused(message));
    expect(folder.files()).toEqual(before);
  });

  it('a first line that may be a heading or a pair', () => {
    folder.ckpt(['rename', 'model.ckpt', '--map', 'weights=source', '-o', 'one']);
    const stdin = 'source\ttarget\n';
    expect(folder.ckpt(['rename', 'one', '--map', '-', '-o', 'out'], { stdin })).toEqual(
      refused(
        'stdin, line 1: source, target may be a heading or a pair, for there is a tensor called source; give that pair as --map source=target, and leave the line out',
      ),
    );
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', '-', '-o', 'out'], { stdin: `${stdin}weights\tw\n` })).toEqual(
      written('out', '1 of 2 tensors'),
    );
  });

  it('says which pair it took for a remark', () => {
    const stdin = '# the layer\n#weights\tw\nbiases\tb\n';
    expect(folder.ckpt(['rename', 'model.ckpt', '--map', '-', '-o', 'out'], { stdin }).stderr).toBe(
      lines(
        'ckpt: stdin: line 2 begins with # and was passed over: there is no tensor called #weights',
        'out: 1 of 2 tensors renamed; 613 KiB copied',
      ),
    );
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
      'no tensor is called weigths; the nearest names are weights; a map has the old name and then the new one: old=new, or a line of both with a tab between',
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
      `--map takes old=new, a file, - for stdin, or one of ${MAPS}; weights is none of them`,
    ],
    ['a pair with no new name', ['--map', 'weights=', '-o', 'out'], '--map weights= gives no new name; write old=new'],
    [
      'a prefix with no new name',
      ['--map', 'net/=', '-o', 'out'],
      '--map net/= gives no new name; to take a prefix off there is --strip-prefix net/',
    ],
    [
      'a prefix with no old name',
      ['--map', '=net/', '-o', 'out'],
      '--map =net/ gives no old name; to put a prefix on there is --add-prefix net/',
    ],
    [
      'a pair that changes nothing',
      ['--map', 'weights=weights', '-o', 'out'],
      '--map changes no name: weights stays weights; a map has the old and the new name, as old=new',
    ],
    [
      'a pair with a blank between',
      ['--map', 'weights params', '-o', 'out'],
      `--map takes old=new, a file, - for stdin, or one of ${MAPS}; weights params is none of them; write --map weights=params`,
    ],
    [
      'a pair with blanks around its =',
      ['--map', 'weights = params', '-o', 'out'],
      '--map takes a pair without blanks around its =: weights=params',
    ],
    [
      'a pair the wrong way around',
      ['--map', 'params=weights', '-o', 'out'],
      'no tensor is called params: but all new names are there: the old name comes first',
    ],
    [
      'a scope',
      ['--map', 'net=x', '--map', 'weights=y', '-o', 'out'],
      'no tensor is called net; with --allow-missing the others are renamed',
    ],
    [
      'a pair of patterns',
      ['--map', '*=params', '-o', 'out'],
      'no tensor is called *: a map takes whole names, and no patterns: --replace takes a regular expression',
    ],
    [
      'the output of an operation',
      ['--map', 'weights:0=params', '-o', 'out'],
      'no tensor is called weights:0: the tensor weights:0 of a graph is stored as weights',
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
      'no tensor matches nothing; there are biases, weights',
    ],
    [
      'no output',
      ['--map', 'weights=w'],
      'name the new checkpoint: -o PREFIX, or look at the plan first with --dry-run',
    ],
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

it('no name poses as a line of its own', () => {
  const name = 'a\nckpt: all is well';
  writeFileSync(join(folder.path, 'names.json'), JSON.stringify({ weights: name, biases: name }));
  expect(folder.ckpt(['rename', 'model.ckpt', '--map', 'names.json', '-o', 'out'])).toEqual(
    refused('biases and weights would both be called a\\nckpt: all is well; nothing was renamed'),
  );
});
