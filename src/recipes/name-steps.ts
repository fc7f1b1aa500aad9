/** The steps that rename, choose and merge, as surgery does it. */
import { ownRoles } from '../edits/followers.ts';
import { NameError, UsageError } from '../errors.ts';
import { OBJECT_GRAPH_KEY, VALUE_ENDING } from '../object-graph/object-graph-key.ts';
import { merge } from '../surgery/merge.ts';
import { parseNameMap } from '../surgery/name-map.ts';
import { nameChooser } from '../surgery/name-patterns.ts';
import {
  addPrefixRule,
  inOrder,
  limited,
  mapRule,
  type NameRule,
  stripPrefixRule,
  substitutionRule,
} from '../surgery/name-rules.ts';
import { mergeObjectGraphs } from '../surgery/object-graph.ts';
import { orphanNotes, orphansOf } from '../surgery/orphans.ts';
import { MeantNames } from '../surgery/other-name-keys.ts';
import { rename, withPrefix } from '../surgery/rename.ts';
import { withSlots } from '../surgery/slots.ts';
import { type Stripped, stripNonTrainable, stripOptimizer } from '../surgery/strip.ts';
import { drop, subset } from '../surgery/subset.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { choice, listOf, type RunStep } from './edit-steps.ts';
import type { StepOf } from './recipe-schema.ts';
import type { StepContext, StepResult, Working } from './step-context.ts';
import { inKey } from './step-places.ts';

/** A pair as keys: what is called by a path or its full name becomes the value of an object under the new one. */
function keyPair(from: string, to: string, names: MeantNames): [string, string] {
  const key = names.keyOf(from) ?? from;
  const isOther = key !== from && key.endsWith(VALUE_ENDING) && !from.includes('.ATTRIBUTES/');
  return [key, isOther && !to.includes('.ATTRIBUTES/') ? to + VALUE_ENDING : to];
}

/** The pairs of `map`: written in the recipe, or in a file. */
async function mapOf(
  map: StepOf<'rename'>['map'],
  { tensors, others }: Working,
  context: StepContext,
): Promise<NameRule[]> {
  if (map === undefined) return [];
  const written =
    typeof map === 'string'
      ? parseNameMap(await context.surroundings.readText(map), map, (name) => tensors.has(name)).names
      : new Map(Object.entries(map));
  const names = new MeantNames(tensors, written.keys(), others);
  const pairs = new Map([...written].map(([from, to]) => keyPair(from, to, names)));
  const missing = [...pairs.keys()].filter((name) => !tensors.has(name));
  if (missing.length > 0)
    throw new NameError(`there is no tensor called ${missing.slice(0, 3).join(', ')}`, { missing });
  if ([...pairs].every(([from, to]) => from === to))
    throw new UsageError('map gives every name itself: it changes none');
  return [mapRule(pairs)];
}

/** The names change all at once; what was done to tensors before follows them. */
function renamed(working: Working, rule: NameRule, summary: (changed: number) => string): StepResult {
  const sparing: NameRule = (name) => (name === OBJECT_GRAPH_KEY ? name : rule(name));
  const tensors = rename(working.tensors, sparing);
  let changed = 0;
  for (const name of working.tensors.keys()) if (sparing(name) !== name) changed++;
  const newNameOf: Working['newNameOf'] = (name, input) => {
    const next = working.newNameOf(name, input);
    return next === undefined ? undefined : sparing(next);
  };
  const before = new Map(
    [...working.before].map(([name, tensor]): [string, Tensor | undefined] => [sparing(name), tensor]),
  );
  const roleOf = changed === 0 ? working.roleOf : undefined;
  const names = { before: working.tensors, newNameOf: sparing };
  return { working: { ...working, tensors, newNameOf, before, roleOf }, summary: summary(changed), notes: [], names };
}

export const renameStep: RunStep<'rename'> = async (step, working, context) => {
  const { tensors } = working;
  const rules = [
    ...(await inKey(['map'], () => mapOf(step.map, working, context))),
    ...listOf(step.replace).map(substitutionRule),
    ...(step['strip-prefix'] === undefined ? [] : [stripPrefixRule(step['strip-prefix'])]),
    ...(step['add-prefix'] === undefined ? [] : [addPrefixRule(step['add-prefix'])]),
  ];
  if (rules.length === 0) throw new UsageError('rename takes map, replace, strip-prefix or add-prefix');
  const all = inOrder(rules);
  const { select } = step;
  const isMeant = (): ((name: string) => boolean) => nameChooser(listOf(select), tensors, working.others);
  const some = select === undefined ? all : limited(all, inKey(['select'], isMeant));
  const rule = step['with-slots'] === true ? withSlots(tensors, some) : some;
  return renamed(working, rule, (changed) => `${changed} of ${tensors.size} tensors renamed`);
};

/** Some of the tensors; what is left out is out of the record of changes too. */
function kept(working: Working, tensors: TensorMap, dropGraph: boolean): Working {
  const newNameOf: Working['newNameOf'] = (name, input) => {
    const next = working.newNameOf(name, input);
    return next !== undefined && tensors.has(next) ? next : undefined;
  };
  const before = new Map([...working.before].filter(([name]) => tensors.has(name)));
  return { ...working, tensors, newNameOf, before, dropGraph: working.dropGraph || dropGraph };
}

function orphansIn({ tensors, roleOf = ownRoles(tensors) }: Working, isLeftOut: Parameters<typeof orphansOf>[2]) {
  return orphansOf(tensors, { roleOf }, isLeftOut);
}

function chosen(working: Working, step: StepOf<'subset'> | StepOf<'drop'>): StepResult {
  const turnedAround = step.step === 'drop';
  const patterns = listOf(step.select);
  if (step.select === undefined && step.role === undefined && step.trainable === undefined) {
    throw new UsageError(`${step.step} takes select, role or trainable`);
  }
  const namesGraph = patterns.some((text) => text.replace(/^!/, '') === OBJECT_GRAPH_KEY);
  const choose = choice(working, step);
  const asked = (name: string, tensor: Tensor): boolean => {
    if (name === OBJECT_GRAPH_KEY && !namesGraph) return !turnedAround;
    return choose(name, tensor);
  };
  const orphans = turnedAround ? orphansIn(working, asked) : new Set<string>();
  const takesOrphans = step.step === 'drop' && step['with-slots'] === true;
  const wanted = takesOrphans ? (name: string, tensor: Tensor) => orphans.has(name) || asked(name, tensor) : asked;
  const tensors = turnedAround ? drop(working.tensors, wanted) : subset(working.tensors, wanted);
  const left = tensors.size - (tensors.has(OBJECT_GRAPH_KEY) ? 1 : 0);
  if (left === 0) throw new UsageError(`${step.step} would leave no tensor`);
  const summary = `${tensors.size} of ${working.tensors.size} tensors kept`;
  const notes = takesOrphans ? [] : orphanNotes(orphans, turnedAround ? 'with-slots: true' : undefined);
  return { working: kept(working, tensors, namesGraph && !tensors.has(OBJECT_GRAPH_KEY)), summary, notes };
}

export const subsetStep: RunStep<'subset'> = (step, working) => chosen(working, step);
export const dropStep: RunStep<'drop'> = (step, working) => chosen(working, step);

function stripped(working: Working, { tensors, undecided }: Stripped): StepResult {
  const summary = `${tensors.size} of ${working.tensors.size} tensors kept`;
  const some = undecided.slice(0, 3).join(', ');
  const notes =
    undecided.length === 0 ? [] : [`nothing tells whether ${some} and others like them are trained; they are kept`];
  return { working: kept(working, tensors, false), summary, notes };
}

/** Tests for the names that `keep` takes; none where it is left out. */
const keeper = (
  keep: string | readonly string[] | undefined,
  { tensors, others }: Working,
): ((name: string) => boolean) => (keep === undefined ? () => false : nameChooser(listOf(keep), tensors, others));

export const stripOptimizerStep: RunStep<'strip-optimizer'> = (step, working) => {
  const { tensors, roleOf = ownRoles(tensors) } = working;
  const keep = keeper(step.keep, working);
  return stripped(working, stripOptimizer(tensors, roleOf, { keepStep: step['keep-step'] === true, keep }));
};

export const stripNonTrainableStep: RunStep<'strip-non-trainable'> = (step, working) => {
  const { tensors, roleOf = ownRoles(tensors) } = working;
  return stripped(working, stripNonTrainable(tensors, roleOf, keeper(step.keep, working)));
};

export const mergeStep: RunStep<'merge'> = (step, _, context) => {
  const { inputs } = step;
  const prefixes = step['prefix-each'] ?? [];
  if (prefixes.length > 0 && prefixes.length !== inputs.length) {
    throw new UsageError(
      `prefix-each must give a prefix for each of the ${inputs.length} inputs, not ${prefixes.length}`,
    );
  }
  const works = inKey(['inputs'], () => inputs.map((name) => context.at(name)));
  const mergeable = mergeObjectGraphs(
    works.map(({ tensors }) => tensors),
    step['object-graph'],
  );
  const maps = mergeable.inputs.map((tensors, i) => withPrefix(tensors, prefixes[i] ?? ''));
  const tensors = merge(maps, step['on-conflict']);
  const prefixed = (name: string, i: number): string => (name === OBJECT_GRAPH_KEY ? name : (prefixes[i] ?? '') + name);
  const newNameOf: Working['newNameOf'] = (name, input) => {
    for (const [i, working] of works.entries()) {
      const here = working.newNameOf(name, input);
      const next = here === undefined ? undefined : prefixed(here, i);
      if (next !== undefined && maps[i]?.has(next) === true && tensors.isFrom(next, i)) return next;
    }
    return undefined;
  };
  const owner = maps.findIndex((map) => map.has(OBJECT_GRAPH_KEY));
  const before = new Map(
    works.flatMap((working, i) =>
      [...working.before]
        .map(([name, tensor]) => [prefixed(name, i), tensor] as const)
        .filter(([name]) => tensors.isFrom(name, i)),
    ),
  );
  const working: Working = {
    tensors,
    newNameOf,
    before,
    gone: works.flatMap((one) => one.gone),
    graphFrom: works[Math.max(owner, 0)]?.graphFrom ?? 0,
    dropGraph: owner < 0,
  };
  const at = Math.max(owner, 0);
  const names = { before: mergeable.inputs[at] as TensorMap, newNameOf: (name: string) => prefixed(name, at) };
  const summary = `${tensors.size} tensors of ${inputs.join(', ')}`;
  return { working, summary, notes: mergeable.notes, names };
};
