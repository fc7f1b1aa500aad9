/** The weights of a Keras model, told by another file of the model: an archive (`.keras`) or a weights file. */
import { TextMap } from '../bytes/text-map.ts';
import { NameError, UsageError } from '../errors.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { checkFits } from './fill-names.ts';
import { areKerasWeights, weightsByPath } from './keras-weights.ts';
import type { ToObjectsOptions } from './names-to-objects.ts';
import type { Converted } from './objects-to-names.ts';
import { someOf } from './some-of.ts';

const MOST_LISTED = 20;
const OPTIMIZER = 'optimizer/';
/** What is no weight: where random numbers go on, and what metrics have counted. A model does the same without them. */
const STATE = /(?:^|\/)(?:seed_generator\w*|_?metrics?)\//;

export interface KerasOptions extends ToObjectsOptions {
  /** Names of layers by the paths of their weights. */
  readonly layers?: ReadonlyMap<string, string> | undefined;
}

/** The classes of layers by their names: a layer lies under its class, with a number where there are several. */
export function classesOf(layers: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  return new Map([...layers].map(([path, name]) => [name, path.slice(path.lastIndexOf('/') + 1).replace(/_\d+$/, '')]));
}

/** The weights under the paths of Keras: told by the object graph, by pairs, or called so already. */
function weightsOf(input: TensorMap, template: TensorMap, { map: given = new Map(), layers }: KerasOptions): Converted {
  if (areKerasWeights(input) || input.has(OBJECT_GRAPH_KEY)) return weightsByPath(input, given, classesOf(layers));
  const pathOf = (name: string): string | undefined =>
    given.get(name) ?? (template.has(name) || name.startsWith(OPTIMIZER) ? name : undefined);
  const pairs = [...input].flatMap(([name, tensor]): [string, Tensor][] => {
    const path = pathOf(name);
    return path === undefined ? [] : [[path, tensor]];
  });
  if (pairs.length === 0) {
    throw new UsageError(
      `the input goes by names, which do not tell which weights of the model they are; say it with --map name=${[...template.keys()][0]}, or a list of such pairs`,
    );
  }
  return { tensors: new TextMap(pairs), newNameOf: pathOf, notes: [] };
}

/**
 * The values of `input` as the weights of the model that `template` is of, with all that the input has of the optimizer. Throws
 * {@link NameError} for weights that are missing, `MismatchError` for those of another dtype or shape.
 */
export function fillKerasWeights(input: TensorMap, template: TensorMap, options: KerasOptions = {}): Converted {
  const found = weightsOf(input, template, options);
  const absent = [...template.keys()].filter((name) => !found.tensors.has(name));
  const missing = absent.filter((name) => !name.startsWith(OPTIMIZER) && !STATE.test(name));
  if (missing.length > 0 && options.allowMissing !== true) {
    throw new NameError(
      `the input has nothing for ${missing.length} of the model's weights: ${someOf(missing, MOST_LISTED)}; say which they are with --map name=other, or keep the template's values with --allow-missing`,
      { missing },
    );
  }
  const tensors = new TextMap<Tensor>();
  const isHeld = (path: string): boolean => template.has(path) || path.startsWith(OPTIMIZER);
  for (const [path, tensor] of found.tensors) if (isHeld(path)) tensors.set(path, tensor);
  const filled = [...tensors.keys()].filter((path) => template.has(path));
  checkFits(new TextMap(filled.map((path) => [path, path])), tensors, template);
  const kept = absent.filter((name) => !name.startsWith(OPTIMIZER));
  for (const name of kept) tensors.set(name, template.get(name) as Tensor);
  const fresh = absent.filter((name) => name.startsWith(OPTIMIZER));
  const unused = [...found.tensors.keys()].filter((path) => !isHeld(path));
  const next = (name: string): string | undefined => {
    const path = found.newNameOf(name);
    return path !== undefined && isHeld(path) ? path : undefined;
  };
  return { tensors, newNameOf: next, notes: [...found.notes, ...notesOf({ kept, fresh, unused })] };
}

function notesOf({ kept, fresh, unused }: Readonly<Record<'kept' | 'fresh' | 'unused', readonly string[]>>): string[] {
  return [
    ...(kept.length === 0 ? [] : [`kept from the template, for the input has nothing for them: ${someOf(kept)}`]),
    ...(fresh.length === 0 ? [] : ['the input has nothing of the optimizer, which starts anew']),
    ...(unused.length === 0 ? [] : [`left out, for the model has no place for them: ${someOf(unused)}`]),
  ];
}
