/** Strided views of a source by themselves: runs that join, axes that collapse, and bounds. */
import { describe, expect, it } from 'vitest';
import { readBytes } from '../../src/bytes/source.ts';
import { CorruptError } from '../../src/errors.ts';
import { StridedSource } from '../../src/tensor/strided-source.ts';
import { RecordingSource } from '../recording-source.ts';

const bytes = Uint8Array.from({ length: 24 }, (_, i) => i);
const all = (count: number): { start: number; step: number; count: number } => ({ start: 0, step: 1, count });

describe('a strided source', () => {
  it('joins full inner axes into one run', () => {
    const parent = new RecordingSource(bytes);
    const source = new StridedSource(parent, [2, 3, 4], [{ start: 1, step: 1, count: 1 }, all(3), all(4)], 1);
    expect([...readBytes(source, 0, 12)]).toEqual([...bytes.subarray(12)]);
    expect(parent.reads).toEqual([{ offset: 12, length: 12 }]);
  });

  it('walks backwards', () => {
    const source = new StridedSource(new RecordingSource(bytes), [6], [{ start: 5, step: -2, count: 3 }], 4);
    expect([...readBytes(source, 0, 12)]).toEqual([20, 21, 22, 23, 12, 13, 14, 15, 4, 5, 6, 7]);
    expect([...readBytes(source, 6, 4)]).toEqual([14, 15, 4, 5]);
  });

  it('keeps its bounds', () => {
    const source = new StridedSource(new RecordingSource(bytes), [24], [{ start: 3, step: 4, count: 5 }], 1);
    expect(source.byteLength).toBe(5);
    expect(() => readBytes(source, 4, 2)).toThrow(CorruptError);
  });
});
