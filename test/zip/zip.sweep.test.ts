/** Archives of Python's zipfile, our own, and those that are damaged or mean harm. */
import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteSource, chunksOf, MemorySource, readBytes } from '../../src/bytes/source.ts';
import { CkptError, CorruptError, UnsupportedError } from '../../src/errors.ts';
import { crc32 } from '../../src/io/crc32.ts';
import { checkMemberName, extraData, readDirectory } from '../../src/zip/directory.ts';
import { ENTRY_SIGNATURE, viewOf, type ZipMember } from '../../src/zip/format.ts';
import { memberSource } from '../../src/zip/member-source.ts';
import { behindMembers, planZip } from '../../src/zip/plan.ts';
import { foreignCases } from '../foreign-fixtures.ts';
import { inFullRun } from '../sweep.ts';
import { archive } from './archive.ts';

/** A file of which the end is known; all before it is zeros. */
function endingWith(end: Uint8Array, byteLength: number): ByteSource {
  return {
    byteLength,
    readInto(target, offset) {
      const from = offset - (byteLength - end.length);
      target.set(end.subarray(Math.max(from, 0), from + target.length), Math.max(-from, 0));
    },
  };
}

/** Reads everything, chunk by chunk. */
function contentsOf(bytes: Uint8Array): [string, Uint8Array][] {
  const file = new MemorySource(bytes);
  return readDirectory(file).members.map((member) => {
    const source = memberSource(file, member);
    const chunks = [...chunksOf(source, 1000)].length;
    expect(chunks).toBe(Math.ceil(source.byteLength / 1000));
    return [member.name, readBytes(source, 0, source.byteLength)];
  });
}

/** The last member of an archive packed anew, with the directory changed to fit. */
function deflated(
  content: Uint8Array,
  claimed = content.length,
  sum = crc32(content),
  packed = deflateRawSync(content),
): Uint8Array {
  const bytes = archive([{ name: 'a', content: packed }]);
  const view = viewOf(bytes);
  const entry = Buffer.from(bytes).indexOf(Buffer.from([0x50, 0x4b, 1, 2]), 51 + packed.length);
  view.setUint16(8, 8, true);
  view.setUint16(entry + 10, 8, true);
  view.setUint32(entry + 16, sum, true);
  view.setUint32(entry + 24, claimed, true);
  return bytes;
}

describe("Python's archives", () => {
  it.each(foreignCases('numpy').filter(({ path }) => path.endsWith('.npz')))('$title is read', ({ path, tensors }) => {
    const contents = contentsOf(readFileSync(path));
    expect(contents.map(([name]) => name).sort()).toEqual(
      Object.keys(tensors)
        .map((name) => `${name}.npy`)
        .sort(),
    );
    for (const [, bytes] of contents) expect(Buffer.from(bytes.subarray(0, 6)).toString('latin1')).toBe('\x93NUMPY');
  });
});

describe('our own', () => {
  it('come back', () => {
    const member = fc.record({
      name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((name) => !/\p{Surrogate}/u.test(name)),
      content: fc.uint8Array({ maxLength: 3000 }),
      comment: fc.uint8Array({ maxLength: 30 }),
    });
    const members = fc.uniqueArray(member, { selector: ({ name }) => name, maxLength: 6 });
    fc.assert(
      fc.property(members, fc.uint8Array({ maxLength: 50 }), (given, comment) => {
        const bytes = archive(given, comment);
        expect(contentsOf(bytes)).toEqual(given.map(({ name, content }) => [name, content]));
        const directory = readDirectory(new MemorySource(bytes));
        expect(directory.comment).toEqual(comment);
        expect(directory.members.map((one) => one.comment)).toEqual(given.map((one) => one.comment));
      }),
    );
  });

  it('with extra data between the members and the directory, which says its length', () => {
    const content = new Uint8Array([1, 2, 3]);
    const extra = Uint8Array.from({ length: 70_000 }, (_, i) => i);
    const file = new MemorySource(archive([{ name: 'a', content }], undefined, extra));
    expect(contentsOf(archive([{ name: 'a', content }], undefined, extra))).toEqual([['a', content]]);
    const { directoryAt } = readDirectory(file);
    expect(extraData(file, directoryAt, extra.length)).toEqual(extra);
    for (const length of [0, 1, extra.length - 1, extra.length + 1, 2 ** 40, Number.NaN]) {
      expect(extraData(file, directoryAt, length)).toBeUndefined();
    }
  });

  it.runIf(inFullRun(1, 0) === 1)('with more than 65,535 members, and offsets beyond 4 GiB', () => {
    const many = planZip(Array.from({ length: 70_000 }, (_, i) => ({ name: `${i}`, byteLength: 2 ** 20 })));
    const tail = Buffer.concat([...behindMembers(many, (i) => i)]);
    expect(many.byteLength).toBe(many.membersEnd + tail.length);
    const file = endingWith(tail, many.byteLength);
    const { members } = readDirectory(file);
    expect(members.length).toBe(70_000);
    const last = members.at(-1);
    expect(last).toMatchObject({ name: '69999', headerAt: many.members.at(-1)?.headerAt, crc32: 69_999 });
    expect(last?.headerAt).toBeGreaterThan(2 ** 36);
    const large = planZip([
      { name: 'a', byteLength: 2 ** 33 },
      { name: 'b', byteLength: 1 },
    ]);
    const end = Buffer.concat([...behindMembers(large, () => 1)]);
    const read = readDirectory(endingWith(end, large.byteLength));
    expect(read.members.map(({ byteLength }) => byteLength)).toEqual([2 ** 33, 1]);
  });
});

describe('what is deflated', () => {
  it('is read in any order', () => {
    const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 7);
    const file = new MemorySource(deflated(content));
    const source = memberSource(file, readDirectory(file).members[0] as never);
    for (const [start, length] of [
      [0, 10],
      [5, 1000],
      [299_999, 1],
      [100_000, 70_000],
      [0, 300_000],
    ] as const) {
      expect(Buffer.compare(readBytes(source, start, length), content.subarray(start, start + length))).toBe(0);
    }
  });

  it.each([
    ['a wrong CRC-32', () => deflated(new Uint8Array(1000), 1000, 1), /CRC-32/],
    ['too little', () => deflated(new Uint8Array(1000), 1001), /ends after 1000/],
    ['too much', () => deflated(new Uint8Array(1000), 999), /goes on/],
    ['no deflate', () => deflated(new Uint8Array(50), 50, 0, Buffer.alloc(50, 0xee)), /unpacked/],
    [
      'cut off',
      () => deflated(new Uint8Array(1000), 1000, 1, deflateRawSync(new Uint8Array(1000)).subarray(0, 5)),
      /ends after/,
    ],
    ['a claim that no deflate can keep', () => deflated(new Uint8Array(10), 2 ** 31, 1), /more than deflate can make/],
  ])('with %s is refused', (_, make, message) => {
    expect(() => contentsOf(make())).toThrow(CorruptError);
    expect(() => contentsOf(make())).toThrow(message);
  });
});

describe('damage', () => {
  const sound = archive([
    { name: 'a', content: Buffer.from('some content') },
    { name: 'b', content: Buffer.from('more') },
  ]);
  const entryAt = (bytes: Uint8Array, which: number): number => {
    let at = -1;
    for (let i = 0; i <= which; i++) at = Buffer.from(bytes).indexOf(Buffer.from([0x50, 0x4b, 1, 2]), at + 1);
    expect(viewOf(bytes).getUint32(at, true)).toBe(ENTRY_SIGNATURE);
    return at;
  };
  const changed = (change: (bytes: Uint8Array, view: DataView) => void): Uint8Array => {
    const bytes = Uint8Array.from(sound);
    change(bytes, viewOf(bytes));
    return bytes;
  };

  it.each([
    ['overlapping members', changed((b, v) => v.setUint32(entryAt(b, 1) + 42, 5, true)), /run into/],
    ['an equal name', changed((b) => b.set(Buffer.from('a'), entryAt(b, 1) + 46)), /two members/],
    ['another local name', changed((b) => b.set(Buffer.from('x'), 30)), /local header/],
    ['another local method', changed((_, v) => v.setUint16(8, 8, true)), /methods/],
    ['no local header', changed((_, v) => v.setUint32(0, 0, true)), /local header is none/],
    [
      'a size of a stored member that is another',
      changed((b, v) => v.setUint32(entryAt(b, 0) + 24, 11, true)),
      /stored/,
    ],
    ['an offset past the end', changed((b, v) => v.setUint32(entryAt(b, 1) + 42, 0xffffff, true)), /run into/],
    ['more entries than there is room for', changed((b, v) => v.setUint16(b.length - 12, 60_000, true)), /cannot hold/],
    ['a directory past the end', changed((b, v) => v.setUint32(b.length - 6, 0xfffff0, true)), /runs past/],
    ['nothing', new Uint8Array(0), /no end record/],
  ])('%s is refused', (_, bytes, message) => {
    expect(() => contentsOf(bytes)).toThrow(CorruptError);
    expect(() => contentsOf(bytes)).toThrow(message);
  });

  it('encryption, other methods and split archives are named', () => {
    for (const bytes of [
      changed((b, v) => v.setUint16(entryAt(b, 0) + 8, 1, true)),
      changed((b, v) => {
        v.setUint16(8, 14, true);
        v.setUint16(entryAt(b, 0) + 10, 14, true);
      }),
      changed((b, v) => v.setUint16(b.length - 18, 3, true)),
    ]) {
      expect(() => contentsOf(bytes)).toThrow(UnsupportedError);
    }
  });

  it('a member that starts inside another, and any other change, ends in an archive or a CkptError', () => {
    for (const base of [sound, deflated(Uint8Array.from({ length: 400 }, (_, i) => i))]) {
      for (let at = 0; at < base.length; at++) {
        for (const change of [0x01, 0x08, 0x80, 0xff]) {
          const bytes = Uint8Array.from(base);
          bytes[at] = (bytes[at] as number) ^ change;
          try {
            contentsOf(bytes);
          } catch (error) {
            if (!(error instanceof CkptError)) throw error;
          }
        }
        try {
          contentsOf(base.subarray(0, at));
        } catch (error) {
          if (!(error instanceof CkptError)) throw error;
        }
      }
    }
  });
});

it.each(['../x', 'a/../../x', '/etc/x', 'C:\\x', '..\\x', 'a/..'])('a member called %s is refused', (name) => {
  expect(() => checkMemberName({ name } as ZipMember)).toThrow(/outside/);
});
