/**
 * Checking HDF5: its structure, where its content lies, and all content that went through filters, some of which know whether
 * it is what it was. Content that lies there as it is has no checksum, save in an archive, which has one for each member.
 */
import { type ByteSource, CHUNK_BYTES } from '../../bytes/source.ts';
import { CkptError, CorruptError, UnsupportedError } from '../../errors.ts';
import { crc32 } from '../../io/crc32.ts';
import { type Store, supply } from '../../io/store.ts';
import { readDirectory } from '../../zip/directory.ts';
import { memberSource } from '../../zip/member-source.ts';
import type { Finding, VerifyOptions } from '../finding.ts';
import type { Found } from '../format.ts';
import { isKerasArchive, openHdf5 } from './open.ts';

/** Reads content that is unpacked, in turns with others; returns what is wrong with it. */
async function contentProblem(
  source: ByteSource,
  onChunk: (chunk: Uint8Array) => void,
): Promise<CkptError | undefined> {
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, source.byteLength));
  try {
    for (let at = 0; at < source.byteLength; at += buffer.length) {
      const part = buffer.subarray(0, Math.min(buffer.length, source.byteLength - at));
      await supply(() => {
        source.expect?.([{ offset: at, length: part.length }]);
        source.readInto(part, at);
      });
      onChunk(part);
      await new Promise(setImmediate);
    }
  } catch (error) {
    if (error instanceof CkptError) return error;
    throw error;
  }
  return undefined;
}

/** Checks every member of an archive of Keras against its CRC-32: the model with its weights. */
async function* memberFindings(store: Store, path: string): AsyncGenerator<Finding> {
  const file = await supply(() => store.open(path));
  try {
    if (!(await supply(() => isKerasArchive(file)))) return;
    const { members } = await supply(() => readDirectory(file));
    for (const member of members) {
      let sum = 0;
      const source = await supply(() => memberSource(file, member));
      const wrong = await contentProblem(source, (chunk) => {
        sum = crc32(chunk, sum);
      });
      if (wrong === undefined && sum === member.crc32) continue;
      const message = `${path}: ${wrong?.message ?? `member ${member.name} does not match its CRC-32`}`;
      yield { kind: 'tensor-checksum', severity: 'damage', message, path, offset: member.headerAt };
    }
  } finally {
    file.close();
  }
}

/** Checks the structure, every dataset, and what an archive has beside them; goes on after a finding. */
export async function* verifyHdf5(store: Store, found: Found, options: VerifyOptions = {}): AsyncGenerator<Finding> {
  const path = found.prefix;
  let checkpoint: ReturnType<typeof openHdf5>;
  try {
    checkpoint = await supply(() => openHdf5(store, found));
  } catch (error) {
    if (!(error instanceof CkptError) || error instanceof UnsupportedError) throw error;
    const offset = error instanceof CorruptError ? error.damage.offset : undefined;
    yield { kind: 'index-damaged', severity: 'damage', message: error.message, path, offset };
    return;
  }
  const totals = { tensors: 0, bytes: 0, files: 1 };
  const bytesTotal = [...checkpoint.tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  let bytesDone = 0;
  const step = ({ length }: Uint8Array): void => {
    bytesDone += length;
    options.onProgress?.({ bytesDone, bytesTotal });
  };
  try {
    yield* memberFindings(store, path);
    for (const [tensor, { problem, byteLength, stored, source }] of checkpoint.tensors) {
      if (problem === undefined) {
        const wrong = stored === undefined ? await contentProblem(source, step) : undefined;
        if (wrong !== undefined) {
          const message = `dataset ${tensor}: ${wrong.message}`;
          yield { kind: 'invalid-entry', severity: 'damage', message, path, tensor };
          continue;
        }
        totals.tensors++;
        totals.bytes += byteLength;
      } else if (problem instanceof UnsupportedError) throw problem;
      else yield { kind: 'invalid-entry', severity: 'damage', message: problem.message, path, tensor };
    }
  } finally {
    checkpoint.close();
  }
  if (options.totals !== undefined) Object.assign(options.totals, totals);
}
