/** A folder with copies of fixtures, for commands that write; and what lies in it. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect } from 'vitest';
import { openCheckpoint, openNow } from '../../src/checkpoints/checkpoint.ts';
import { scratch } from '../scratch.ts';
import { digestsOf } from '../surgery/small-maps.ts';
import { ckpt, FIXTURES, type Run, type RunOptions, shell } from './run.ts';

export interface Folder {
  readonly path: string;
  /** `ckpt` in this folder. */
  ckpt(args: readonly string[], options?: RunOptions): Run;
  shell(line: string): Run;
  /** Every file, sorted. */
  files(): string[];
  /** Digest by name of the checkpoint at a prefix, which must verify clean. */
  digests(prefix: string): Promise<Record<string, string>>;
  names(prefix: string): string[];
}

/** What follows the prefix in the name of a checkpoint's file; nothing for a V1 file, a number for a V1 shard. */
const FILE_ENDING = /^(\..*|-\d{5}-of-\d{5})?$/;

/** A new folder with the checkpoints at these prefixes in fixtures/. */
export function folderWith(...prefixes: readonly string[]): Folder {
  const path = scratch();
  for (const prefix of prefixes) {
    const directory = join(FIXTURES, dirname(prefix));
    const base = basename(prefix);
    const isOwn = (file: string): boolean => file.startsWith(base) && FILE_ENDING.test(file.slice(base.length));
    for (const name of readdirSync(directory).filter(isOwn)) {
      copyFileSync(join(directory, name), join(path, name));
    }
  }
  return {
    path,
    ckpt: (args, options = {}) => ckpt(args, { cwd: path, ...options }),
    shell: (line) => shell(line, { cwd: path }),
    files: () => readdirSync(path, { recursive: true }).map(String).sort(),
    names: (prefix) => {
      const checkpoint = openNow(join(path, prefix));
      const names = [...checkpoint.tensors.keys()];
      checkpoint.close();
      return names;
    },
    digests: async (prefix) => {
      expect(ckpt(['verify', prefix, '--json'], { cwd: path }).code).toBe(0);
      const checkpoint = await openCheckpoint(join(path, prefix));
      const digests = await digestsOf(checkpoint.tensors);
      checkpoint.close();
      return digests;
    },
  };
}

/** Makes a folder inside another. */
export function makeFolder(folder: Folder, name: string): void {
  mkdirSync(join(folder.path, name), { recursive: true });
}

/** A refusal: a sentence on stderr, nothing on stdout, exit code 2. */
export const refused = (message: string): Run => ({ stdout: '', stderr: `ckpt: ${message}\n`, code: 2 });
