/** How names turn into other names: by a list of pairs, by substitution as in sed, by prefixes; rules follow each other. */
import { UsageError } from '../errors.ts';

/** Gives every name its next one; the same where nothing is to change. */
export type NameRule = (name: string) => string;

/** Renames exactly the names that are keys, all at once. */
export function mapRule(names: ReadonlyMap<string, string>): NameRule {
  return (name) => names.get(name) ?? name;
}

/** Puts a prefix before every name. */
export function addPrefixRule(prefix: string): NameRule {
  return (name) => prefix + name;
}

/** Takes a prefix off the names that have it. */
export function stripPrefixRule(prefix: string): NameRule {
  return (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
}

/** One rule after another. */
export function inOrder(rules: readonly NameRule[]): NameRule {
  return (name) => rules.reduce((next, rule) => rule(next), name);
}

/** A rule for the names that `applies` takes only. */
export function limited(rule: NameRule, applies: (name: string) => boolean): NameRule {
  return (name) => (applies(name) ? rule(name) : name);
}

/**
 * The parts of `s/pattern/replacement/flags`, cut at the delimiter where no backslash stands before it and no class of
 * characters is open. The backslash stays: it makes a delimiter that has a meaning, such as `|`, a plain character.
 */
function cutSubstitution(text: string): readonly [string, string, string] | undefined {
  const delimiter = text[1];
  if (text[0] !== 's' || delimiter === undefined || /[\w\s\\]/.test(delimiter)) return undefined;
  const parts: string[] = [''];
  let inClass = false;
  for (let i = 2; i < text.length; i++) {
    const character = text[i] as string;
    if (character === '\\' && i + 1 < text.length) parts[parts.length - 1] += character + text[++i];
    else if (character === delimiter && parts.length < 3 && !inClass) parts.push('');
    else parts[parts.length - 1] += character;
    if (parts.length === 1 && /[[\]]/.test(character)) inClass = character === '[';
  }
  return parts.length === 3 ? (parts as [string, string, string]) : undefined;
}

const FLAGS = /^([giI]*)([1-9]\d*)?([giI]*)$/;

/** What a replacement stands for: `&` the match, `\1` to `\9` its groups, `\n` a line break, a backslash takes away meaning. */
function expand(replacement: string, match: string, groups: readonly (string | undefined)[]): string {
  return replacement.replace(/\\([\s\S])|&/g, (token, escaped: string | undefined) => {
    if (escaped === undefined) return match;
    if (/[1-9]/.test(escaped)) return groups[Number(escaped) - 1] ?? '';
    return escaped === 'n' ? '\n' : token.slice(1);
  });
}

/**
 * The rule of a substitution as sed writes it: `s/from/to/`, any delimiter, with the flags `g` (every match), `i` (any
 * case) and a number (that match only). The pattern is a JavaScript regular expression. Throws {@link UsageError}.
 */
export function substitutionRule(text: string): NameRule {
  const parts = cutSubstitution(text);
  const flags = parts === undefined ? null : FLAGS.exec(parts[2]);
  if (parts === undefined || flags === null) {
    throw new UsageError(`${text} is no substitution; write s/from/to/ or s/from/to/g`);
  }
  const [pattern, replacement] = parts;
  if (/(^|[^\\])(\\\\)*\$\d/.test(replacement)) {
    throw new UsageError(`${text}: what a group matched is written \\1, not $1; for a dollar sign write \\$`);
  }
  const letters = `${flags[1]}${flags[3]}`.toLowerCase();
  const wanted = Number(flags[2] ?? 1);
  const all = letters.includes('g');
  const expression = compile(text, pattern, letters.includes('i') ? 'gi' : 'g');
  return (name) => {
    let seen = 0;
    return name.replace(expression, (match: string, ...rest: unknown[]) => {
      seen++;
      if (seen < wanted || (seen > wanted && !all)) return match;
      const groups = rest.slice(
        0,
        rest.findIndex((value) => typeof value === 'number'),
      ) as (string | undefined)[];
      return expand(replacement, match, groups);
    });
  };
}

function compile(text: string, pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (cause) {
    throw new UsageError(`the pattern of ${text} is not valid: ${(cause as Error).message}`, { cause });
  }
}
