/** From the options of `rename` to one rule for names, checked against the names that are there. */
import {
  addPrefixRule,
  inOrder,
  limited,
  mapRule,
  NameError,
  type NameRule,
  nameChooser,
  nearestNames,
  OBJECT_GRAPH_KEY,
  type ObjectGraph,
  objectGraphOf,
  objectPathsRule,
  stripPrefixRule,
  substitutionRule,
  type TensorMap,
  UsageError,
  withGraphSlots,
  withSlots,
} from '../index.ts';
import { nameMapOf } from './name-arguments.ts';

export interface RuleOptions {
  readonly map?: readonly string[];
  readonly replace?: readonly string[];
  readonly stripPrefix?: string;
  readonly addPrefix?: string;
  readonly select?: readonly string[];
  readonly allowMissing?: boolean;
  readonly withSlots?: boolean;
}

export interface NamedRule {
  readonly rule: NameRule;
  /** What matched nothing, where that is allowed. */
  readonly notes: readonly string[];
}

/** More names than this are looked for in one walk over all that are there. */
const MOST_LOOKED_UP = 1000;
const MOST_NAMED = 5;

function missingFrom(names: ReadonlyMap<string, string>, tensors: TensorMap): string[] {
  if (names.size <= MOST_LOOKED_UP) return [...names.keys()].filter((name) => !tensors.has(name));
  const missing = new Set(names.keys());
  for (const name of tensors.keys()) missing.delete(name);
  return [...missing];
}

/** `a, b, c and 4 more` */
function someOf(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Says which old names are not there; throws {@link NameError} unless that is allowed. */
function missingNotes(missing: readonly string[], tensors: TensorMap, allowed: boolean): string[] {
  const [first] = missing;
  if (first === undefined) return [];
  if (allowed) return [`no tensor is called ${someOf(missing)}`];
  const near = nearestNames(first, tensors.keys());
  const hint = near.length > 0 ? `; the nearest names are ${near.join(', ')}` : '';
  const count = missing.length > 1 ? ` (nor ${someOf(missing.slice(1))})` : '';
  throw new NameError(`no tensor is called ${first}${count}${hint}; with --allow-missing the others are renamed`, {
    missing,
  });
}

/** The moves of objects that can be made; one that cannot throws, unless that is allowed. */
function movesOf(
  graph: ObjectGraph,
  paths: ReadonlyMap<string, string>,
  allowed: boolean,
): { readonly rule: NameRule; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const movable = [...paths].filter((pair) => {
    try {
      objectPathsRule(graph, new Map([pair]));
      return true;
    } catch (error) {
      if (!allowed || !(error instanceof NameError)) throw error;
      notes.push(error.message);
      return false;
    }
  });
  return { rule: objectPathsRule(graph, new Map(movable)), notes };
}

/** A map whose old names are tensors, or else, in a checkpoint of objects, objects. */
function mapped(
  values: readonly string[],
  tensors: TensorMap,
  graph: ObjectGraph | undefined,
  allowed: boolean,
): NamedRule {
  const names = nameMapOf(values, tensors);
  const missing = missingFrom(names, tensors);
  const isPath = (name: string): boolean => graph !== undefined && !name.includes('.ATTRIBUTES/');
  const notes = missingNotes(
    missing.filter((name) => !isPath(name)),
    tensors,
    allowed,
  );
  const paths = new Map(missing.filter(isPath).map((name) => [name, names.get(name) as string]));
  if (graph === undefined || paths.size === 0) return { rule: mapRule(names), notes };
  const moves = movesOf(graph, paths, allowed);
  return { rule: (name) => names.get(name) ?? moves.rule(name), notes: [...notes, ...moves.notes] };
}

/** Throws {@link UsageError} when nothing was said about what is to be renamed. */
export function checkRules({ map, replace, stripPrefix, addPrefix }: RuleOptions): void {
  if (map === undefined && replace === undefined && stripPrefix === undefined && addPrefix === undefined) {
    throw new UsageError("say what to rename: --map old=new, --replace 's/from/to/', --strip-prefix or --add-prefix");
  }
}

/** The rule of the options: the map at once, then each replacement, then the prefix off, then the prefix on. */
export function ruleOf(options: RuleOptions, tensors: TensorMap): NamedRule {
  const { map, replace = [], stripPrefix, addPrefix, select, withSlots: slotsToo, allowMissing } = options;
  const graph = map !== undefined || slotsToo === true ? objectGraphOf(tensors) : undefined;
  const substitutions = replace.map(substitutionRule);
  const first = map === undefined ? undefined : mapped(map, tensors, graph, allowMissing === true);
  const rules = [
    ...(first === undefined ? [] : [first.rule]),
    ...substitutions,
    ...(stripPrefix === undefined ? [] : [stripPrefixRule(stripPrefix)]),
    ...(addPrefix === undefined ? [] : [addPrefixRule(addPrefix)]),
  ];
  const all = sparingGraph(rules.length === 1 ? (rules[0] as NameRule) : inOrder(rules));
  const rule = select === undefined ? all : limited(all, nameChooser(select, tensors));
  const notes = first?.notes ?? [];
  if (slotsToo !== true) {
    const checks = first !== undefined && graph === undefined;
    return { rule, notes: checks ? [...notes, ...slotNotes(tensors, rule)] : notes };
  }
  return { rule: sparingGraph(graph === undefined ? withSlots(tensors, rule) : withGraphSlots(graph, rule)), notes };
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

/** The object graph follows the names by itself and keeps its own. */
function sparingGraph(rule: NameRule): NameRule {
  return (name) => (name === OBJECT_GRAPH_KEY ? name : rule(name));
}

/** Why nothing would change, as far as can be told. */
export function nothingChanges({ replace = [], select }: RuleOptions): UsageError {
  const groups = replace.some((text) => text.includes('\\('))
    ? '; in a pattern of --replace groups are written ( ), not \\( \\)'
    : '';
  const among = select === undefined ? '' : ' among those that --select takes';
  return new UsageError(`no name would change${among}${groups}; with --allow-missing a copy is written all the same`);
}
