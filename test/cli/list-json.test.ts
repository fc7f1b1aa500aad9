/** `ckpt list --json` and `--sha256`: their documents, and what they do where a checkpoint is damaged. */
import { describe, expect, it } from 'vitest';
import { soundCheckpoints } from '../fixtures.ts';
import { listDocument } from './documents.ts';
import { ckpt, lines } from './run.ts';

interface Item {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly bytes: number;
  readonly sha256?: string;
  readonly slices?: readonly string[];
  readonly error?: string;
}

function documentOf(...args: string[]): { readonly format: string; readonly path: string; readonly tensors: Item[] } {
  const document = JSON.parse(ckpt(['list', ...args]).stdout);
  listDocument(document);
  return document;
}

describe('list --json', () => {
  it('prints one document, a tensor a line', () => {
    expect(ckpt(['list', 'v2/sharded', 'step', 'dense/', '--json'])).toEqual({
      stdout: lines(
        '{"schemaVersion":1,"path":"v2/sharded","resolved":"v2/sharded/sharded.ckpt","format":"v2","tensors":[',
        '{"name":"dense/bias","dtype":"float32","shape":[3],"elements":3,"bytes":12,"role":"weight","trainable":"yes","evidence":"names"},',
        '{"name":"dense/kernel","dtype":"float32","shape":[2,3],"elements":6,"bytes":24,"role":"weight","trainable":"yes","evidence":"names"},',
        '{"name":"step","dtype":"int64","shape":[],"elements":1,"bytes":8,"role":"step","trainable":"no","evidence":"names"}',
        '],"ok":true}',
      ),
      stderr: '',
      code: 0,
    });
  });

  it('names dtypes that TensorFlow has not', () => {
    const { tensors } = documentOf('safetensors/every-dtype', '--json', '--dtype', 'float8_e8m0fnu');
    expect(new Set(tensors.map(({ dtype }) => dtype))).toEqual(new Set(['float8_e8m0fnu']));
    const known = ckpt(['list', 'safetensors/every-dtype', '--tsv']).stdout;
    expect([known.includes('\tunknown\t'), /\tfloat8_e8m0fnu\t/.test(known)]).toEqual([false, true]);
  });

  it('is a document without tensors, too', () => {
    expect(documentOf('v2/header-only/without_data.ckpt', '--json').tensors).toEqual([]);
    expect(documentOf('v2/sharded', '--json', '--dtype', 'float16').tensors).toEqual([]);
  });

  it.each(soundCheckpoints('v2'))('tells the truth about $title', ({ prefix, expected }) => {
    const { path, tensors } = documentOf(prefix, '--json', '--long', '--sha256');
    expect(path).toBe(prefix);
    expect(Object.fromEntries(tensors.map(({ name, dtype, shape, bytes }) => [name, { dtype, shape, bytes }]))).toEqual(
      Object.fromEntries(
        Object.entries(expected.tensors).map(([name, { dtype, shape, bytes }]) => [name, { dtype, shape, bytes }]),
      ),
    );
    for (const { name, sha256, elements, shape, slices, error } of tensors) {
      const truth = expected.tensors[name];
      expect(elements).toBe(shape.reduce((product, size) => product * size, 1));
      if (truth?.slices !== undefined) expect(slices).toEqual(truth.slices);
      expect({ name, sha256, error }).toEqual({ name, sha256: truth?.sha256, error: undefined });
    }
  });

  it('keeps the names as they are, and no control character raw', () => {
    const { stdout } = ckpt(['list', 'v2/unicode-names', '--json']);
    expect(stdout).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
    const names = JSON.parse(stdout).tensors.map(({ name }: Item) => name);
    expect(names).toEqual(expect.arrayContaining(['new\nline', 'evil\x1b[31mname', '\u202eright-to-left', '🐢/🐣']));
  });
});

describe('list of a damaged checkpoint', () => {
  it('tells the error in place of a digest, goes on, and exits with 1', () => {
    const message = 'error: tensor weights: its bytes do not match their checksum (recorded 4ea9037e, found 0709737f)';
    const digests = [
      '143de3a0e04132658d3c3d7087e2b201facebd593af25fd77b2f3508baa8a6b9',
      '59c65a12dbd27fd98f42e69918cf5572e65e395ca255791e0059612d7f72ad1b',
      '83a45dc1bd4158e38bfdaea5cd7aed906ea68af47903b40ecab741ff7c49c6df',
    ];
    const padded = digests.map((digest) => digest.padEnd(message.length));
    const path = 'damaged/flipped-data-bit/model.ckpt';
    expect(ckpt(['list', path, '--sha256'])).toEqual({
      stdout: lines(
        `name     dtype    shape    size  ${'sha256'.padEnd(message.length)}  role`,
        `bias     float32  [10]     40 B  ${padded[0]}  weight`,
        `labels   string   [3]      17 B  ${padded[1]}  bookkeeping`,
        `step     int64    []        8 B  ${padded[2]}  step`,
        `weights  float32  [10,4]  160 B  ${message}  weight`,
      ),
      stderr: lines(`4 tensors, 225 B in ${path}; 1 damaged: see ckpt verify ${path}`),
      code: 1,
    });
    expect(ckpt(['list', path, '--sha256', '--tsv'])).toEqual({
      stdout: lines(
        `bias\tfloat32\t[10]\t40\t${digests[0]}\tweight`,
        `labels\tstring\t[3]\t17\t${digests[1]}\tbookkeeping`,
        `step\tint64\t[]\t8\t${digests[2]}\tstep`,
        `weights\tfloat32\t[10,4]\t160\t${message}\tweight`,
      ),
      stderr: '',
      code: 1,
    });
    const { tensors } = documentOf(path, '--sha256', '--json');
    expect(tensors.map(({ sha256, error }) => sha256 ?? `error: ${error}`)).toEqual([...digests, message]);
  });

  it('lists without a data file, and says of which it is when a digest is asked for', () => {
    const path = 'damaged/missing-shard/model.ckpt';
    expect(ckpt(['list', path])).toMatchObject({ code: 0, stderr: lines(`3 tensors, 48 B in ${path}`) });
    const { stdout, code } = ckpt(['list', path, '--sha256', '--tsv']);
    expect(stdout).toMatch(
      /^first\t.*\t[0-9a-f]{64}\tweight\nsecond\t.*\terror: .*model\.ckpt\.data-00001-of-00003.*\tweight\nthird\t.*\t[0-9a-f]{64}\tweight\n$/,
    );
    expect(code).toBe(1);
  });

  it('shows what it knows of an entry that makes no sense, and exits with 1', () => {
    const path = 'damaged/unknown-dtype/model.ckpt';
    expect(ckpt(['list', path])).toEqual({
      stdout: lines(
        'name   dtype    shape  size  role',
        'bad    unknown  ?       8 B  weight',
        'sound  float32  [3]    12 B  weight',
      ),
      stderr: lines(`2 tensors, 20 B in ${path}; 1 damaged: see ckpt verify ${path}`),
      code: 1,
    });
    expect(documentOf(path, '--json').tensors[0]).toMatchObject({ name: 'bad', error: expect.stringMatching(/dtype/) });
    expect(ckpt(['list', path, '--tsv']).code).toBe(1);
    expect(ckpt(['list', path, '--names'])).toEqual({ stdout: lines('bad', 'sound'), stderr: '', code: 0 });
    expect(ckpt(['list', path, 'sound']).code).toBe(0);
  });

  it('has no digest and no error for a variant', () => {
    const { tensors } = documentOf('v2/variant', '--json', '--sha256');
    const variants = tensors.filter(({ dtype }) => dtype === 'variant');
    expect(variants.length).toBeGreaterThan(0);
    for (const variant of variants)
      expect(Object.keys(variant)).toEqual([
        'name',
        'dtype',
        'shape',
        'elements',
        'bytes',
        'role',
        'trainable',
        'evidence',
      ]);
  });
});
