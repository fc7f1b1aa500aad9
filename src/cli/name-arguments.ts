/** The values of `--map`: pairs of names, and lists of them in files or on stdin. */
import { existsSync } from 'node:fs';
import { type TensorMap, UsageError } from '../index.ts';
import { parseNameMap } from '../text.ts';
import { readInput } from './options.ts';
import { pairsOfMap, publishedMap, publishedMapNames } from './published-maps.ts';

/** The two names of `old=new`; where names hold an `=` themselves, the old one that is there decides. */
function splitPair(text: string, tensors: TensorMap): readonly [string, string] {
  let first: readonly [string, string] | undefined;
  for (let at = text.indexOf('='); at >= 0; at = text.indexOf('=', at + 1)) {
    const pair = [text.slice(0, at), text.slice(at + 1)] as const;
    if (pair[0] !== '' && pair[1] !== '' && tensors.has(pair[0])) return pair;
    first ??= pair;
  }
  if (first === undefined || first[0] === '' || first[1] === '') {
    const maps = publishedMapNames().join(', ');
    throw new UsageError(`--map takes old=new, a file, - for stdin, or one of ${maps}; ${text} is none of them`);
  }
  return first;
}

function pairsOf(value: string, tensors: TensorMap): Iterable<readonly [string, string]> {
  const published = existsSync(value) ? undefined : publishedMap(value);
  if (published !== undefined) return pairsOfMap(published, tensors);
  if (value !== '-' && !existsSync(value)) return [splitPair(value, tensors)];
  const source = value === '-' ? 'stdin' : value;
  const pairs = parseNameMap(readInput(value, 'the names'), source);
  if (pairs.size === 0) throw new UsageError(`${source} holds no names`);
  return pairs;
}

/** Old names to new ones, out of all values; throws {@link UsageError} where one name is given two new ones. */
export function nameMapOf(values: readonly string[], tensors: TensorMap): Map<string, string> {
  const names = new Map<string, string>();
  for (const value of values) {
    for (const [from, to] of pairsOf(value, tensors)) {
      const before = names.get(from);
      if (before !== undefined && before !== to) {
        throw new UsageError(`--map gives ${from} two new names: ${before} and ${to}`);
      }
      names.set(from, to);
    }
  }
  return names;
}
