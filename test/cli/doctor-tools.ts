/** What the tests of `ckpt doctor` share: how a problem is printed, and folders with a checkpoint that was spoilt. */
import { join } from 'node:path';
import { lines, type Run } from './run.ts';
import { type Folder, folderWith } from './surgery-folder.ts';

export const DATA = 'model.ckpt.data-00000-of-00001';
export const AGAIN = 'get the file again from where it came from, and compare its size and checksum';
export const OR_SALVAGE = `${AGAIN}; or save the tensors that are sound`;

/** What is printed of one problem: the finding, the cause, the remedy, and the commands. */
export interface Told {
  readonly found: string;
  readonly cause: string;
  readonly remedy: string;
  readonly commands?: readonly string[];
}

export const paragraph = ({ found, cause, remedy, commands = [] }: Told): string =>
  lines('', found, `  cause   ${cause}`, `  remedy  ${remedy}`, ...commands.map((line) => `          ${line}`));

/** What is printed of a path with these problems and nothing else. */
export const sick = (path: string, ...told: readonly Told[]): Run => ({
  stdout: lines(`${path}: ${told.length} problem${told.length === 1 ? '' : 's'}`) + told.map(paragraph).join(''),
  stderr: '',
  code: 1,
});

/** A folder with a sound checkpoint, spoilt. */
export function spoilt(spoil: (at: (name: string) => string, folder: Folder) => void): Folder {
  const folder = folderWith('v2/variables-howto/model.ckpt');
  spoil((name) => join(folder.path, name), folder);
  return folder;
}
