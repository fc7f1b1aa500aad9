/** The variable that counts steps of training, under the name and in the collections that TensorFlow gives it. */
import { UsageError } from '../errors.ts';
import { zeros } from './constants.ts';
import { type Graph, getDefaultGraph } from './graph.ts';
import { GraphKeys } from './graph-keys.ts';
import type { Variable } from './variable.ts';
import { getVariable } from './variable-scope.ts';

/** The global step of a graph; undefined where it has none. Throws {@link UsageError} where it has several. */
export function getGlobalStep(graph: Graph = getDefaultGraph()): Variable<'int64'> | undefined {
  const steps = graph.getCollection(GraphKeys.GLOBAL_STEP);
  if (steps.length > 1)
    throw new UsageError(`the collection ${GraphKeys.GLOBAL_STEP} holds ${steps.length} variables, not one`);
  return (steps[0] ?? graph.variables.find(({ name }) => name === 'global_step')) as Variable<'int64'> | undefined;
}

/** The global step of a graph, an int64 that begins at 0 and is not trained; made where there is none. */
export function getOrCreateGlobalStep(graph: Graph = getDefaultGraph()): Variable<'int64'> {
  const known = getGlobalStep(graph);
  if (known !== undefined) return known;
  const collections = [GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP];
  const make = (): Variable<'int64'> =>
    getVariable('global_step', { shape: [], dtype: 'int64', initializer: zeros(), trainable: false, collections });
  return graph.asDefault(make);
}
