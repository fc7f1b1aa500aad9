/** Arguments that are none, as callers in plain JavaScript hand them over, are refused in words. */
import { describe, expect, it } from 'vitest';
import {
  diagnose,
  drop,
  dtypeOf,
  merge,
  openCheckpoint,
  planCheckpoint,
  readArray,
  rename,
  renameCheckpoint,
  subset,
  tensorFrom,
  tensorOfBytes,
  tensorOfStrings,
  toNested,
  UsageError,
  verifyCheckpoint,
  writeCheckpoint,
} from '../../src/index.ts';

const any = (value: unknown): never => value as never;
const FLOATS = new Float32Array(2);
const NO_TENSOR = new Map([['a', FLOATS]]);
const MAP = new Map([['a', tensorFrom([1])]]);

async function first(findings: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of findings) return;
}

describe('an argument that is none', () => {
  it.each<[string, () => unknown]>([
    [
      'writeCheckpoint: a is a Float32Array, not a tensor; tensorFrom(values) makes one',
      () => writeCheckpoint('out', any(NO_TENSOR)),
    ],
    [
      'writeCheckpoint wants a map of names to tensors, not an object; new Map(Object.entries(x)) makes one',
      () => writeCheckpoint('out', any({ a: 1 })),
    ],
    [
      'writeCheckpoint wants the path of a checkpoint as a string, not undefined',
      () => writeCheckpoint(any(undefined), MAP),
    ],
    ['the options of planCheckpoint are an object, not a string', () => planCheckpoint('out', MAP, any('v1'))],
    ['openCheckpoint wants the path of a checkpoint as a string, not a Map', () => openCheckpoint(any(MAP))],
    ['verifyCheckpoint wants the path of a checkpoint as a string, not null', () => first(verifyCheckpoint(any(null)))],
    ['diagnose wants the path of a checkpoint as a string, not a number', () => diagnose(any(1))],
    [
      'renameCheckpoint wants a function from a name to a name, not an object; mapRule makes one of a map',
      () => renameCheckpoint('x', any({ a: 'b' })),
    ],
    [
      'rename wants a function from a name to a name, not a Map; mapRule makes one of a map',
      () => rename(MAP, any(new Map())),
    ],
    [
      'rename wants a map of names to tensors, not a string; new Map(Object.entries(x)) makes one',
      () => rename(any('model.ckpt'), (name) => name),
    ],
    [
      'subset wants a function of name and tensor, not a list; chooser({ patterns }, tensors) makes one',
      () => subset(MAP, any(['a'])),
    ],
    [
      'drop wants a function of name and tensor, not a string; chooser({ patterns }, tensors) makes one',
      () => drop(MAP, any('a')),
    ],
    ['merge wants a list of maps, not a Map', () => merge(any(MAP))],
    [
      'tensorOfBytes wants the content as bytes, a Uint8Array, not a Float32Array; tensorFrom takes values as they are',
      () => tensorOfBytes(dtypeOf('float32'), [2], any(FLOATS)),
    ],
    [
      'a dtype is wanted, not float32; dtypeOf(name) gives it',
      () => tensorOfBytes(any('float32'), [2], new Uint8Array(8)),
    ],
    [
      'tensorOfStrings wants byte strings, a list of Uint8Array, not a string; tensorFrom takes texts as well',
      () => tensorOfStrings(dtypeOf('string'), [1], any(['a'])),
    ],
    ['readArray wants a tensor, not undefined; is its name in the map?', () => readArray(MAP.get('b'))],
    ['readArray wants a tensor, not a Float32Array; tensorFrom(values) makes one', () => readArray(any(FLOATS))],
    ['toNested wants a tensor, not undefined; is its name in the map?', () => toNested(MAP.get('b'))],
    ["1..2 is no slice; one is written as numpy's: 0:5,:8 or -1,...", () => readArray(MAP.get('a'), '1..2')],
  ])('is refused: %s', async (message, call) => {
    await expect((async () => call())()).rejects.toThrow(new UsageError(message));
  });
});
