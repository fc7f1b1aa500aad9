/**
 * Regular expressions of Python's `re` as JavaScript's: what both have is spelled anew where they differ (named groups,
 * ends of text, `\w` for all of Unicode), and what only Python has is refused rather than misread.
 */

import { UsageError } from '../../index.ts';
import { compileUserPattern } from '../../text.ts';

const WORD = '\\p{L}\\p{N}_';
const BEFORE_WORD = `(?<=[${WORD}])`;
const AFTER_WORD = `(?=[${WORD}])`;
const NOT_BEFORE = `(?<![${WORD}])`;
const NOT_AFTER = `(?![${WORD}])`;
const START = '(?<![\\s\\S])';
const END = '(?![\\s\\S])';

/** Escapes outside brackets; inside, only those of IN_CLASS. */
const ESCAPES: Readonly<Record<string, string>> = {
  A: START,
  Z: END,
  b: `(?:${BEFORE_WORD}${NOT_AFTER}|${NOT_BEFORE}${AFTER_WORD})`,
  B: `(?:${BEFORE_WORD}${AFTER_WORD}|${NOT_BEFORE}${NOT_AFTER})`,
  w: `[${WORD}]`,
  W: `[^${WORD}]`,
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  s: '[\\s\\x1c-\\x1f]',
  S: '[^\\s\\x1c-\\x1f]',
};
const IN_CLASS: Readonly<Record<string, string>> = {
  w: WORD,
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  s: '\\s\\x1c-\\x1f',
  b: '\\x08',
};
const BOTH: Readonly<Record<string, string>> = { a: '\\x07', f: '\\f', n: '\\n', r: '\\r', t: '\\t', v: '\\v' };

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
}

/** Walks a pattern from left to right and spells it in JavaScript. */
class Translation {
  #at = 0;
  #out = '';

  constructor(
    readonly pattern: string,
    readonly flags: Flags,
  ) {}

  run(): string {
    while (this.#at < this.pattern.length) this.#out += this.#next();
    return this.#out;
  }

  #refuse(what: string): never {
    throw new UsageError(`the pattern ${this.pattern} uses ${what}, which is not supported here`);
  }

  /** Takes the text that a sticky expression finds here. */
  #take(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.pattern);
    if (match !== null) this.#at = expression.lastIndex;
    return match;
  }

  #next(): string {
    const quantifier = this.#take(/(?:[*+?]|\{\d+(?:,\d*)?\}|\{,\d+\})([+?]?)/y);
    if (quantifier !== null) {
      if (quantifier[1] === '+') this.#refuse('a possessive quantifier');
      return quantifier[0].replace('{,', '{0,');
    }
    const character = String.fromCodePoint(this.pattern.codePointAt(this.#at) as number);
    if (character === '\\') return this.#escape(false);
    if (character === '[') return this.#bracket();
    if (character === '(') return this.#group();
    this.#at += character.length;
    const { multiline, dotAll } = this.flags;
    if (character === '.') return dotAll ? '[\\s\\S]' : '[^\\n]';
    if (character === '^') return multiline ? `(?:${START}|(?<=\\n))` : START;
    if (character === '$') return multiline ? `(?:${END}|(?=\\n))` : `(?=\\n?${END})`;
    return /[{}\]]/.test(character) ? `\\${character}` : character;
  }

  #escape(inClass: boolean): string {
    const code = this.#take(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(0[0-7]{0,2}|[1-3][0-7]{2}))/y);
    if (code !== null) {
      const point =
        code[4] === undefined ? Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '', 16) : Number.parseInt(code[4], 8);
      return `\\u{${point.toString(16)}}`;
    }
    const reference = this.#take(/\\([1-9]\d?)/y);
    if (reference !== null) return inClass ? this.#refuse('a group inside brackets') : `(?:\\${reference[1]})`;
    const character = this.pattern[this.#at + 1];
    if (character === undefined) this.#refuse('a backslash at its end');
    this.#at += 2;
    if (character === 'S' && inClass) return '\\S';
    if (character === 'W' && inClass) return this.#refuse('\\W inside brackets');
    const known = BOTH[character] ?? (inClass ? IN_CLASS : ESCAPES)[character];
    if (known !== undefined) return known;
    if (/[a-zA-Z]/.test(character)) this.#refuse(`the escape \\${character}`);
    return /[\^$\\.*+?()[\]{}|/]/.test(character) || (inClass && character === '-') ? `\\${character}` : character;
  }

  #bracket(): string {
    let text = this.#take(/\[\^?/y)?.[0] as string;
    for (let first = true; ; first = false) {
      const character = this.pattern[this.#at];
      if (character === undefined) throw new UsageError(`the pattern ${this.pattern} has a [ without its ]`);
      if (character === '\\') {
        text += this.#escape(true);
        continue;
      }
      this.#at++;
      if (character === ']' && !first) return `${text}]`;
      text += /[[\]]/.test(character) ? `\\${character}` : character;
    }
  }

  #group(): string {
    if (this.#take(/\(\?#[^)]*\)/y) !== null) return '';
    const named = this.#take(/\(\?P<(\w+)>/y);
    if (named !== null) return `(?<${named[1]}>`;
    const reference = this.#take(/\(\?P=(\w+)\)/y);
    if (reference !== null) return `(?:\\k<${reference[1]}>)`;
    const plain = this.#take(/\((?:\?(?::|=|!|<=|<!))?(?!\?)/y);
    if (plain !== null) return plain[0];
    return this.#refuse('a group that only Python knows');
  }
}

/** Compiles a pattern of Python's `re`; throws {@link UsageError} for one that is not valid or not supported. */
export function compilePythonPattern(pattern: string): RegExp {
  const letters = /^\(\?([imsu]+)\)/.exec(pattern);
  const has = (letter: string): boolean => letters?.[1]?.includes(letter) === true;
  const flags: Flags = { ignoreCase: has('i'), multiline: has('m'), dotAll: has('s') };
  const source = new Translation(pattern.slice(letters?.[0].length ?? 0), flags).run();
  return compileUserPattern(pattern, source, flags.ignoreCase ? 'iu' : 'u');
}
