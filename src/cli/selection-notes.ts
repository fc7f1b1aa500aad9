/** What a user should know of what a selection took: by which names, who else leads to it, and whose slots it leaves behind. */

import type { Selection, Tensor, TensorMap } from '../index.ts';
import { NamePatterns, TextMap } from '../text.ts';
import { plural } from './terminal/numbers.ts';

const MOST_EXAMPLES = 3;

function examples(pairs: Iterable<readonly [key: string, name: string]>, count: number): string {
  const texts: string[] = [];
  for (const [key, name] of pairs) {
    if (texts.length === MOST_EXAMPLES) break;
    texts.push(`${name} is ${key}`);
  }
  return texts.join(', ') + (count > MOST_EXAMPLES ? ', ...' : '');
}

/** The patterns of a selection, where tensors have other names than their own; undefined where they have none. */
export function patternsOf({ patterns, others }: Selection, tensors: TensorMap): NamePatterns | undefined {
  return others === undefined ? undefined : new NamePatterns(patterns, tensors, others);
}

/** The end of a key that is the path of its object. */
const pathOf = (key: string): string => key.slice(0, Math.max(key.indexOf('/.ATTRIBUTES/'), 0));

/** Says of tensors that were taken by a path or a full name, where they are stored; a key tells its own path. */
export function storedNotes(patterns: NamePatterns | undefined): string[] {
  const taken = [...(patterns?.takenOtherwise() ?? [])].filter(([key, name]) => name !== pathOf(key));
  if (taken.length === 0) return [];
  return [`${plural(taken.length, 'tensor')} taken by another of their names: ${examples(taken, taken.length)}`];
}

/** Says of tensors that are left out which other paths lead to them that no pattern takes. */
export function sharedNotes(
  { others }: Selection,
  compiled: NamePatterns | undefined,
  tensors: TensorMap,
  isLeftOut: (name: string, tensor: Tensor) => boolean,
): string[] {
  if (others?.isShared !== true || compiled === undefined) return [];
  const shared = new TextMap<string>();
  for (const [key, tensor] of tensors) {
    if (!isLeftOut(key, tensor)) continue;
    const own = pathOf(key);
    const paths = [own, ...others.otherPathsOf(key)];
    const isWanted = (path: string): boolean => compiled.wants(path) || (path === own && compiled.wants(key));
    const wanted = paths.filter(isWanted);
    // An owner may lie in another object as well: that is no other owner.
    const path = paths.find((other) => !isWanted(other) && !wanted.some((one) => other.endsWith(`/${one}`)));
    if (path !== undefined) shared.set(key, path);
  }
  if (shared.size === 0) return [];
  const isOptimizers = [...shared.keys()].some((key) => /(?:^|[/_])optimizer\//.test(key));
  const hint = isOptimizers ? "; ckpt strip-optimizer leaves out what is the optimizer's alone" : '';
  const what = shared.size === 1 ? 'that another path leads to' : 'that other paths lead to';
  return [`${plural(shared.size, 'tensor')} left out ${what} as well: ${examples(shared, shared.size)}${hint}`];
}
