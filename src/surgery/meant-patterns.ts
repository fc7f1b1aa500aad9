/** What somebody may have meant by a pattern that matches no name. */
import { TextSet } from '../bytes/text-map.ts';
import { NameError } from '../errors.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { nearestNames } from './nearest-names.ts';
import type { FurtherNames, Pattern } from './taken-otherwise.ts';

export const GLOB = /[*?[]/;
export const REGEX = /^\/(.+)\/([dgimsuy]*)$/s;

/** Makes of a pattern a test of names. */
type Compile = (text: string) => (name: string) => boolean;

/** The error for patterns that match nothing, with what was meant where that is plain, and with what there is. */
export function noMatch(
  unmatched: readonly Pattern[],
  tensors: TensorMap,
  others: FurtherNames | undefined,
  compile: Compile,
): NameError {
  const [{ text }] = unmatched as readonly [Pattern];
  const names = new TextSet(tensors.keys());
  others?.each((name) => names.add(name));
  const [sign, plain] = text.startsWith('!') ? ['!', text.slice(1)] : ['', text];
  const told = meantBy({ text: plain, names, sign }, compile);
  const near = nearestNames(plain, names);
  const hints = [
    ...(told === undefined ? [] : [told]),
    ...(near.length > 0
      ? [`the nearest names are ${near.join(', ')}`]
      : told === undefined
        ? [firstNames(tensors)]
        : []),
  ];
  const hint = hints.map((one) => `; ${one}`).join('');
  return new NameError(`no tensor matches ${text}${hint}`, { missing: unmatched.map((pattern) => pattern.text) });
}

/** A pattern that matches none of the names, and the sign before it that turns it around. */
interface Unmatched {
  readonly text: string;
  readonly names: ReadonlySet<string>;
  readonly sign: string;
}

/** Whether a pattern takes one of the names. */
const takes = (names: ReadonlySet<string>, matches: (name: string) => boolean): boolean => {
  for (const name of names) if (matches(name)) return true;
  return false;
};

/** What somebody meant by a pattern that matches nothing, where another form of it does; undefined where none does. */
function meantBy(unmatched: Unmatched, compile: Compile): string | undefined {
  const { text, names, sign } = unmatched;
  const output = /^(.+):\d+$/s.exec(text)?.[1];
  if (output !== undefined && names.has(output)) return `what a graph calls ${text} is stored as ${output}`;
  if (REGEX.test(text)) return undefined;
  const wider = text.replace(/(?<!\*)\*(?!\*)/g, '**');
  if (wider !== text && takes(names, compile(wider))) return `* stops at a /, ** does not: '${sign}${wider}'`;
  const isPlain = !GLOB.test(text) && !text.endsWith('/');
  if (isPlain && takes(names, compile(`${text}/`))) return `it is a scope: write '${sign}${text}/'`;
  return meantInBraces(unmatched, compile) ?? meantInside(unmatched);
}

const BRACES = /\{([^{}]*,[^{}]*)\}/;
/** What somebody types has few alternatives. */
const MOST_ALTERNATIVES = 16;

/** Braces mean something to shells, which see none of those that stand in quotes. */
function meantInBraces({ text, names, sign }: Unmatched, compile: Compile): string | undefined {
  let texts = [text];
  while (texts.length <= MOST_ALTERNATIVES && texts.some((one) => BRACES.test(one)))
    texts = texts.flatMap((one) => {
      const found = BRACES.exec(one);
      return found === null ? [one] : (found[1] as string).split(',').map((part) => one.replace(found[0], () => part));
    });
  if (texts.length < 2 || texts.length > MOST_ALTERNATIVES || !texts.some((one) => takes(names, compile(one))))
    return undefined;
  return `braces mean nothing in patterns: write ${texts.map((one) => `'${sign}${one}'`).join(' ')}`;
}

/** Part of a name, whole from one slash to another. */
function meantInside({ text, names, sign }: Unmatched): string | undefined {
  if (GLOB.test(text) || text === '') return undefined;
  const inner = `/${text.endsWith('/') ? text.slice(0, -1) : text}`;
  if (!text.endsWith('/') && takes(names, (name) => name.endsWith(inner)))
    return `names end in it: write '${sign}**${inner}'`;
  return takes(names, (name) => name.includes(`${inner}/`))
    ? `names have it inside: write '${sign}**${inner}/**'`
    : undefined;
}

/** What there is to choose from, in short: `there are a, b, c and 5 more`. */
function firstNames(tensors: TensorMap): string {
  const names: string[] = [];
  for (const name of tensors.keys()) if (names.push(name) === 3) break;
  const more = tensors.size - names.length;
  if (names.length === 0) return 'there are no tensors';
  return `there ${tensors.size === 1 ? 'is' : 'are'} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
