/**
 * Checkpoints of a training run in one directory: numbered, the newest kept, the rest deleted as `tf.train.CheckpointManager`
 * deletes them. Source: tensorflow/python/checkpoint/checkpoint_management.py.
 */
import { UsageError } from '../errors.ts';
import { Checkpoint } from './checkpoint.ts';
import { readState, removeCheckpoint, updateState } from './checkpoint-files.ts';
import type { CheckpointLoadStatus } from './load-status.ts';
import type { Variable } from './variable.ts';

export interface CheckpointManagerOptions {
  /** How many checkpoints stay; all of them where it is left out or null. */
  readonly maxToKeep?: number | null | undefined;
  /** Besides those, one for every so many hours stays for good, and is listed no longer. */
  readonly keepCheckpointEveryNHours?: number | undefined;
  /** `ckpt` unless said otherwise: checkpoints are called `directory/ckpt-1`. */
  readonly checkpointName?: string | undefined;
  /** With `checkpointInterval`: a save is skipped until this has grown by so much. */
  readonly stepCounter?: Variable<'int64'> | Variable<'int32'> | undefined;
  readonly checkpointInterval?: number | undefined;
  /** What {@link CheckpointManager.restoreOrInitialize} calls where there is nothing to restore. */
  readonly initFn?: (() => void) | undefined;
  /** Seconds since 1970; the clock of the machine unless another is given. */
  readonly now?: (() => number) | undefined;
}

export interface ManagedSaveOptions {
  /** The number in the name, in the place of the save counter. */
  readonly checkpointNumber?: number | bigint | undefined;
  /** False saves whatever `checkpointInterval` says. */
  readonly checkInterval?: boolean | undefined;
}

const SECONDS_IN_HOUR = 3600;

/**
 * Saves a checkpoint again and again, and keeps the newest ones.
 *
 * @example
 * const manager = new CheckpointManager(new Checkpoint({ model, optimizer, step }), './run', { maxToKeep: 3 });
 * await manager.restoreOrInitialize();
 * await manager.save(); // run/ckpt-1
 */
export class CheckpointManager {
  readonly checkpoint: Checkpoint;
  readonly directory: string;
  readonly #options: CheckpointManagerOptions;
  readonly #now: () => number;
  /** Checkpoints that count, oldest first, with the time of each. */
  readonly #kept = new Map<string, number>();
  #latest: string | undefined;
  #lastPreserved: number;
  #lastStep: number | undefined;

  /** Throws {@link UsageError} for options that make no sense. */
  constructor(checkpoint: Checkpoint, directory: string, options: CheckpointManagerOptions = {}) {
    checkOptions(checkpoint, directory, options);
    this.checkpoint = checkpoint;
    this.directory = directory;
    this.#options = options;
    this.#now = options.now ?? (() => Date.now() / 1000);
    const now = this.#now();
    const state = readState(directory);
    // Set back, so that what is saved at once is newer than this.
    this.#lastPreserved = Math.min(state === undefined ? now - 1 : (state.lastPreserved ?? 0), now);
    this.#latest = state?.latest;
    for (const [i, path] of (state?.all ?? []).entries()) {
      const time = Math.min(state?.timestamps[i] ?? this.#lastPreserved, now);
      if (time > this.#lastPreserved) this.#kept.set(path, time);
    }
  }

  /** The newest checkpoint; undefined where there is none. */
  get latestCheckpoint(): string | undefined {
    return this.#latest;
  }

  /** The checkpoints that are kept, oldest first; those that are kept for good are not among them. */
  get checkpoints(): string[] {
    return [...this.#kept.keys()];
  }

  /** The number of steps between two checkpoints, if any. */
  get checkpointInterval(): number | undefined {
    return this.#options.checkpointInterval;
  }

  /** Saves, and deletes what is too old by then. Gives the path, or nothing where it is too early. */
  async save({ checkpointNumber, checkInterval = true }: ManagedSaveOptions = {}): Promise<string | undefined> {
    if (checkInterval && this.#isTooEarly()) return undefined;
    const { saveCounter } = this.checkpoint;
    saveCounter.assignAdd(1n);
    const path = `${this.#prefix}-${checkpointNumber ?? saveCounter.read()[0]}`;
    try {
      await this.checkpoint.write(path);
    } catch (error) {
      saveCounter.assignSub(1n);
      throw error;
    }
    this.#kept.delete(path);
    this.#kept.set(path, this.#now());
    this.#latest = path;
    // Written before anything is deleted, and again behind it: a stop in between finds the new checkpoint.
    this.#recordState();
    if (this.#sweep()) this.#recordState();
    this.#lastStep = this.#step();
    return path;
  }

  /** Restores the newest checkpoint where there is one, else calls `initFn`. Gives the path that was restored. */
  async restoreOrInitialize(): Promise<string | undefined> {
    if (this.#latest === undefined) {
      this.#options.initFn?.();
      return undefined;
    }
    await this.checkpoint.restore(this.#latest);
    this.#lastStep = this.#step();
    return this.#latest;
  }

  /** Restores the newest checkpoint; the status says what came of it. */
  restoreLatest(): Promise<CheckpointLoadStatus> {
    return this.checkpoint.restore(this.#latest);
  }

  get #prefix(): string {
    const name = this.#options.checkpointName ?? 'ckpt';
    return this.directory.endsWith('/') || this.directory === '' ? this.directory + name : `${this.directory}/${name}`;
  }

  #step(): number | undefined {
    const { stepCounter } = this.#options;
    return stepCounter === undefined ? undefined : Number(stepCounter.read()[0]);
  }

  #isTooEarly(): boolean {
    const { checkpointInterval } = this.#options;
    if (checkpointInterval === undefined || this.#lastStep === undefined) return false;
    return (this.#step() as number) < this.#lastStep + checkpointInterval;
  }

  /** Deletes the oldest ones beyond the limit; whether there were any. */
  #sweep(): boolean {
    const { maxToKeep, keepCheckpointEveryNHours } = this.#options;
    if (maxToKeep === undefined || maxToKeep === null) return false;
    const before = this.#kept.size;
    for (const [path, time] of this.#kept) {
      if (this.#kept.size <= maxToKeep) break;
      this.#kept.delete(path);
      const every = keepCheckpointEveryNHours;
      if (every !== undefined && time - every * SECONDS_IN_HOUR >= this.#lastPreserved) this.#lastPreserved = time;
      else removeCheckpoint(path);
    }
    return this.#kept.size < before;
  }

  #recordState(): void {
    const stateFile =
      this.directory.endsWith('/') || this.directory === ''
        ? `${this.directory}checkpoint`
        : `${this.directory}/checkpoint`;
    updateState(stateFile, {
      latest: this.#latest as string,
      all: this.checkpoints,
      timestamps: [...this.#kept.values()],
      lastPreserved: this.#lastPreserved,
      relativePaths: true,
    });
  }
}

function checkOptions(checkpoint: unknown, directory: unknown, options: CheckpointManagerOptions): void {
  const { maxToKeep, checkpointInterval, stepCounter, keepCheckpointEveryNHours } = options;
  if (!(checkpoint instanceof Checkpoint)) throw new UsageError('a CheckpointManager takes a Checkpoint');
  if (typeof directory !== 'string') throw new UsageError('a CheckpointManager takes the path of a directory');
  if (maxToKeep !== undefined && maxToKeep !== null && !(Number.isInteger(maxToKeep) && maxToKeep > 0)) {
    throw new UsageError(`maxToKeep is a whole number from 1 on, or null for all, not ${maxToKeep}`);
  }
  if (keepCheckpointEveryNHours !== undefined && !(keepCheckpointEveryNHours > 0)) {
    throw new UsageError(`keepCheckpointEveryNHours is a number above 0, not ${keepCheckpointEveryNHours}`);
  }
  if (checkpointInterval !== undefined && stepCounter === undefined) {
    throw new UsageError('checkpointInterval counts steps, so it needs a stepCounter');
  }
}
