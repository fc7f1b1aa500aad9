/** What an index says of shapes that no tensor can have, and of such as hold nothing. */
import { describe, expect, it } from 'vitest';
import { isPlainlySound, problemOf } from '../../../src/formats/v2/bundle-tensor.ts';
import { dtypeOf } from '../../../src/tensor/dtype.ts';
import { MAX_RANK } from '../../../src/tensor/shape.ts';

const entryOf = (shape: readonly number[]) => ({
  dtype: 1,
  shape,
  shardId: 0,
  offset: 0,
  size: 4,
  crc32c: 0,
  slices: [],
});

describe('a shape of too many dimensions', () => {
  it('is a problem in a listing as it is to verify', () => {
    const [most, over] = [MAX_RANK, MAX_RANK + 1].map((rank) => entryOf(Array.from({ length: rank }, () => 1)));
    const float = dtypeOf('float32');
    expect(isPlainlySound(float, most as ReturnType<typeof entryOf>)).toBe(true);
    expect(isPlainlySound(float, over as ReturnType<typeof entryOf>)).toBe(false);
    expect(problemOf('x', over as ReturnType<typeof entryOf>)?.message).toMatch(
      /255 dimensions, TensorFlow allows 254/,
    );
  });
});
