/**
 * The quick form of `list --tsv` and `--json`: lines are put together as bytes, straight from the index, without a string
 * and an object for each tensor. Gives the same text as tensor-rows.ts, in half the time.
 */
import {
  DTYPES,
  decodeText,
  elementCount,
  quickRoles,
  ROLES,
  type Role,
  roleByName,
  type ScannableMap,
  SOME_AVERAGE,
  SOME_SLOT,
  type TensorFacts,
  type TensorRole,
} from '../../index.ts';
import { escapeText, jsonString } from '../terminal/escape.ts';
import { stdout } from '../terminal/output.ts';
import { roleJson } from './tensor-rows.ts';

const BUFFER_BYTES = 64 * 1024;
/** The longest that a number takes. */
const NUMBER_BYTES = 24;
const ENCODER = new TextEncoder();

/** Bytes on their way to standard output. Plain fields: private ones cost time in the innermost loop. */
class ByteLines {
  bytes = new Uint8Array(BUFFER_BYTES);
  length = 0;

  /** Makes room for `more` bytes. */
  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    this.flush();
    if (more > this.bytes.length) this.bytes = new Uint8Array(more);
  }

  /** The first `length` bytes of `source`. All of it is copied, which is quicker than to cut it; the rest is overwritten. */
  put(source: Uint8Array, length: number = source.length): void {
    this.reserve(source.length);
    this.bytes.set(source, this.length);
    this.length += length;
  }

  text(text: string): void {
    this.put(ENCODER.encode(text));
  }

  byte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** A number's digits; whole ones below 2^31 without a string. */
  number(value: number): void {
    if (value > 0x7fffffff || value < 0 || (value | 0) !== value) {
      this.text(String(value));
      return;
    }
    this.reserve(NUMBER_BYTES);
    const { bytes, length } = this;
    let digits = 1;
    for (let limit = 10; digits < 10 && value >= limit; limit *= 10) digits++;
    let rest = value;
    for (let at = length + digits - 1; at >= length; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = 48 + rest - tenth * 10;
      rest = tenth;
    }
    this.length = length + digits;
  }

  shape(shape: readonly number[]): void {
    this.byte(0x5b);
    for (let axis = 0; axis < shape.length; axis++) {
      if (axis > 0) this.byte(0x2c);
      this.number(shape[axis] as number);
    }
    this.byte(0x5d);
  }

  flush(): void {
    stdout.bytes(this.bytes.subarray(0, this.length));
    this.length = 0;
  }
}

const nameOf = (facts: TensorFacts): string => decodeText(facts.nameBytes, 0, facts.nameLength);

/** Each dtype's name between two texts, as bytes, by its number. */
function dtypeWords(before: string, after: string): (facts: TensorFacts) => Uint8Array {
  const words: Uint8Array[] = [];
  for (const { number, name } of DTYPES) words[number] = ENCODER.encode(before + name + after);
  const unknown = ENCODER.encode(`${before}unknown${after}`);
  return ({ dtype }) => words[dtype.number] ?? unknown;
}

/** A text for each role, as bytes. */
function roleWords(textOf: (role: Role) => string): Readonly<Record<Role, Uint8Array>> {
  return Object.fromEntries(ROLES.map((role) => [role, ENCODER.encode(textOf(role))])) as Record<Role, Uint8Array>;
}

/** The role of a tensor whose name must be looked at as a whole. */
function roleByWholeName(facts: TensorFacts, tensors: ScannableMap): TensorRole {
  return roleByName(nameOf(facts), facts, tensors);
}

/** Prints name, dtype, shape, bytes and role of every tensor; returns how many cannot be read. */
export function printTsv(tensors: ScannableMap): number {
  const lines = new ByteLines();
  const dtypeWord = dtypeWords('\t', '\t');
  const quickRole = quickRoles();
  const roleWord = roleWords((role) => `\t${role}\n`);
  let damaged = 0;
  tensors.scan((facts) => {
    if (facts.nameIsSimple) lines.put(facts.nameBytes, facts.nameLength);
    else lines.text(escapeText(nameOf(facts)));
    lines.put(dtypeWord(facts));
    if (facts.problem === undefined) lines.shape(facts.shape);
    else {
      damaged++;
      lines.byte(0x3f);
    }
    lines.byte(0x09);
    lines.number(facts.byteLength);
    lines.put(roleWord[(quickRole(facts) ?? roleByWholeName(facts, tensors)).role]);
  });
  lines.flush();
  return damaged;
}

/**
 * The role of tensor after tensor as the members of an object. Slots come right after their variable, for names are sorted:
 * the last name that was no slot is kept, so that whose they are is mostly known without a look into the index.
 */
class JsonRoles {
  readonly #quickRole = quickRoles();
  readonly #words = new Map<TensorRole, Uint8Array>();
  #name = new Uint8Array(0);
  #length = 0;

  constructor(
    readonly lines: ByteLines,
    readonly tensors: ScannableMap,
  ) {}

  put(facts: TensorFacts): void {
    const role = this.#quickRole(facts);
    if (role === SOME_SLOT || role === SOME_AVERAGE) this.#putSlot(role, facts);
    else if (role === undefined) this.lines.text(roleJson(roleByWholeName(facts, this.tensors)));
    else {
      this.#keep(facts);
      this.lines.put(this.#wordOf(role));
    }
  }

  #wordOf(role: TensorRole): Uint8Array {
    let word = this.#words.get(role);
    if (word === undefined) {
      word = ENCODER.encode(roleJson(role));
      this.#words.set(role, word);
    }
    return word;
  }

  #keep({ nameBytes, nameLength }: TensorFacts): void {
    if (this.#name.length < nameLength) this.#name = new Uint8Array(2 * nameLength);
    for (let i = 0; i < nameLength; i++) this.#name[i] = nameBytes[i] as number;
    this.#length = nameLength;
  }

  /** Whether the kept name is that of the variable, and the last one of `facts` that of its slot. */
  #isOfKept({ nameBytes, nameLength, nameIsSimple }: TensorFacts): boolean {
    const length = this.#length;
    if (!nameIsSimple || length === 0 || nameBytes[length] !== SLASH) return false;
    for (let i = 0; i < length; i++) if (nameBytes[i] !== this.#name[i]) return false;
    for (let i = length + 1; i < nameLength; i++) if (nameBytes[i] === SLASH) return false;
    return true;
  }

  #putSlot(role: TensorRole, facts: TensorFacts): void {
    const { lines } = this;
    if (!this.#isOfKept(facts)) {
      lines.text(roleJson(roleByWholeName(facts, this.tensors)));
      return;
    }
    const { nameBytes, nameLength } = facts;
    lines.put(this.#wordOf(role));
    lines.put(JSON_SLOT_OF);
    lines.put(this.#name, this.#length);
    lines.put(JSON_SLOT);
    for (let i = this.#length + 1; i < nameLength; i++) lines.byte(nameBytes[i] as number);
    lines.byte(0x22);
  }
}

const SLASH = 0x2f;
const JSON_SLOT_OF = ENCODER.encode(',"slot_of":"');
const JSON_SLOT = ENCODER.encode('","slot":"');
const JSON_NAME = ENCODER.encode('{"name":');
const JSON_ELEMENTS = ENCODER.encode(',"elements":');
const JSON_BYTES = ENCODER.encode(',"bytes":');

/** Prints the elements of `tensors` in the JSON document; returns how many cannot be read. */
export function printJsonItems(tensors: ScannableMap): number {
  const lines = new ByteLines();
  const roles = new JsonRoles(lines, tensors);
  const dtypeWord = dtypeWords(',"dtype":"', '","shape":');
  let damaged = 0;
  let first = true;
  tensors.scan((facts) => {
    if (!first) lines.byte(0x2c);
    first = false;
    lines.byte(0x0a);
    lines.put(JSON_NAME);
    if (facts.nameIsSimple) {
      lines.byte(0x22);
      lines.put(facts.nameBytes, facts.nameLength);
      lines.byte(0x22);
    } else lines.text(jsonString(nameOf(facts)));
    lines.put(dtypeWord(facts));
    lines.shape(facts.shape);
    lines.put(JSON_ELEMENTS);
    lines.number(elementCount(facts.shape));
    lines.put(JSON_BYTES);
    lines.number(facts.byteLength);
    roles.put(facts);
    if (facts.problem !== undefined) {
      damaged++;
      lines.text(`,"error":${jsonString(facts.problem.message)}`);
    }
    lines.byte(0x7d);
  });
  lines.flush();
  return damaged;
}
