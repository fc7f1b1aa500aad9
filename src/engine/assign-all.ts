/**
 * Values of a checkpoint into variables: all content is read and held against its checksums before any variable is changed. Small
 * values wait in memory of their own. Large ones that variables have already are read once more, over what is there, so that
 * there is no second copy of a model.
 */
import { readBytes } from '../bytes/source.ts';
import { UninitializedError, UnreadableError } from '../errors.ts';
import { changeBetween, type HeldInput, identityAt } from '../io/file-identity.ts';
import { sameShape } from '../tensor/shape.ts';
import { type Tensor, tensorOfBytes } from '../tensor/tensor.ts';
import { checkTensor, loadTensor } from './load-tensor.ts';
import { checkThere, type Saveable } from './saveable.ts';

/** A variable, and the tensor that it is to get. */
export interface Incoming {
  /** For messages. */
  readonly name: string;
  readonly variable: Saveable;
  readonly tensor: Tensor;
}

/** From so many bytes on, memory that variables have already is filled anew. */
const LEAST_IN_PLACE_BYTES = 32 << 20;

/** The memory of a variable that a tensor may be read into. */
function memoryFor({ variable, tensor }: Incoming): Uint8Array | undefined {
  if (tensor.dtype.width === 0 || variable.dtype !== tensor.dtype.name || !sameShape(variable.shape, tensor.shape))
    return undefined;
  const memory = variable.memory?.();
  return memory?.length === tensor.source.byteLength ? memory : undefined;
}

/** The memories to be filled anew; none where there is room for all values beside them. */
function memoriesFor(incoming: readonly Incoming[]): readonly (Uint8Array | undefined)[] {
  const all = incoming.map(memoryFor);
  const bytes = all.reduce((sum, memory) => sum + (memory?.length ?? 0), 0);
  return bytes < LEAST_IN_PLACE_BYTES ? [] : all;
}

/** Throws {@link UnreadableError} where a file is not what was checked. */
function checkFiles(origin: HeldInput): void {
  for (const { path, identity } of origin.heldFiles?.() ?? []) {
    const change = changeBetween(identity, identityAt(path));
    if (change === undefined) continue;
    throw new UnreadableError(`${path} ${change} while it was read, so nothing was restored; do it again`, path);
  }
}

/** The error for a disk that gave all bytes once and not again. */
function halfway(incoming: readonly Incoming[], done: number, cause: unknown): UninitializedError {
  const { name } = (incoming[done] as Incoming).variable;
  const names = incoming.slice(0, done).map(({ variable }) => variable.name);
  const before = names.length === 0 ? 'no other variable was changed' : `${names.join(', ')} have their new values`;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UninitializedError(
    `the content of ${(incoming[done] as Incoming).name} was read and checked, but not a second time (${reason}): variable ${name} has no value now; ${before}, the others are as they were; restore again`,
    [name],
    { cause },
  );
}

/** Reads content over what variables hold. */
function fill(incoming: readonly Incoming[], memories: readonly Uint8Array[]): void {
  for (const [i, { tensor, variable }] of incoming.entries()) {
    try {
      tensor.source.readInto(memories[i] as Uint8Array, 0);
    } catch (error) {
      variable.drop?.();
      throw halfway(incoming, i, error);
    }
  }
}

/** From so many bytes in one value on, two are read at a time. */
const LARGE_BYTES = 8 << 20;

/**
 * Does something for each of a list, in their order; two at a time where one of them is large: so the processor has work for as many
 * threads. Throws the error of the first that failed, when nothing is under way any more.
 */
async function forEach(incoming: readonly Incoming[], act: (one: Incoming, i: number) => Promise<void>): Promise<void> {
  const failures = new Map<number, unknown>();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < incoming.length && failures.size === 0) {
      const i = next++;
      try {
        await act(incoming[i] as Incoming, i);
      } catch (error) {
        failures.set(i, error);
      }
    }
  };
  const hasLarge = incoming.some(({ tensor }) => tensor.byteLength >= LARGE_BYTES);
  await Promise.all(hasLarge ? [lane(), lane()] : [lane()]);
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
}

function give({ variable }: Incoming, value: Tensor): void {
  if (variable.take === undefined) variable.assign(value);
  else variable.take(value);
}

/**
 * Assigns values to variables. Where one cannot be read, or is damaged, no variable is changed: with values of less than 32 MiB
 * always. More than that is read over what the variables hold, after all of it was read and checked, and after no file was found
 * changed since. Should the disk fail only then, the variable whose content was being read is without a value, those before it
 * have their new ones, and the rest are as they were: {@link UninitializedError} names them. There is no way around this without
 * room for two models, in memory or on a disk: once more than a chunk is overwritten, the file cannot give back what was there.
 */
export async function assignAll(incoming: readonly Incoming[], origin: HeldInput): Promise<void> {
  const variables = incoming.map(({ variable }) => variable);
  checkThere(variables);
  const loaded: (Tensor | undefined)[] = [];
  const wanted = memoriesFor(incoming);
  await forEach(incoming, async ({ name, tensor }, i) => {
    if (wanted[i] === undefined) loaded[i] = await loadTensor(name, tensor);
    else await checkTensor(name, tensor);
  });
  // From here on nothing of this program comes in between.
  checkThere(variables);
  const over = incoming.filter((_, i) => loaded[i] === undefined);
  if (over.length > 0) checkFiles(origin);
  // What was changed, or lent to a save, since it was looked at has other memory, or none to be filled.
  const memories = over.map(memoryFor);
  const others = over.map(({ tensor: { dtype, shape, source } }, i) =>
    memories[i] === undefined ? tensorOfBytes(dtype, shape, readBytes(source, 0, source.byteLength)) : undefined,
  );
  fill(
    over.filter((_, i) => memories[i] !== undefined),
    memories.filter((memory) => memory !== undefined),
  );
  for (const [i, one] of over.entries()) if (others[i] !== undefined) give(one, others[i]);
  for (const [i, one] of incoming.entries()) if (loaded[i] !== undefined) give(one, loaded[i]);
}
