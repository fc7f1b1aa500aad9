/** Surgery in the library keeps object graphs true, whatever makes the map that is written. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { salvage } from '../../src/diagnose/salvage.ts';
import type { Finding } from '../../src/formats/finding.ts';
import { OBJECT_GRAPH_KEY, objectGraphOf } from '../../src/graph.ts';
import {
  cast,
  diagnose,
  dtypeOf,
  merge,
  type OpenedCheckpoint,
  openCheckpoint,
  rename,
  renameCheckpoint,
  rolesOf,
  stripOptimizer,
  subset,
  type Tensor,
  type TensorMap,
  tensorFrom,
  UsageError,
  verifyCheckpoint,
  withPrefix,
  writeCheckpoint,
} from '../../src/index.ts';
import { graphBytes } from '../../src/object-graph/stored-columns.ts';
import { tensorOfStrings } from '../../src/tensor/tensor.ts';
import { fixture } from '../fixtures.ts';
import { scratch } from '../scratch.ts';

const KERAS = fixture('v2/object-based-keras/model');
const VALUE = '/.ATTRIBUTES/VARIABLE_VALUE';

async function findingsAt(prefix: string): Promise<Finding[]> {
  const found: Finding[] = [];
  for await (const finding of verifyCheckpoint(prefix)) found.push(finding);
  return found;
}

const keysIn = (tensors: TensorMap): string[] =>
  (objectGraphOf(tensors)?.nodes ?? []).flatMap(({ attributes }) => attributes.map((one) => one.checkpointKey)).sort();

describe('a map that is written', () => {
  let checkpoint: OpenedCheckpoint;
  let tensors: TensorMap;
  beforeEach(async () => {
    checkpoint = await openCheckpoint(KERAS);
    tensors = checkpoint.tensors;
  });
  afterEach(() => checkpoint.close());

  /** Writes a map; what is there afterwards is sound, and its graph lists all that has the key of an object. */
  async function written(map: TensorMap, names: readonly string[] = [...map.keys()]): Promise<string[]> {
    const prefix = join(scratch(), 'out');
    await writeCheckpoint(prefix, map);
    expect(await findingsAt(prefix)).toEqual([]);
    const opened = await openCheckpoint(prefix);
    const keys = keysIn(opened.tensors);
    const there = [...opened.tensors.keys()];
    opened.close();
    expect(there.filter((name) => name !== OBJECT_GRAPH_KEY)).toEqual(
      names.filter((name) => name !== OBJECT_GRAPH_KEY).sort(),
    );
    expect(keys).toEqual(there.filter((name) => name.endsWith(VALUE)));
    return keys;
  }

  it('has the graph of its tensors: as they are', async () => {
    await written(tensors);
    await written(new Map(tensors));
  });

  it('has the graph of its tensors: renamed, by the library or by hand', async () => {
    const rule = (name: string): string => name.replace('_operations/2/', '_operations/second/');
    const keys = await written(rename(tensors, rule));
    expect(keys.some((key) => key.includes('_operations/second/'))).toBe(true);
    expect(await written(new Map([...tensors].map(([name, tensor]) => [rule(name), tensor])))).toEqual(keys);
  });

  it('has the graph of its tensors: names that were swapped', async () => {
    const swap = (name: string): string =>
      name.replace(/_variables\/([23])\//, (_, digit: string) => `_variables/${digit === '2' ? 3 : 2}/`);
    await written(new Map([...tensors].map(([name, tensor]) => [swap(name), tensor])));
  });

  it('has the graph of its tensors: some of them, with and without the graph among those that were chosen', async () => {
    const isModel = (name: string): boolean => !name.startsWith('optimizer/');
    const names = [...tensors.keys()].filter(isModel);
    const keys = await written(subset(tensors, isModel));
    expect(await written(new Map([...tensors].filter(([name]) => isModel(name))))).toEqual(keys);
    const without = subset(tensors, (name) => isModel(name) && name !== OBJECT_GRAPH_KEY);
    expect(await written(without, names)).toEqual(keys);
  });

  it('has the graph of its tensors: without its optimizer', async () => {
    const { roleOf } = await rolesOf(checkpoint);
    const { tensors: stripped } = stripOptimizer(tensors, roleOf, { keepStep: false, keep: () => false });
    await written(stripped);
  });

  it('has the graph of its tensors: of several checkpoints', async () => {
    const other = await openCheckpoint(fixture('v2/object-based/ckpt-2'));
    const both = merge([withPrefix(tensors, 'left/'), withPrefix(other.tensors, 'right/')], 'first');
    const keys = await written(both);
    expect(keys.some((key) => key.startsWith('left/')) && keys.some((key) => key.startsWith('right/'))).toBe(true);
    other.close();
  });

  it('has the graph of its tensors: with others in their place, under other names', async () => {
    const { tensors: half } = cast(tensors, (_, { dtype }) => dtype.name === 'float32', dtypeOf('bfloat16'));
    await written(rename(half, (name) => name.replace('_operations/2/', '_operations/second/')));
    const [name] = [...tensors.keys()].filter((key) => key.endsWith(VALUE));
    await written(new Map(tensors).set(name as string, tensorFrom([1, 2, 3])));
    await written(new Map(tensors).set(`new/w${VALUE}`, tensorFrom([1, 2, 3])));
  });

  it('has none where it goes by other names, or is told so', async () => {
    const plain = new Map([...tensors].map(([name, tensor]) => [name.replaceAll('/.ATTRIBUTES/', '/'), tensor]));
    plain.delete(OBJECT_GRAPH_KEY);
    expect(await written(plain)).toEqual([]);
    const prefix = join(scratch(), 'out');
    await writeCheckpoint(prefix, tensors, { objectGraph: 'drop' });
    const opened = await openCheckpoint(prefix);
    expect(opened.tensors.has(OBJECT_GRAPH_KEY)).toBe(false);
    opened.close();
  });

  it('that keeps its graph as it is, is found out by verify and diagnose, and mended by the next write', async () => {
    const [first] = keysIn(tensors);
    const stale = new Map(tensors);
    stale.delete(first as string);
    stale.set(`new/w${VALUE}`, tensorFrom([1]));
    const prefix = join(scratch(), 'stale');
    await writeCheckpoint(prefix, stale, { objectGraph: 'keep' });
    expect((await findingsAt(prefix)).map(({ kind, severity, tensor }) => ({ kind, severity, tensor }))).toEqual([
      { kind: 'graph-key-missing', severity: 'damage', tensor: first },
      { kind: 'graph-key-forgotten', severity: 'damage', tensor: `new/w${VALUE}` },
    ]);
    const { diagnoses, healthy } = await diagnose(prefix);
    expect({ healthy, codes: diagnoses.map(({ code }) => code) }).toEqual({ healthy: false, codes: ['stale-graph'] });
    expect(diagnoses[0]?.commands).toEqual([`ckpt subset ${prefix} '**' -o ${prefix}-mended`]);
    const opened = await openCheckpoint(prefix);
    await writeCheckpoint(`${prefix}-mended`, opened.tensors);
    opened.close();
    expect(await findingsAt(`${prefix}-mended`)).toEqual([]);
  });

  it('that is cut off is found out by verify and diagnose, is lost to salvage, and can be left out', async () => {
    const cut = new Map(tensors);
    const bytes = graphBytes(tensors.get(OBJECT_GRAPH_KEY) as Tensor).slice(0, 100);
    cut.set(OBJECT_GRAPH_KEY, tensorOfStrings(dtypeOf('string'), [], [bytes]));
    const prefix = join(scratch(), 'cut');
    await writeCheckpoint(prefix, cut, { objectGraph: 'keep' });
    const [found, ...others] = await findingsAt(prefix);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ kind: 'graph-undecodable', severity: 'damage', tensor: OBJECT_GRAPH_KEY });
    expect(found?.message).toMatch(
      /^the object graph cannot be decoded \(.*\); TensorFlow restores nothing by objects/,
    );
    const { diagnoses } = await diagnose(prefix);
    expect(diagnoses.map(({ code }) => code)).toEqual(['broken-graph']);
    expect(diagnoses[0]?.commands).toEqual([`ckpt drop ${prefix} ${OBJECT_GRAPH_KEY} -o ${prefix}-mended`]);
    const { checkpoint: damaged, lost, sound } = await salvage(prefix);
    expect(lost.map(({ name }) => name)).toEqual([OBJECT_GRAPH_KEY]);
    expect(sound.size).toBe(tensors.size - 1);
    damaged.close();
  });

  it('that is stale is found out in a V1 file, too', async () => {
    const stale = new Map(tensors).set(`new/w${VALUE}`, tensorFrom([1]));
    const path = join(scratch(), 'stale-v1');
    await writeCheckpoint(path, stale, { objectGraph: 'keep', format: 'v1' });
    expect((await findingsAt(path)).map(({ kind }) => kind)).toEqual(['graph-key-forgotten']);
  });

  it('is renamed as a checkpoint, elsewhere and not in place', async () => {
    const target = join(scratch(), 'out');
    const rule = (name: string): string => name.replace('_operations/2/', '_operations/second/');
    const renamed = await renameCheckpoint(checkpoint, rule, { target });
    expect(renamed).toMatchObject({ path: target, tensors: tensors.size });
    expect(renamed.renamed).toBe([...tensors.keys()].filter((name) => rule(name) !== name).length);
    expect(await findingsAt(target)).toEqual([]);
    await expect(renameCheckpoint(target, rule)).rejects.toThrow(UsageError);
  });
});
