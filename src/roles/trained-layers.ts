/** Which variables are trained, where it is known how many of each shape are: layers are trained or frozen as a whole. */
import { parentPath } from '../object-graph/checkpoint-key.ts';
import { VALUE_ENDING } from '../object-graph/object-graph-key.ts';
import type { Trainable } from './role.ts';

/** What one layer tells of another goes through few shapes. */
const MOST_ROUNDS = 8;

/** A name without the end that the key of an object's value has. */
export const pathOf = (name: string): string =>
  name.endsWith(VALUE_ENDING) ? name.slice(0, -VALUE_ENDING.length) : name;
/** The scope or the object that a variable lies in. */
export const layerOf = (name: string): string => parentPath(pathOf(name)) ?? '';

/** Adds to `told` what variables are trained, and which are not, by what is known of their shapes and layers. */
export function judgeByLayers(
  variables: readonly (readonly [name: string, shape: string])[],
  trainedOf: (shape: string) => number,
  told: Map<string, Trainable>,
): void {
  const shapes = new Map<string, string[]>();
  for (const [name, shape] of variables) {
    const alike = shapes.get(shape);
    if (alike === undefined) shapes.set(shape, [name]);
    else alike.push(name);
  }
  const layers = new Map<string, Trainable>();
  for (let known = -1, round = 0; known < told.size && round < MOST_ROUNDS; round++) {
    known = told.size;
    for (const [shape, names] of shapes) {
      if (names.every((name) => told.has(name))) continue;
      const trained = trainedOf(shape);
      const frozen = names.filter((name) => layers.get(layerOf(name)) === 'no');
      const unsure = names.filter((name) => layers.get(layerOf(name)) !== 'yes');
      if (trained === names.length - frozen.length) tell(names, new Set(frozen), layers, told);
      else if (trained === names.length - unsure.length) tell(names, new Set(unsure), layers, told);
    }
  }
}

/** A layer of which both is told tells nothing of others. */
function tell(
  names: readonly string[],
  frozen: ReadonlySet<string>,
  layers: Map<string, Trainable>,
  told: Map<string, Trainable>,
): void {
  for (const name of names) {
    const trained = frozen.has(name) ? 'no' : 'yes';
    told.set(name, trained);
    const layer = layerOf(name);
    layers.set(layer, (layers.get(layer) ?? trained) === trained ? trained : 'unknown');
  }
}
