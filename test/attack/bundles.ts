/** Bundles and V1 tables with checksums that are right, of which everything else may lie. */
import { crc32c, maskCrc } from '../../src/bytes/crc32c.ts';
import { compareBytes } from '../../src/bytes/text.ts';
import { encodeSliceKey } from '../../src/tensor/slice-key.ts';
import { type RawEntry, RawTable, rawBlock } from '../sstable/raw-table.ts';
import {
  anyMessage,
  bytesField,
  type Chance,
  joined,
  nameBytes,
  number,
  numberField,
  spoilt,
  text,
  varint,
  wordField,
} from './chance.ts';

export type Files = Record<string, Uint8Array>;
type Entry = readonly [Uint8Array, Uint8Array];

const DTYPES = [1, 1, 1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 10, 14, 17, 18, 19, 20, 21, 22, 23, 24, 29, 0, 99, 101];
const WIDTHS: Readonly<Record<number, number>> = {
  1: 4,
  2: 8,
  3: 4,
  4: 1,
  5: 2,
  6: 1,
  8: 8,
  9: 8,
  10: 1,
  14: 2,
  18: 16,
  19: 2,
  22: 4,
  23: 8,
};

interface Slice {
  readonly start: bigint;
  readonly length: bigint | undefined;
}

const shapeOf = (sizes: readonly bigint[], chance: Chance): Uint8Array =>
  joined(
    ...sizes.map((size) =>
      bytesField(2, size === 0n && chance.once(2) ? new Uint8Array(0) : numberField(1, size, chance)),
    ),
    ...(chance.once(30) ? [numberField(3, 1n)] : []),
  );

const sliceOf = (slice: readonly Slice[], chance: Chance): Uint8Array =>
  joined(
    ...slice.map(({ start, length }) =>
      bytesField(
        1,
        joined(
          start === 0n ? new Uint8Array(0) : numberField(1, start, chance),
          length === undefined ? new Uint8Array(0) : numberField(2, length, chance),
        ),
      ),
    ),
  );

/** A slice of a shape: one that fits, or one that does not. */
const anySlice = (sizes: readonly bigint[], chance: Chance): Slice[] =>
  (chance.once(25) ? [...sizes, 1n] : sizes).map((size) =>
    chance.once(4)
      ? { start: 0n, length: undefined }
      : { start: number(chance, 2), length: chance.once(3) ? size : number(chance, 3) },
  );

function keyOf(name: Uint8Array, slice: readonly Slice[]): Uint8Array {
  try {
    const extents = slice.map(({ start, length }) => ({
      start: Number(BigInt.asIntN(64, start)),
      length: length === undefined ? undefined : Number(BigInt.asIntN(64, length)),
    }));
    return encodeSliceKey(Buffer.from(name).toString('utf8'), extents);
  } catch {
    return joined(Uint8Array.of(0), name); // no key can be made of it: an attacker takes another
  }
}

const product = (sizes: readonly bigint[]): bigint => sizes.reduce((count, size) => count * size, 1n);

const anySizes = (chance: Chance): bigint[] =>
  chance.once(60) ? new Array<bigint>(300).fill(1n) : chance.list(3, () => number(chance, 3));

/** The entry of a tensor or of a part, over some of the data; its checksum is right where the bytes are there. */
function entryOf(dtype: number, sizes: readonly bigint[], data: Uint8Array, chance: Chance): Uint8Array {
  const fits = product(sizes) * BigInt(WIDTHS[dtype] ?? 1);
  const size = chance.once(8) ? number(chance, 40) : fits;
  const offset = chance.once(8)
    ? number(chance, data.length)
    : BigInt(chance.below(Math.max(1, data.length - Number(size < 64n ? size : 0n))));
  const there = size <= BigInt(data.length) && offset + size <= BigInt(data.length);
  const bytes = there ? data.subarray(Number(offset), Number(offset + size)) : new Uint8Array(0);
  const crc = chance.once(12) ? chance.below(2 ** 31) : maskCrc(crc32c(bytes));
  return joined(
    numberField(1, BigInt(dtype), chance),
    bytesField(2, shapeOf(sizes, chance)),
    ...(chance.once(8) ? [numberField(3, number(chance, 3))] : []),
    numberField(4, offset, chance),
    numberField(5, size, chance),
    wordField(6, crc),
  );
}

/** Strings as a bundle stores them, at times with lengths that lie. */
function stringsIn(count: number, chance: Chance): Uint8Array {
  const elements = Array.from({ length: count }, () => nameBytes(chance).subarray(0, 40));
  let crc = 0;
  const lengths = elements.map(({ length }) => {
    const word = Buffer.alloc(4);
    word.writeUInt32LE(length);
    crc = crc32c(word, crc);
    return varint(chance.once(20) ? number(chance, 60) : BigInt(length), chance);
  });
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(maskCrc(crc));
  return joined(...lengths, sum, ...elements);
}

/** Literals alone, or anything. */
function snappy(plain: Uint8Array, chance: Chance): Uint8Array {
  if (chance.once(4)) return joined(varint(number(chance, 200), chance), chance.bytes(60));
  const literals: Uint8Array[] = [];
  for (let at = 0; at < plain.length; at += 60) {
    const piece = plain.subarray(at, at + 60);
    literals.push(Uint8Array.of((piece.length - 1) * 4), piece);
  }
  return spoilt(joined(varint(BigInt(plain.length)), ...literals), chance);
}

/** A table of entries in any number of blocks; most are in order, and share what they say that they share. */
export function tableOf(entries: readonly Entry[], chance: Chance): Uint8Array {
  const sorted = chance.once(12) ? [...entries] : [...entries].sort((a, b) => compareBytes(a[0], b[0]));
  const unique = chance.once(12)
    ? sorted
    : sorted.filter(([key], i) => i === 0 || compareBytes((sorted[i - 1] as Entry)[0], key) !== 0);
  const raw = new RawTable();
  const blocks: (readonly [Uint8Array, { offset: number; length: number }])[] = [];
  for (let at = 0; at < unique.length; ) {
    const some = unique.slice(at, at + 1 + chance.below(8));
    at += some.length;
    const list = some.map(([key, value], i): RawEntry => {
      if (chance.once(60)) return { key, value, shared: chance.below(400) };
      const before = i === 0 ? new Uint8Array(0) : (some[i - 1] as Entry)[0];
      let shared = 0;
      while (shared < Math.min(before.length, key.length) && before[shared] === key[shared]) shared++;
      return { key: key.slice(shared), value, shared };
    });
    const restarts = chance.once(20) ? chance.list(5, () => chance.below(300)) : [0];
    const contents = spoilt(rawBlock(list, restarts), chance.once(4) ? chance : QUIET);
    const handle = chance.once(6)
      ? raw.block(snappy(contents, chance), 1)
      : raw.block(contents, chance.once(60) ? 7 : 0);
    const last = (some.at(-1) as Entry)[0];
    blocks.push([
      chance.once(30) ? chance.bytes(4) : last,
      chance.once(40) ? { ...handle, offset: chance.below(2 ** 31) } : handle,
    ]);
    if (chance.once(30)) blocks.push(blocks.at(-1) as (typeof blocks)[number]);
  }
  return raw.finish(blocks);
}

/** Never once. */
const QUIET = { once: () => false } as unknown as Chance;

/** A bundle of some tensors, whole ones and partitioned ones, with what `more` adds. */
export function bundle(
  prefix: string,
  chance: Chance,
  more: readonly Entry[] = [],
  content: Uint8Array = new Uint8Array(0),
): Files {
  const strings = stringsIn(3, chance);
  const data = joined(content, chance.bytes(200), strings, chance.bytes(60));
  const header = joined(
    numberField(1, chance.once(10) ? number(chance, 3) : 1n),
    ...(chance.once(15) ? [numberField(2, number(chance, 2))] : []),
    ...(chance.once(3)
      ? [
          bytesField(
            3,
            spoilt(joined(numberField(1, 1n), ...(chance.once(9) ? [numberField(2, number(chance, 2))] : [])), chance),
          ),
        ]
      : []),
  );
  const entries: Entry[] = [[new Uint8Array(0), spoilt(header, chance)], ...more];
  for (let count = chance.below(12); count > 0; count--) {
    const name = nameBytes(chance);
    const dtype = chance.of(DTYPES);
    const sizes = anySizes(chance);
    if (!chance.once(4)) {
      entries.push([name, spoilt(entryOf(dtype, sizes, data, chance), chance)]);
      continue;
    }
    const slices = chance.list(4, () => anySlice(sizes, chance));
    if (chance.once(3) && slices[0] !== undefined) slices.push(slices[0]);
    entries.push([
      name,
      spoilt(
        joined(
          numberField(1, BigInt(dtype)),
          bytesField(2, shapeOf(sizes, chance)),
          ...slices.map((slice) => bytesField(7, sliceOf(slice, chance))),
        ),
        chance,
      ),
    ]);
    for (const slice of slices) {
      const part = slice.map(({ length }, axis) => length ?? sizes[axis] ?? 0n);
      if (!chance.once(6)) entries.push([keyOf(name, slice), entryOf(dtype, part, data, chance)]);
    }
  }
  const files: Files = { [`${prefix}.index`]: tableOf(entries, chance), [`${prefix}.data-00000-of-00001`]: data };
  if (chance.once(20)) delete files[`${prefix}.data-00000-of-00001`];
  if (chance.once(15)) files[`${prefix}.data-00001-of-00002`] = chance.bytes(40);
  return files;
}

/** A string scalar as an entry, at the start of the data. */
export function stringScalar(key: string, value: Uint8Array): { readonly entry: Entry; readonly content: Uint8Array } {
  const word = Buffer.alloc(4);
  word.writeUInt32LE(value.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(maskCrc(crc32c(word)));
  const content = joined(varint(BigInt(value.length)), sum, value);
  const crc = crc32c(value, crc32c(sum, crc32c(word)));
  const entry = joined(
    numberField(1, 7n),
    bytesField(2, new Uint8Array(0)),
    numberField(5, BigInt(content.length)),
    wordField(6, maskCrc(crc)),
  );
  return { entry: [text(key), entry], content };
}

/** The TensorProto of a record. */
function values(type: number, count: number, chance: Chance): Uint8Array {
  if (chance.once(12)) return anyMessage(chance, 1);
  if (type === 7) return joined(...Array.from({ length: count }, () => bytesField(8, nameBytes(chance))));
  const fields: Readonly<Record<number, number>> = { 1: 5, 2: 6, 8: 9, 18: 12, 9: 10, 10: 11, 19: 13 };
  const field = fields[type] ?? 7;
  if ([5, 6, 9, 12].includes(field))
    return bytesField(
      field,
      chance.bytes(0).length === 0
        ? Uint8Array.from({ length: count * (WIDTHS[type] ?? 4) }, () => chance.below(256))
        : new Uint8Array(0),
    );
  return bytesField(field, joined(...Array.from({ length: count }, () => varint(number(chance, 200), chance))));
}

/** A V1 table of some tensors. */
export function table(path: string, chance: Chance): Files {
  const listed: Uint8Array[] = [];
  const records: Entry[] = [];
  for (let count = chance.below(10); count > 0; count--) {
    const name = nameBytes(chance);
    const type = chance.of(DTYPES);
    const sizes = chance.once(50) ? new Array<bigint>(300).fill(1n) : chance.list(3, () => number(chance, 3));
    const slices = chance.once(3)
      ? chance.list(3, () => anySlice(sizes, chance))
      : [sizes.map(() => ({ start: 0n, length: undefined }))];
    if (chance.once(10) && slices[0] !== undefined) slices.push(slices[0]);
    const names = [bytesField(1, name), bytesField(2, shapeOf(sizes, chance)), numberField(3, BigInt(type), chance)];
    listed.push(
      bytesField(1, spoilt(joined(...names, ...slices.map((slice) => bytesField(4, sliceOf(slice, chance)))), chance)),
    );
    for (const slice of slices) {
      const elements = product(slice.map(({ length }, axis) => length ?? sizes[axis] ?? 0n));
      const held = elements < 100n && !chance.once(10) ? Number(elements) : chance.below(9);
      const record = joined(
        bytesField(1, chance.once(20) ? nameBytes(chance) : name),
        bytesField(2, sliceOf(slice, chance)),
        bytesField(3, values(type, held, chance)),
      );
      if (!chance.once(10)) records.push([keyOf(name, slice), bytesField(2, spoilt(record, chance))]);
    }
  }
  const versions = chance.once(2)
    ? [bytesField(2, joined(numberField(1, 1n), ...(chance.once(9) ? [numberField(2, number(chance, 2))] : [])))]
    : [];
  const meta = bytesField(1, spoilt(joined(...listed, ...versions), chance));
  return { [path]: tableOf([[new Uint8Array(0), meta], ...records], chance) };
}
