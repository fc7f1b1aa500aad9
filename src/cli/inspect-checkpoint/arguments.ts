/**
 * Arguments as TensorFlow's inspect_checkpoint takes them, which is how Python's argparse does: `--flag value`,
 * `--flag=value`, a flag cut short while it stays clear which is meant, the last of repeated flags. A flag that takes an
 * optional value takes the next word as one, `--all_tensors false`; any value but `true` means no. New here is that the
 * checkpoint may also be given without a flag.
 */
import { UsageError } from '../../index.ts';

export interface InspectArguments {
  readonly fileName: string;
  readonly tensorName: string;
  readonly countExcludePattern: string;
  readonly allTensors: boolean;
  readonly allTensorNames: boolean;
  /** Settings `k=v` in the order given. */
  readonly printOptions: readonly string[];
}

/** How many values a flag takes. */
type Arity = 'one' | 'optional' | 'any';

const FLAGS: Readonly<Record<string, Arity>> = {
  '--file_name': 'one',
  '--tensor_name': 'one',
  '--count_exclude_pattern': 'one',
  '--all_tensors': 'optional',
  '--all_tensor_names': 'optional',
  '--printoptions': 'any',
};

interface Flag {
  readonly name: string;
  /** What stands behind `=`. */
  readonly value?: string;
}

/** A word is a value, the end of flags, or a flag. */
type Word = string | Flag;

const END_OF_FLAGS: Flag = { name: '--' };

function flagOf(text: string): Flag | undefined {
  if (!text.startsWith('-') || text === '-') return undefined;
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? {} : { value: text.slice(equals + 1) };
  if (Object.hasOwn(FLAGS, name)) return { name, ...value };
  const meant = name.startsWith('--') ? Object.keys(FLAGS).filter((flag) => flag.startsWith(name)) : [];
  if (meant.length > 1) throw new UsageError(`the flag ${name} could be ${meant.join(' or ')}`);
  if (meant[0] !== undefined) return { name: meant[0], ...value };
  if (/^-\d+$|^-\d*\.\d+$/.test(text) || text.includes(' ')) return undefined;
  throw new UsageError(`there is no flag ${name}; known are ${Object.keys(FLAGS).join(', ')}`);
}

function wordsOf(args: readonly string[]): Word[] {
  const end = args.indexOf('--');
  const open = end < 0 ? args : args.slice(0, end);
  const rest = end < 0 ? [] : [END_OF_FLAGS, ...args.slice(end + 1)];
  return [...open.map((text) => flagOf(text) ?? text), ...rest];
}

/** The words from `at` on that a flag takes as its values, and how many words that uses up. */
function takeValues(words: readonly Word[], at: number, most: number): { values: string[]; used: number } {
  const values: string[] = [];
  let used = 0;
  for (; at + used < words.length && values.length < most; used++) {
    const word = words[at + used] as Word;
    if (typeof word === 'string') values.push(word);
    else if (word !== END_OF_FLAGS) break;
  }
  return values.length === 0 ? { values, used: 0 } : { values, used };
}

/** Flags with their values, and the words that belong to no flag. */
function collect(words: readonly Word[]): { values: Map<string, string[]>; positional: string[] } {
  const values = new Map<string, string[]>();
  const positional: string[] = [];
  for (let at = 0; at < words.length; ) {
    const word = words[at++] as Word;
    if (typeof word === 'string') positional.push(word);
    if (typeof word === 'string' || word === END_OF_FLAGS) continue;
    const arity = FLAGS[word.name] as Arity;
    let given = word.value === undefined ? [] : [word.value];
    if (word.value === undefined) {
      const taken = takeValues(words, at, arity === 'any' ? Number.POSITIVE_INFINITY : 1);
      given = taken.values;
      at += taken.used;
    }
    if (arity === 'one' && given.length === 0) throw new UsageError(`the flag ${word.name} needs a value`);
    values.set(word.name, arity === 'any' ? [...(values.get(word.name) ?? []), ...given] : given);
  }
  return { values, positional };
}

/** Parses the arguments; throws {@link UsageError} where argparse would give up. */
export function parseArguments(args: readonly string[]): InspectArguments {
  const { values, positional } = collect(wordsOf(args));
  const text = (flag: string): string => values.get(flag)?.[0] ?? '';
  const truth = (flag: string): boolean => {
    const given = values.get(flag);
    if (given === undefined) return false;
    const [value] = given;
    if (value === undefined) return true;
    if (value !== '' && !/^(true|false)$/i.test(value) && text('--file_name') === '' && positional.length === 0) {
      // `--all_tensors model.ckpt`: TensorFlow would take the name for a truth value and then miss it.
      positional.push(value);
      return true;
    }
    return value.toLowerCase() === 'true';
  };
  const allTensors = truth('--all_tensors');
  const allTensorNames = truth('--all_tensor_names');
  return {
    fileName: text('--file_name') || (positional[0] ?? ''),
    tensorName: text('--tensor_name'),
    countExcludePattern: text('--count_exclude_pattern'),
    allTensors,
    allTensorNames,
    printOptions: values.get('--printoptions') ?? [],
  };
}
