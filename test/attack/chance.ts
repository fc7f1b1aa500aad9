/** Chance by a seed, and what an attacker puts where a file may say anything: numbers, names, messages. */

/** What comes at least once in so many times is no lie, but another way to say the same. */
const OFTEN = 4;

export class Chance {
  #state: number;
  /** Of three cases two are mostly sound, so that what lies behind the first check is reached as well. */
  readonly #rare: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
    this.#rare = seed % 3 === 0 ? 1 : 12;
  }

  /** A number from 0 up to, and without, `below` (mulberry32). */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return Math.floor((((word ^ (word >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  /** True once in `times`; what is to be seldom is more so in a case that is mostly sound. */
  once(times: number): boolean {
    return this.below(times > OFTEN ? times * this.#rare : times) === 0;
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  list<T>(most: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.below(most + 1) }, (_, i) => make(i));
  }

  bytes(most: number): Uint8Array {
    return Uint8Array.from({ length: this.below(most + 1) }, () => this.below(256));
  }
}

/** A sequence that no output of ours holds: if a terminal gets it, it comes from a file. */
export const ESCAPE = '\x1b[6n';

const NAMES: readonly (string | Uint8Array)[] = [
  'a',
  'a/b',
  'a/b/Adam',
  'a/Adam_1',
  'w:0',
  'global_step',
  'beta1_power',
  '__proto__',
  'constructor',
  'toString',
  '../x',
  '/etc/passwd',
  'new\nline',
  'nul\0name',
  '\0\0',
  `look${ESCAPE}here`,
  'bell\x07\x1b]0;title\x07',
  'right\u202eleft',
  'wide\u200b\u061c',
  'c1\x85\x9b31m',
  'a→b',
  '#comment',
  '**',
  '[0:1]',
  'x'.repeat(300),
  'layer/.ATTRIBUTES/VARIABLE_VALUE',
  'layer/.OPTIMIZER_SLOT/opt/m/.ATTRIBUTES/VARIABLE_VALUE',
  'model/.S/.ATTRIBUTES/VARIABLE_VALUE',
  '_CHECKPOINTABLE_OBJECT_GRAPH',
  'save_counter/.ATTRIBUTES/VARIABLE_VALUE',
  Uint8Array.of(0xff, 0xfe, 0x41),
  Uint8Array.of(0x61, 0xc3),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0x00, 0x01, 0x61),
];

export const nameBytes = (chance: Chance): Uint8Array => {
  const name = chance.of(NAMES);
  return typeof name === 'string' ? Buffer.from(name, 'utf8') : name;
};

const EDGES: readonly bigint[] = [
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 62n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  2n ** 64n - 5n,
];

/** A number as a file may say it: mostly small, at times at an edge, at times negative (as 64 bits). */
export function number(chance: Chance, most = 4): bigint {
  if (chance.once(12)) return chance.of(EDGES);
  if (chance.once(20)) return 2n ** 64n - BigInt(1 + chance.below(most + 1));
  return BigInt(chance.below(most + 1));
}

/** A varint of 64 bits; at times longer than it need be, or longer than it may. */
export function varint(value: bigint, chance?: Chance): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  } while (rest > 0n);
  if (chance?.once(40)) bytes.push(...new Array<number>(1 + chance.below(12)).fill(0x80));
  bytes[bytes.length - 1] = (bytes.at(-1) as number) & 0x7f;
  return Uint8Array.from(bytes);
}

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

export const numberField = (id: number, value: bigint, chance?: Chance): Uint8Array =>
  joined(varint(BigInt(id * 8)), varint(value, chance));

export const bytesField = (id: number, bytes: Uint8Array): Uint8Array =>
  joined(varint(BigInt(id * 8 + 2)), varint(BigInt(bytes.length)), bytes);

export const wordField = (id: number, word: number): Uint8Array => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(word >>> 0);
  return joined(varint(BigInt(id * 8 + 5)), bytes);
};

export const text = (value: string): Uint8Array => Buffer.from(value, 'utf8');

/** Bytes of a message as they are, or with something done to them. */
export function spoilt(bytes: Uint8Array, chance: Chance): Uint8Array {
  if (!chance.once(6) || bytes.length === 0) return bytes;
  const copy = Uint8Array.from(bytes);
  const at = chance.below(copy.length);
  if (chance.once(3)) return copy.subarray(0, at);
  if (chance.once(3)) return joined(copy.subarray(0, at), chance.bytes(6), copy.subarray(at));
  copy[at] = (copy[at] as number) ^ (1 << chance.below(8));
  return copy;
}

/** A message of any fields, nested. */
export function anyMessage(chance: Chance, depth = 3): Uint8Array {
  return joined(
    ...chance.list(5, () => {
      const id = 1 + chance.below(17);
      if (depth > 0 && chance.once(2)) return bytesField(id, anyMessage(chance, depth - 1));
      if (chance.once(3)) return bytesField(id, nameBytes(chance));
      return numberField(id, number(chance), chance);
    }),
  );
}
