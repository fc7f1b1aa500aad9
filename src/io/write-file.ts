/** A small file in one atomic step. */
import { AtomicFiles } from './atomic-files.ts';

/** Writes a file, piece by piece, in the place of an older one: all of it appears, or nothing. Throws `WriteRefusedError`. */
export function writeFileAtOnce(path: string, ...pieces: readonly Uint8Array[]): void {
  const files = new AtomicFiles();
  try {
    const sink = files.create(path);
    for (const bytes of pieces) sink.write(bytes);
    files.commit();
  } catch (error) {
    throw files.failed(error);
  }
}
