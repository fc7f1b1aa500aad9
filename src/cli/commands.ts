/** Every command: its name, what it does in a line, and where its code is, which is loaded when the command is called. */
import type { Command } from 'commander';

export interface CommandEntry {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  load(): Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'list',
    alias: 'ls',
    summary: 'names, dtypes, shapes and sizes of the tensors',
    load: async () => (await import('./commands/list.ts')).listCommand(),
  },
  {
    name: 'tree',
    summary: 'scopes with their parameter counts and bytes, runs of layers folded',
    load: async () => (await import('./commands/tree.ts')).treeCommand(),
  },
  {
    name: 'info',
    summary: 'one screen: format, files, step, parameters by dtype, largest tensors',
    load: async () => (await import('./commands/info.ts')).infoCommand(),
  },
  {
    name: 'verify',
    summary: 'check every checksum, bound and slice; exit 1 on damage',
    load: async () => (await import('./commands/verify.ts')).verifyCommand(),
  },
];
