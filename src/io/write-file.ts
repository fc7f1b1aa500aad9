/** A file in one atomic step. */
import { type ByteSource, CHUNK_BYTES } from '../bytes/source.ts';
import { AtomicFiles } from './atomic-files.ts';
import type { FileSink } from './file-sink.ts';
import { behindLink } from './paths.ts';

/** Content through its source, chunk by chunk. */
function pass(source: ByteSource, sink: FileSink): void {
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, source.byteLength));
  for (let at = 0; at < source.byteLength; at += buffer.length) {
    const chunk = buffer.subarray(0, source.byteLength - at);
    source.readInto(chunk, at);
    sink.write(chunk);
  }
}

/**
 * Writes a file, piece by piece, in the place of an older one, whose mode and owner it keeps, or of the one that a link of this
 * name points to: all of it appears, or nothing. Throws `WriteRefusedError`.
 */
export function writeFileAtOnce(path: string, ...pieces: readonly (Uint8Array | ByteSource)[]): void {
  const files = new AtomicFiles();
  try {
    const sink = files.create(behindLink(path));
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) sink.write(piece);
      else pass(piece, sink);
    }
    files.commit({ keepOwner: true });
  } catch (error) {
    throw files.failed(error);
  }
}
