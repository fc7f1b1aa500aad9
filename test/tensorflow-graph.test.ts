/**
 * TensorFlow restores objects from checkpoints whose names were changed here, for the object graph followed. Needs a python
 * that has TensorFlow (fixtures/requirements.txt), named by the environment variable CKPT_TENSORFLOW_PYTHON; skipped
 * without it.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint, writeCheckpoint } from '../src/checkpoints/checkpoint.ts';
import { OBJECT_GRAPH_KEY, type ObjectGraph } from '../src/object-graph/object-graph.ts';
import { objectPathRule, objectPathsRule, withGraphSlots } from '../src/object-graph/object-path-rule.ts';
import { objectGraphOf } from '../src/object-graph/stored-object-graph.ts';
import { merge } from '../src/surgery/merge.ts';
import { addPrefixRule, mapRule, type NameRule, stripPrefixRule } from '../src/surgery/name-rules.ts';
import { mergeObjectGraphs, reconcileObjectGraph } from '../src/surgery/object-graph.ts';
import { rename } from '../src/surgery/rename.ts';
import { chooser } from '../src/surgery/selectors.ts';
import { drop, subset } from '../src/surgery/subset.ts';
import type { ByteRange, TensorMap } from '../src/tensor/tensor.ts';
import { REPOSITORY } from './fixtures.ts';
import { NO_PYTHON, PYTHON } from './python.ts';
import { scratch } from './scratch.ts';

const DRIVER = join(REPOSITORY, 'test', 'tensorflow', 'object_graphs.py');

type Change = (tensors: TensorMap) => TensorMap;
type RuleOf = (graph: ObjectGraph) => NameRule;

function python(args: readonly string[], input = ''): string {
  const options = { input, maxBuffer: 1 << 28, stdio: 'pipe' } as const;
  return execFileSync(PYTHON ?? '', [DRIVER, ...args], options).toString();
}

function renamed(rule: NameRule): Change {
  return (tensors) => {
    return reconcileObjectGraph(tensors, rename(tensors, rule), rule).tensors;
  };
}

/** A rename by a rule that the graph gives. */
function moved(ruleOf: RuleOf): Change {
  return (tensors) => renamed(ruleOf(objectGraphOf(tensors) as ObjectGraph))(tensors);
}

function kept(after: TensorMap, before: TensorMap): TensorMap {
  return reconcileObjectGraph(before, after, (name) => (after.has(name) ? name : undefined)).tensors;
}

function keeping(...patterns: string[]): Change {
  return (tensors) => kept(subset(tensors, chooser({ patterns }, tensors)), tensors);
}

function dropping(...patterns: string[]): Change {
  return (tensors) => kept(drop(tensors, chooser({ patterns }, tensors)), tensors);
}

function then(...changes: Change[]): Change {
  return (tensors) => changes.reduce((map, change) => change(map), tensors);
}

const replaced =
  (pattern: RegExp, to: string): NameRule =>
  (name) =>
    name.replace(pattern, to);
const path = (from: string, to: string): Change => moved((graph) => objectPathRule(graph, from, to));
const SLOTS = '**/.OPTIMIZER_SLOT/**';
const thereAndBack = then(renamed(replaced(/^model/, 'my_model')), renamed(replaced(/^my_model/, 'model')));

/** The saved checkpoint, what is done to it, the check of the driver, and names that TensorFlow must list or must not. */
const CASES: readonly (readonly [string, string, Change, string, (readonly string[])?])[] = [
  ['rename and back', 'modules-1', thereAndBack, 'modules_same'],
  [
    'a child by the prefix of its keys',
    'modules-1',
    renamed(replaced(/^model\/encoder\//, 'model/body/')),
    'modules_body',
    ['model/body/tables/a.Sb/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE'],
  ],
  [
    'a child by its path',
    'modules-1',
    path('model/encoder', 'model/body'),
    'modules_body',
    [
      'model/body/layers/0/kernel/.OPTIMIZER_SLOT/optimizer/v/.ATTRIBUTES/VARIABLE_VALUE',
      '!model/encoder/layers/0/kernel/.ATTRIBUTES/VARIABLE_VALUE',
    ],
  ],
  [
    'two children that change names',
    'modules-1',
    moved((graph) =>
      objectPathsRule(
        graph,
        new Map([
          ['model/encoder', 'model/decoder'],
          ['model/decoder', 'model/encoder'],
        ]),
      ),
    ),
    'modules_swapped',
  ],
  [
    'the optimizer by its path',
    'modules-1',
    path('optimizer', 'opt'),
    'modules_optimizer',
    ['model/decoder/bias/.OPTIMIZER_SLOT/opt/m/.ATTRIBUTES/VARIABLE_VALUE'],
  ],
  [
    'the optimizer by its keys, slots carried',
    'modules-1',
    moved((graph) => withGraphSlots(graph, replaced(/^optimizer\//, 'opt/'))),
    'modules_optimizer',
    ['model/decoder/bias/.OPTIMIZER_SLOT/opt/m/.ATTRIBUTES/VARIABLE_VALUE'],
  ],
  [
    'the optimizer by its keys, slots left',
    'modules-1',
    renamed(replaced(/^optimizer\//, 'opt/')),
    'modules_optimizer',
  ],
  ['parent and child', 'modules-1', then(path('model', 'net'), path('net/encoder', 'net/body')), 'modules_deep'],
  [
    'parent and child at once',
    'modules-1',
    moved((graph) =>
      objectPathsRule(
        graph,
        new Map([
          ['model', 'net'],
          ['model/encoder', 'net/body'],
        ]),
      ),
    ),
    'modules_deep',
  ],
  [
    'a prefix before everything',
    'modules-1',
    renamed(addPrefixRule('net1/')),
    'modules_net1',
    [OBJECT_GRAPH_KEY, 'net1/save_counter/.ATTRIBUTES/VARIABLE_VALUE'],
  ],
  ['a prefix before the object of a root', 'root', renamed(addPrefixRule('net1/')), 'root_net1'],
  [
    'a prefix there and back',
    'modules-1',
    then(renamed(addPrefixRule('net1/')), renamed(stripPrefixRule('net1/'))),
    'modules_same',
  ],
  ['one object into a new one', 'modules-1', path('model', 'net/model'), 'modules_inner'],
  [
    'a prefix taken off',
    'nested',
    renamed(stripPrefixRule('net1/')),
    'nested_stripped',
    ['model/decoder/bias/.ATTRIBUTES/VARIABLE_VALUE'],
  ],
  [
    'a part of an object',
    'modules-1',
    renamed(
      mapRule(
        new Map([['model/decoder/kernel/.ATTRIBUTES/VARIABLE_VALUE', 'model/head/kernel/.ATTRIBUTES/VARIABLE_VALUE']]),
      ),
    ),
    'decoder_part',
  ],
  [
    'one key that is no key of an object',
    'modules-1',
    renamed(mapRule(new Map([['model/decoder/kernel/.ATTRIBUTES/VARIABLE_VALUE', 'kernel']]))),
    'all_but_decoder_kernel',
    ['kernel'],
  ],
  ['everything kept', 'modules-1', keeping('**'), 'modules_same'],
  [
    'a subset',
    'modules-1',
    keeping('model/encoder/**'),
    'only_encoder',
    ['!model/decoder/bias/.ATTRIBUTES/VARIABLE_VALUE', OBJECT_GRAPH_KEY],
  ],
  ['a subset without slots', 'modules-1', keeping('model/encoder/**', `!${SLOTS}`), 'encoder_without_slots'],
  [
    'a subset, renamed',
    'modules-1',
    then(keeping('model/encoder/**'), path('model/encoder', 'model/body')),
    'encoder_as_body',
  ],
  [
    'a rename, then a subset',
    'modules-1',
    then(path('model/encoder', 'model/body'), keeping('model/body/**')),
    'encoder_as_body',
  ],
  ['slots and optimizer dropped', 'modules-1', dropping(SLOTS, 'optimizer/**', 'save_counter/**'), 'without_slots'],
  ['slots alone', 'modules-1', keeping(SLOTS), 'slots_without_variables'],
  ['Keras: rename and back', 'keras', thereAndBack, 'keras_same'],
  [
    'Keras: a layer',
    'keras',
    path('model/encoder', 'model/body'),
    'keras_body',
    ['model/body/_kernel/.ATTRIBUTES/VARIABLE_VALUE'],
  ],
  ['Keras: the optimizer', 'keras', path('optimizer', 'opt'), 'keras_optimizer'],
  ['Keras: a subset', 'keras', keeping('model/**'), 'keras_model'],
  [
    'others: a prefix there and back',
    'others',
    then(renamed(addPrefixRule('net1/')), renamed(stripPrefixRule('net1/'))),
    'others_same',
  ],
  [
    'others: moved',
    'others',
    moved((graph) =>
      objectPathsRule(
        graph,
        new Map([
          ['table', 'new/lookup'],
          ['counter', 'new/counter'],
          ['left/dense', 'left/layer'],
        ]),
      ),
    ),
    'others_moved',
    ['new/lookup/.ATTRIBUTES/table-keys'],
  ],
  ['others: a subset', 'others', keeping('table/**'), 'others_table'],
  ['others: a subset by another name', 'others', keeping('left/dense/**'), 'shared_by_alias'],
  ['others: stored elsewhere', 'others', path('left', 'far/away'), 'shared_by_alias'],
];

describe.skipIf(PYTHON === undefined)(`TensorFlow restores objects${NO_PYTHON}`, () => {
  let outcomes: Record<string, { readonly failure: string | null; readonly names: readonly string[] }> = {};
  const originals = PYTHON === undefined ? '' : scratch();

  beforeAll(async () => {
    python(['save', originals]);
    const wanted: Record<string, string> = {};
    const changed = scratch();
    for (const [i, [, saved, change, check]] of CASES.entries()) {
      const checkpoint = await openCheckpoint(join(originals, saved));
      const old = checkpoint.tensors.get(OBJECT_GRAPH_KEY)?.stored as ByteRange;
      for (const [way, options] of Object.entries({
        copied: {},
        linked: { reuse: 'link', superseded: [old] } as const,
      })) {
        const target = join(changed, `${way}-${i}`);
        wanted[`${check}:${i}:${way}`] = target;
        await writeCheckpoint(target, change(checkpoint.tensors), options);
      }
      checkpoint.close();
    }
    for (const policy of ['first', 'last'] as const) {
      const opened = await Promise.all(['others', 'modules-1'].map((name) => openCheckpoint(join(originals, name))));
      const inputs = mergeObjectGraphs(
        opened.map(({ tensors }) => tensors),
        policy,
      ).inputs;
      const check = policy === 'first' ? 'others_same' : 'modules_same';
      wanted[`${check}:${policy}`] = join(changed, policy);
      await writeCheckpoint(join(changed, policy), merge(inputs), {});
      for (const checkpoint of opened) checkpoint.close();
    }
    outcomes = JSON.parse(python(['restore'], JSON.stringify(wanted))) as typeof outcomes;
  }, 300_000);

  it.each(CASES.map((row, i) => [row[0], row[3], i, row[4] ?? []] as const))('%s: %s', (_, check, i, listed) => {
    for (const way of ['copied', 'linked']) {
      const { failure, names } = outcomes[`${check}:${i}:${way}`] ?? { failure: 'no outcome', names: [] };
      expect(failure, way).toBeNull();
      for (const name of listed) expect(names.includes(name.replace(/^!/, '')), name).toBe(!name.startsWith('!'));
    }
  });

  it.each(['others_same:first', 'modules_same:last'])('a merge that keeps one graph: %s', (outcome) => {
    expect(outcomes[outcome]?.failure).toBeNull();
    expect(outcomes[outcome]?.names.length).toBe(7 + 28 - 1);
  });
});
