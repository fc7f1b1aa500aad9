/** The doors of this room, which is loaded when something is wrong, or may be. */
import { checkOptions, checkPath } from '../checkpoints/arguments.ts';
import type { DiagnoseOptions } from './diagnose.ts';
import type { Examination } from './diagnosis.ts';
import type { Salvage, SalvageOptions } from './salvage.ts';

/**
 * Examines what a path leads to: opens it, reads all of it, and says what is wrong and what helps. Throws a
 * {@link CkptError} only where there is nothing to look at.
 *
 * @example
 * const { healthy, diagnoses } = await diagnose('model.ckpt');
 * for (const { code, found, remedy, commands } of diagnoses) console.log(code, found, remedy, commands);
 * console.log(healthy);
 */
export async function diagnose(path: string, options: DiagnoseOptions = {}): Promise<Examination> {
  checkPath('diagnose', path);
  checkOptions('diagnose', options);
  return (await import('./diagnose.ts')).diagnose(path, options);
}

/**
 * Opens the checkpoint that a path leads to as far as it can be and reads every tensor. A partitioned tensor is sound when
 * all of its parts are. Throws a {@link CkptError} when nothing of the index can be trusted.
 *
 * @example
 * const { sound, lost, checkpoint } = await salvage('model.ckpt');
 * await writeCheckpoint('saved.ckpt', sound);
 * console.log(lost.map(({ name, reason }) => `${name}: ${reason}`));
 * checkpoint.close();
 */
export async function salvage(path: string, options: SalvageOptions = {}): Promise<Salvage> {
  checkPath('salvage', path);
  checkOptions('salvage', options);
  return (await import('./salvage.ts')).salvage(path, options);
}
