/** Every command: its name, what it does in a line, and where its code is, which is loaded when the command is called. */
import type { Command } from 'commander';

export interface CommandEntry {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  /** What its exit codes say, where they say more than that it was done or could not be. */
  readonly exits?: string;
  load(): Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'list',
    alias: 'ls',
    summary: 'names, dtypes, shapes, sizes and roles of the tensors',
    exits: '0 done, 1 --sha256 found damage, 2 could not.',
    load: async () => (await import('./commands/list.ts')).listCommand(),
  },
  {
    name: 'print',
    summary: 'the values of tensors or of slices of them, as numpy prints them',
    exits: '0 done, 2 could not, or not all of it.',
    load: async () => (await import('./commands/print.ts')).printCommand(),
  },
  {
    name: 'print_tensors',
    summary: "TensorFlow's inspect_checkpoint: same flags, same text, real exit codes",
    exits: '0 done, 2 could not, or not all of it.',
    load: async () => (await import('./commands/print-tensors.ts')).printTensorsCommand(),
  },
  {
    name: 'tree',
    summary: 'scopes with their parameter counts and bytes, runs of layers folded',
    load: async () => (await import('./commands/tree.ts')).treeCommand(),
  },
  {
    name: 'info',
    summary: 'one screen: format, files, step, parameters by role, dtypes, largest tensors',
    load: async () => (await import('./commands/info.ts')).infoCommand(),
  },
  {
    name: 'stats',
    summary: 'what the numbers are like: extremes, moments, zeros, NaN and infinities',
    exits: '0 done, 1 --fail-on found what it names, 2 could not.',
    load: async () => (await import('./commands/stats.ts')).statsCommand(),
  },
  {
    name: 'dump',
    summary: 'one tensor, or a slice, as CSV, TSV, JSON, .npy, raw bytes or word2vec text',
    load: async () => (await import('./commands/dump.ts')).dumpCommand(),
  },
  {
    name: 'diff',
    summary: 'what two checkpoints differ in: names, dtypes, shapes, values; exit 1 if so',
    exits: '0 alike, 1 different, 2 could not be compared.',
    load: async () => (await import('./commands/diff.ts')).diffCommand(),
  },
  {
    name: 'match',
    summary: 'which tensor is which of another checkpoint, as a list for rename --map',
    load: async () => (await import('./commands/match.ts')).matchCommand(),
  },
  {
    name: 'verify',
    summary: 'check every checksum, bound and slice; exit 1 on damage',
    exits: '0 sound, 1 damaged, 2 could not be checked.',
    load: async () => (await import('./commands/verify.ts')).verifyCommand(),
  },
  {
    name: 'doctor',
    summary: 'what is wrong with a path, why, and what helps; --salvage writes what is sound',
    exits:
      '0 healthy, 1 something is wrong (with --salvage: tensors were\nlost), 2 there is nothing to look at or to save.',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  },
  {
    name: 'state',
    summary: 'the state file of a directory, held against what is there; --fix repairs it',
    exits: '0 all is well, 1 something is wrong, 2 could not.',
    load: async () => (await import('./commands/state.ts')).stateCommand(),
  },
  {
    name: 'latest',
    summary: 'the newest usable checkpoint of a directory; --finite: the newest without NaN',
    exits: '0 found, 1 there is none, 2 could not look.',
    load: async () => (await import('./commands/latest.ts')).latestCommand(),
  },
  {
    name: 'rename',
    summary: 'other names for the tensors: by a list, by substitution, by prefix',
    load: async () => (await import('./commands/rename.ts')).renameCommand(),
  },
  {
    name: 'subset',
    summary: 'a checkpoint of some of the tensors',
    load: async () => (await import('./commands/subset.ts')).subsetCommand(),
  },
  {
    name: 'drop',
    summary: 'a checkpoint without some of the tensors',
    load: async () => (await import('./commands/drop.ts')).dropCommand(),
  },
  {
    name: 'merge',
    summary: 'one checkpoint out of several',
    load: async () => (await import('./commands/merge.ts')).mergeCommand(),
  },
  {
    name: 'strip-non-trainable',
    summary: 'a checkpoint of the trainable variables',
    load: async () => (await import('./commands/strip-non-trainable.ts')).stripNonTrainableCommand(),
  },
  {
    name: 'strip-optimizer',
    summary: 'a checkpoint of what inference needs: no slots, no hyperparameters',
    load: async () => (await import('./commands/strip-optimizer.ts')).stripOptimizerCommand(),
  },
  {
    name: 'convert',
    summary: 'the same tensors in another format, or by name instead of by object, or back',
    load: async () => (await import('./commands/convert.ts')).convertCommand(),
  },
  {
    name: 'cast',
    summary: 'other dtypes for the same numbers: bfloat16, float16, float8, ..., with what is lost',
    exits: '0 done, 1 something overflowed and --fail-on says no, 2 could\nnot.',
    load: async () => (await import('./commands/cast.ts')).castCommand(),
  },
  {
    name: 'average',
    summary: 'several checkpoints as their exact mean; --last N, --weights, --ema',
    load: async () => (await import('./commands/average.ts')).averageCommand(),
  },
  {
    name: 'ema',
    summary: 'moving averages in the place of the variables they follow',
    load: async () => (await import('./commands/ema.ts')).emaCommand(),
  },
  {
    name: 'set',
    summary: 'new values for tensors, from numbers, files or initializers; --in-place',
    load: async () => (await import('./commands/set.ts')).setCommand(),
  },
  {
    name: 'resize',
    summary: 'more or fewer rows along an axis, slots too: a larger vocabulary, another head',
    load: async () => (await import('./commands/resize.ts')).resizeCommand(),
  },
  {
    name: 'remap',
    summary: 'rows that go where their word went: from one vocabulary to another',
    load: async () => (await import('./commands/remap.ts')).remapCommand(),
  },
  {
    name: 'concat',
    summary: 'numbered variables joined into one, slots too',
    load: async () => (await import('./commands/concat.ts')).concatCommand(),
  },
  {
    name: 'split',
    summary: 'one variable cut into numbered ones, slots too',
    load: async () => (await import('./commands/split.ts')).splitCommand(),
  },
  {
    name: 'transpose',
    summary: 'axes in another order, by numbers or by layout',
    load: async () => (await import('./commands/transpose.ts')).transposeCommand(),
  },
  {
    name: 'reshape',
    summary: 'another shape over the same elements',
    load: async () => (await import('./commands/reshape.ts')).reshapeCommand(),
  },
  {
    name: 'partition',
    summary: 'between a variable in one piece and a partitioned one',
    load: async () => (await import('./commands/partition.ts')).partitionCommand(),
  },
  {
    name: 'apply',
    summary: 'a recipe of several edits, in YAML or JSON, in one pass over the data',
    load: async () => (await import('./commands/apply.ts')).applyCommand(),
  },
];
