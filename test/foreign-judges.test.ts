/**
 * Python's safetensors, numpy and torch judge what is written out of every fixture and every real checkpoint at hand: the same
 * names, dtypes, shapes and bytes.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PackedSource } from '../src/bytes/packed-bits.ts';
import { readBytes } from '../src/bytes/source.ts';
import { openCheckpoint, writeCheckpoint } from '../src/checkpoints/checkpoint.ts';
import { nameOfMember, nameOfPath } from '../src/formats/numpy/names.ts';
import { OBJECT_GRAPH_KEY } from '../src/formats/recorded-graph.ts';
import { formatOf } from '../src/formats/registry.ts';
import { DTYPES, FOREIGN_DTYPES } from '../src/tensor/dtype.ts';
import { elementCount } from '../src/tensor/shape.ts';
import { readStrings } from '../src/tensor/strings.ts';
import { type Tensor, tensorOfBytes } from '../src/tensor/tensor.ts';
import { soundCheckpoints } from './fixtures.ts';
import { foreignCases } from './foreign-fixtures.ts';
import { NO_PYTHON, PYTHON, python, withoutModule } from './python.ts';
import { scratch } from './scratch.ts';
import { isReadable, ZOO_CHECKPOINTS } from './zoo.ts';

type Fact = readonly [dtype: string, shape: readonly number[], sha256: string];
type Kind = 'safetensors' | 'npz' | 'npy';

interface Question {
  readonly kind: Kind;
  readonly title: string;
  readonly path: string;
  readonly dtypes: Record<string, string>;
  readonly expected: Record<string, Fact>;
}

/** Dtypes that lie as plain integers, or as bytes, where the format has no word for them. */
const PLAIN: Readonly<Record<string, string>> = {
  qint8: 'int8',
  quint8: 'uint8',
  qint16: 'int16',
  quint16: 'uint16',
  qint32: 'int32',
};
const NARROW: Readonly<Record<string, string>> = { int4: 'int8', uint4: 'uint8', int2: 'int8', uint2: 'uint8' };
const BITS: Readonly<Record<string, number>> = { float4_e2m1fn: 4, float6_e2m3fn: 6, float6_e3m2fn: 6 };

function factOf({ dtype, shape, source, byteLength }: Tensor, kind: Kind): Fact {
  if (dtype.kind === 'string') {
    const hash = createHash('sha256');
    for (const text of readStrings(source, elementCount(shape)))
      hash.update(new Uint8Array(BigUint64Array.of(BigInt(text.length)).buffer)).update(text);
    return ['string', shape, hash.digest('hex')];
  }
  const plain = PLAIN[dtype.name] ?? (kind === 'safetensors' ? NARROW[dtype.name] : undefined) ?? dtype.name;
  const bits = kind === 'safetensors' ? BITS[dtype.name] : undefined;
  const whole = bits === undefined || (byteLength * bits) % 8 === 0;
  const content = bits !== undefined && whole ? new PackedSource(source, bits) : source;
  const bytes = readBytes(content, 0, content.byteLength);
  return [whole ? plain : 'uint8', shape, createHash('sha256').update(bytes).digest('hex')];
}

/** Writes what a format holds of tensors, and says what must be read there. */
async function written(title: string, kind: Kind, all: Iterable<[string, Tensor]>): Promise<Question | undefined> {
  const { holds, refusal } = formatOf(kind);
  const tensors = new Map(
    [...all].filter(([name, tensor]) => {
      const isHeld = holds(tensor.dtype) && name !== OBJECT_GRAPH_KEY && refusal?.(name, tensor) === undefined;
      return isHeld && !/\p{Surrogate}/u.test(name) && tensor.shape.length <= 64;
    }),
  );
  if (tensors.size === 0) return undefined;
  const { path } = await writeCheckpoint(join(scratch(), kind === 'npy' ? 'dir' : `x.${kind}`), tensors, {
    format: kind,
  });
  const pairs = [...tensors].map(([name, tensor]): [string, Fact] => [name, factOf(tensor, kind)]);
  return {
    kind,
    title,
    path,
    dtypes: Object.fromEntries(pairs.map(([name, [dtype]]) => [name, dtype])),
    expected: Object.fromEntries(pairs),
  };
}

const KINDS: readonly Kind[] = ['safetensors', 'npz', 'npy'];
const PATHS = [
  ...soundCheckpoints('v2')
    .filter(({ expected }) => expected.tensorflow_reads)
    .map(({ title, prefix }) => ({ title, path: prefix })),
  ...soundCheckpoints('v1').map(({ title, prefix }) => ({ title, path: prefix })),
  ...ZOO_CHECKPOINTS.filter(isReadable).map(({ title, path }) => ({ title, path })),
  ...foreignCases('safetensors'),
  ...foreignCases('numpy'),
];

/** A tensor of every dtype with every byte, a scalar, and nothing. */
function everyDtype(): [string, Tensor][] {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  return [...DTYPES, ...FOREIGN_DTYPES]
    .filter(({ width }) => width > 0)
    .flatMap((dtype): [string, Tensor][] => {
      const mask = dtype.kind === 'bool' ? 1 : dtype.bits < 8 ? (1 << dtype.bits) - 1 : 255;
      const own = bytes.map((byte) => byte & mask);
      return [
        [`${dtype.name}/all`, tensorOfBytes(dtype, [2, 128 / dtype.width], own)],
        [`${dtype.name}/scalar`, tensorOfBytes(dtype, [], own.slice(256 - dtype.width))],
        [`${dtype.name}/none`, tensorOfBytes(dtype, [0, 3], new Uint8Array(0))],
      ];
    });
}

describe.runIf(PYTHON !== undefined)(`what is written, read by its own library${NO_PYTHON}`, () => {
  const questions: Question[] = [];
  const answers: { tensors: Record<string, Fact>; metadata?: Record<string, string> | null }[] = [];

  beforeAll(async () => {
    const add = (question: Question | undefined): void => {
      if (question !== undefined) questions.push(question);
    };
    for (const { title, path } of PATHS) {
      const checkpoint = await openCheckpoint(path);
      for (const kind of KINDS) add(await written(title, kind, checkpoint.tensors));
      checkpoint.close();
    }
    for (const kind of KINDS) add(await written('every dtype', kind, everyDtype()));
    const asked = questions.map(({ kind, path, dtypes }) => [kind, path, dtypes]);
    answers.push(...(python('read_foreign.py', [], asked) as typeof answers));
  }, 300_000);

  it('holds every tensor to the bit', () => {
    expect(questions.length).toBeGreaterThan(100);
    for (const [i, { kind, title, expected }] of questions.entries()) {
      const found = answers[i]?.tensors ?? {};
      const named =
        kind === 'npz' || kind === 'npy'
          ? Object.entries(found).map(([name, fact]) => [(kind === 'npz' ? nameOfMember : nameOfPath)(name), fact])
          : Object.entries(found);
      expect(Object.fromEntries(named), `${kind} of ${title}`).toEqual(expected);
    }
  });
});

const NO_TORCH = withoutModule('torch');

it.skipIf(NO_TORCH !== '')(
  `torch loads every dtype that it has${NO_TORCH}`,
  async () => {
    const tensors = everyDtype().filter(([name]) =>
      /^(bool|u?int(8|16|32|64)|b?float(16|32|64)|float8_(e4m3fn|e5m2))\//.test(name),
    );
    const question = await written('every dtype of torch', 'safetensors', tensors);
    const [answer] = python('read_foreign.py', [], [['torch', question?.path, {}]]) as { tensors: object }[];
    expect(answer?.tensors).toEqual(question?.expected);
  },
  300_000,
);
