/** What is refused of an object graph before it fills the memory. */
import { expect, it } from 'vitest';
import { decodeObjectGraph } from '../../src/object-graph/object-graph.ts';

it('more messages than any program saves are refused', () => {
  const bomb = new Uint8Array(2 * (2 ** 23 + 1)).map((_, i) => (i % 2 === 0 ? 0x0a : 0));
  expect(() => decodeObjectGraph(bomb)).toThrow(/more than 8388608/);
});

it('messages without a field are one object, however many there are', () => {
  const field = (number: number, bytes: Uint8Array): Uint8Array =>
    Uint8Array.from([number * 8 + 2, bytes.length, ...bytes]);
  const none = new Uint8Array(0);
  const some = (number: number): Uint8Array => Uint8Array.from([1, 2, 3].flatMap(() => [...field(number, none)]));
  const { nodes } = decodeObjectGraph(field(1, Uint8Array.from([...some(1), ...some(2), ...some(3)])));
  const [node] = nodes;
  for (const list of [node?.children, node?.attributes, node?.slotVariables]) {
    expect(list?.length).toBe(3);
    expect(new Set(list as readonly unknown[]).size).toBe(1);
  }
  expect(node?.children[0]).toEqual({ nodeId: 0, localName: '' });
});
