/**
 * Maps between the names of two frameworks' versions of one model, kept as data: substitutions in order, some with a number
 * that counts otherwise, and what is special about layouts. The files of `maps/` are of this form.
 */
import { UsageError } from '../errors.ts';
import { inOrder, type NameRule, substitutionRule } from './name-rules.ts';

/** One step. */
export interface MapStep {
  /** `s/from/to/`; see {@link substitutionRule}. With `times` or `add`, group 1 is a number: it becomes `times * it + add`. */
  readonly replace: string;
  readonly times?: number;
  readonly add?: number;
  /** Only where a tensor of this name is there; `\1` to `\9` stand for the groups of the substitution. */
  readonly when?: string;
  /** Only where no tensor of this name is there. */
  readonly unless?: string;
}

export interface PublishedMap {
  readonly from: string;
  readonly to: string;
  /** Where the names on both sides are written down. */
  readonly sources: readonly string[];
  /** Patterns of what the target has no place for. */
  readonly drop?: readonly string[];
  readonly steps: readonly MapStep[];
  /** What differs from the rules of layouts, as patterns of the names before. */
  readonly layout?: {
    readonly keep?: readonly string[];
    readonly transpose?: readonly string[];
    readonly squeeze?: readonly string[];
  };
}

/** The map of a JSON text. Throws {@link UsageError} that names what is wrong in it. */
export function parsePublishedMap(text: string, source: string): PublishedMap {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${source} is no JSON: ${(cause as Error).message}`, { cause });
  }
  const map = value as Partial<PublishedMap>;
  const steps = map.steps;
  if (!Array.isArray(steps) || steps.some((step) => typeof (step as MapStep)?.replace !== 'string')) {
    throw new UsageError(`${source} is no map: it has no list of steps, each with a substitution under replace`);
  }
  return { from: '', to: '', sources: [], ...map, steps };
}

/** What gives every name its next one. `has` says which names there are. */
export function publishedRule(map: PublishedMap, has: (name: string) => boolean): NameRule {
  const steps = map.steps.map((step) => stepRule(step, has));
  return inOrder(steps);
}

function stepRule(step: MapStep, has: (name: string) => boolean): NameRule {
  const { replace, times = 1, add = 0, when, unless } = step;
  const substitute = substitutionRule(replace);
  const pattern = new RegExp(patternOf(replace), 'd');
  const counts = times !== 1 || add !== 0;
  return (name) => {
    const match = pattern.exec(name);
    if (match === null) return name;
    if (when !== undefined && !has(filled(when, match))) return name;
    if (unless !== undefined && has(filled(unless, match))) return name;
    if (!counts) return substitute(name);
    const [start, end] = match.indices?.[1] ?? [0, 0];
    const next = String(Number(name.slice(start, end)) * times + add);
    return substitute(name.slice(0, start) + next + name.slice(end));
  };
}

/** The pattern of `s/pattern/.../`. */
function patternOf(replace: string): string {
  const delimiter = replace[1] as string;
  let end = 2;
  while (end < replace.length && replace[end] !== delimiter) end += replace[end] === '\\' ? 2 : 1;
  return replace.slice(2, end);
}

function filled(template: string, match: RegExpExecArray): string {
  return template.replace(/\\([1-9])/g, (_, group: string) => match[Number(group)] ?? '');
}
