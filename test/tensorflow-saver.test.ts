/** What the engine's Saver writes against what TensorFlow's writes of the same variables, byte for byte; and what Python makes of its .meta. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  constant,
  device,
  fill,
  fixedSizePartitioner,
  Graph,
  getVariable,
  glorotUniform,
  heNormal,
  initializeAllVariables,
  initializeVariables,
  ones,
  randomNormal,
  randomUniform,
  range,
  Saver,
  type SaverOptions,
  truncatedNormal,
  Variable,
  zeros,
} from '../src/index.ts';
import type { DTypeName } from '../src/tensor/dtype.ts';
import { elementCount } from '../src/tensor/shape.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';

interface Made {
  readonly name: string;
  readonly dtype: DTypeName;
  readonly shape: readonly number[];
  readonly parts?: readonly [number, number];
  readonly device?: string;
  readonly trainable?: boolean;
  readonly collections?: readonly string[];
}
interface Save {
  readonly path: string;
  readonly global_step?: number;
  readonly latest_filename?: string;
}
interface Case {
  readonly title: string;
  readonly variables: readonly Made[];
  readonly names?: Readonly<Record<string, number>>;
  readonly options?: SaverOptions;
  readonly saves: readonly Save[];
}

/** The elements of variable `k`, by a rule that the other side has too. */
function valuesOf(k: number, dtype: DTypeName, shape: readonly number[]): (number | bigint | boolean | string)[] {
  const numbers = Array.from({ length: elementCount(shape) }, (_, i) => (i * 13 + k * 7) % 50);
  if (dtype === 'string') return numbers.map((n) => `s${n}`);
  if (dtype === 'bool') return numbers.map((n) => n % 2 === 1);
  if (dtype.startsWith('complex')) return numbers.flatMap((n) => [n / 4, 0 - n]);
  return numbers.map((n) => (dtype.includes('float') ? n / 4 - 3 : n));
}

function make(k: number, { name, dtype, shape, parts, device: where, ...options }: Made): Variable {
  const partitioner = parts === undefined ? undefined : fixedSizePartitioner(...parts);
  const initializer = constant(valuesOf(k, dtype, shape) as number[], { dtype, shape });
  const get = (): Variable => getVariable(name, { initializer, dtype, partitioner, ...options });
  return where === undefined ? get() : device(where, get);
}

async function saveOurs(
  folder: string,
  { variables, names, options = {}, saves }: Case,
  graph: Graph,
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const saver = graph.asDefault(() => {
    const made = variables.map((facts, k) => make(k, facts));
    initializeVariables(made);
    const list =
      names && Object.fromEntries(Object.entries(names).map(([name, index]) => [name, made[index] as Variable]));
    return new Saver(list, options);
  });
  let path = '';
  for (const { path: name, global_step: globalStep, latest_filename: latestFilename } of saves) {
    path = await saver.save(join(folder, name), { globalStep, latestFilename });
  }
  return path;
}

/** Variables with every kind of initial value, saved when they have other values. */
async function saveBeginnings(folder: string, graph: Graph): Promise<string> {
  const saver = graph.asDefault(() => {
    const seed = 7;
    const base = new Variable(constant([1, 2, 3]), { name: 'base' });
    new Variable(base.initializedValue().mul(2).add(1), { name: 'computed' });
    new Variable(() => [5, 6], { name: 'called' });
    new Variable(zeros([300, 300]), { name: 'zeros' });
    new Variable(ones([2], { dtype: 'int64' }), { name: 'ones' });
    new Variable(fill([3], 'x'), { name: 'texts' });
    new Variable(fill([2], true), { name: 'flags' });
    new Variable(zeros([2], { dtype: 'complex64' }), { name: 'complex' });
    new Variable(range(0, 20_000), { name: 'large', trainable: false });
    const given = Float32Array.from({ length: 2 ** 15 }, (_, i) => i / 8);
    new Variable(given, { name: 'given', trainable: false });
    new Variable(() => given.map((x) => -x), { name: 'called_large', trainable: false });
    const spread = new Variable(randomUniform([150, 200], { seed: 3 }), { name: 'spread' });
    new Variable(spread.initializedValue(), { name: 'same' });
    const half = new Variable(spread.initializedValue().mul(2).sub([0.5]).neg(), { name: 'half' });
    new Variable(
      half.initializedValue().map((x) => x + 1),
      { name: 'mapped' },
    );
    const counts = new Variable(fill([20_000], 7, { dtype: 'int32' }), { name: 'counts' });
    new Variable(counts.initializedValue().div([2]), { name: 'quotient' });
    new Variable(randomUniform([300], { minval: -2, maxval: 3, seed }), { name: 'uniform' });
    new Variable(randomUniform([30], { minval: -2, maxval: 300, seed, dtype: 'int32' }), { name: 'integers' });
    new Variable(randomNormal([300], { mean: 1, stddev: 0.5, seed }), { name: 'normal' });
    new Variable(truncatedNormal([301], { seed, dtype: 'float64' }), { name: 'truncated' });
    new Variable(heNormal({ seed }), { name: 'he', shape: [200, 100] });
    new Variable(randomNormal([5], { seed, dtype: 'float8_e5m2' }), { name: 'narrow' });
    new Variable(zeros([2]), { name: 'save/Const', collections: ['mine'] });
    getVariable('cut', { shape: [6, 5], initializer: glorotUniform({ seed }), partitioner: fixedSizePartitioner(2) });
    graph.addToCollection('numbers', 3);
    graph.addToCollection('floats', 0.5);
    graph.addToCollection('names', 'a name');
    graph.addToCollection('objects', {});
    initializeAllVariables();
    return new Saver();
  });
  const path = await saver.save(join(folder, 'm'));
  for (const v of graph.variables as Variable[]) if (v.dtype === 'float32' && v.isInitialized) v.assignAdd(1);
  return saver.save(path);
}

/** TensorFlow's spelling of a saver's options. */
function spelled({
  sharded = false,
  writeVersion = 'v2',
  padStepNumber = false,
  saveRelativePaths = false,
  maxToKeep = 5,
}: SaverOptions): object {
  return {
    sharded,
    write_version: writeVersion === 'v1' ? 1 : 2,
    pad_step_number: padStepNumber,
    save_relative_paths: saveRelativePaths,
    max_to_keep: maxToKeep,
  };
}

const V2_DTYPES: readonly DTypeName[] = [
  'float32',
  'float64',
  'float16',
  'bfloat16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
  'complex64',
  'complex128',
];
const V1_DTYPES = V2_DTYPES.filter((dtype) => !['uint32', 'uint64', 'bfloat16', 'complex128'].includes(dtype));
const everyDType = (dtypes: readonly DTypeName[]): Made[] =>
  dtypes.flatMap((dtype) => [
    { name: `${dtype}/scalar`, dtype, shape: [] },
    { name: `${dtype}/matrix`, dtype, shape: [3, 5], trainable: false },
  ]);
const f = (name: string, shape: readonly number[], more: Partial<Made> = {}): Made => ({
  name,
  dtype: 'float32',
  shape,
  ...more,
});
const LAYERS = [f('w', [3, 2]), f('b', [2]), f('scope/W', [4], { trainable: false }), f('a', [0, 3]), f('Z', [1])];
const PLACED = [
  f('x', [2], { device: '/cpu:1' }),
  f('y', [3], { device: '/cpu:0' }),
  f('u', [4], { device: '/cpu:1' }),
  f('t', [5]),
];

const CASES: readonly Case[] = [
  { title: 'all variables', variables: LAYERS, saves: [{ path: 'model.ckpt' }] },
  { title: 'every dtype', variables: everyDType(V2_DTYPES), saves: [{ path: 'm', global_step: 7 }] },
  {
    title: 'every dtype of V1',
    variables: everyDType(V1_DTYPES),
    options: { writeVersion: 'v1' },
    saves: [{ path: 'm', global_step: 7 }],
  },
  { title: 'names of its own', variables: LAYERS, names: { my_w: 0, 'x/B': 1, é: 2 }, saves: [{ path: 'm' }] },
  {
    title: 'padded steps, three kept',
    variables: LAYERS,
    options: { padStepNumber: true, maxToKeep: 3 },
    saves: [1, 2, 30, 4, 5].map((global_step) => ({ path: 'm', global_step })),
  },
  { title: 'one path over and over', variables: LAYERS, saves: [{ path: 'm' }, { path: 'm' }, { path: 'm' }] },
  { title: 'another state file', variables: LAYERS, saves: [{ path: 'm', latest_filename: 'best' }, { path: 'n' }] },
  {
    title: 'relative paths',
    variables: LAYERS,
    options: { saveRelativePaths: true },
    saves: [{ path: 'm-1' }, { path: 'm-2' }],
  },
  { title: 'all kept', variables: LAYERS, options: { maxToKeep: 0 }, saves: [{ path: 'm-1' }, { path: 'm-2' }] },
  {
    title: 'partitioned',
    variables: [f('p', [5, 4], { parts: [3, 0] }), f('q', [3, 14], { parts: [12, 1] }), f('s', [2])],
    saves: [{ path: 'm' }],
  },
  {
    title: 'partitioned in V1',
    variables: [f('p', [5, 4], { parts: [3, 0] }), f('s', [2])],
    options: { writeVersion: 'v1' },
    saves: [{ path: 'm' }],
  },
  { title: 'sharded', variables: PLACED, options: { sharded: true }, saves: [{ path: 'm', global_step: 1 }] },
  { title: 'sharded over one device', variables: LAYERS, options: { sharded: true }, saves: [{ path: 'm' }] },
  {
    title: 'sharded in V1',
    variables: PLACED,
    options: { sharded: true, writeVersion: 'v1', maxToKeep: 1 },
    saves: [{ path: 'm-1' }, { path: 'm-2' }],
  },
  {
    title: 'sharded over one device in V1',
    variables: LAYERS,
    options: { sharded: true, writeVersion: 'v1' },
    saves: [{ path: 'm' }],
  },
  {
    title: 'partitioned and sharded',
    variables: [
      f('p', [5, 4], { parts: [3, 0], device: '/cpu:1' }),
      f('q', [6], { parts: [2, 0], device: '/cpu:0' }),
      f('s', [2]),
    ],
    options: { sharded: true },
    saves: [{ path: 'm' }],
  },
  {
    title: 'collections of its own',
    variables: [f('a', [2]), f('b', [2], { collections: ['variables', 'mine'], trainable: false })],
    saves: [{ path: 'm' }],
  },
];

/** A variable's values as the other side prints them. */
function plain(variable: Variable): string[] {
  const values = variable.read();
  if (Array.isArray(values)) return values.map((bytes) => new TextDecoder().decode(bytes));
  return Array.from(values as ArrayLike<number | bigint>, (value) => pythonNumber(Number(value)));
}

/** A double as Python prints it, for numbers of middling size. */
function pythonNumber(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value).replace(/e-(\d)$/, 'e-0$1');
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Every file of a folder but the .meta files, as bytes; in the state file the folder itself is cut out. */
function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder)
    .filter((name) => !name.endsWith('.meta'))
    .sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(folder, name), 'latin1').replaceAll(folder, '<folder>')]),
  );
}

interface Schedule {
  readonly limits: { readonly max_to_keep: number; readonly keep_checkpoint_every_n_hours: number };
  readonly steps: readonly (readonly [number, number])[];
}
const schedules: fc.Arbitrary<Schedule> = fc.record({
  limits: fc.record({
    max_to_keep: fc.integer({ min: 0, max: 4 }),
    keep_checkpoint_every_n_hours: fc.constantFrom(0.5, 1, 2.5, 10_000),
  }),
  steps: fc.array(fc.tuple(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 0, max: 12 })), {
    minLength: 1,
    maxLength: 14,
  }),
});

interface Used {
  readonly error?: string;
  readonly initial: Readonly<Record<string, readonly string[]>>;
  readonly restored: Readonly<Record<string, readonly string[]>>;
  readonly trainable: readonly string[];
  readonly collections: Readonly<Record<string, readonly string[]>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly dtypes: Readonly<Record<string, string>>;
  readonly devices: Readonly<Record<string, string>>;
  readonly saved_again: readonly string[];
  readonly operations: readonly boolean[];
}

describe.skipIf(PYTHON === undefined)(`TensorFlow${NO_PYTHON}`, () => {
  const folder = scratch();
  const ours = (i: number): string => join(folder, 'ours', String(i));
  const theirs = (i: number): string => join(folder, 'theirs', String(i));
  const scheduled = fc.sample(schedules, { numRuns: 40, seed: 3 });
  const graphs = CASES.map(() => new Graph());
  const beginnings = new Graph();
  const paths: string[] = [];
  let answers: {
    readonly used: readonly Used[];
    readonly schedules: readonly (readonly (readonly [readonly string[], string])[])[];
  };

  beforeAll(async () => {
    for (const [i, each] of CASES.entries()) paths.push(await saveOurs(ours(i), each, graphs[i] as Graph));
    paths.push(await saveBeginnings(join(folder, 'beginnings'), beginnings));
    const cases = CASES.map(({ variables, names, options = {}, saves }, i) => ({
      theirs: theirs(i),
      variables,
      saver: { ...spelled(options), names },
      saves,
    }));
    const metas = paths.map((path) => [`${path.replace(/-\?+-of-\d+$/, '')}.meta`, path]);
    const timed = scheduled.map((schedule, i) => ({ ...schedule, folder: join(folder, 'timed', String(i)) }));
    answers = python('engine_saver.py', [], { cases, metas, schedules: timed }) as typeof answers;
  }, 180_000);
  afterAll(() => vi.useRealTimers());

  for (const [i, { title }] of CASES.entries()) {
    it(`writes the bytes that we write: ${title}`, () => {
      const [mine, other] = [filesIn(ours(i)), filesIn(theirs(i))];
      expect(Object.keys(mine)).toEqual(Object.keys(other));
      for (const [name, bytes] of Object.entries(other)) expect({ name, bytes: mine[name] }).toEqual({ name, bytes });
    });
  }

  it('makes the variables of our .meta, and restores and saves them, with no code of the model', () => {
    for (const [i, { title, variables }] of CASES.entries()) {
      const used = answers.used[i] as Used;
      expect({ title, error: used.error }).toEqual({ title });
      const made = graphs[i]?.variables as Variable[];
      const global = graphs[i]?.getCollection('variables') as Variable[];
      const facts = <T>(of: (variable: Variable) => T): Record<string, T> =>
        Object.fromEntries(global.map((v) => [v.name, of(v)]));
      expect({ title, ...used, initial: used.restored }).toEqual({
        title,
        initial: facts((v) => plain(v)),
        restored: facts((v) => plain(v)),
        trainable: made.filter(({ trainable }) => trainable).map(({ name }) => name),
        collections: Object.fromEntries(
          (graphs[i] as Graph).collections
            .keys()
            .map((key) => [key, ((graphs[i] as Graph).getCollection(key) as Variable[]).map(({ name }) => name)]),
        ),
        shapes: facts(({ shape }) => shape),
        dtypes: facts(({ dtype }) => dtype),
        devices: facts((v) => v.device),
        saved_again:
          CASES[i]?.names === undefined
            ? [...new Set(variables.map(({ name }) => name))].sort()
            : Object.keys(CASES[i]?.names ?? {}).sort(),
        operations: [true, true],
      });
      expect({ title, initial: used.initial }).toEqual({ title, initial: used.restored });
    }
  });

  it('gives variables the initial values of our .meta', () => {
    const used = answers.used.at(-1) as Used;
    expect(used.error).toBeUndefined();
    expect(used.operations).toEqual([false, true]);
    expect(used.collections).toMatchObject({
      numbers: ['3'],
      floats: ['0.5'],
      names: ["b'a name'"],
      mine: ['save/Const'],
    });
    expect(Object.keys(used.collections)).not.toContain('objects');
    initializeVariables(beginnings.variables as Variable[]);
    for (const v of beginnings.getCollection('variables') as Variable[]) {
      if (v.name.startsWith('cut/')) continue;
      const [first, theirs] = [plain(v).map(Number), (used.initial[v.name] ?? []).map(Number)];
      if (v.name === 'narrow')
        expect({ name: v.name, theirs: theirs.slice(0, 3) }).toEqual({ name: v.name, theirs: first.slice(0, 3) });
      else if (/normal|truncated|he/.test(v.name))
        expect(Math.max(...first.map((x, at) => Math.abs(x - (theirs[at] ?? 99))))).toBeLessThan(1e-6);
      else if (/large|given|spread|same|half|mapped/.test(v.name))
        expect({ name: v.name, theirs }).toEqual({ name: v.name, theirs: first });
      else expect({ name: v.name, values: used.initial[v.name] }).toEqual({ name: v.name, values: plain(v) });
    }
    const parts = [0, 1].flatMap((part) => used.initial[`cut/part_${part}`] ?? []).map(Number);
    expect(
      parts.length === 30 && parts.every((x) => Math.abs(x) <= Math.sqrt(6 / 11)) && new Set(parts).size > 12,
    ).toBe(true);
  });

  it('keeps the checkpoints that we keep, whenever they are saved', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const [i, { limits, steps }] of scheduled.entries()) {
      const directory = join(folder, 'kept', String(i));
      vi.setSystemTime(1_600_000_000_000);
      const saver = new Graph().asDefault(() => {
        const v = new Variable(1, { name: 'v' });
        v.assign(1);
        return new Saver([v], {
          maxToKeep: limits.max_to_keep,
          keepCheckpointEveryNHours: limits.keep_checkpoint_every_n_hours,
        });
      });
      for (const [at, [seconds, step]] of steps.entries()) {
        vi.setSystemTime(Date.now() + seconds * 1000);
        await saver.save(join(directory, 'm'), { globalStep: step, writeMetaGraph: false });
        const [files, state] = answers.schedules[i]?.[at] ?? [];
        expect({ i, at, files: readdirSync(directory).sort() }).toEqual({ i, at, files });
        const text = readFileSync(join(directory, 'checkpoint'), 'utf8').replaceAll(directory, '');
        expect({ i, at, text }).toEqual({ i, at, text: state?.replaceAll(join(folder, 'timed', String(i)), '') });
      }
    }
  });
});
