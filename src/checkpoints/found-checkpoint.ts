/** A checkpoint that lies on the disk: its files, and whether it can be used, which is looked into when first asked. */
import { basename } from 'node:path';
import { CkptError, UnreadableError } from '../errors.ts';
import type { CheckpointFile, Found } from '../formats/format.ts';
import type { FormatName } from '../formats/format-name.ts';
import { formatOf } from '../formats/registry.ts';
import { recogniseFile } from '../io/recognise.ts';
import { stemOf } from '../io/shard-names.ts';
import type { Store } from '../io/store.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Kinds of text that stand in the place of a data file. */
const STAND_INS = ['lfs-pointer', 'html'];

/** What can be read off a path: `model.ckpt-300` was saved at step 300; undefined where the name ends in no number. */
export function stepOf(prefix: string): number | undefined {
  const digits = /-(\d+)$/.exec(stemOf(prefix))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export class FoundCheckpoint {
  /** What every command takes; for V1 shards it is a pattern, `model.ckpt-300-?????-of-00002`, as TensorFlow notes it. */
  readonly prefix: string;
  readonly format: FormatName;
  /** Of V2 the index comes first. */
  readonly files: readonly string[];
  readonly step: number | undefined;
  /** When its index was written, in seconds since 1970; of a V1 checkpoint, its first file. */
  readonly savedAt: number;
  /** Bytes that its files take: index and data, or the tables of V1. */
  readonly bytes: number;
  #problem: string | undefined | null = null;

  constructor(
    readonly store: Store,
    readonly found: Found,
  ) {
    const { prefix, format, files } = found;
    [this.prefix, this.format, this.files] = [prefix, format, files];
    this.step = stepOf(prefix);
    this.savedAt = (store.modified?.(files[0] ?? prefix) ?? 0) / 1000;
    this.bytes = files.reduce((sum, file) => sum + (store.size(file) ?? 0), 0);
  }

  /** Why it cannot be used: it does not open, or a data file is missing or too short; undefined when it can. */
  get problem(): string | undefined {
    if (this.#problem === null) this.#problem = problemOf(this);
    return this.#problem;
  }
}

/** What is wrong with the files of a checkpoint: some are missing, or something else stands in their place. */
function problemWithFiles(store: Store, files: readonly CheckpointFile[]): string | undefined {
  const tables = files.filter(({ kind }) => kind === 'table');
  const there = tables.filter(({ byteLength }) => byteLength !== undefined);
  if (there.length < tables.length) return `only ${there.length} of its ${tables.length} shards are there`;
  for (const { path, kind, byteLength } of files) {
    if (byteLength === undefined) return `its data file ${basename(path)} is missing`;
    const foreign = kind === 'data' ? recogniseFile(store, path) : undefined;
    if (foreign !== undefined && STAND_INS.includes(foreign.kind)) {
      return `its data file ${basename(path)} ${foreign.sentence}`;
    }
  }
  return undefined;
}

function problemOf({ store, found }: FoundCheckpoint): string | undefined {
  try {
    const checkpoint = formatOf(found.format).open(store, found);
    try {
      const files = problemWithFiles(store, checkpoint.files);
      if (files !== undefined) return files;
      const sizes = new Map(checkpoint.files.map(({ path, byteLength = 0 }) => [path, byteLength]));
      for (const tensor of checkpoint.tensors.values()) {
        const short = cutOff(tensor, sizes);
        if (short !== undefined) return short;
      }
      return undefined;
    } finally {
      checkpoint.close();
    }
  } catch (error) {
    if (error instanceof CkptError || error instanceof UnreadableError) return error.message;
    throw error;
  }
}

/** Says which data file ends before the content of a tensor does. */
function cutOff(tensor: Tensor, sizes: ReadonlyMap<string, number>): string | undefined {
  if (tensor.problem !== undefined) return undefined;
  const { stored, parts } = tensor;
  for (const part of parts ?? []) {
    const short = cutOff(part.tensor, sizes);
    if (short !== undefined) return short;
  }
  if (stored === undefined || stored.byteLength === 0) return undefined;
  const end = stored.offset + stored.byteLength;
  const size = sizes.get(stored.path);
  if (size === undefined || size >= end) return undefined;
  return `its data file ${basename(stored.path)} is cut off: it has ${size} bytes, and at least ${end} belong to it`;
}

/** Orders checkpoints from the oldest to the newest: by step, then by time; one without a step comes before all with one. */
export function byAge(a: FoundCheckpoint, b: FoundCheckpoint): number {
  return (a.step ?? -1) - (b.step ?? -1) || a.savedAt - b.savedAt || (a.prefix < b.prefix ? -1 : 1);
}
