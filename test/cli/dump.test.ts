/** `ckpt dump`. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint, readArray, type TensorMap, tensorFrom, writeCheckpoint } from '../../src/index.ts';
import { scratch } from '../scratch.ts';
import { ckpt, lines } from './run.ts';

const SHARDED = 'v2/sharded';
const done = (...texts: string[]) => ({ stdout: lines(...texts), stderr: '', code: 0 });
const failed = (...texts: string[]) => ({ stdout: '', stderr: lines(...texts), code: 2 });
const dump = (...args: string[]) => ckpt(['dump', SHARDED, ...args]);

let folder: string;
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = scratch();
  writeFileSync(at('ab.txt'), 'a\nb,"c"\n');
  writeFileSync(at('words.txt'), 'left\nright');
  writeFileSync(at('three.txt'), '\ufeffx\r\ny\r\nz\r\n');
});

describe('dump as text', () => {
  it('writes a matrix a row a line, a vector a value a line, a scalar alone', () => {
    expect(dump('dense/kernel', '--to', 'csv')).toEqual(done('0.0,1.0,2.0', '3.0,4.0,5.0'));
    expect(dump('dense/kernel', '--to', 'tsv')).toEqual(done('0.0\t1.0\t2.0', '3.0\t4.0\t5.0'));
    expect(dump('dense/bias', '--to', 'csv')).toEqual(done('1.0', '2.0', '3.0'));
    expect(dump('step', '--to', 'tsv')).toEqual(done('40'));
    expect(dump('names', '--to', 'csv')).toEqual(done('left', 'right'));
    expect(dump('embedding[1:5:2,-2:]', '--to', 'csv')).toEqual(done('6.0,7.0', '14.0,15.0'));
  });

  it('writes JSON nested, or a row a line', () => {
    expect(dump('dense/kernel', '--to', 'json')).toEqual(done('[[0.0,1.0,2.0],[3.0,4.0,5.0]]'));
    expect(dump('dense/kernel', '--to', 'ndjson')).toEqual(done('[0.0,1.0,2.0]', '[3.0,4.0,5.0]'));
    expect(dump('names', '--to', 'ndjson')).toEqual(done('"left"', '"right"'));
    expect(dump('step', '--to', 'ndjson')).toEqual(done('40'));
    expect(dump('flags', '--to', 'json')).toEqual(done('[true,false]'));
  });

  it('writes a label before each row', () => {
    const labelled = (to: string) => dump('dense/kernel', '--labels', at('ab.txt'), '--to', to);
    expect(labelled('csv')).toEqual(done('a,0.0,1.0,2.0', '"b,""c""",3.0,4.0,5.0'));
    expect(labelled('tsv')).toEqual(done('a\t0.0\t1.0\t2.0', 'b,"c"\t3.0\t4.0\t5.0'));
    expect(labelled('w2v')).toEqual(done('2 3', 'a 0.0 1.0 2.0', 'b,"c" 3.0 4.0 5.0'));
    expect(
      labelled('ndjson')
        .stdout.trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { label: 'a', values: [0, 1, 2] },
      { label: 'b,"c"', values: [3, 4, 5] },
    ]);
    expect(JSON.parse(labelled('json').stdout)[1]).toEqual({ label: 'b,"c"', values: [3, 4, 5] });
    expect(dump('dense/bias', '--labels', at('three.txt'), '--to', 'csv')).toEqual(done('x,1.0', 'y,2.0', 'z,3.0'));
    const piped = ckpt(['dump', SHARDED, 'names', '--labels', '-', '--to', 'tsv'], { stdin: 'l\nr\n' });
    expect(piped).toEqual(done('l\tleft', 'r\tright'));
  });

  it('gives back every float of its dtype', async () => {
    const { tensors } = await openCheckpoint('fixtures/v2/every-dtype');
    for (const dtype of ['float16', 'bfloat16', 'float32', 'float64', 'float8_e4m3fn']) {
      const read = ckpt(['dump', 'v2/every-dtype', dtype, '--to', 'csv']).stdout.trim().split('\n');
      const numbers = read.map((text) => Number(text.replace('inf', 'Infinity')));
      const narrowed = dtype === 'float32' ? Float32Array.from(numbers) : numbers;
      if (dtype === 'float32' || dtype === 'float64') {
        expect([...narrowed]).toEqual([...((await readArray(tensors.get(dtype))) as Float64Array)]);
      } else expect(numbers).toHaveLength(tensors.get(dtype)?.shape[0] as number);
    }
    expect(ckpt(['dump', 'v2/every-dtype', 'uint64[-1]', '--to', 'json'])).toEqual(done('18446744073709551615'));
  });
});

describe('dump of many, few and odd elements', () => {
  let path: string;
  const size = 40_000;
  beforeAll(async () => {
    path = at('made.ckpt');
    const numbers = Float32Array.from({ length: size }, (_, i) => i / 7);
    const tensors: TensorMap = new Map([
      ['deep', tensorFrom(numbers, { shape: [2, size / 4, 2] })],
      ['empty', tensorFrom(new Float32Array(0), { shape: [2, 0] })],
      ['none', tensorFrom(new Float32Array(0), { shape: [0, 3] })],
      ['odd', tensorFrom(['', 'a\tb', 'c\nd', '"e",\\'])],
      ['wide', tensorFrom(numbers, { shape: [4, size / 4] })],
    ]);
    await writeCheckpoint(path, tensors);
  });
  const made = (...args: string[]) => ckpt(['dump', path, ...args]);

  it('goes from chunk to chunk', () => {
    const rows = made('wide', '--to', 'csv').stdout.split('\n').slice(0, -1);
    expect(rows.map((row) => row.split(',').length)).toEqual([10_000, 10_000, 10_000, 10_000]);
    const numbers = Float32Array.from(rows.join(',').split(','), Number);
    expect(numbers.every((value, i) => value === Math.fround(i / 7))).toBe(true);
    const deep = JSON.parse(made('deep', '--to', 'json').stdout);
    expect(
      made('deep', '--to', 'ndjson')
        .stdout.trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(deep);
    expect([deep.length, deep[1].length, Math.fround(deep[1][9999][1])]).toEqual([2, 10_000, Math.fround(39_999 / 7)]);
  });

  it('keeps rows without elements', () => {
    expect(made('empty', '--to', 'csv')).toEqual(done('', ''));
    expect(made('empty', '--to', 'ndjson')).toEqual(done('[]', '[]'));
    expect(made('empty', '--to', 'json')).toEqual(done('[[],[]]'));
    expect(made('empty', '--to', 'tsv', '--labels', at('words.txt'))).toEqual(done('left', 'right'));
    expect(made('none', '--to', 'csv').stdout).toBe('');
    expect(made('none', '--to', 'ndjson').stdout).toBe('');
    expect(made('none', '--to', 'json')).toEqual(done('[]'));
  });

  it('quotes in CSV, escapes in TSV', () => {
    expect(made('odd', '--to', 'csv').stdout).toBe('""\na\tb\n"c\nd"\n"""e"",\\"\n');
    expect(made('odd', '--to', 'tsv').stdout).toBe('\na\\tb\nc\\nd\n"e",\\\\\n');
    expect(JSON.parse(made('odd', '--to', 'json').stdout)).toEqual(['', 'a\tb', 'c\nd', '"e",\\']);
  });
});

describe('dump into a file', () => {
  it('writes .npy and raw bytes, by the ending too', async () => {
    const written = dump('dense/kernel[:,1:]', '-o', at('kernel.npy'));
    expect(written).toEqual({
      code: 0,
      stdout: lines(at('kernel.npy')),
      stderr: lines(`${at('kernel.npy')}: dense/kernel[:,1:], float32 [2,2]; 144 B written`),
    });
    const { tensors } = await openCheckpoint(at('kernel.npy'));
    const [array] = tensors.values();
    expect([array?.shape, [...((await readArray(array)) as Float32Array)]]).toEqual([
      [2, 2],
      [1, 2, 4, 5],
    ]);
    expect(dump('dense/bias', '-o', at('bias.bin'), '--to', 'raw', '-q').stderr).toBe('');
    expect(readFileSync(at('bias.bin'))).toEqual(Buffer.from(Float32Array.of(1, 2, 3).buffer));
    expect(dump('dense/bias', '-o', at('bias.jsonl')).code).toBe(0);
    expect(readFileSync(at('bias.jsonl'), 'utf8')).toBe(dump('dense/bias', '--to', 'ndjson', '-o', '-').stdout);
  });

  it('replaces a file only when told to, and an input never', () => {
    const path = at('taken.csv');
    writeFileSync(path, 'mine');
    const refusal = `ckpt: ${path} exists already; choose another name, or overwrite it with --force`;
    expect(dump('step', '-o', path)).toEqual(failed(refusal));
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(dump('step', '-o', path, '--force').code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('40\n');
    const labels = at('words.txt');
    expect(dump('names', '--labels', labels, '--to', 'csv', '-o', labels, '--force').stderr).toContain(
      'is what is read',
    );
    expect(readFileSync(labels, 'utf8')).toBe('left\nright');
    expect(dump('step', '--to', 'csv', '-o', folder, '--force').stderr).toContain('is a directory');
  });

  it('leaves nothing where the content is damaged', () => {
    const before = readdirSync(folder);
    const damaged = ckpt(['list', 'damaged/flipped-data-bit/model.ckpt', '--names']).stdout.trim().split('\n');
    const runs = damaged.map((name) =>
      ckpt(['dump', 'damaged/flipped-data-bit/model.ckpt', name, '--to', 'json', '-o', at('x.json'), '--force']),
    );
    const bad = runs.filter(({ code }) => code !== 0);
    expect(bad).toHaveLength(1);
    expect(bad[0]).toMatchObject({ code: 2, stdout: '' });
    expect(bad[0]?.stderr).toContain('do not match their checksum');
    const name = damaged[runs.indexOf(bad[0]!)] as string;
    expect(ckpt(['dump', 'damaged/flipped-data-bit/model.ckpt', name, '--to', 'csv', '-o', at('y.csv')]).code).toBe(2);
    expect(existsSync(at('y.csv'))).toBe(false);
    expect(readdirSync(folder).filter((file) => !before.includes(file) && file !== 'x.json')).toEqual([]);
  });
});

describe('dump refuses', () => {
  it.each([
    [['step'], 'say what to write: --to csv, tsv, json, ndjson, npy, raw, w2v'],
    [['dense/**', '--to', 'csv'], 'dump takes one tensor, and dense/** selects 2: dense/bias, dense/kernel'],
    [
      ['names', '--to', 'raw'],
      'tensor names: raw holds elements of one size, and strings have none; use --to json, ndjson, csv or tsv',
    ],
    [
      ['names', '--to', 'npy'],
      'tensor names: npy holds elements of one size, and strings have none; use --to json, ndjson, csv or tsv',
    ],
    [['embedding', '--to', 'w2v'], '--to w2v puts a word before each row; give them with --labels FILE'],
    [['dense/bias', '--to', 'w2v'], 'tensor dense/bias: word2vec text takes two axes, its shape is [3]; slice it'],
    [['flags', '--to', 'w2v'], 'tensor flags: word2vec text holds real numbers, not bool; use --to tsv'],
  ])('%j', (args, message) => {
    expect(dump(...args)).toEqual(failed(`ckpt: ${message}`));
  });

  it('labels that do not fit', () => {
    const labelled = (name: string, to: string, file: string) => dump(name, '--to', to, '--labels', file);
    expect(labelled('dense/bias', 'csv', at('ab.txt'))).toEqual(
      failed(
        'ckpt: tensor dense/bias: the labels are 2, the rows 3; there must be one label, a line of the file, for each',
      ),
    );
    expect(labelled('step', 'csv', at('ab.txt'))).toEqual(
      failed('ckpt: tensor step: a scalar has no rows; leave --labels out'),
    );
    for (const to of ['npy', 'raw']) {
      expect(labelled('dense/kernel', to, at('ab.txt')).stderr).toContain(`--to ${to} holds the elements alone`);
    }
    writeFileSync(at('blank.txt'), 'new york\nrome\n');
    expect(labelled('dense/kernel', 'w2v', at('blank.txt')).stderr).toContain('label "new york" in line 1');
    expect(labelled('dense/kernel', 'csv', at('nothing.txt'))).toMatchObject({ code: 2, stdout: '' });
  });

  it('more axes than a format has, and variants', () => {
    const deep = ckpt(['dump', 'v2/partitioned-rank-9', '**', '--to', 'csv']);
    expect(deep).toMatchObject({ code: 2, stdout: '' });
    expect(deep.stderr).toContain('csv takes at most two axes');
    const [variant = ''] = ckpt(['list', 'v2/variant', '--dtype', 'variant', '--names']).stdout.split('\n');
    expect(ckpt(['dump', 'v2/variant', variant, '--to', 'json'])).toEqual(
      failed(`ckpt: tensor ${variant}: elements of dtype variant are no numbers and no strings`),
    );
  });
});
