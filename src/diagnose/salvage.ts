/** What can be saved of a damaged checkpoint: every tensor whose content matches its checksum to the last byte. */

import { encodeText } from '../bytes/text.ts';
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { type OpenedCheckpoint, openDamagedCheckpoint } from '../checkpoints/checkpoint.ts';
import { CkptError, CorruptError } from '../errors.ts';
import type { FormatName } from '../formats/format-name.ts';
import { checkStored } from '../inspect/digest.ts';
import { type Store, supply } from '../io/store.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { graphColumnsOf } from '../object-graph/stored-columns.ts';
import { drop } from '../surgery/subset.ts';
import { DerivedMap } from '../tensor/derived-map.ts';
import { UNKNOWN_DTYPE } from '../tensor/dtype.ts';
import { partsAlone } from '../tensor/partitioned.ts';
import { decodeSliceKey } from '../tensor/slice-key.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { graphKeys, unprovenIn, type VariablesBeside } from './vouched-names.ts';

export interface LostTensor {
  readonly name: string;
  /** Why, as a sentence. */
  readonly reason: string;
}

export interface Salvage {
  /** Its tensors are all that are known of, the lost ones too. Keeps the files open that the sound ones are read from. */
  readonly checkpoint: OpenedCheckpoint;
  readonly sound: TensorMap;
  readonly lost: readonly LostTensor[];
  /** Damaged parts of the index, a sentence each; of what they held, an object graph at most knows the names. */
  readonly damage: readonly string[];
  /** Whether all is there: no tensor is lost, and the damage costs none that nobody knows of. */
  readonly isComplete: boolean;
  /** How many are lost though their content is right: only their names, dtypes and shapes are vouched for by nothing. */
  readonly unprovenCount: number;
}

export interface SalvageOptions {
  /** Where the files are; without it, on this machine. */
  readonly store?: Store | undefined;
  /** The format to look for alone, where several have the same name. */
  readonly format?: FormatName | undefined;
  /**
   * Take tensors too that are listed where the index is cut off or damaged and whose content matches its checksum, though nothing
   * vouches for their names: no object graph that is sound, and no graph beside the checkpoint.
   */
  readonly unprovenNames?: boolean | undefined;
  /** Reads what a graph beside says, to vouch for names: `async (prefix) => (await readGraphFacts({ prefix }))?.variables`. */
  readonly variablesBeside?: VariablesBeside | undefined;
  /** Called after each tensor with the bytes that were looked at and all there are. */
  readonly onProgress?: ((progress: { readonly bytesDone: number; readonly bytesTotal: number }) => void) | undefined;
}

/**
 * Opens the checkpoint that a path leads to as far as it can be and reads every tensor. A partitioned tensor is sound when
 * all of its parts are. Throws a {@link CkptError} when nothing of the index can be trusted.
 */
export async function salvage(path: string, options: SalvageOptions = {}): Promise<Salvage> {
  const { store, format, unprovenNames, variablesBeside, onProgress } = options;
  const opened = await openDamagedCheckpoint(path, { store, format });
  const tensors = await supply(() => (opened.damage.length === 0 ? opened.tensors : withUnlisted(opened.tensors)));
  const lost: LostTensor[] = [];
  const lacksFiles = await supply(() => opened.files.some(({ byteLength }) => byteLength === undefined));
  let bytesTotal = 0;
  for (const { byteLength } of tensors.values()) bytesTotal += byteLength;
  let bytesDone = 0;
  let unprovenCount = 0;
  const checked = new Set<string>();
  const unproven = unprovenNames === true ? undefined : await unprovenIn(opened, variablesBeside);
  for (const [name, tensor] of tensors) {
    const reason = await supply(
      () =>
        problemWith(name, tensor, lacksFiles, checked) ??
        (name === OBJECT_GRAPH_KEY ? graphProblem(tensors) : undefined),
    );
    if (reason !== undefined) lost.push({ name, reason });
    else if (unproven?.has(name) === true) {
      lost.push({ name, reason: `tensor ${name}: its content is right, but nothing vouches for its name` });
      unprovenCount++;
    }
    bytesDone += tensor.byteLength;
    onProgress?.({ bytesDone, bytesTotal });
  }
  const gone = new TextSet(lost.map(({ name }) => name));
  const sound = drop(tensors, (name) => gone.has(name));
  const damage = opened.damage.map(({ message }) => message);
  const isAll = opened.damage.length === 0 || opened.isComplete === true || (await supply(() => isListed(tensors)));
  const isComplete = lost.length === 0 && isAll;
  return { checkpoint: { ...opened, tensors }, sound, lost, damage, isComplete, unprovenCount };
}

/**
 * Why a tensor cannot be trusted; undefined when it can. Slices that are not there are no loss, unless they may lie in a file
 * that is missing, which alone may know of them.
 */
function problemWith(name: string, tensor: Tensor, lacksFiles: boolean, checked: Set<string>): string | undefined {
  const owner = name.startsWith('\0') ? ownerOf(name) : undefined;
  if (owner !== undefined) return `it is a part of ${owner}, whose entry is lost`;
  return reasonOf(() => {
    if (tensor.problem !== undefined) throw tensor.problem;
    checkOnce(name, tensor, checked);
    const alone = partsAlone(name, tensor);
    if (alone === undefined) void tensor.source;
    else if (lacksFiles) throw new CorruptError(`tensor ${name}: only some of its slices are there`, { where: name });
  });
}

/** Why an object graph is none, though its bytes are as they were saved. */
const graphProblem = (tensors: TensorMap): string | undefined => reasonOf(() => void graphColumnsOf(tensors));

/** Checks content against its checksum, once where an index gives the same bytes to many tensors; `checked` has what was sound. */
function checkOnce(name: string, tensor: Tensor, checked: Set<string>): void {
  const { stored, crc32c, dtype, shape } = tensor;
  const place =
    stored === undefined
      ? undefined
      : [stored.path, stored.offset, stored.byteLength, crc32c, dtype.name, shape].join();
  if (place !== undefined && checked.has(place)) return;
  checkStored(name, tensor);
  if (place !== undefined) checked.add(place);
}

/** What an action is refused for. */
function reasonOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof CkptError) return error.message;
    throw error;
  }
}

/** The tensor of a stored part that no tensor lists any more. */
function ownerOf(name: string): string | undefined {
  let owner: string | undefined;
  reasonOf(() => {
    owner = decodeSliceKey(encodeText(name)).name;
  });
  return owner;
}

/** Tensors, and behind them those that are known by name alone. */
class WithUnlisted extends DerivedMap {
  constructor(
    readonly tensors: TensorMap,
    readonly unlisted: ReadonlyMap<string, Tensor>,
  ) {
    super();
  }

  override *entries(): MapIterator<[string, Tensor]> {
    yield* this.tensors;
    yield* this.unlisted;
  }

  override get(name: string): Tensor | undefined {
    return this.tensors.get(name) ?? this.unlisted.get(name);
  }
}

/** The tensors with those of which the object graph speaks, if it is sound, and the index no longer does. */
function withUnlisted(tensors: TensorMap): TensorMap {
  const keys = graphKeys(tensors);
  for (const name of tensors.keys()) for (const key of beginningsOf(name)) keys.delete(key);
  return keys.size === 0
    ? tensors
    : new WithUnlisted(tensors, new TextMap([...keys].map((key) => [key, unlisted(key)])));
}

/** Whether a sound object graph lists tensors: then each of them is among those that are known, be it as one that is lost. */
const isListed = (tensors: TensorMap): boolean => graphKeys(tensors).size > 0;

/** A name and what stands before a dash in it: a lookup table lists `.../table` and stores `.../table-keys`. */
function* beginningsOf(name: string): Generator<string> {
  yield name;
  for (let at = name.indexOf('-'); at >= 0; at = name.indexOf('-', at + 1)) yield name.slice(0, at);
}

function unlisted(name: string): Tensor {
  const message = `tensor ${name}: the object graph speaks of it, and its entry is in a damaged part of the index`;
  const problem = new CorruptError(message, { where: `tensor ${name}` });
  return {
    dtype: UNKNOWN_DTYPE,
    shape: [],
    byteLength: 0,
    problem,
    get source(): never {
      throw problem;
    },
  };
}
