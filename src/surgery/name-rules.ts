/** How names turn into other names: by a list of pairs, by substitution as in sed, by prefixes; rules follow each other. */

import { UsageError } from '../errors.ts';
import { compileUserPattern } from './user-pattern.ts';

/** Gives every name its next one; the same where nothing is to change. */
export type NameRule = (name: string) => string;

/**
 * Renames exactly the names that are keys, all at once.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const rule = mapRule(new Map([['net/weights', 'net/params'], ['net/biases', 'net/offsets']]));
 * await writeCheckpoint('renamed.ckpt', rename(tensors, rule));
 */
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

/** What is wrong with what was meant for a substitution, where that is plain: as the end of a sentence. */
function faultOf(text: string): string {
  const pair = /^([^=|]+)=([^=|]*)$/.exec(text);
  if (pair !== null) return `, as s|${pair[1]}|${pair[2]}|`;
  const [, delimiter = ''] = text;
  if (text[0] !== 's' || /[\w\s\\]|^$/.test(delimiter)) return '';
  const open = text.replaceAll(/\\[\s\S]/g, '').split(delimiter).length - 1;
  if (open === 2) return `; its last ${delimiter} is missing`;
  if (open > 3 && cutSubstitution(text) !== undefined)
    return `; ${delimiter} stands in it ${open} times, and parts three: take another character there, as in s#from#to#`;
  return open === 3 && text.includes('[') ? '; a [ in it is not closed' : '';
}

const FLAGS = /^([giI]*)([1-9]\d*)?([giI]*)$/;

/** A piece of a replacement: text as it stands, or the number of a group, 0 for the whole match. */
type Piece = string | number;

/** `&` is the match, `\1` to `\9` are its groups, `\n` is a line break; a backslash takes away any other meaning. */
function piecesOf(replacement: string): Piece[] {
  const tokens = replacement.match(/\\[\s\S]|&|[^\\&]+|\\$/g) ?? [];
  return tokens.map((token) => {
    if (token === '&') return 0;
    if (/^\\[1-9]$/.test(token)) return Number(token[1]);
    if (token === '\\n') return '\n';
    return token.length === 2 && token.startsWith('\\') ? token.slice(1) : token;
  });
}

/** A replacement as JavaScript spells it; a group that the pattern does not have is empty. */
function templateOf(pieces: readonly Piece[], groups: number): string {
  const text = (piece: Piece): string => {
    if (typeof piece === 'string') return piece.replaceAll('$', '$$$$');
    return piece === 0 ? '$&' : piece > groups ? '' : `$0${piece}`;
  };
  return pieces.map(text).join('');
}

/** Replaces the match of a number, and those after it where `all` is true. */
function fromMatch(expression: RegExp, pieces: readonly Piece[], wanted: number, all: boolean): NameRule {
  return (name) => {
    let next = '';
    let done = 0;
    let seen = 0;
    for (const match of name.matchAll(expression)) {
      if (++seen < wanted || (seen > wanted && !all)) continue;
      const text = pieces.map((piece) => (typeof piece === 'string' ? piece : (match[piece] ?? '')));
      next += name.slice(done, match.index) + text.join('');
      done = match.index + match[0].length;
    }
    return next + name.slice(done);
  };
}

/**
 * The rule of a substitution as sed writes it: `s/from/to/`, any delimiter, with the flags `g` (every match), `i` (any
 * case) and a number (that match only). The pattern is a JavaScript regular expression. Throws {@link UsageError}.
 */
export function substitutionRule(text: string): NameRule {
  const parts = cutSubstitution(text);
  const flags = parts === undefined ? null : FLAGS.exec(parts[2]);
  if (parts === undefined || flags === null) {
    throw new UsageError(`${text} is no substitution; write s/from/to/ or s/from/to/g${faultOf(text)}`);
  }
  const [pattern, replacement] = parts;
  const letters = `${flags[1]}${flags[3]}`.toLowerCase();
  const [all, anyCase] = [letters.includes('g'), letters.includes('i') ? 'i' : ''];
  const pieces = piecesOf(replacement);
  if (pieces.some((piece) => typeof piece === 'string' && /\$\d/.test(piece))) {
    throw new UsageError(`${text}: what a group matched is written \\1, not $1; for a dollar sign write \\$`);
  }
  const expression = compileUserPattern(`of ${text}`, pattern, `${anyCase}g`);
  const wanted = Number(flags[2] ?? 1);
  if (wanted > 1) return fromMatch(expression, pieces, wanted, all);
  const groups = (compileUserPattern(`of ${text}`, `${pattern}|`, '').exec('')?.length ?? 1) - 1;
  const template = templateOf(pieces, groups);
  const quick = all ? expression : compileUserPattern(`of ${text}`, pattern, anyCase);
  return (name) => name.replace(quick, template);
}
