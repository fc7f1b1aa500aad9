/** Object graphs whose optimizers list more than any program has. */
import { expect, it } from 'vitest';
import { CorruptError } from '../../src/errors.ts';
import type { ObjectNode } from '../../src/object-graph/object-graph.ts';
import { roleByGraph } from '../../src/roles/object-graph-role.ts';

it('one long list of many optimizers is refused before it takes long', () => {
  const bare = (children: ObjectNode['children']): ObjectNode => ({ children, attributes: [], slotVariables: [] });
  const list = Array.from({ length: 20_000 }, (_, i) => ({ nodeId: 0, localName: `${i}` }));
  const optimizer = ['_trainable_variables', '_variables'].map((localName) => ({ nodeId: 1, localName }));
  const nodes = [bare([]), bare(list), ...Array.from({ length: 20_000 }, () => bare(optimizer))];
  expect(() => roleByGraph({ nodes }, new Map())).toThrow(CorruptError);
});
