/** Checkpoints of objects against TensorFlow: each restores what the other saved, whole, and lays it out to the byte. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Checkpoint } from '../src/engine/checkpoint.ts';
import { Graph } from '../src/engine/graph.ts';
import { initializeVariables } from '../src/engine/initialization.ts';
import { Variable } from '../src/engine/variable.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';

type Node =
  | { v: number[]; dtype: 'float32' | 'int32' }
  | { list: Node[] }
  | { dict: Record<string, Node> }
  | { module: Record<string, Node> }
  | { ref: number };

/** Builds what engine_objects.py builds. */
class Builder {
  readonly nodes: unknown[] = [];
  readonly variables: Variable[] = [];
  constructor(readonly filled: boolean) {}

  build(node: Node): unknown {
    if ('ref' in node) return this.nodes[node.ref];
    const at = this.nodes.push(undefined) - 1;
    this.nodes[at] = this.#made(node, at);
    return this.nodes[at];
  }

  #made(node: Exclude<Node, { ref: number }>, at: number): unknown {
    if ('v' in node) {
      const values = this.filled ? node.v : node.v.map(() => 0);
      const one = new Variable(values, { name: 'Variable', dtype: node.dtype, graph: new Graph() });
      initializeVariables([one]);
      this.variables.push(one);
      return one;
    }
    if ('list' in node) return node.list.map((inner) => this.build(inner));
    if ('dict' in node) return new Map(Object.entries(node.dict).map(([name, inner]) => [name, this.build(inner)]));
    const object: Record<string, unknown> = {};
    this.nodes[at] = object;
    for (const [name, inner] of Object.entries(node.module)) object[name] = this.build(inner);
    return object;
  }
}

function built(tree: Node, filled: boolean): { checkpoint: Checkpoint; values: () => number[][] } {
  const builder = new Builder(filled);
  const { module } = tree as { module: Record<string, Node> };
  const objects = Object.fromEntries(
    Object.entries(module).map(([name, node]) => [name, builder.build(node) as object]),
  );
  const values = (): number[][] => builder.variables.map((one) => [...(one.read() as Float32Array)]);
  return { checkpoint: new Checkpoint(objects), values };
}

const leaf = (v: number[], dtype: 'float32' | 'int32' = 'float32'): Node => ({ v, dtype });
const TREES: Node[] = [
  { module: { v: leaf([1, 2]) } },
  { module: { model: { module: { z: leaf([1]), a: leaf([2, 3], 'int32') } }, alias: { ref: 0 } } },
  { module: { l: { list: [leaf([1]), { dict: { 'k.e/y': leaf([2]), 'naïve 模型': leaf([3]), '': { list: [] } } }] } } },
  { module: { m: { module: { self: { ref: 0 }, w: leaf([4]) } }, again: { ref: 0 } } },
];

/** Trees as programs have them; names of modules are Python's. */
function trees(): fc.Arbitrary<Node> {
  const name = fc
    .stringMatching(/^[a-z][a-z_0-9]{0,5}$/)
    .filter(
      (text) =>
        !/^(name|submodules|variables|with|trainable_variables|non_trainable_variables|name_scope|root|is|in|if|or|as)/.test(
          text,
        ),
    );
  const key = fc.oneof(name, fc.constantFrom('a.b', 'x/y', '..', 'é', 'a b'));
  const value = fc
    .tuple(
      fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('float32', 'int32'),
    )
    .map(([v, dtype]): Node => ({ v, dtype: dtype as 'float32' }));
  const { node } = fc.letrec<{ node: Node }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      value,
      fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((list): Node => ({ list })),
      fc
        .dictionary(key, tie('node'), { minKeys: 1, maxKeys: 3, noNullPrototype: true })
        .map((dict): Node => ({ dict })),
      fc
        .dictionary(name, tie('node'), { minKeys: 1, maxKeys: 3, noNullPrototype: true })
        .map((module): Node => ({ module })),
    ),
  }));
  return fc
    .dictionary(name, node, { minKeys: 1, maxKeys: 3, noNullPrototype: true })
    .map((module): Node => ({ module }));
}

const ALL = [...TREES, ...fc.sample(trees(), { seed: 7, numRuns: 60 })];

describe.skipIf(PYTHON === undefined)(`trees of objects${NO_PYTHON}`, () => {
  const folder = scratch();
  const at = (kind: string, i: number): string => join(folder, `${kind}${i}`, 'ck');

  it('that we saved are consumed by TensorFlow, value for value', async () => {
    const cases: object[] = [];
    const expected: number[][][] = [];
    for (const [i, tree] of ALL.entries()) {
      const { checkpoint, values } = built(tree, true);
      const counted = i % 2 === 0;
      const path = counted ? await checkpoint.save(at('ours', i)) : await checkpoint.write(at('ours', i));
      cases.push({ tree, path, do: 'restore', counted });
      expected.push(values());
    }
    expect(python('engine_objects.py', [], cases)).toEqual(expected);
  });

  it('that TensorFlow saved are consumed here, and are what we save, to the byte', async () => {
    const cases = ALL.map((tree, i) => ({ tree, path: at('theirs', i), do: 'save' }));
    const paths = python('engine_objects.py', [], cases) as string[];
    for (const [i, tree] of ALL.entries()) {
      const path = paths[i] as string;
      expect(path).toBe(`${at('theirs', i)}-1`);
      const { checkpoint, values } = built(tree, false);
      (await checkpoint.restore(path)).assertConsumed();
      expect(values()).toEqual(built(tree, true).values());
      const ours = await built(tree, true).checkpoint.save(at('same', i));
      const contentOf = (prefix: string): string => readFileSync(`${prefix}.data-00000-of-00001`).toString('hex');
      expect(contentOf(ours)).toBe(contentOf(path));
      expect(readFileSync(`${ours}.index`).equals(readFileSync(`${path}.index`))).toBe(true);
      expect(readFileSync(join(ours, '../checkpoint'), 'utf8')).toBe(readFileSync(join(path, '../checkpoint'), 'utf8'));
    }
  });
});
