/** A small file in one atomic step. */
import { AtomicFiles } from './atomic-files.ts';

/** Writes a file in the place of an older one: all of it appears, or nothing. Throws `WriteRefusedError`. */
export function writeFileAtOnce(path: string, bytes: Uint8Array): void {
  const files = new AtomicFiles();
  try {
    files.create(path).write(bytes);
    files.commit();
  } catch (error) {
    throw files.failed(error);
  }
}
