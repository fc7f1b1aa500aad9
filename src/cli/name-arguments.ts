/** The values of `--map`: pairs of names, and lists of them in files or on stdin. */
import { existsSync } from 'node:fs';
import { NameError, type TensorMap, UsageError } from '../index.ts';
import { nameMeant, parseNameMap, shellWord, TextMap, unescapeName } from '../text.ts';
import { readInput } from './options.ts';
import { pairsOfMap, publishedMap, publishedMapNames } from './published-maps.ts';

type Pair = readonly [from: string, to: string];

/** What was said by `--map`. */
export interface NamedPairs {
  /** Old names to new ones. */
  readonly names: Map<string, string>;
  /** What was passed over, a sentence each. */
  readonly notes: readonly string[];
}

/** Throws for what is no pair, with the option that does what was meant. */
function refusePair(text: string, tensors: TensorMap): never {
  const [from = '', to = ''] = text.split('=', 2);
  if (text.includes('=') && to === '' && from !== '') {
    const way = tensors.has(from) ? 'write old=new' : `to take a prefix off there is --strip-prefix ${shellWord(from)}`;
    throw new UsageError(`--map ${text} gives no new name; ${way}`);
  }
  if (text.includes('=') && from === '' && to !== '') {
    throw new UsageError(`--map ${text} gives no old name; to put a prefix on there is --add-prefix ${shellWord(to)}`);
  }
  const maps = publishedMapNames().join(', ');
  const [first, second, ...more] = text.trim().split(/\s+/);
  const isPair = second !== undefined && more.length === 0 && tensors.has(first as string);
  const hint = isPair ? `; write --map ${shellWord(`${first}=${second}`)}` : '';
  throw new UsageError(`--map takes old=new, a file, - for stdin, or one of ${maps}; ${text} is none of them${hint}`);
}

/** The two names of `old=new`; where names hold an `=` themselves, the old one that is there decides. */
function splitPair(text: string, tensors: TensorMap): Pair {
  const known: Pair[] = [];
  let first: Pair | undefined;
  for (let at = text.indexOf('='); at >= 0; at = text.indexOf('=', at + 1)) {
    const [left, right] = [text.slice(0, at), text.slice(at + 1)];
    if (left === '' || right === '') continue;
    const from = nameMeant(left, (name) => tensors.has(name));
    if (from !== undefined) known.push([from, unescapeName(right)]);
    first ??= [left, right];
  }
  const [pair, other] = known;
  if (other !== undefined) {
    throw new UsageError(
      `--map ${text} may be ${known.map(([from, to]) => `${from} to ${to}`).join(' or ')}: all are there; name the pair in a file, with a tab between`,
    );
  }
  if (pair !== undefined) return pair;
  if (first === undefined) refusePair(text, tensors);
  const trimmed = [first[0].trimEnd(), first[1].trimStart()] as const;
  if (trimmed[0] !== first[0] && tensors.has(trimmed[0])) {
    throw new UsageError(`--map takes a pair without blanks around its =: ${shellWord(trimmed.join('='))}`);
  }
  return [unescapeName(first[0]), unescapeName(first[1])];
}

function pairsOf(value: string, tensors: TensorMap): { pairs: Iterable<Pair>; notes?: readonly string[] } {
  const published = existsSync(value) ? undefined : publishedMap(value);
  if (published !== undefined) {
    const pairs = pairsOfMap(published, tensors);
    if (pairs.length > 0) return { pairs };
    const [name] = tensors.keys();
    throw new NameError(
      `the map ${value} (${published.from} to ${published.to}) changes none of the names: they are of another model, or have a prefix, as ${name}`,
      { missing: [] },
    );
  }
  if (value !== '-' && !existsSync(value)) return { pairs: [splitPair(value, tensors)] };
  const source = value === '-' ? 'stdin' : value;
  const { names, notes } = parseNameMap(readInput(value, 'the names'), source, (name) => tensors.has(name));
  if (names.size === 0) throw new UsageError(`${source} holds no names`);
  return { pairs: names, notes };
}

/** Old names to new ones, out of all values; throws {@link UsageError} where one name is given two new ones. */
export function nameMapOf(values: readonly string[], tensors: TensorMap): NamedPairs {
  const names = new TextMap<string>();
  const notes: string[] = [];
  for (const value of values) {
    const said = pairsOf(value, tensors);
    for (const [from, to] of said.pairs) {
      const before = names.get(from);
      if (before !== undefined && before !== to) {
        throw new UsageError(`--map gives ${from} two new names: ${before} and ${to}`);
      }
      names.set(from, to);
    }
    notes.push(...(said.notes ?? []));
  }
  return { names, notes };
}

/** Throws {@link UsageError} for pairs that change nothing. */
export function checkPairs(names: ReadonlyMap<string, string>): void {
  for (const [from, to] of names) if (from !== to) return;
  const [from] = names.keys();
  throw new UsageError(
    `--map changes no name: ${from} stays ${from}${names.size > 1 ? ', and so do all others' : ''}; a map has the old and the new name, as old=new`,
  );
}
