/** Looking into directories. */
import { readdirSync, readFileSync, statSync } from 'node:fs';

/** Names in a directory, sorted; none when it cannot be read. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory === '' ? '.' : directory).sort();
  } catch {
    return [];
  }
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The text of a small file. */
export function readText(path: string): string {
  return readFileSync(path, 'utf8');
}
