/** Programs and initial values of the engine against those of TensorFlow: one process of Python answers for all. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  type Initializer,
  lecunNormal,
  lecunUniform,
  randomNormal,
  randomUniform,
  truncatedNormal,
  Variable,
} from '../src/index.ts';
import type { DTypeName } from '../src/tensor/dtype.ts';
import { type Outcome, runProgram, somePrograms } from './engine/programs.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';

interface Random {
  readonly kind: string;
  readonly shape: readonly number[];
  readonly dtype: DTypeName;
  readonly seed: number | readonly [number, number];
  readonly [option: string]: unknown;
}

const KERAS: Readonly<Record<string, (options: { seed: number }) => Initializer>> = {
  GlorotUniform: glorotUniform,
  GlorotNormal: glorotNormal,
  HeUniform: heUniform,
  HeNormal: heNormal,
  LecunUniform: lecunUniform,
  LecunNormal: lecunNormal,
};

/** Every distribution by seed, dtype and options; 1,003 numbers, so that the last block is cut. */
function randoms(): Random[] {
  const all: Random[] = [];
  const seeds = [
    [0, 0],
    [5, 0],
    [7, 9],
    [-3, 2 ** 40],
  ] as const;
  for (const seed of seeds) {
    for (const dtype of ['float32', 'float64', 'float16', 'bfloat16'] as const) {
      all.push({ kind: 'uniform', shape: [17, 59], dtype, seed });
      all.push({ kind: 'uniform', shape: [1003], dtype, seed, minval: -0.3, maxval: 0.7 });
      all.push({ kind: 'normal', shape: [1003], dtype, seed, stddev: 0.35 });
      all.push({ kind: 'truncated_normal', shape: [1003], dtype, seed, stddev: 0.1 });
    }
    all.push({ kind: 'uniform', shape: [1003], dtype: 'int32', seed, minval: -5, maxval: 1000 });
    all.push({ kind: 'uniform', shape: [1003], dtype: 'int64', seed, minval: -5, maxval: 10 ** 15 });
  }
  for (const kind of Object.keys(KERAS)) {
    for (const shape of [[], [7], [30, 20], [3, 3, 4, 8]]) all.push({ kind, shape, dtype: 'float32', seed: 5 });
  }
  return all;
}

function ours({ kind, shape, dtype, seed, ...options }: Random): (number | bigint)[] {
  const facts = { ...options, seed } as { seed: [number, number] };
  const makers: Record<string, () => Initializer> = {
    uniform: () => randomUniform(facts),
    normal: () => randomNormal(facts),
    truncated_normal: () => truncatedNormal(facts),
  };
  const initializer = makers[kind]?.() ?? KERAS[kind]?.({ seed: seed as number });
  const variable = new Variable(initializer as Initializer, { dtype, shape });
  variable.assign(variable.makeInitialValue(() => variable.tensor()).tensor);
  return Array.from(variable.read() as ArrayLike<number | bigint>);
}

/** Bits of a dtype's mantissa, the hidden one included. */
const PRECISION: Readonly<Record<string, number>> = { float16: 11, bfloat16: 8, float32: 24, float64: 53 };

function unitsApart(a: number, b: number, dtype: DTypeName): number {
  if (a === b) return 0;
  return (
    Math.abs(a - b) / 2 ** (Math.floor(Math.log2(Math.max(Math.abs(a), Math.abs(b)))) + 1 - (PRECISION[dtype] ?? 53))
  );
}

describe.skipIf(PYTHON === undefined)(`TensorFlow${NO_PYTHON}`, () => {
  const programs = somePrograms(300);
  const initializers = randoms();
  let answers: { readonly programs: readonly Outcome[]; readonly initializers: readonly (readonly string[])[] };

  beforeAll(() => {
    answers = python('engine.py', [], { programs, initializers }) as typeof answers;
  }, 180_000);

  it('gives variables the names, devices and collections that we give them', () => {
    for (const [i, program] of programs.entries()) {
      expect({ i, program, ...runProgram(program) }).toEqual({ i, program, ...answers.programs[i] });
    }
    const events = answers.programs.flatMap(({ events }) => events);
    expect(events.filter((event) => event === 'error').length).toBeGreaterThan(100);
    expect(events.filter((event) => typeof event !== 'string').length).toBeGreaterThan(1000);
  });

  it('makes the same uniform numbers for a seed, and nearly the same normal ones', () => {
    for (const [i, facts] of initializers.entries()) {
      const theirs = (answers.initializers[i] ?? []).map((text) =>
        facts.dtype === 'int64' ? BigInt(text) : Number(text),
      );
      const values = ours(facts);
      if (/uniform/i.test(facts.kind)) {
        expect({ facts, values }).toEqual({ facts, values: theirs });
        continue;
      }
      const apart = values.map((value, at) => unitsApart(Number(value), Number(theirs[at]), facts.dtype));
      expect({ facts, most: Math.max(...apart) <= (facts.dtype === 'float64' ? 64 : 4) }).toEqual({
        facts,
        most: true,
      });
      expect(apart.filter((units) => units === 0).length).toBeGreaterThan(0.9 * values.length);
    }
  });
});
