/** The arguments `NAME=VALUE` of `set`: which tensor, and what it gets. */
import { furtherNamesOf } from '../graph.ts';
import {
  type Assignment,
  type NewValue,
  type OpenedCheckpoint,
  openCheckpoint,
  type TensorMap,
  UsageError,
} from '../index.ts';
import {
  declaredTensor,
  isDeclaration,
  MeantNames,
  nearestHint,
  parseFilling,
  parseValue,
  unescapeName,
} from '../text.ts';

const EXAMPLE = "ckpt set model.ckpt global_step=0 'w=@w.npy' -o out.ckpt";

/** Whether a text may be a value; a file is looked for later. */
const isValue = (text: string): boolean =>
  text.startsWith('@') || parseFilling(text) !== undefined || parseValue(text) !== undefined;

/** Each beginning of an argument that an `=` follows: all that its name may be. */
function* beginningsOf(text: string): Generator<string> {
  for (let at = text.indexOf('='); at >= 0; at = text.indexOf('=', at + 1)) yield text.slice(0, at);
}

/** The two sides of an argument; where names hold an `=`, the one that is there decides. */
function sidesOf(text: string, names: MeantNames): readonly [name: string, value: string] {
  const known: (readonly [string, string])[] = [];
  let first: readonly [string, string] | undefined;
  let declared: readonly [string, string] | undefined;
  for (const left of beginningsOf(text)) {
    const right = text.slice(left.length + 1);
    if (names.keyOf(left) !== undefined) known.push([left, right]);
    first ??= [left, right];
    if (isDeclaration(left) && isValue(right)) declared ??= [left, right];
  }
  const [likely, other] = known.length > 1 ? known.filter(([, value]) => isValue(value)) : known;
  if (other !== undefined) {
    throw new UsageError(
      `${text} may set ${likely?.[0]} or ${other[0]}: both are there; a recipe of ckpt apply tells them apart`,
    );
  }
  const sides = likely ?? known[0] ?? declared ?? first;
  if (sides === undefined || sides[0] === '') throw new UsageError(`${text} is no NAME=VALUE; write ${EXAMPLE}`);
  return sides;
}

/** The tensor that is called so, or `name:float32[3,4]`, what a new one is to be. */
function placeOf(text: string, names: MeantNames): Pick<Assignment, 'name' | 'declared'> {
  const key = names.keyOf(text);
  const declared = key === undefined ? declaredTensor(text) : undefined;
  if (declared === undefined) return { name: key ?? unescapeName(text) };
  return { name: names.keyOf(declared.name) ?? unescapeName(declared.name), declared };
}

/** Files that values are read from, each opened once; they stay open until all is written. */
export class ValueFiles {
  readonly #open = new Map<string, OpenedCheckpoint>();

  close(): void {
    for (const checkpoint of this.#open.values()) checkpoint.close();
    this.#open.clear();
  }

  async #at(path: string): Promise<OpenedCheckpoint> {
    let checkpoint = this.#open.get(path);
    if (checkpoint === undefined) {
      checkpoint = await openCheckpoint(path);
      this.#open.set(path, checkpoint);
    }
    return checkpoint;
  }

  /** The tensor that `path` or `path:key` means, for the tensor `name`. */
  async tensorAt(text: string, name: string): Promise<NewValue> {
    const found = await this.#split(text);
    if (found instanceof Error) throw found;
    const { path, key, checkpoint } = found;
    const { tensors } = checkpoint;
    const [only] = tensors.keys();
    const names = key === undefined ? undefined : new MeantNames(tensors, [key], await furtherNamesOf(tensors));
    const chosen =
      names?.keyOf(key as string) ?? key ?? (tensors.has(name) ? name : tensors.size === 1 ? only : undefined);
    if (chosen === undefined) throw new UsageError(`${path} holds ${tensors.size} tensors; say which: @${path}:NAME`);
    const tensor = tensors.get(chosen);
    if (tensor === undefined) {
      throw new UsageError(`${path} has no tensor called ${chosen}${nearestHint(chosen, tensors.keys())}`);
    }
    return { kind: 'tensor', name: key === undefined ? path : `${path}:${chosen}`, tensor };
  }

  /** Paths and names may hold colons: the longest beginning that opens is the path. */
  async #split(text: string): Promise<{ path: string; key?: string; checkpoint: OpenedCheckpoint } | Error> {
    let refused: Error | undefined;
    for (let end = text.length; end > 0; end = text.lastIndexOf(':', end - 1)) {
      const [path, key] = [text.slice(0, end), text.slice(end + 1)];
      try {
        const checkpoint = await this.#at(path);
        return end === text.length ? { path, checkpoint } : { path, key, checkpoint };
      } catch (error) {
        refused ??= error as Error;
      }
    }
    return refused ?? new UsageError(`@ takes a file: @x.npy, @x.npz:key or @other.ckpt:name`);
  }
}

async function newValueOf(text: string, name: string, files: ValueFiles): Promise<NewValue> {
  if (text.startsWith('@')) return files.tensorAt(text.slice(1), name);
  const filling = parseFilling(text);
  if (filling !== undefined) return filling;
  const value = parseValue(text);
  if (value !== undefined) return { kind: 'json', value };
  throw new UsageError(
    `${name}=${text}: a value is a number, JSON (strings in quotes), @FILE, zeros, ones, normal:STD or uniform:LO,HI`,
  );
}

/** What `NAME=VALUE` arguments mean for these tensors, and, of those called by another name than their own, where they are stored. */
export async function assignmentsOf(
  texts: readonly string[],
  tensors: TensorMap,
  files: ValueFiles,
): Promise<{ readonly assignments: readonly Assignment[]; readonly notes: readonly string[] }> {
  const assignments: Assignment[] = [];
  const notes: string[] = [];
  const names = new MeantNames(
    tensors,
    texts.flatMap((text) => [...beginningsOf(text)]),
    await furtherNamesOf(tensors),
  );
  for (const text of texts) {
    const [left, right] = sidesOf(text, names);
    const place = placeOf(left, names);
    if (place.declared === undefined && place.name !== unescapeName(left) && tensors.has(place.name)) {
      notes.push(`${left} is stored as ${place.name}`);
    }
    assignments.push({ ...place, value: await newValueOf(right, place.name, files) });
  }
  return { assignments, notes };
}
