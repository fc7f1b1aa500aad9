/** What `--map` and `--with-slots` make of the names that are there: objects move as wholes, and slots go along or are missed. */

import {
  type GraphColumns,
  graphColumnsOf,
  OtherNames,
  objectPathsRule,
  VALUE_ENDING,
  withGraphSlots,
} from '../graph.ts';
import { mapRule, NameError, type NameRule, type TensorMap, withSlots } from '../index.ts';
import { type FurtherNames, MeantNames, nearestHint, shellWord, TextMap, TextSet } from '../text.ts';
import { checkPairs, nameMapOf } from './name-arguments.ts';
import { type NamedRule, type RuleOptions, ruleInOrder, sparingGraph } from './rename-rules.ts';

/** More names than this are looked for in one walk over all that are there. */
const MOST_LOOKED_UP = 1000;
const MOST_NAMED = 5;

function missingFrom(names: ReadonlyMap<string, string>, tensors: TensorMap): string[] {
  if (names.size <= MOST_LOOKED_UP) return [...names.keys()].filter((name) => !tensors.has(name));
  const missing = new TextSet(names.keys());
  for (const name of tensors.keys()) missing.delete(name);
  return [...missing];
}

/** `a, b, c and 4 more` */
function someOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** What was meant by an old name that is not there; undefined where nothing tells. */
function hintFor(name: string, names: ReadonlyMap<string, string>, tensors: TensorMap): string | undefined {
  const to = names.get(name) as string;
  const scope = name.endsWith('/') ? name : `${name}/`;
  const starts = [...tensors.keys()].some((other) => other.startsWith(scope));
  if (starts) {
    const target = to.endsWith('/') || !name.endsWith('/') ? to : `${to}/`;
    const [from, into] = name.endsWith('/') ? [name, target] : [scope, `${target.replace(/\/$/, '')}/`];
    return `${name} is a scope, and a map takes whole names; ${replaceHint(from, into)}`;
  }
  if (/[*?]/.test(name)) return 'a map takes whole names, and no patterns: --replace takes a regular expression';
  const [device, ...more] = [...tensors.keys()].filter((other) => name === `${other}:0`);
  if (device !== undefined && more.length === 0) return `the tensor ${name} of a graph is stored as ${device}`;
  const isTurned = ([from, next]: readonly [string, string]): boolean => !tensors.has(from) && tensors.has(next);
  if (names.size <= MOST_LOOKED_UP && [...names].every(isTurned)) {
    return 'but all new names are there: the old name comes first';
  }
  return undefined;
}

/** The substitution that puts one scope in the place of another. */
function replaceHint(from: string, to: string): string {
  const pattern = from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const replacement = to.replace(/[&\\|]/g, '\\$&');
  return `for all names in it write --replace ${shellWord(`s|^${pattern}|${replacement}|`)}`;
}

/** Says which old names are not there; throws {@link NameError} unless that is allowed. */
function missingNotes(
  missing: readonly string[],
  names: ReadonlyMap<string, string>,
  tensors: TensorMap,
  allowed: boolean,
): string[] {
  const [first] = missing;
  if (first === undefined) return [];
  if (allowed) return [`no tensor is called ${someOf(missing)}`];
  const count = missing.length > 1 ? ` (nor ${someOf(missing.slice(1))})` : '';
  const told = hintFor(first, names, tensors);
  if (told !== undefined) throw new NameError(`no tensor is called ${first}${count}: ${told}`, { missing });
  const hint = nearestHint(first, tensors.keys());
  const way =
    missing.length < names.size
      ? 'with --allow-missing the others are renamed'
      : 'a map has the old name and then the new one: old=new, or a line of both with a tab between';
  throw new NameError(`no tensor is called ${first}${count}${hint}; ${way}`, { missing });
}

/** The moves of objects that can be made; one that cannot throws, unless that is allowed. */
function nodeMovesOf(
  graph: GraphColumns,
  paths: ReadonlyMap<string, string>,
  allowed: boolean,
): { readonly rule: NameRule; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const told = allowed ? (error: NameError) => notes.push(error.message) : undefined;
  return { rule: objectPathsRule(graph, paths, told), notes };
}

/** Takes out of `paths` what is another name of a value, and gives the moves of keys that are meant, with what is to be said. */
function movesOfAliases(
  graph: GraphColumns,
  paths: Map<string, string>,
  tensors: TensorMap,
): { readonly names: ReadonlyMap<string, string>; readonly notes: readonly string[] } {
  const names = new TextMap<string>();
  const notes: string[] = [];
  const meant = new MeantNames(tensors, paths.keys(), new OtherNames(graph));
  for (const [name, to] of [...paths]) {
    const key = meant.keyOf(name);
    if (key === undefined || key === name + VALUE_ENDING) continue;
    names.set(key, to.includes('.ATTRIBUTES/') ? to : to + VALUE_ENDING);
    paths.delete(name);
    if (notes.length < MOST_NAMED) notes.push(`${name} is stored as ${key}`);
  }
  return { names, notes };
}

/** A map whose old names are tensors, or else, in a checkpoint of objects, objects, or what values are called besides. */
function mapped(
  values: readonly string[],
  tensors: TensorMap,
  graph: GraphColumns | undefined,
  allowed: boolean,
): NamedRule {
  const { names, notes: passedOver } = nameMapOf(values, tensors);
  if (!allowed) checkPairs(names);
  const missing = missingFrom(names, tensors);
  const isPath = (name: string): boolean => graph !== undefined && !name.includes('.ATTRIBUTES/');
  const gone = missing.filter((name) => !isPath(name));
  const notes = [...passedOver, ...missingNotes(gone, names, tensors, allowed)];
  const paths = new TextMap(missing.filter(isPath).map((name) => [name, names.get(name) as string]));
  if (graph === undefined || paths.size === 0) return { rule: mapRule(names), notes };
  const aliases = movesOfAliases(graph, paths, tensors);
  const moves = nodeMovesOf(graph, paths, allowed);
  return {
    rule: (name) => names.get(name) ?? aliases.names.get(name) ?? moves.rule(name),
    notes: [...notes, ...aliases.notes, ...moves.notes],
  };
}

/** Says which slots a list of names has forgotten: an optimizer would not find them any more. */
function slotNotes(tensors: TensorMap, rule: NameRule): string[] {
  const follow = withSlots(tensors, rule);
  const left: string[] = [];
  for (const name of tensors.keys()) if (follow(name) !== rule(name)) left.push(name);
  if (left.length === 0) return [];
  const keeps =
    left.length === 1
      ? 'keeps its name, though its variable does not'
      : 'keep their names, though their variables do not';
  return [`${someOf(left)} ${keeps}; --with-slots renames slots, too`];
}

/** The rule of options among which `--map` or `--with-slots` is. */
export function mappedRuleOf(options: RuleOptions, tensors: TensorMap, others?: FurtherNames): NamedRule {
  const { map, withSlots: slotsToo, allowMissing } = options;
  const graph = graphColumnsOf(tensors);
  const first = map === undefined ? undefined : mapped(map, tensors, graph, allowMissing === true);
  const rule = ruleInOrder(first?.rule, options, tensors, others);
  const notes = first?.notes ?? [];
  if (slotsToo !== true) {
    const checks = first !== undefined && graph === undefined;
    return { rule, notes: checks ? [...notes, ...slotNotes(tensors, rule)] : notes };
  }
  return { rule: sparingGraph(graph === undefined ? withSlots(tensors, rule) : withGraphSlots(graph, rule)), notes };
}
