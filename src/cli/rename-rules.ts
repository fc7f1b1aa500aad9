/** From the options of `rename` to one rule for names, checked against the names that are there. */

import { OBJECT_GRAPH_KEY } from '../graph.ts';
import { type NameRule, type TensorMap, UsageError } from '../index.ts';
import {
  addPrefixRule,
  type FurtherNames,
  inOrder,
  limited,
  nameChooser,
  shellWord,
  stripPrefixRule,
  substitutionRule,
  unescapeName,
} from '../text.ts';
import { escapeText } from './terminal/escape.ts';

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

/** Throws {@link UsageError} when nothing was said about what is to be renamed. */
export function checkRules({ map, replace, stripPrefix, addPrefix }: RuleOptions): void {
  if (map === undefined && replace === undefined && stripPrefix === undefined && addPrefix === undefined) {
    throw new UsageError("say what to rename: --map old=new, --replace 's/from/to/', --strip-prefix or --add-prefix");
  }
}

/** A map at once, then each replacement, then the prefix off, then the prefix on; for the names that are selected. */
export function ruleInOrder(
  map: NameRule | undefined,
  options: RuleOptions,
  tensors: TensorMap,
  others?: FurtherNames,
): NameRule {
  const { replace = [], stripPrefix, addPrefix, select } = options;
  const rules = [
    ...(map === undefined ? [] : [map]),
    ...replace.map(substitutionRule),
    ...(stripPrefix === undefined ? [] : [stripPrefixRule(unescapeName(stripPrefix))]),
    ...(addPrefix === undefined ? [] : [addPrefixRule(unescapeName(addPrefix))]),
  ];
  const all = sparingGraph(rules.length === 1 ? (rules[0] as NameRule) : inOrder(rules));
  return select === undefined ? all : limited(all, nameChooser(select, tensors, others));
}

/** The object graph follows the names by itself and keeps its own. */
export function sparingGraph(rule: NameRule): NameRule {
  return (name) => (name === OBJECT_GRAPH_KEY ? name : rule(name));
}

/** Why nothing would change, as far as can be told. */
export function nothingChanges(
  { replace = [], select }: RuleOptions,
  rule: NameRule,
  others: FurtherNames | undefined,
): UsageError {
  const groups = replace.some((text) => text.includes('\\('))
    ? '; in a pattern of --replace groups are written ( ), not \\( \\)'
    : '';
  const among = select === undefined ? '' : ' among those that --select takes';
  const other = groups === '' ? otherName(rule, others) : '';
  return new UsageError(
    `no name would change${among}${groups}${other}; with --allow-missing a copy is written all the same`,
  );
}

/** What is said of a path or a full name that a rule would change, and is the name of no tensor. */
function otherName(rule: NameRule, others: FurtherNames | undefined): string {
  let found: string | undefined;
  others?.each((name) => {
    if (rule(name) !== name && (found === undefined || name.length < found.length)) found = name;
  });
  if (found === undefined) return '';
  const pair = shellWord(`${escapeText(found)}=${escapeText(rule(found))}`);
  return `; ${found} is another name of one, which --map takes: --map ${pair}`;
}
