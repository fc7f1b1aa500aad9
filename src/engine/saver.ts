/** `tf.train.Saver`: variables into checkpoints by name, and back; the newest checkpoints are kept, older ones go. */

import { planCheckpoint } from '../checkpoints/checkpoint.ts';
import { UsageError } from '../errors.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import {
  checkpointExists,
  checkpointTime,
  directoryOf,
  lastPartOf,
  metaName,
  removeCheckpoint,
  updateState,
} from './checkpoint-files.ts';
import type { Graph } from './graph.ts';
import { getDefaultGraph } from './graph.ts';
import { uninitialized } from './registration.ts';
import { type RestoreReport, restoreVariables } from './restore.ts';
import { nextToLeave, type RetentionLimits, type RetentionState, recorded } from './retention.ts';
import type { Saveable } from './saveable.ts';
import {
  releaseTensors,
  type SavedVariable,
  savedVariables,
  shardsByDevice,
  tensorsOf,
  type VariableList,
} from './saved-variables.ts';

export interface SaverOptions {
  /** How many of the newest checkpoints stay; 5 unless said otherwise, all for 0 or null. */
  readonly maxToKeep?: number | null | undefined;
  /** One checkpoint stays for every so many hours besides; 10,000 unless said otherwise. */
  readonly keepCheckpointEveryNHours?: number | undefined;
  /** One data file for each device. */
  readonly sharded?: boolean | undefined;
  readonly writeVersion?: 'v1' | 'v2' | undefined;
  /** Step numbers of eight digits: `model.ckpt-00000012`. */
  readonly padStepNumber?: boolean | undefined;
  /** Paths in the state file are relative to it, so that the directory can be moved. */
  readonly saveRelativePaths?: boolean | undefined;
  /** A tensor of another shape is restored, where it has as many elements. */
  readonly reshape?: boolean | undefined;
  /** No variables are no error: saving then does nothing. */
  readonly allowEmpty?: boolean | undefined;
  /** Where `save` and `restore` go that name no path. */
  readonly filename?: string | undefined;
}

export interface SaveOptions {
  /** Stands behind the path: `model.ckpt-12`. A variable is read. */
  readonly globalStep?: number | bigint | Saveable | undefined;
  /** The name of the state file; `checkpoint` unless said otherwise. */
  readonly latestFilename?: string | undefined;
  /** Whether a `.meta` is written; true unless said otherwise. */
  readonly writeMetaGraph?: boolean | undefined;
  /** Whether the state file is written, and older checkpoints go; true unless said otherwise. */
  readonly writeState?: boolean | undefined;
}

export interface PartialRestore {
  /** Restores what is there and fits; the report says what did not. */
  readonly partial?: boolean | undefined;
}

const SECONDS_PER_HOUR = 3600;
const USUAL_HOURS = 10_000;
const now = (): number => Date.now() / 1000;

function checkLimit(value: unknown, name: string, isValid: (value: number) => boolean, what: string): void {
  if (value === undefined || value === null || (typeof value === 'number' && isValid(value))) return;
  throw new UsageError(`${name} is ${what}, not ${String(value)}`);
}

function checkOptions(options: SaverOptions): void {
  checkLimit(options.maxToKeep, 'maxToKeep', (n) => Number.isInteger(n) && n >= 0, 'a whole number, 0 for all');
  checkLimit(options.keepCheckpointEveryNHours, 'keepCheckpointEveryNHours', (n) => n > 0, 'a number of hours above 0');
  const version: unknown = options.writeVersion;
  if (version === undefined || version === 'v1' || version === 'v2') return;
  throw new UsageError(`writeVersion is 'v1' or 'v2', not ${String(version)}`);
}

/** All that a save is of, taken when it is called. */
interface Taken {
  readonly prefix: string;
  readonly stateFile: string;
  readonly variables: readonly SavedVariable[];
  readonly tensors: TensorMap;
}

/** A step as a whole number. */
function stepOf(step: number | bigint | Saveable): bigint {
  if (typeof step === 'bigint') return step;
  if (typeof step === 'number') {
    if (Number.isSafeInteger(step)) return BigInt(step);
    throw new UsageError(`globalStep is a whole number, not ${step}`);
  }
  const read = (step as { read?: () => ArrayLike<number | bigint> }).read;
  const [value] = typeof read === 'function' ? Array.from(read.call(step)) : [];
  if (value === undefined) throw new UsageError('globalStep is a whole number, or a variable that holds one');
  return typeof value === 'bigint' ? value : stepOf(value);
}

/**
 * Saves variables under their names, or under names of your own, and restores them.
 *
 * @example
 * const saver = new Saver();                                  // all variables of the default graph
 * const path = await saver.save('./model.ckpt', { globalStep: 12 });
 * await saver.restore(path);
 */
export class Saver {
  readonly #options: SaverOptions;
  readonly #limits: RetentionLimits;
  /** Undefined where a function is asked. */
  readonly #variables: readonly SavedVariable[] | undefined;
  readonly #ask: (() => VariableList) | undefined;
  #state: RetentionState;
  /** Saves run one after the other. */
  #saving: Promise<unknown> = Promise.resolve();

  /**
   * Without a list, all variables that the default graph has now. Throws `UsageError` where there are none, and `NameError` where
   * two would have one name.
   */
  constructor(variables?: VariableList | (() => VariableList), options: SaverOptions = {}) {
    checkOptions(options);
    this.#options = options;
    const keepEverySeconds = (options.keepCheckpointEveryNHours ?? USUAL_HOURS) * SECONDS_PER_HOUR;
    const { maxToKeep = 5 } = options;
    this.#limits = { maxToKeep: maxToKeep ?? 0, keepEverySeconds };
    this.#state = { kept: [], leaving: [], keepAfter: now() + keepEverySeconds };
    this.#ask = typeof variables === 'function' ? variables : undefined;
    this.#variables =
      typeof variables === 'function' ? undefined : this.#checked(savedVariables(variables ?? undefined));
  }

  #checked(variables: readonly SavedVariable[]): readonly SavedVariable[] {
    if (variables.length > 0 || this.#options.allowEmpty === true) return variables;
    throw new UsageError('there are no variables to save; make some first, or say { allowEmpty: true }');
  }

  /** What it saves now. */
  #saved(): readonly SavedVariable[] {
    return this.#variables ?? this.#checked(savedVariables(this.#ask?.()));
  }

  /** The checkpoints that it wrote or recovered and that are not deleted, oldest first. */
  get lastCheckpoints(): string[] {
    return this.#state.kept.map(({ path }) => path);
  }

  /** Takes over checkpoints of an earlier run, oldest first, so that they are deleted in their turn; those that are gone are left out. */
  recoverLastCheckpoints(paths: readonly string[]): void {
    if (!Array.isArray(paths)) throw new UsageError('recoverLastCheckpoints takes a list of paths');
    const kept = paths.flatMap((path) => {
      const time = checkpointTime(path);
      return time === undefined ? [] : [{ path, time }];
    });
    this.#state = { ...this.#state, kept };
  }

  /**
   * Writes a checkpoint, its `.meta` and the state file, and deletes what is too old. Returns its path, which for V1 in shards is
   * their pattern; undefined where there is nothing to save. All of a checkpoint appears, or nothing. Throws `UninitializedError`
   * where a variable has no value, and `WriteRefusedError` where the system refuses. The `.meta` holds initial values of up to
   * 64 MiB in all, the smallest first; the rest begin with zeros there, unless operations make them: those of fills, of
   * distributions by their seeds, and of arithmetic on them.
   */
  async save(path: string, options?: SaveOptions): Promise<string>;
  async save(options?: SaveOptions): Promise<string>;
  async save(path?: string | SaveOptions, options: SaveOptions = {}): Promise<string> {
    const [given, chosen] = typeof path === 'object' && path !== null ? [undefined, path] : [path, options];
    // What is saved is what the variables hold now, whatever happens to them until it is their turn.
    const taken = this.#take(given ?? this.#options.filename, chosen);
    const result = this.#saving.then(() => (taken === undefined ? undefined : this.#write(taken, chosen)));
    this.#saving = result.catch(() => undefined);
    return result as Promise<string>;
  }

  /** Paths, variables and their values; undefined where there is nothing to save. */
  #take(path: string | undefined, options: SaveOptions): Taken | undefined {
    const paths = this.#pathsOf(path, options);
    const variables = this.#saved();
    if (variables.length === 0) return undefined;
    const empty = variables.flatMap((each) => each.variables).filter(({ isInitialized }) => !isInitialized);
    if (empty.length > 0) throw uninitialized(empty, 'cannot be saved without a value');
    return { ...paths, variables, tensors: tensorsOf(variables) };
  }

  async #write({ prefix, stateFile, variables, tensors }: Taken, options: SaveOptions): Promise<string> {
    const { sharded = false, writeVersion = 'v2', saveRelativePaths = false } = this.#options;
    const shards = sharded ? shardsByDevice(variables).shards : 1;
    const writing = { format: writeVersion, force: true, order: 'given', shards } as const;
    // Loaded while the data is written; a failure is told where it is needed.
    if (options.writeMetaGraph !== false) import('./write-meta-graph.ts').catch(() => undefined);
    let written = prefix;
    try {
      const plan = await planCheckpoint(prefix, tensors, writing);
      written = plan.path;
      await plan.write();
    } finally {
      releaseTensors(variables, tensors);
    }
    if (options.writeMetaGraph !== false) await this.#writeMeta(prefix, variables);
    if (options.writeState !== false) {
      this.#state = recorded(this.#state, { path: written, time: now() }, this.#limits);
      updateState(stateFile, { latest: written, all: this.lastCheckpoints, relativePaths: saveRelativePaths });
      this.#deleteOld();
    }
    return written;
  }

  #pathsOf(
    path: unknown,
    { globalStep, latestFilename = 'checkpoint' }: SaveOptions,
  ): { prefix: string; stateFile: string } {
    if (typeof path !== 'string' || path === '')
      throw new UsageError('save takes the path of a checkpoint, such as ./model.ckpt');
    if (latestFilename === '' || latestFilename.includes('/')) {
      throw new UsageError(`latestFilename is the name of a file beside the checkpoint, not ${latestFilename}`);
    }
    const directory = directoryOf(path);
    const stateFile = directory === '' ? latestFilename : `${directory}/${latestFilename}`;
    if (globalStep !== undefined && globalStep !== null) {
      const step = stepOf(globalStep);
      return { prefix: `${path}-${this.#options.padStepNumber === true ? padded(step) : step}`, stateFile };
    }
    if (path.endsWith('/') || (lastPartOf(path) === latestFilename && this.#options.sharded !== true)) {
      throw new UsageError(
        `a checkpoint cannot be called ${path}: that is the place of the state file; choose another name`,
      );
    }
    return { prefix: path, stateFile };
  }

  async #writeMeta(prefix: string, variables: readonly SavedVariable[]): Promise<void> {
    const { writeMetaGraph } = await import('./write-meta-graph.ts');
    writeMetaGraph(metaName(prefix), graphOf(variables), variables, { ...this.#options, ...this.#limits });
  }

  /** Deletes the checkpoint whose turn it is, or keeps it for good. */
  #deleteOld(): void {
    const { state, deleted } = nextToLeave(this.#state, this.#limits);
    this.#state = state;
    if (deleted !== undefined) removeCheckpoint(deleted);
  }

  /**
   * Restores the variables from a checkpoint of V1 or V2, partitioned or in shards, of a SavedModel, or one that goes by objects,
   * by full name. Every name, dtype and shape is checked, and all content read, before any variable is changed; throws `NameError`
   * with the nearest names, and `MismatchError`. With `partial` it restores what is there and fits, and reports the rest.
   *
   * Where the variables hold 32 MiB or more already, the content is read a second time, over what is there, so that there is no
   * second copy of it. A disk that fails only then leaves one variable without a value and some with their new ones: the
   * `UninitializedError` names them. In all other cases a failure changes nothing.
   */
  async restore(
    path: string | undefined = this.#options.filename,
    options: PartialRestore = {},
  ): Promise<RestoreReport> {
    const variables = this.#saved();
    if (variables.length === 0) return { restored: [], missing: [], unused: [], mismatched: [] };
    if (typeof path !== 'string' || path === '') {
      throw new UsageError('restore takes the path of a checkpoint; latestCheckpoint gives none where there is none');
    }
    return restoreVariables(path, variables, { partial: options.partial, reshape: this.#options.reshape });
  }

  /** Whether a checkpoint that it would restore is there. */
  static exists(path: string): boolean {
    return checkpointExists(path);
  }
}

/** Eight digits, as Python's `{:08d}`. */
function padded(step: bigint): string {
  return step < 0n ? `-${String(-step).padStart(7, '0')}` : String(step).padStart(8, '0');
}

/** The graph that variables belong to, as far as they have one. */
function graphOf(variables: readonly SavedVariable[]): Graph {
  const [first] = variables.flatMap((each) => each.variables);
  return (first as { graph?: Graph } | undefined)?.graph ?? getDefaultGraph();
}
