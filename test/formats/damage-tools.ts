/** Spoiling the files of a checkpoint in every way, and what is then read and found. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readBytes } from '../../src/bytes/source.ts';
import { openNow, verifyCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { CkptError } from '../../src/errors.ts';
import { checkStored } from '../../src/inspect/digest.ts';
import type { TensorMap } from '../../src/tensor/tensor.ts';
import { fixture } from '../fixtures.ts';
import { scratch } from '../scratch.ts';
import { placesIn } from '../sweep.ts';

const CHANGES = [0xff, 0x01, 0x80];
/** How many places of a file the quick run spoils. */
const PLACES = 5;

/** What can be told of a map: each tensor's dtype, shape and bytes, or that reading it was refused. */
type Reading = Map<string, string>;
const REFUSED = 'refused';

function readingOf(tensors: TensorMap): Reading {
  const reading: Reading = new Map();
  for (const [name, tensor] of tensors) {
    try {
      checkStored(name, tensor);
      const bytes = readBytes(tensor.source, 0, tensor.source.byteLength);
      reading.set(name, `${tensor.dtype.name} ${tensor.shape} ${Buffer.from(bytes).toString('hex')}`);
    } catch (error) {
      if (!(error instanceof CkptError)) throw error;
      reading.set(name, REFUSED);
    }
  }
  return reading;
}

/** Reads everything; undefined when opening or listing is refused. */
function read(prefix: string): Reading | undefined {
  let close = (): void => {};
  try {
    const checkpoint = openNow(prefix);
    close = checkpoint.close;
    return readingOf(checkpoint.tensors);
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return undefined;
  } finally {
    close();
  }
}

type Verdict = 'sound' | 'noted' | 'damaged';

async function verdictOn(prefix: string): Promise<Verdict> {
  let verdict: Verdict = 'sound';
  try {
    for await (const { severity } of verifyCheckpoint(prefix)) {
      if (severity === 'damage') return 'damaged';
      verdict = 'noted';
    }
    return verdict;
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return 'damaged';
  }
}

export interface Subject {
  readonly prefix: string;
  readonly truth: Reading;
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
}

const isBundleFile = (file: string): boolean => /\.(index|data-\d{5}-of-\d{5})$/.test(file);

/** A copy of a fixture that may be spoilt. */
export function copyOf(name: string, isFile: (file: string) => boolean = isBundleFile): Subject {
  const source = fixture(name);
  const directory = scratch();
  const names = readdirSync(dirname(source)).filter(isFile);
  const files = names
    .filter((file) => file.startsWith(basename(source).replace(/-\?+-of-\d+$/, '')))
    .map((file) => ({ path: join(directory, file), bytes: readFileSync(join(dirname(source), file)) }));
  for (const { path, bytes } of files) writeFileSync(path, bytes);
  const prefix = join(directory, basename(source));
  return { prefix, files, truth: read(prefix) as Reading };
}

/** Throws unless the reading is the truth, as far as it goes; tells whether it is all of it. */
function isWhole(reading: Reading | undefined, truth: Reading, what: string): boolean {
  if (reading === undefined) return false;
  let whole = true;
  for (const [name, value] of reading) {
    if (value === REFUSED && truth.get(name) !== REFUSED) whole = false;
    else if (value !== truth.get(name))
      throw new Error(`${what}: ${name} reads as ${value}, not as ${truth.get(name)}`);
  }
  if (whole && reading.size !== truth.size)
    throw new Error(`${what}: ${reading.size} tensors are listed, not ${truth.size}`);
  return whole;
}

function withByte(bytes: Uint8Array, at: number, change: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = (changed[at] as number) ^ change;
  return changed;
}

/** Cuts a file and changes bytes at places of {@link placesIn}; returns the changes that no check noticed. */
export async function spoil(subject: Subject, path: string, bytes: Uint8Array, stride: number): Promise<string[]> {
  const unnoticed: string[] = [];
  const name = basename(path);
  const attempt = async (spoilt: Uint8Array, what: string): Promise<void> => {
    writeFileSync(path, spoilt);
    const whole = isWhole(read(subject.prefix), subject.truth, what);
    const verdict = await verdictOn(subject.prefix);
    if (verdict !== 'damaged' && !whole) throw new Error(`${what}: a check finds nothing, and yet not all can be read`);
    if (verdict === 'sound') unnoticed.push(what);
  };
  for (const at of placesIn(bytes.length, PLACES, stride)) {
    await attempt(bytes.subarray(0, at), `${name} cut at ${at}`);
    for (const change of CHANGES) await attempt(withByte(bytes, at, change), `${name} byte ${at} changed by ${change}`);
  }
  writeFileSync(path, bytes);
  return unnoticed;
}
