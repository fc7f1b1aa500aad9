/** A small file in one atomic step. */
import { AtomicFiles } from './atomic-files.ts';
import { behindLink } from './paths.ts';

/**
 * Writes a file, piece by piece, in the place of an older one, whose mode and owner it keeps, or of the one that a link of this
 * name points to: all of it appears, or nothing. Throws `WriteRefusedError`.
 */
export function writeFileAtOnce(path: string, ...pieces: readonly Uint8Array[]): void {
  const files = new AtomicFiles();
  try {
    const sink = files.create(behindLink(path));
    for (const bytes of pieces) sink.write(bytes);
    files.commit({ keepOwner: true });
  } catch (error) {
    throw files.failed(error);
  }
}
