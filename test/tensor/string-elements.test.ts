/** Elements of string tensors by their numbers: any order, any lengths, and what a look at one of a million reads. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemorySource, readBytes } from '../../src/bytes/source.ts';
import { ChecksumError } from '../../src/errors.ts';
import { StringElements } from '../../src/tensor/string-elements.ts';
import { encodeStrings } from '../../src/tensor/strings.ts';
import { RecordingSource } from '../recording-source.ts';

it('gives every element, in any order', () => {
  const some = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(some, fc.constantFrom(1, 3, 700), fc.array(fc.nat(), { maxLength: 20 }), (elements, times, places) => {
      const all = Array.from({ length: times }, () => elements).flat();
      const strings = new StringElements(new MemorySource(encodeStrings(all)), all.length);
      for (const place of [...places, all.length - 1, 0]) {
        const index = place % all.length;
        const length = Math.min(5, all.length - index);
        expect(strings.read(index, length)).toEqual(all.slice(index, index + length));
        const start = strings.startOf(index);
        expect(readBytes(strings.source, start, strings.startOf(index + 1) - start)).toEqual(all[index]);
      }
    }),
    { numRuns: 60 },
  );
});

it('reads of a million lengths those around the element that is looked at', () => {
  const count = 1_000_000;
  const source = new RecordingSource(encodeStrings(new Array<Uint8Array>(count).fill(new Uint8Array(0))));
  const strings = new StringElements(source, count);
  source.reads.length = 0;
  for (const index of [0, 1, 500_000, 500_001, 499_999, count - 1]) strings.read(index, 1);
  expect(source.bytesRead).toBeLessThan(6 * 10_000);
});

it('refuses lengths that do not match their checksum', () => {
  const bytes = encodeStrings([Uint8Array.of(1, 2)]);
  bytes[1] = (bytes[1] as number) ^ 1;
  expect(() => new StringElements(new MemorySource(bytes), 1)).toThrow(ChecksumError);
});
