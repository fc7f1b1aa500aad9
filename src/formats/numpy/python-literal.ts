/** The little of Python's notation that headers of .npy files are written in: a dictionary of texts, truths and tuples. */
import { CorruptError } from '../../errors.ts';

/** What stands for a list, in which only structured dtypes are written; what is in it does not matter. */
export const LIST = Symbol('list');

export type PythonValue = string | boolean | readonly number[] | typeof LIST;

export interface PythonDictionary {
  readonly values: ReadonlyMap<string, PythonValue>;
  /** The text of a comment behind it. */
  readonly remark: string | undefined;
}

const SPACE = /\s*/y;
const TEXT = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"/y;
/** Python 2 marked long numbers. */
const WHOLE_NUMBER = /\d{1,16}(?!\d)L?/y;
const REMARK = /\s*(?:#\s*([^\n]*?)\s*)?$/y;

class Reader {
  #at = 0;
  constructor(readonly text: string) {}

  failure(): CorruptError {
    const near = JSON.stringify(this.text.slice(this.#at, this.#at + 30));
    return new CorruptError(`the header is no dictionary as numpy writes it: ${near} was not expected`, {
      where: 'npy header',
      offset: this.#at,
    });
  }

  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }

  /** Passes over blanks and a text that may be there. */
  take(text: string): boolean {
    this.match(SPACE);
    if (!this.text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    this.match(SPACE);
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.failure();
  }

  string(): string | undefined {
    const match = this.match(TEXT);
    return match === undefined ? undefined : (match[1] ?? match[2] ?? '').replace(/\\(.)/g, '$1');
  }

  value(): PythonValue {
    const text = this.string();
    if (text !== undefined) return text;
    if (this.take('True')) return true;
    if (this.take('False')) return false;
    if (this.take('(')) return this.#tuple();
    if (this.take('[')) return this.#list();
    throw this.failure();
  }

  #tuple(): number[] {
    const numbers: number[] = [];
    while (!this.take(')')) {
      const number = this.match(WHOLE_NUMBER);
      if (number === undefined) throw this.failure();
      numbers.push(Number.parseInt(number[0], 10));
      if (!this.take(',')) {
        this.expect(')');
        break;
      }
    }
    return numbers;
  }

  /** Passes over a list, strings and nested brackets included. */
  #list(): typeof LIST {
    for (let depth = 1; depth > 0; ) {
      if (this.string() !== undefined) continue;
      const mark = this.match(/[\s\S]/y)?.[0];
      if (mark === undefined) throw this.failure();
      if (mark === '[') depth++;
      if (mark === ']') depth--;
    }
    return LIST;
  }
}

/** Reads a dictionary; throws {@link CorruptError} for text that is none, or that gives a key twice. */
export function parsePythonDictionary(text: string): PythonDictionary {
  const reader = new Reader(text);
  const values = new Map<string, PythonValue>();
  reader.expect('{');
  while (!reader.take('}')) {
    const key = reader.string();
    if (key === undefined || values.has(key)) throw reader.failure();
    reader.expect(':');
    values.set(key, reader.value());
    if (!reader.take(',')) {
      reader.expect('}');
      break;
    }
  }
  const end = reader.match(REMARK);
  if (end === undefined) throw reader.failure();
  return { values, remark: end[1] };
}
