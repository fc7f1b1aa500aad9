/** Every JSON document that the command line prints, by its command: what scripts/build-schema.mjs publishes. */
import type * as v from 'valibot';
import {
  DiffDocument,
  DoctorDocument,
  LatestDocument,
  MatchDocument,
  StateDocument,
  StateFixDocument,
  VerifyDocument,
} from './judging.ts';
import {
  InfoDocument,
  ListDocument,
  PrintDocument,
  RecordDocument,
  ScopeSchema,
  StatsDocument,
  TreeDocument,
} from './looking.ts';
import { CastDocument, SalvageDocument, WriteDocument } from './writing.ts';

export interface DocumentEntry {
  /** The name of the file that has the schema, without its ending. */
  readonly name: string;
  /** What prints it. */
  readonly commands: readonly string[];
  readonly about: string;
  readonly schema: v.GenericSchema;
}

const WRITING = [
  'rename',
  'subset',
  'drop',
  'merge',
  'strip-non-trainable',
  'strip-optimizer',
  'convert',
  'average',
  'ema',
  'set',
  'resize',
  'remap',
  'concat',
  'split',
  'transpose',
  'reshape',
  'partition',
  'apply',
];

const entry = (name: string, about: string, schema: v.GenericSchema, commands = [`${name} --json`]): DocumentEntry => ({
  name,
  commands,
  about,
  schema,
});

export const DOCUMENTS: readonly DocumentEntry[] = [
  entry('list', 'The tensors that were selected.', ListDocument),
  entry('print', 'Their values; without a selector, what `list` gives.', PrintDocument),
  entry('tree', 'Scopes with their sums, runs of layers folded.', TreeDocument),
  entry('info', 'One screen about a checkpoint.', InfoDocument),
  entry('stats', 'What the numbers are like.', StatsDocument),
  entry('diff', 'What two checkpoints differ in; `ok` is whether they are alike.', DiffDocument),
  entry('match', 'Which tensor is which of another checkpoint.', MatchDocument),
  entry('verify', 'What is not as it was written; `ok` is whether it is sound.', VerifyDocument),
  entry('doctor', 'What is wrong, why, and what helps; `ok` is whether it is healthy.', DoctorDocument),
  entry('salvage', 'What was saved and what is lost.', SalvageDocument, ['doctor --salvage --json']),
  entry('state', 'The state file, held against what is there.', StateDocument),
  entry('state-fix', 'The state file as it is repaired.', StateFixDocument, ['state --fix --json']),
  entry('latest', 'The newest checkpoint that can be used.', LatestDocument),
  entry('cast', 'A plan and what came of it, with what the cast lost.', CastDocument),
  ...WRITING.map((name) => entry(name, 'A plan and what came of it.', WriteDocument)),
  entry('record', 'What `--record` leaves beside a checkpoint.', RecordDocument, ['OUT.ckpt.json']),
];

/** Schemas that refer to themselves, by the names that they have where they are published. */
export const DEFINITIONS: Readonly<Record<string, v.GenericSchema>> = { Scope: ScopeSchema };
