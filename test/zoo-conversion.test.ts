/** Every object-based checkpoint of the zoo (zoo.ts) turns into names, and the names back into its own objects. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openNow } from '../src/checkpoints/checkpoint.ts';
import { OBJECT_GRAPH_KEY } from '../src/object-graph/object-graph-key.ts';
import { namesToObjects } from '../src/surgery/names-to-objects.ts';
import { isBookkeepingKey } from '../src/surgery/object-names.ts';
import { objectsToNames } from '../src/surgery/objects-to-names.ts';
import type { TensorMap } from '../src/tensor/tensor.ts';
import { HAS_ZOO, NO_ZOO, ZOO, zooFiles } from './zoo.ts';

function withObjects<T>(path: string, use: (tensors: TensorMap) => T): T {
  const checkpoint = openNow(path);
  try {
    return use(checkpoint.tensors);
  } finally {
    checkpoint.close();
  }
}

/** Whether there is an object graph whose data is there, and more than bookkeeping. */
function isConvertible(path: string): boolean {
  const data = readdirSync(dirname(path)).filter((name) => name.includes('.data-'));
  if (data.length === 0 || path.includes('o-lfs-shard')) return false;
  return withObjects(path, (tensors) => tensors.has(OBJECT_GRAPH_KEY) && ![...tensors.keys()].every(isBookkeepingKey));
}

const OBJECT_BASED = zooFiles().filter((name) => name.endsWith('.index') && isConvertible(join(ZOO, name)));

describe.skipIf(!HAS_ZOO)(`the zoo${NO_ZOO}`, () => {
  it.each(OBJECT_BASED)('%s', (name) => {
    withObjects(join(ZOO, name), (stored) => {
      const tensors = new Map(stored);
      const named = objectsToNames(tensors).tensors;
      const left = [...tensors.keys()].filter((key) => !isBookkeepingKey(key));
      expect(named.size).toBe(left.length);
      const back = namesToObjects(named, tensors).tensors;
      expect([...back.keys()]).toEqual([...tensors.keys()]);
      for (const [key, tensor] of tensors) expect(back.get(key), key).toBe(tensor);
    });
  });

  it('has many', () => {
    expect(OBJECT_BASED.length).toBeGreaterThan(15);
  });
});
