/** `ckpt print`: values and slices of them, as text, JSON and tabs. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { MemorySink } from '../../src/bytes/source.ts';
import { dtypeOf, tensorOfStrings, writeCheckpoint } from '../../src/index.ts';
import { encodeBundleHeader } from '../../src/proto/bundle.ts';
import { TableWriter } from '../../src/sstable/table-writer.ts';
import { encodeText } from '../../src/text.ts';
import { encodeBundleEntry } from '../proto/encoded.ts';
import { scratch } from '../scratch.ts';
import { ckpt, ckptOnTerminal, HAS_TERMINAL, lines, shell, terminalTitle } from './run.ts';

const SHARDED = 'v2/sharded/sharded.ckpt';
const EVERY_DTYPE = 'v2/every-dtype/dtypes.ckpt';
const done = (...texts: string[]) => ({ stdout: lines(...texts), stderr: '', code: 0 });
const failed = (...texts: string[]) => ({ stdout: '', stderr: lines(...texts), code: 2 });

describe('print for people', () => {
  it('prints the table of list without a selector', () => {
    expect(ckpt(['print', SHARDED])).toEqual(ckpt(['list', SHARDED]));
    expect(ckpt(['print', SHARDED, '--json'])).toEqual(ckpt(['list', SHARDED, '--json']));
    expect(ckpt(['print', SHARDED, '--tsv', '--dtype', 'int64'])).toEqual(
      ckpt(['list', SHARDED, '--tsv', '--dtype', 'int64']),
    );
  });

  it('prints name, dtype, shape and bytes above the values, in the order asked for', () => {
    expect(ckpt(['print', SHARDED, 'step', 'dense/kernel', 'names'])).toEqual(
      done(
        'step  int64 []  8 B',
        '40',
        '',
        'dense/kernel  float32 [2,3]  24 B',
        '[[0. 1. 2.]',
        ' [3. 4. 5.]]',
        '',
        'names  string [2]  15 B',
        "[b'left' b'right']",
      ),
    );
  });

  it('takes every sort of selector, and prints no tensor twice', () => {
    const heading = (args: readonly string[]) =>
      ckpt(['print', SHARDED, ...args])
        .stdout.split('\n')
        .filter((line) => / {2}\w+ \[/.test(line))
        .map((line) => line.split(' ')[0]);
    expect(heading(['dense/', 'dense/*', 'dense/bias'])).toEqual(['dense/bias', 'dense/kernel']);
    expect(heading(['/^[se]/'])).toEqual(['embedding', 'step']);
    expect(heading(['!dense/*', '!names'])).toEqual(['embedding', 'flags', 'step']);
    expect(heading(['**', '!dense/*', '--dtype', 'bool,int64'])).toEqual(['flags', 'step']);
    expect(heading(['**', '--min-size', '24'])).toEqual(['dense/kernel', 'embedding']);
    expect(heading(['dens[a-f]/bias'])).toEqual(['dense/bias']);
  });

  it('prints every element into a pipe, and a summary when asked for one', () => {
    const full = ckpt(['print', 'v2/variables-howto/model.ckpt', '**']).stdout;
    expect(full).not.toContain('...');
    expect(ckpt(['print', 'v2/variables-howto/model.ckpt', '**', '--threshold', '10']).stdout).toContain('...');
    expect(ckpt(['print', 'v2/variables-howto/model.ckpt', '**', '--threshold', '10', '--full']).stdout).toBe(full);
  });

  it('takes precision and line width', () => {
    expect(ckpt(['print', EVERY_DTYPE, 'float32', '--precision', '2', '--linewidth', '40'])).toEqual(
      done(
        'float32  float32 [11]  44 B',
        '[ 0.00e+00 -0.00e+00  1.00e+00',
        ' -2.50e+00  3.40e+38 -3.40e+38',
        '  1.18e-38  1.40e-45       inf',
        '      -inf       nan]',
      ),
    );
  });

  it.skipIf(!HAS_TERMINAL)(terminalTitle('fits a terminal, summarises there, and lets nothing raw through'), () => {
    expect(ckptOnTerminal(40, ['print', EVERY_DTYPE, 'int64']).stdout).toBe(
      lines(
        'int64  int64 [6]  48 B',
        '[-9223372036854775808',
        ' -9223372036854775807',
        '                    0',
        '                    1',
        '  9223372036854775806',
        '  9223372036854775807]',
      ),
    );
    expect(ckptOnTerminal(80, ['print', 'v2/variables-howto/model.ckpt', '**']).stdout).toContain('...');
    const { stdout } = ckptOnTerminal(80, ['print', 'v2/unicode-names/names.ckpt', '/evil|bell/']);
    expect(stdout).toMatch(/^bell\\x07 {2}float32 \[\] {2}4 B\n.*\n\nevil\\x1b\[31mname {2}float32/);
  });
});

describe('slices', () => {
  it.each([
    ['embedding[0:5:2,-1]', '[3] of [5,4]  24 B', '[ 3. 11. 19.]'],
    ['embedding[::-2, 0]', '[3] of [5,4]  24 B', '[16.  8.  0.]'],
    ['embedding[...,1]', '[5] of [5,4]  40 B', '[ 1.  5.  9. 13. 17.]'],
    ['embedding[-1]', '[4] of [5,4]  32 B', '[16. 17. 18. 19.]'],
    ['embedding[1:,2:3][0]', undefined, undefined],
    ['embedding[4,3]', '[] of [5,4]  8 B', '19.0'],
    ['embedding[9:]', '[0,4] of [5,4]  0 B', '[]'],
    ['embedding[1,]', '[4] of [5,4]  32 B', '[4. 5. 6. 7.]'],
  ])('%s', (selector, heading, text) => {
    const run = ckpt(['print', SHARDED, selector]);
    if (heading === undefined) expect(run.code).toBe(2);
    else expect(run).toEqual(done(`${selector}  float64 ${heading}`, text as string));
  });

  it('of strings, partitioned tensors and several tensors at once', () => {
    expect(ckpt(['print', SHARDED, 'names[1:]'])).toEqual(done('names[1:]  string [1] of [2]  10 B', "[b'right']"));
    const { stdout } = ckpt(['print', 'v2/partitioned/variable.ckpt', 'embedding[2:8:3,1:3]']);
    expect(stdout).toMatch(/^embedding\[2:8:3,1:3\] {2}float32 \[2,2\] of \[10,4\]/);
    expect(ckpt(['print', SHARDED, 'dense/*[...,0]'])).toEqual(
      done(
        'dense/bias[...,0]  float32 [] of [3]  4 B',
        '1.0',
        '',
        'dense/kernel[...,0]  float32 [2] of [2,3]  8 B',
        '[0. 3.]',
      ),
    );
  });

  it('lose against a name with brackets', () => {
    expect(ckpt(['print', 'v2/unicode-names/names.ckpt', 'a[0]'])).toEqual(done('a[0]  float32 []  4 B', '22.0'));
  });

  it.each([
    ['dense/kernel[7]', 'tensor dense/kernel: index 7 leaves axis 0 of shape [2,3]'],
    ['dense/kernel[0,0,0]', 'tensor dense/kernel: a slice of 3 axes does not fit shape [2,3]'],
    ['dense/kernel[::0]', 'tensor dense/kernel: a slice step must be a whole number other than 0, not 0'],
    ['dense/kernal[0]', 'no tensor matches dense/kernal; the nearest names are dense/kernel'],
  ])('%s is refused', (selector, message) => {
    expect(ckpt(['print', SHARDED, selector])).toEqual(failed(`ckpt: ${message}`));
  });
});

describe('print for programs', () => {
  it('prints nested lists with --json, digits exact', () => {
    const { stdout } = ckpt(['print', EVERY_DTYPE, 'int64', 'float32', 'complex64[1:3]', 'bool', 'string', '--json']);
    expect(stdout).toBe(
      lines(
        `{"schemaVersion":1,"path":"${EVERY_DTYPE}","resolved":"${EVERY_DTYPE}","format":"v2","tensors":[`,
        '{"name":"int64","dtype":"int64","shape":[6],"bytes":48,"values":[-9223372036854775808,-9223372036854775807,0,1,9223372036854775806,9223372036854775807]},',
        '{"name":"float32","dtype":"float32","shape":[11],"bytes":44,"values":[0.0,-0.0,1.0,-2.5,3.4028235e+38,-3.4028235e+38,1.1754944e-38,1e-45,"Infinity","-Infinity","NaN"]},',
        '{"name":"complex64","slice":"[1:3]","dtype":"complex64","shape":[2],"bytes":16,"values":[[-0.0,0.0],[3.4028235e+38,-3.4028235e+38]]},',
        '{"name":"bool","dtype":"bool","shape":[5],"bytes":5,"values":[false,true,true,false,true]},',
        '{"name":"string","dtype":"string","shape":[4],"bytes":20,"values":["","one","żółw","\\u0000\\udcff"]}',
        '],"ok":true}',
      ),
    );
    expect(JSON.parse(stdout).tensors).toHaveLength(5);
  });

  it('nests as deep as the shape, also where there is nothing', () => {
    const values = (path: string, name: string) =>
      JSON.parse(ckpt(['print', path, name, '--json']).stdout).tensors[0].values;
    expect(values(SHARDED, 'dense/kernel')).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(values(SHARDED, 'step')).toBe(40);
    expect(values('v2/empty-and-scalar/shapes.ckpt', 'empty/float32_3_0_2')).toEqual([[], [], []]);
    expect(values('v2/empty-and-scalar/shapes.ckpt', 'rank_8').flat(8)).toHaveLength(256);
  });

  it('prints rows with --tsv', () => {
    expect(ckpt(['print', SHARDED, 'dense/kernel', '--tsv'])).toEqual(done('0.0\t1.0\t2.0', '3.0\t4.0\t5.0'));
    expect(ckpt(['print', SHARDED, 'names', '--tsv'])).toEqual(done('left', 'right'));
    expect(ckpt(['print', SHARDED, 'step', '--tsv'])).toEqual(done('40'));
    expect(ckpt(['print', SHARDED, 'dense/*', '--tsv'])).toEqual(
      failed('ckpt: --tsv prints one tensor, and 2 are selected; select one or use --json'),
    );
    expect(ckpt(['print', 'v2/empty-and-scalar/shapes.ckpt', 'rank_8', '--tsv'])).toEqual(
      failed(
        'ckpt: tensor rank_8: --tsv takes at most two axes, its shape is [2,2,2,2,2,2,2,2]; slice it or use --json',
      ),
    );
  });
});

describe('messages', () => {
  it('prints the object graph decoded, cycles and all', () => {
    expect(ckpt(['print', 'v2/object-based-cyclic/cyclic', '_CHECKPOINTABLE_OBJECT_GRAPH'])).toEqual(
      done(
        '_CHECKPOINTABLE_OBJECT_GRAPH  string []  215 B',
        'object graph of 4 objects',
        'object 0 (root)',
        '  child child: object 1',
        '  child value: object 2',
        '  child root: object 0',
        'object 1 child',
        '  child parent: object 0',
        '  child twin: object 1',
        '  child value: object 3',
        'object 2 value',
        '  value VARIABLE_VALUE (value): value/.ATTRIBUTES/VARIABLE_VALUE',
        'object 3 child/value',
        '  value VARIABLE_VALUE (value): child/value/.ATTRIBUTES/VARIABLE_VALUE',
      ),
    );
    const { stdout } = ckpt(['print', 'v2/object-based-cyclic/cyclic', '_CHECKPOINTABLE_OBJECT_GRAPH', '--json']);
    const { nodes } = JSON.parse(stdout).tensors[0].values;
    expect(nodes[1].children[1]).toEqual({ nodeId: 1, localName: 'twin' });
    expect(nodes.map((node: object) => Object.keys(node).join())).toEqual(
      nodes.map(() => 'children,attributes,slotVariables'),
    );
    expect(nodes[2].attributes).toEqual([
      { name: 'VARIABLE_VALUE', fullName: 'value', checkpointKey: 'value/.ATTRIBUTES/VARIABLE_VALUE' },
    ]);
  });

  it('prints variants by their type and what they hold', () => {
    const { stdout, code } = ckpt(['print', 'v2/variant/variants.ckpt', 'pair']);
    expect(code).toBe(0);
    expect(stdout).toContain(lines('  float32 [2]', '    [1. 2.]', '  float32 [2]', '    [3. 4.]'));
    expect(stdout).toContain("element 1: tensorflow::TensorList, metadata b'\\x00\\x07");
    expect(stdout).toContain(lines('  string []', "    b'zzz'"));
  });
});

describe('damage', () => {
  const FLIPPED = 'ckpt: tensor weights: its bytes do not match their checksum (recorded 4ea9037e, found 0709737f)';

  it('is told, and the sound tensors are printed', () => {
    const { stdout, stderr, code } = ckpt(['print', 'damaged/flipped-data-bit/model.ckpt', '**', '--threshold', '3']);
    expect({ stderr, code }).toEqual({ stderr: lines(FLIPPED), code: 2 });
    expect(stdout).toBe(
      lines(
        'bias  float32 [10]  40 B',
        '[0. 1. 2. ... 7. 8. 9.]',
        '',
        'labels  string [3]  17 B',
        "[b'cat' b'dog' b'newt']",
        '',
        'step  int64 []  8 B',
        '70',
      ),
    );
    const json = ckpt(['print', 'damaged/flipped-data-bit/model.ckpt', 'weights', '--json']);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout).tensors).toEqual([{ name: 'weights', error: FLIPPED.slice('ckpt: '.length) }]);
  });

  it('of an object graph leaves its bytes to be seen', async () => {
    const prefix = join(scratch(), 'graph');
    const graph = tensorOfStrings(dtypeOf('string'), [], [Uint8Array.of(0x0f)]);
    await writeCheckpoint(prefix, new Map([['_CHECKPOINTABLE_OBJECT_GRAPH', graph]]));
    const { stdout, stderr, code } = ckpt(['print', prefix, '_CHECKPOINTABLE_OBJECT_GRAPH']);
    expect(stdout).toBe(lines('_CHECKPOINTABLE_OBJECT_GRAPH  string []  6 B', "b'\\x0f'"));
    expect(stderr).toMatch(/^ckpt: .*object graph/);
    expect(code).toBe(2);
  });
});

describe('a large tensor', () => {
  const ROWS = 1 << 20;
  const COLUMNS = 1024;
  let prefix: string;

  /** 4 GiB that take no room: the data file is a hole. */
  beforeAll(() => {
    prefix = join(scratch(), 'large');
    const size = ROWS * COLUMNS * 4;
    const index = new MemorySink();
    const table = new TableWriter(index);
    const entry = { dtype: 1, shape: [ROWS, COLUMNS], shardId: 0, offset: 0, size, crc32c: 0, slices: [] };
    table.add(new Uint8Array(0), encodeBundleHeader(1));
    table.add(encodeText('emb'), encodeBundleEntry(entry));
    table.finish();
    writeFileSync(`${prefix}.index`, index.toBytes());
    writeFileSync(`${prefix}.data-00000-of-00001`, '');
    truncateSync(`${prefix}.data-00000-of-00001`, size);
  });

  it('gives its slices at once', () => {
    expect(ckpt(['print', prefix, 'emb[1000000,:3]'])).toEqual(
      done(`emb[1000000,:3]  float32 [3] of [${ROWS},${COLUMNS}]  12 B`, '[0. 0. 0.]'),
    );
  });

  it('ends well when nobody reads on', () => {
    const run = shell(`(ckpt print ${prefix} 'emb[:4000]'; echo "code $?" >&2) | head -c 20`);
    expect(run).toEqual({ stdout: 'emb[:4000]  float32 ', stderr: 'code 0\n', code: 0 });
  });
});
