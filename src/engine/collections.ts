/** Collections of the default graph, and places for what is made in it: functions as TensorFlow has them. */
import { UsageError } from '../errors.ts';
import type { Device } from './device-stack.ts';
import { getDefaultGraph } from './graph.ts';
import { GraphKeys } from './graph-keys.ts';
import { runInside } from './name-scopes.ts';
import type { Variable } from './variable.ts';

/**
 * The values of a collection of the default graph, a copy; with `scope` those whose names the pattern matches from the start.
 *
 * @example getCollection<Variable>('my_variables')
 */
export function getCollection<T = unknown>(key: string, scope?: string): T[] {
  return getDefaultGraph().getCollection(key, scope) as T[];
}

/** Adds a value to a collection of the default graph, as often as it is called. */
export function addToCollection(key: string, value: unknown): void {
  getDefaultGraph().addToCollection(key, value);
}

const variablesIn = (key: string, scope: string | undefined): Variable[] => getCollection<Variable>(key, scope);

/** The variables that a `Saver` saves and `initializeAllVariables` initializes. */
export function globalVariables(scope?: string): Variable[] {
  return variablesIn(GraphKeys.GLOBAL_VARIABLES, scope);
}

/** The variables that an optimizer changes. */
export function trainableVariables(scope?: string): Variable[] {
  return variablesIn(GraphKeys.TRAINABLE_VARIABLES, scope);
}

export function localVariables(scope?: string): Variable[] {
  return variablesIn(GraphKeys.LOCAL_VARIABLES, scope);
}

export function modelVariables(scope?: string): Variable[] {
  return variablesIn(GraphKeys.MODEL_VARIABLES, scope);
}

export function movingAverageVariables(scope?: string): Variable[] {
  return variablesIn(GraphKeys.MOVING_AVERAGE_VARIABLES, scope);
}

/**
 * Runs `body`; the variables that it makes are placed on `spec`, which fills in what inner specs leave open. A function is asked
 * for each variable; null makes outer specs not count. Throws `UsageError` for a spec that TensorFlow refuses.
 *
 * @example device('/job:ps/task:7', () => new Variable(zeros([10]), { name: 'v' }));
 */
export function device<T>(spec: Device, body: () => T): T {
  if (typeof body !== 'function') throw new UsageError('device takes a spec and a callback');
  const { devices } = getDefaultGraph();
  devices.push(spec);
  try {
    return runInside('device', body);
  } finally {
    devices.pop();
  }
}
