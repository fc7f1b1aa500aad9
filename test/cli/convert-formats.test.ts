/** `ckpt convert` to safetensors, .npz and .npy and back, and the other commands on such files. */
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { fixture } from '../fixtures.ts';
import { lines } from './run.ts';
import { type Folder, folderWith, refused } from './surgery-folder.ts';

const HOWTO = 'v2/variables-howto/model.ckpt';
const OBJECTS = 'v2/object-based/ckpt-2';
const PARTS = 'v2/partitioned/parts.ckpt';

describe('convert decides by the ending of the output, or by --to', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = folderWith(HOWTO);
  });

  it.each([
    ['w.safetensors', 'safetensors', ['w.safetensors']],
    ['w.npz', 'NumPy .npz', ['w.npz']],
  ])('%s', async (output, title, files) => {
    const before = await folder.digests('model.ckpt');
    const { stdout, stderr, code } = folder.ckpt(['convert', 'model.ckpt', '-o', output]);
    expect([stdout, code]).toEqual([lines(output), 0]);
    expect(stderr).toContain(`${output}: 2 tensors from V2 to ${title};`);
    expect(folder.files()).toEqual(expect.arrayContaining(files));
    expect(await folder.digests(output)).toEqual(before);
    expect(folder.ckpt(['convert', output, '-o', 'back']).code).toBe(0);
    expect(readFileSync(join(folder.path, 'back.index'))).toEqual(readFileSync(join(folder.path, 'model.ckpt.index')));
  });

  it('a file that its ending alone calls safetensors is told what is wrong with its header', () => {
    const bytes = Buffer.alloc(16);
    bytes.writeBigUInt64LE(2n ** 63n);
    writeFileSync(join(folder.path, 'huge.safetensors'), bytes);
    const list = folder.ckpt(['list', 'huge.safetensors']);
    expect([list.stdout, list.code]).toEqual(['', 2]);
    expect(list.stderr).toContain('the header claims a length of 9223372036854775808 bytes');
  });

  it('casts floats on the way with --dtype, in one pass, and says what overflows', async () => {
    const cast = folder.ckpt(['convert', 'model.ckpt', '--dtype', 'bfloat16', '-o', 'half.safetensors']);
    expect([cast.stdout, cast.code]).toEqual([lines('half.safetensors'), 0]);
    expect(cast.stderr).toContain('2 tensors from V2 to safetensors, 2 cast to bfloat16');
    expect(folder.ckpt(['cast', 'model.ckpt', '--dtype', 'bfloat16', '-o', 'half.ckpt']).code).toBe(0);
    expect(await folder.digests('half.safetensors')).toEqual(await folder.digests('half.ckpt'));
    folder.ckpt(['set', 'model.ckpt', 'biases=1e30', '-o', 'large.ckpt']);
    expect(folder.ckpt(['convert', 'large.ckpt', '--dtype', 'float16', '-o', 'h.npz']).stderr).toContain(
      'ckpt: too large for float16: 200 numbers, in biases',
    );
    const unknown = folder.ckpt(['convert', 'model.ckpt', '--dtype', 'float12', '-o', 'x.npz']);
    expect([unknown.stdout, unknown.code]).toEqual(['', 2]);
    const again = folder.ckpt(['convert', 'half.safetensors', '--dtype', 'bfloat16', '-o', 'again.npz']);
    expect(again.stderr).not.toContain('cast');
  });

  it('a directory of .npy files', async () => {
    const before = await folder.digests('model.ckpt');
    expect(folder.ckpt(['convert', 'model.ckpt', '--to', 'npy', '-o', 'dir/']).stdout).toBe(lines('dir'));
    expect(folder.ckpt(['list', 'dir', '--names']).stdout).toBe(lines('biases', 'weights'));
    expect(await folder.digests('dir')).toEqual(before);
    const one = folder.ckpt(['subset', 'dir', 'biases', '-o', 'biases.npy']);
    expect([one.stdout, one.code]).toEqual([lines('biases.npy'), 0]);
    expect(folder.ckpt(['list', 'biases.npy', '--names']).stdout).toBe(lines('biases'));
  });

  it('several files and their index', async () => {
    const before = await folder.digests('model.ckpt');
    const { stdout } = folder.ckpt(['convert', 'model.ckpt', '-o', 'w.safetensors', '--max-shard-size', '1KB']);
    expect(stdout).toBe(lines('w.safetensors.index.json'));
    expect(folder.files().filter((name) => name.startsWith('w'))).toEqual([
      'w-00001-of-00002.safetensors',
      'w-00002-of-00002.safetensors',
      'w.safetensors.index.json',
    ]);
    expect(await folder.digests('w.safetensors.index.json')).toEqual(before);
    expect(folder.ckpt(['convert', 'w', '-o', 'w.safetensors', '--force'])).toMatchObject({ code: 2 });
    expect(folder.ckpt(['convert', 'w', '-o', 'joined.safetensors', '--to', 'safetensors']).code).toBe(0);
    expect(await folder.digests('joined.safetensors')).toEqual(before);
  });

  it('refuses what a name or an option cannot mean', () => {
    expect(folder.ckpt(['convert', 'model.ckpt', '--to', 'safetensors', '-o', '.'])).toEqual(
      refused('. is a directory; name the file in it: -o model.safetensors'),
    );
    expect(folder.ckpt(['convert', 'model.ckpt', '-o', '-'])).toEqual(
      refused(
        '-o - writes to stdout what can be written front to back: say which with --to safetensors or --to npz or --to npy',
      ),
    );
    expect(folder.ckpt(['convert', 'model.ckpt', '-o', 'x.npz', '--shards', '2'])).toEqual(
      refused('an .npz is one file, of any size: leave --shards and --max-shard-size out'),
    );
    expect(folder.ckpt(['convert', 'model.ckpt', '-o', 'x.npy'])).toEqual(
      refused('an .npy holds one array, and there are 2 tensors; write an .npz, or a directory: --to npy -o DIR'),
    );
    expect(folder.ckpt(['convert', 'model.ckpt', '-o', 'x.safetensors', '--metadata', 'pt'])).toEqual(
      refused('--metadata takes key=text, not pt'),
    );
  });

  it('keeps metadata, and takes more', async () => {
    folder.ckpt(['convert', 'model.ckpt', '-o', 'a.safetensors', '--metadata', 'format=pt', '--metadata', 'a=b=c']);
    folder.ckpt(['rename', 'a.safetensors', '--add-prefix', 'x/', '-o', 'b.safetensors']);
    folder.ckpt(['convert', 'b.safetensors', '-o', 'c.safetensors', '--metadata', 'format=tf']);
    const opened = await openCheckpoint(join(folder.path, 'c.safetensors'));
    expect(Object.fromEntries(opened.metadata ?? [])).toEqual({ format: 'tf', a: 'b=c' });
    opened.close();
  });

  it('keeps metadata through formats that have no place of their own for it, and says where there is none', async () => {
    const long = 'x'.repeat(100_000);
    folder.ckpt([
      'convert',
      'model.ckpt',
      '-o',
      'a.safetensors',
      '--metadata',
      'format=pt',
      '--metadata',
      `long=${long}`,
    ]);
    const before = await folder.digests('a.safetensors');
    for (const to of ['npz', 'npy', 'tfjs', 'hdf5']) {
      const there = folder.ckpt(['convert', 'a.safetensors', '--to', to, '-o', `by-${to}`]).stdout.trim();
      expect(await folder.digests(there)).toEqual(before);
      expect(folder.ckpt(['convert', there, '-o', 'back.safetensors', '--force']).code).toBe(0);
      expect(
        readFileSync(join(folder.path, 'back.safetensors')).equals(readFileSync(join(folder.path, 'a.safetensors'))),
      ).toBe(true);
    }
    expect(folder.ckpt(['convert', 'a.safetensors', '-o', 'v2.ckpt']).stderr).toContain(
      'texts beside the tensors stay behind, for V2 has no place for them: format, long',
    );
    expect(folder.ckpt(['subset', 'a.safetensors', 'biases', '-o', 'b.npy']).stderr).toContain(
      'texts beside the tensors stay behind, for NumPy .npy has no place for them: format, long',
    );
    const own = folder.ckpt(['convert', 'model.ckpt', '-o', 'x.safetensors', '--metadata', 'ckpt=mine']);
    expect(own).toEqual(refused('--metadata ckpt=... is where ckpt keeps a record of its own; choose another key'));
  });

  it('says of an archive whose record is damaged that it is, and reads the arrays', () => {
    folder.ckpt(['convert', 'model.ckpt', '-o', 'a.npz', '--metadata', `long=${'x'.repeat(70_000)}`]);
    const bytes = readFileSync(join(folder.path, 'a.npz'));
    bytes[bytes.indexOf('xxxx')] = 0x79;
    writeFileSync(join(folder.path, 'b.npz'), bytes);
    expect(folder.ckpt(['verify', 'a.npz']).code).toBe(0);
    const { stdout, code } = folder.ckpt(['verify', 'b.npz']);
    expect([stdout.includes('the record of what numpy cannot hold is not what it was'), code]).toEqual([true, 1]);
    expect(folder.ckpt(['list', 'b.npz', '--names', '-q'])).toEqual({
      stdout: lines('biases', 'weights'),
      stderr: '',
      code: 0,
    });
  });

  it('goes through pipes as bytes', async () => {
    const before = await folder.digests('model.ckpt');
    for (const to of ['safetensors', 'npz']) {
      const line = `ckpt convert model.ckpt --to ${to} -o - -q | ckpt convert - -o from-${to}`;
      expect(folder.shell(line).code).toBe(0);
      expect(await folder.digests(`from-${to}`)).toEqual(before);
    }
    const one = 'ckpt subset model.ckpt biases --to npy -o - -q | ckpt list - --tsv -q';
    expect(folder.shell(one).stdout).toBe('stdin\tfloat32\t[200]\t800\tweight\n');
    expect(folder.shell('ckpt convert model.ckpt --to npz -o - -q > a.npz && ckpt verify a.npz').code).toBe(0);
  });
});

describe('what a format cannot hold', () => {
  it('is refused before the first byte, or left out by name', () => {
    const folder = folderWith('v2/strings/strings.ckpt');
    const [name] = folder.ckpt(['list', 'strings.ckpt', '--names']).stdout.split('\n');
    const { code, stderr } = folder.ckpt(['convert', 'strings.ckpt', '-o', 'x.safetensors']);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^ckpt: safetensors cannot hold dtype string, that of .*; leave .* out with --drop-unsupported\n$/,
    );
    expect(stderr).toContain(`${name}`);
    expect(folder.files().filter((file) => file.startsWith('x'))).toEqual([]);
  });

  it.each(['x.npz', 'x.h5'])('of strings is one that ends in a zero byte: %s', (output) => {
    const folder = folderWith('v2/strings/strings.ckpt');
    const { code, stderr } = folder.ckpt(['convert', 'strings.ckpt', '-o', output]);
    expect(code).toBe(2);
    const reason = 'its string 0 ends in a zero byte, which would be lost';
    expect(stderr).toBe(`ckpt: tensor nul_bytes: ${reason}; leave such tensors out with --drop-unsupported\n`);
    expect(folder.files().filter((file) => file.startsWith('x'))).toEqual([]);
    const dropped = folder.ckpt(['convert', 'strings.ckpt', '-o', output, '--drop-unsupported']);
    expect(dropped.stderr).toContain(`cannot hold it: nul_bytes, ${reason}`);
    const listed = (path: string): string[] =>
      folder
        .ckpt(['list', path, '--sha256', '--tsv'])
        .stdout.split('\n')
        .map((line) => line.replace(/\t\d+\t/, '\t'));
    const kept = listed('strings.ckpt').filter((line) => !line.startsWith('nul_bytes'));
    expect(kept.length).toBeGreaterThan(3);
    expect(listed(output)).toEqual(kept);
  });

  it.each(['x.ckpt', 'x.npz'])('may be what is not read at all: %s', (output) => {
    const folder = folderWith('hdf5/unread/unread.h5');
    const reason = 'dataset records: its elements are of the HDF5 class compound';
    const { code, stderr } = folder.ckpt(['convert', 'unread.h5', '-o', output]);
    expect([code, stderr]).toEqual([2, `ckpt: ${reason}; leave it out with --drop-unsupported\n`]);
    const dropped = folder.ckpt(['convert', 'unread.h5', '-o', output, '--drop-unsupported']);
    expect([dropped.code, dropped.stderr.split('\n')[0]]).toEqual([0, `ckpt: left out: ${reason}`]);
    expect(folder.ckpt(['list', output, '--names']).stdout).toBe('plain\n');
  });

  it('of objects is their graph, which stays behind and comes back', async () => {
    const folder = folderWith(OBJECTS);
    const before = await folder.digests('ckpt-2');
    for (const output of ['x.safetensors', 'x.npz']) {
      const { stderr, code } = folder.ckpt(['convert', 'ckpt-2', '-o', output]);
      expect(code).toBe(0);
      expect(stderr).toContain('the object graph stays behind');
      expect(stderr).toContain('--names gives each its name');
      expect(folder.ckpt(['list', output, '--names']).stdout).not.toContain('OBJECT_GRAPH');
      expect(folder.ckpt(['convert', output, '-o', 'back', '--force']).code).toBe(0);
      expect(await folder.digests('back')).toEqual(before);
    }
  });

  it('of objects goes on from format to format, and follows what is done to the tensors', async () => {
    const folder = folderWith(OBJECTS);
    const rule = ['--replace', 's/^net/body/'];
    folder.ckpt(['rename', 'ckpt-2', ...rule, '-o', 'renamed']);
    const before = await folder.digests('renamed');
    folder.ckpt(['convert', 'ckpt-2', '-o', 'a.safetensors']);
    folder.ckpt(['rename', 'a.safetensors', ...rule, '-o', 'b.npz']);
    folder.ckpt(['convert', 'b.npz', '-o', 'c.h5']);
    expect(folder.ckpt(['convert', 'c.h5', '-o', 'back']).code).toBe(0);
    expect(await folder.digests('back')).toEqual(before);
    expect(folder.ckpt(['rename', 'a.safetensors', ...rule, '--in-place']).code).toBe(0);
    folder.ckpt(['convert', 'a.safetensors', '-o', 'again']);
    expect(await folder.digests('again')).toEqual(before);
  });

  it('of one array by itself is all of it, which is said', () => {
    const folder = folderWith(PARTS);
    const [name] = folder.names('parts.ckpt');
    const { stderr, code } = folder.ckpt(['subset', 'parts.ckpt', `${name}`, '-o', 'one.npy']);
    expect([stderr.includes('written whole; which parts there were is not kept'), code]).toEqual([true, 0]);
  });

  it('of partitioned variables is their parts, which come back', async () => {
    const folder = folderWith(PARTS);
    const before = await folder.digests('parts.ckpt');
    const listing = folder.ckpt(['list', 'parts.ckpt', '--long', '--json']).stdout;
    for (const output of ['x.safetensors', 'x.npz', 'dir']) {
      const to = output === 'dir' ? ['--to', 'npy'] : [];
      const { stderr } = folder.ckpt(['convert', 'parts.ckpt', '-o', output, ...to]);
      expect(stderr).toMatch(/partitioned variables? written whole/);
      expect(folder.ckpt(['convert', output, '-o', 'back', '--force']).code).toBe(0);
      expect(await folder.digests('back')).toEqual(before);
      const slices = (text: string): unknown[] =>
        JSON.parse(text).tensors.map(({ slices: of }: { slices?: { slice: string }[] }) =>
          of?.map(({ slice }) => slice),
        );
      expect(slices(folder.ckpt(['list', 'back', '--long', '--json']).stdout)).toEqual(slices(listing));
    }
  });
});

describe('a template', () => {
  it('of names gives names, and what is missing is asked for', async () => {
    const folder = folderWith(HOWTO);
    const before = await folder.digests('model.ckpt');
    folder.ckpt(['convert', 'model.ckpt', '-o', 'w.npz']);
    folder.ckpt(['rename', 'w.npz', '--map', 'biases=b', '-o', 'r.npz']);
    const { code, stderr } = folder.ckpt(['convert', 'r.npz', '--like', 'model.ckpt', '-o', 'filled']);
    expect([code, stderr]).toEqual([
      2,
      lines(
        "ckpt: the input has nothing for 1 of the template's tensors: biases; say which they are with --map name=other, or keep the template's values with --allow-missing",
      ),
    ]);
    const filled = folder.ckpt(['convert', 'r.npz', '--like', 'model.ckpt', '--map', 'b=biases', '-o', 'filled']);
    expect([filled.code, filled.stdout]).toEqual([0, lines('filled')]);
    expect(await folder.digests('filled')).toEqual(before);
  });

  it('of names whose prefix is another says which, and takes it', async () => {
    const folder = folderWith(HOWTO);
    const before = await folder.digests('model.ckpt');
    folder.ckpt(['rename', 'model.ckpt', '--add-prefix', 'my net/', '-o', 'inner']);
    const into = (input: string, template: string, ...more: string[]) =>
      folder.ckpt(['convert', input, '--like', template, '-o', 'filled', '--force', ...more]);
    const none = (hint: string) =>
      `ckpt: no tensor of the input has a name of the template; with ${hint} 2 names would fit; say which with --map name=other\n`;
    expect(into('inner', 'model.ckpt')).toEqual({ stdout: '', stderr: none("--strip-prefix 'my net/'"), code: 2 });
    expect(into('inner', 'model.ckpt', '--strip-prefix', 'my net/').code).toBe(0);
    expect(await folder.digests('filled')).toEqual(before);
    expect(into('model.ckpt', 'inner')).toEqual({ stdout: '', stderr: none("--add-prefix 'my net/'"), code: 2 });
    expect(into('model.ckpt', 'inner', '--add-prefix', 'my net/').code).toBe(0);
    expect(folder.names('filled')).toEqual(['my net/biases', 'my net/weights']);
  });

  it('of objects gives objects, with what it alone has', async () => {
    const folder = folderWith(OBJECTS);
    const before = await folder.digests('ckpt-2');
    folder.ckpt(['convert', 'ckpt-2', '--names', '-o', 'w.safetensors']);
    const { code } = folder.ckpt(['convert', 'w.safetensors', '--like', 'ckpt-2', '-o', 'back']);
    expect(code).toBe(0);
    expect(await folder.digests('back')).toEqual(before);
    folder.ckpt(['convert', 'ckpt-2', '-o', 'keys.safetensors']);
    expect(folder.ckpt(['convert', 'keys.safetensors', '--like', 'ckpt-2', '-o', 'by-keys']).code).toBe(0);
    expect(await folder.digests('by-keys')).toEqual(before);
  });

  it('takes what is left when the optimizer is', () => {
    const folder = folderWith(OBJECTS);
    const { stdout, code } = folder.ckpt(['convert', 'ckpt-2', '--names', '--strip-optimizer', '-o', 'w.npz']);
    expect([stdout, code]).toEqual([lines('w.npz'), 0]);
    const names = folder.ckpt(['list', 'w.npz', '--names']).stdout;
    expect(names).toContain('kernel');
    expect(names).not.toMatch(/\bm\b|\bv\b|beta/);
  });
});

describe('every command', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = folderWith(HOWTO);
    folder.ckpt(['convert', 'model.ckpt', '-o', 'w.safetensors']);
    writeFileSync(join(folder.path, 'a.npz'), readFileSync(fixture('numpy/ml-dtypes/weights.npz')));
  });

  it('merges formats into one', () => {
    expect(folder.ckpt(['merge', 'w.safetensors', 'a.npz', '-o', 'all.safetensors']).stdout).toBe(
      lines('all.safetensors'),
    );
    expect(folder.ckpt(['merge', 'a.npz', 'model.ckpt', '-o', 'all.npz']).stdout).toBe(lines('all.npz'));
    const names = lines('biases', 'brain', 'e4m3', 'e5m2', 'weights');
    for (const path of ['all.safetensors', 'all.npz'])
      expect(folder.ckpt(['list', path, '--names']).stdout).toBe(names);
  });

  it('renames beside and in place', () => {
    expect(folder.ckpt(['rename', 'a.npz', '--map', 'brain=mind', '--in-place']).stdout).toBe(lines('a.npz'));
    expect(folder.ckpt(['list', 'a.npz', '--names']).stdout).toBe(lines('e4m3', 'e5m2', 'mind'));
    expect(folder.ckpt(['rename', 'w.safetensors', '--add-prefix', 'z/', '--in-place']).code).toBe(0);
    expect(folder.ckpt(['verify', 'w.safetensors']).stdout).toBe(
      lines('w.safetensors: sound: 2 tensors, 613 KiB checked'),
    );
  });

  it('verifies and diagnoses', () => {
    expect(folder.ckpt(['verify', 'a.npz']).code).toBe(0);
    expect(folder.ckpt(['doctor', 'a.npz']).stdout).toMatch(/^a\.npz: healthy: NumPy \.npz of 3 tensors/);
    const bytes = readFileSync(join(folder.path, 'a.npz'));
    const content = bytes.indexOf(Buffer.from('\x93NUMPY', 'latin1')) + 128;
    bytes[content] = (bytes[content] as number) ^ 1;
    writeFileSync(join(folder.path, 'b.npz'), bytes);
    expect(folder.ckpt(['verify', 'b.npz']).code).toBe(1);
    expect(folder.ckpt(['doctor', 'b.npz']).code).toBe(1);
    const copied = folder.ckpt(['convert', 'b.npz', '-o', 'copy']);
    expect(copied.code).toBe(2);
    expect(copied.stderr).toMatch(/do not match their checksum/);
    expect(folder.files().filter((name) => name.startsWith('copy'))).toEqual([]);
  });

  it('tells, prints, plans', () => {
    expect(folder.ckpt(['info', 'w.safetensors']).stdout).toMatch(/^format {6}safetensors$/m);
    expect(folder.ckpt(['tree', 'a.npz']).code).toBe(0);
    expect(folder.ckpt(['print', 'a.npz', 'e4m3']).code).toBe(0);
    const before = folder.files();
    const { stdout, code } = folder.ckpt(['convert', 'w.safetensors', '-o', 'plan.npz', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toContain('plan.npz copied');
    expect(folder.files()).toEqual(before);
  });

  it.each([
    [
      'model.safetensors.index.json',
      { metadata: {}, weight_map: { a: '../x.safetensors' } },
      'the index places "a" in "../x.safetensors", which is no file beside it',
    ],
    [
      'model.json',
      { weightsManifest: [{ paths: ['../x.bin'], weights: [{ name: 'w', shape: [2], dtype: 'float32' }] }] },
      'group 1 has a shard at "../x.bin", which is no file in the folder of the manifest',
    ],
  ])('says what is wrong with a list of files in JSON: %s', (name, list, message) => {
    writeFileSync(join(folder.path, name), JSON.stringify(list));
    expect(folder.ckpt(['list', name])).toEqual(refused(`${name}: ${message}`));
    expect(folder.ckpt(['convert', name, '-o', 'out'])).toEqual(refused(`${name}: ${message}`));
    expect(folder.ckpt(['doctor', name]).stdout).toContain(message);
  });

  it('leaves links to other folders alone, and says what an index does not', () => {
    folder.ckpt(['convert', 'model.ckpt', '--to', 'npy', '-o', 'arrays']);
    symlinkSync('..', join(folder.path, 'arrays/up'));
    expect(folder.ckpt(['list', 'arrays', '--names', '-q']).stdout).toBe(lines('biases', 'weights'));
    folder.ckpt(['convert', 'model.ckpt', '-o', 'model.safetensors', '--max-shard-size', '1B']);
    const index = readFileSync(join(folder.path, 'model.safetensors.index.json'), 'utf8');
    const { weight_map } = JSON.parse(index);
    const all = Object.keys(weight_map);
    folder.ckpt(['convert', 'model.ckpt', '-o', 'both.safetensors']);
    copyFileSync(join(folder.path, 'both.safetensors'), join(folder.path, weight_map.weights));
    const { stdout, stderr } = folder.ckpt(['list', 'model.safetensors.index.json', '--names']);
    expect(stdout).toBe(lines(...all.sort()));
    expect(stderr).toContain('does not say of all that its shards hold, which is left out: biases');
    mkdirSync(join(folder.path, 'other'));
    for (const file of Object.values<string>(weight_map)) {
      copyFileSync(join(folder.path, file), join(folder.path, 'other', `part-${file.slice(8, 11)}.safetensors`));
    }
    const renamed = index.replace(/model-00(...)-of-00002/g, 'part-$1');
    writeFileSync(join(folder.path, 'other/model.safetensors.index.json'), renamed);
    expect(folder.ckpt(['list', 'other', '--names', '-q']).stdout).toBe(lines(...all));
  });

  it('refuses a pickle, whatever is asked', () => {
    writeFileSync(join(folder.path, 'p.npz'), pickled());
    for (const args of [
      ['list', 'p.npz'],
      ['convert', 'p.npz', '-o', 'out'],
      ['verify', 'p.npz'],
    ]) {
      const { code, stderr } = folder.ckpt(args);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/pickle.*not opened/)]);
    }
  });
});

/** An archive of one array of objects. */
function pickled(): Uint8Array {
  const bytes = readFileSync(fixture('numpy/ml-dtypes/weights.npz'));
  const text = bytes.toString('latin1').replaceAll("'<V2'", "'|O8'");
  return Buffer.from(text, 'latin1');
}
