/** What is refused of an object graph before it fills the memory. */
import { expect, it } from 'vitest';
import { decodeObjectGraph } from '../../src/object-graph/object-graph.ts';

it('more messages than any program saves are refused', () => {
  const bomb = new Uint8Array(2 * (2 ** 23 + 1)).map((_, i) => (i % 2 === 0 ? 0x0a : 0));
  expect(() => decodeObjectGraph(bomb)).toThrow(/more than 8388608/);
});
