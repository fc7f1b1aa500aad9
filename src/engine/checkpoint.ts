/** Checkpoints of objects, as `tf.train.Checkpoint` writes and restores them. */

import { type OpenedCheckpoint, openCheckpoint, writeCheckpoint } from '../checkpoints/checkpoint.ts';
import { UsageError } from '../errors.ts';
import { directoryOf, updateState } from './checkpoint-files.ts';
import { zeros } from './constants.ts';
import { Graph } from './graph.ts';
import { initializeVariables } from './initialization.ts';
import { CheckpointLoadStatus } from './load-status.ts';
import { Restoration } from './restoration.ts';
import { isSaveable, type Saveable } from './saveable.ts';
import { type Child, childrenOf, type HasTrackedChildren, isTracked, trackedChildren } from './trackable.ts';
import { type Root, tensorsOfGraph, trackedGraph } from './tracked-graph.ts';
import { Variable } from './variable.ts';

/** The name of the variable that counts how often was saved. */
const SAVE_COUNTER = 'save_counter';

/**
 * A tree of objects that is saved and restored as a whole: plain objects, instances of classes, arrays and Maps that hold
 * variables, shared and cyclic ones too. Values are found by the way that leads to them, not by the names of variables.
 *
 * @example
 * const checkpoint = new Checkpoint({ model, optimizer, step });
 * const path = await checkpoint.save('./run/ckpt'); // run/ckpt-1
 * (await checkpoint.restore(path)).assertConsumed();
 */
export class Checkpoint implements HasTrackedChildren {
  readonly #objects: Readonly<Record<string, object>>;
  readonly #root: Root;
  #saveCounter: Variable<'int64'> | undefined;
  #restoration: Restoration | undefined;

  /**
   * An object under the name `root` is where the tree begins, in the place of the Checkpoint itself, as in TensorFlow: its children
   * have no name before theirs, and the others stand beside them. Throws {@link UsageError} for what is no object of objects.
   */
  constructor(objects: Readonly<Record<string, object>> = {}) {
    if (typeof objects !== 'object' || objects === null || Array.isArray(objects) || isSaveable(objects)) {
      throw new UsageError('a Checkpoint takes objects by name: new Checkpoint({ model, optimizer })');
    }
    if (SAVE_COUNTER in objects) throw new UsageError(`${SAVE_COUNTER} is the checkpoint's own; give it another name`);
    for (const [name, value] of Object.entries<unknown>(objects)) {
      if (isTracked(value)) continue;
      const what = typeof value === 'object' && value !== null ? value.constructor.name : String(value);
      throw new UsageError(
        `${name} is ${what}, which holds no variables; make a Variable of values that are to be saved`,
      );
    }
    this.#objects = objects;
    this.#root = this.#rootOf(objects);
  }

  #rootOf({ root: object }: Readonly<Record<string, object>>): Root {
    if (object === undefined) return { object: this, children: () => childrenOf(this) };
    if (isSaveable(object) || Array.isArray(object))
      throw new UsageError('root is an object that holds variables, not a variable or a list; give it another name');
    return { object, children: () => beside(childrenOf(object), childrenOf(this)) };
  }

  /** What is tracked, in the order of the names; the counter comes last. */
  *[trackedChildren](): Iterable<readonly [string, unknown]> {
    const byName = Object.entries(this.#objects).sort(([a], [b]) => (a < b ? -1 : 1));
    yield* byName;
    if (this.#saveCounter !== undefined) yield [SAVE_COUNTER, this.#saveCounter];
  }

  /** How often was saved: an int64 scalar, saved and restored with the rest. */
  get saveCounter(): Variable<'int64'> {
    this.#saveCounter ??= counterOf(this.#root);
    if (this.#saveCounter === undefined) {
      this.#saveCounter = new Variable(zeros([], { dtype: 'int64' }), {
        name: SAVE_COUNTER,
        dtype: 'int64',
        trainable: false,
        graph: new Graph(),
      });
      initializeVariables([this.#saveCounter]);
      this.sync();
    }
    return this.#saveCounter;
  }

  /**
   * Writes `prefix-N`, N counting up from 1, and makes it the latest of its directory. Gives its path. Throws
   * `UninitializedError` for a variable without a value; the counter is as it was where the write fails.
   */
  async save(prefix: string): Promise<string> {
    checkPath(prefix);
    const { saveCounter } = this;
    saveCounter.assignAdd(1n);
    const path = `${prefix}-${saveCounter.read()[0]}`;
    try {
      await this.write(path);
    } catch (error) {
      saveCounter.assignSub(1n);
      throw error;
    }
    const directory = directoryOf(path);
    const stateFile =
      directory === '' || directory.endsWith('/') ? `${directory}checkpoint` : `${directory}/checkpoint`;
    updateState(stateFile, { latest: path, all: [path], relativePaths: true });
    return path;
  }

  /** Writes a checkpoint of this very path, without counting, and without a word in the state file. Gives the path. */
  async write(path: string): Promise<string> {
    checkPath(path);
    this.sync();
    const { tensors, release } = tensorsOfGraph(trackedGraph(this.#root));
    try {
      await writeCheckpoint(path, tensors, { force: true, order: 'given' });
    } finally {
      release();
    }
    return path;
  }

  /**
   * Restores a checkpoint, the counter included; variables that join the tree later have their values at the next
   * {@link sync}. Without a path nothing is restored. Everything is checked before anything changes: throws `MismatchError`
   * for what does not fit, and whatever opening and reading throw.
   */
  async restore(path: string | null | undefined): Promise<CheckpointLoadStatus> {
    const status = await this.read(path);
    void this.saveCounter;
    return status;
  }

  /** Restores what {@link write} wrote; {@link restore} without the counter. */
  async read(path: string | null | undefined): Promise<CheckpointLoadStatus> {
    if (path === undefined || path === null) return new CheckpointLoadStatus(undefined);
    checkPath(path);
    const opened = await openCheckpoint(path);
    const restoration = await restored(opened, this.#root, (variable) => variable === this.#saveCounter);
    this.#restoration?.checkpoint.close();
    this.#restoration = restoration;
    if (restoration.isWhole) opened.close();
    return new CheckpointLoadStatus(restoration);
  }

  /** Gives variables that have joined the tree since the last restoring the values that wait for them. */
  sync(): this {
    if (this.#restoration !== undefined && !this.#restoration.isWhole) this.#restoration.runNow();
    return this;
  }
}

/** A restoring that was done, or the file closed. */
async function restored(
  opened: OpenedCheckpoint,
  root: Root,
  isOptional: (variable: Saveable) => boolean,
): Promise<Restoration> {
  try {
    const restoration = new Restoration(opened, root, isOptional);
    await restoration.run();
    return restoration;
  } catch (error) {
    opened.close();
    throw error;
  }
}

/** The counter that the object at the root has already: another Checkpoint, which saved it. */
function counterOf({ object, children }: Root): Variable<'int64'> | undefined {
  if (!(object instanceof Checkpoint)) return undefined;
  return children().find(([name]) => name === SAVE_COUNTER)?.[1] as Variable<'int64'> | undefined;
}

/** The children of a root, and behind them those that are given besides. Throws {@link UsageError} for two of one name. */
function beside(own: readonly Child[], others: readonly Child[]): Child[] {
  const named = new Map(own);
  const added = others.filter(([name, child]) => {
    const known = named.get(name);
    if (known === undefined || known === child) return known === undefined;
    throw new UsageError(`root has another ${name}; give what stands beside it another name`);
  });
  return [...own, ...added];
}

function checkPath(path: unknown): asserts path is string {
  if (typeof path !== 'string' || path === '')
    throw new UsageError('a checkpoint has a path, a text that is not empty');
}
