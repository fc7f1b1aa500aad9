/** What a write to a name would replace, whatever the format of what lies there. */

import type { Checkpoint } from '../formats/format.ts';
import { FORMATS } from '../formats/registry.ts';
import { checkTargets } from '../formats/write-targets.ts';
import { leavingsOf } from '../io/leavings.ts';
import { fileStore } from '../io/store.ts';

/**
 * The files of any checkpoint called `path`, or of what is left of one. Those that a killed write left under temporary names
 * are named as they will be called again.
 */
export function olderFiles(path: string): string[] {
  const store = fileStore();
  const aside = leavingsOf(path).map(({ target }) => target);
  return [...new Set([...aside.reverse(), ...FORMATS.flatMap((format) => format.filesOf(store, path))])];
}

/**
 * Throws {@link WriteRefusedError} where a checkpoint called `output` would replace a file of one of `inputs`, of those too
 * that it takes nothing from.
 */
export function checkNotInput(output: string, inputs: readonly Checkpoint[]): void {
  const files = inputs.flatMap((input) => input.files.map(({ path }) => path));
  checkTargets(output, olderFiles(output), files, true);
}
