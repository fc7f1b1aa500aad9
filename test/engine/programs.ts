/** Small programs that make variables, as data: run here, and by TensorFlow in test/tensorflow/engine.py. */
import fc from 'fast-check';
import {
  CkptError,
  device,
  fixedSizePartitioner,
  Graph,
  getOrCreateGlobalStep,
  getVariable,
  getVariableScope,
  nameScope,
  type Reuse,
  replicaDeviceSetter,
  Variable,
  type VariableScope,
  variableScope,
  zeros,
} from '../../src/index.ts';

type Parts = readonly [number, number];
interface Options {
  readonly trainable?: boolean;
  readonly collections?: readonly string[];
}
export type Statement =
  | ({ readonly op: 'variable'; readonly name: string | null } & Options)
  | ({
      readonly op: 'get';
      readonly name: string;
      readonly shape: readonly number[];
      readonly reuse?: Reuse;
      readonly parts?: Parts;
    } & Options)
  | { readonly op: 'globalStep' }
  | {
      readonly op: 'scope';
      readonly name: string | null;
      readonly default?: string;
      readonly reuse?: Reuse;
      readonly parts?: Parts;
      readonly body: readonly Statement[];
    }
  | { readonly op: 'again'; readonly index: number; readonly reuse?: Reuse; readonly body: readonly Statement[] }
  | { readonly op: 'names'; readonly name: string; readonly body: readonly Statement[] }
  | { readonly op: 'device'; readonly spec: string | null; readonly body: readonly Statement[] }
  | { readonly op: 'setter'; readonly tasks: number; readonly body: readonly Statement[] };

export interface Outcome {
  /** Of each variable its name and device, or those of its parts; the names of scopes; `error` where a statement was refused. */
  readonly events: readonly (string | readonly (readonly [string, string])[])[];
  readonly collections: Readonly<Record<string, readonly string[]>>;
}

class Program {
  readonly events: (string | [string, string][])[] = [];
  readonly scopes: VariableScope[] = [];

  run(statements: readonly Statement[]): void {
    for (const statement of statements) {
      try {
        this.one(statement);
      } catch (error) {
        if (!(error instanceof CkptError)) throw error;
        this.events.push('error');
      }
    }
  }

  one(statement: Statement): void {
    if (statement.op === 'variable') {
      const { op, name, ...options } = statement;
      this.tell(new Variable(zeros([2]), name === null ? options : { name, ...options }));
    } else if (statement.op === 'get') this.get(statement);
    else if (statement.op === 'globalStep') this.tell(getOrCreateGlobalStep());
    else if (statement.op === 'scope') {
      const { name, reuse, parts, default: defaultName } = statement;
      const partitioner = parts === undefined ? undefined : fixedSizePartitioner(...parts);
      variableScope(name, { reuse, partitioner, defaultName }, (scope) => this.inside(scope, statement.body, true));
    } else if (statement.op === 'again') {
      const scope = this.scopes[statement.index % this.scopes.length];
      if (scope === undefined) return;
      variableScope(scope, { reuse: statement.reuse }, (opened) => this.inside(opened, statement.body, false));
    } else if (statement.op === 'names') nameScope(statement.name, () => this.run(statement.body));
    else {
      const where = statement.op === 'device' ? statement.spec : replicaDeviceSetter({ psTasks: statement.tasks });
      device(where, () => this.run(statement.body));
    }
  }

  get({ op, name, shape, reuse, parts, ...options }: Extract<Statement, { op: 'get' }>): void {
    const partitioner = parts === undefined ? undefined : fixedSizePartitioner(...parts);
    this.tell(getVariable(name, { shape, partitioner, reuse: reuse || getVariableScope().reuse, ...options }));
  }

  inside(scope: VariableScope, body: readonly Statement[], isNew: boolean): void {
    if (isNew) this.scopes.push(scope);
    this.events.push(scope.name);
    this.run(body);
  }

  tell(variable: Variable): void {
    this.events.push((variable.parts ?? [variable]).map((part) => [part.name, part.device]));
  }
}

/** Runs a program in a graph of its own. */
export function runProgram(statements: readonly Statement[]): Outcome {
  const graph = new Graph();
  const program = new Program();
  graph.asDefault(() => program.run(statements));
  const collections: Record<string, string[]> = {};
  for (const key of graph.collections.keys()) {
    collections[key] = (graph.getCollection(key) as Variable[]).map(({ name }) => name);
  }
  return { events: program.events, collections };
}

const names = fc.constantFrom(
  'w',
  'W',
  'b',
  'w_1',
  'layer',
  'layer/w',
  'w/Assign',
  'part_0',
  'x.y',
  'Variable',
  'a-b',
  '_u',
  'a b',
  'é',
);
const scopeNames = fc.constantFrom('layer', 'Layer', 'w', 'a/b', 'layer_1', 'x.y', '_s', '');
const reuses: fc.Arbitrary<Reuse> = fc.constantFrom<Reuse>(true, false, 'auto');
const optional: { requiredKeys: [] } = { requiredKeys: [] };
const options = fc.record(
  {
    trainable: fc.boolean(),
    collections: fc.subarray(['variables', 'mine', 'trainable_variables', 'local_variables'], { minLength: 1 }),
  },
  optional,
);
const shapes = fc.constantFrom<readonly number[]>([], [2], [4], [4, 3]);
const parts: fc.Arbitrary<Parts> = fc.constantFrom<Parts>([1, 0], [2, 0], [3, 0], [2, 1]);
const devices = fc.constantFrom(
  '/job:ps',
  '/job:ps/task:7',
  '/job:worker/task:0',
  '/cpu:0',
  '/gpu:1',
  '/device:GPU:0',
  '/device:CPU:*',
  '/replica:2',
  '',
  '/job:ps/replica:1/task:2/cpu:3',
  'gpu:0',
  '/TPU:1',
  '/job',
  'nonsense',
  '/task:x',
  '/cpu:0/gpu:0',
  '//job:a',
  '/device:XPU:1',
  null,
);

/** Statements nested up to `depth` scopes. */
function statements(depth: number): fc.Arbitrary<Statement[]> {
  const variable = fc
    .tuple(fc.oneof(names, fc.constant(null)), options)
    .map(([name, given]): Statement => ({ op: 'variable', name, ...given }));
  const get = fc
    .tuple(names, shapes, options, fc.record({ reuse: reuses, parts }, optional))
    .map(([name, shape, given, more]): Statement => ({ op: 'get', name, shape, ...given, ...more }));
  const step = fc.constant<Statement>({ op: 'globalStep' });
  const leaves: fc.WeightedArbitrary<Statement>[] = [
    { weight: 5, arbitrary: variable },
    { weight: 6, arbitrary: get },
    { weight: 1, arbitrary: step },
  ];
  if (depth === 0) return fc.array(fc.oneof(...leaves), { minLength: 1, maxLength: 5 });
  const body = fc.memo((n) => statements(n))(depth - 1);
  const nested: fc.WeightedArbitrary<Statement>[] = [
    {
      weight: 4,
      arbitrary: fc
        .tuple(scopeNames, body, fc.record({ reuse: reuses, parts }, optional))
        .map(([name, inner, more]): Statement => ({ op: 'scope', name, body: inner, ...more })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('layer', 'dense', 'w'), body)
        .map(([name, inner]): Statement => ({ op: 'scope', name: null, default: name, body: inner })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.nat(5), body, fc.record({ reuse: reuses }, optional))
        .map(([index, inner, more]): Statement => ({ op: 'again', index, body: inner, ...more })),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(scopeNames, body).map(([name, inner]): Statement => ({ op: 'names', name, body: inner })),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(devices, body).map(([spec, inner]): Statement => ({ op: 'device', spec, body: inner })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.nat(3), body).map(([tasks, inner]): Statement => ({ op: 'setter', tasks, body: inner })),
    },
  ];
  return fc.array(fc.oneof(...leaves, ...nested), { minLength: 1, maxLength: 5 });
}

/** Programs, the same ones at each run. */
export function somePrograms(count: number): Statement[][] {
  return fc.sample(statements(3), { numRuns: count, seed: 12 });
}
