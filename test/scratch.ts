/** Directories for tests that write files: made in the system's place for such things, gone when the test file ends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** A new empty directory. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ckpt-test-'));
  made.push(directory);
  return directory;
}

/** Removes every directory that was made; test/setup.ts calls it. */
export function removeScratch(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}
