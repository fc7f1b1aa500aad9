/** Documents of commands that write: the plan, and what came of it. */
import * as v from 'valibot';
import {
  bytes,
  count,
  described,
  dtype,
  flag,
  format,
  input,
  name,
  ok,
  schemaVersion,
  shape,
  text,
} from './vocabulary.ts';

const plan = {
  schemaVersion,
  path: described(v.nullable(text), '-o as it was given; null where a dry run names none'),
  resolved: described(text, 'what the new checkpoint is called; OUTPUT where a dry run names none'),
  format,
  written: described(flag, 'whether it was: not with --dry-run'),
  inputs: v.array(input),
  tensorCount: described(count, 'how many tensors the output has'),
  bytes: described(count, 'of their content'),
  bytesCopied: described(count, 'of them that are copied'),
  bytesReused: described(count, 'of them in files that are linked or cloned'),
  bytesDropped: described(count, 'of the tensors that are left out'),
  unchangedCount: described(count, 'how many tensors stay as they are'),
  renamed: v.array(v.strictObject({ input: described(text, 'the input, as resolved'), from: text, to: text })),
  dropped: v.array(v.strictObject({ input: described(text, 'the input, as resolved'), name, bytes })),
  steps: v.optional(described(v.array(text), 'of a recipe: what each step does')),
  changed: v.optional(
    described(
      v.array(
        v.strictObject({
          name,
          from: described(v.nullable(text), 'what it was, as float32[3,4]; null of a new tensor'),
          to: described(v.nullable(text), 'what it is; null of one that is gone'),
        }),
      ),
      'tensors whose content, dtype or shape is another',
    ),
  ),
  files: v.array(
    v.strictObject({
      path: text,
      action: v.picklist(['copy', 'link', 'reflink', 'write', 'replace', 'remove']),
      bytes: v.optional(described(count, 'its size; of some files it is known when they are written')),
      from: v.optional(described(text, 'the file that is linked or cloned')),
    }),
  ),
  notes: described(v.array(text), 'what a user should know, a sentence each'),
};

export const WriteDocument = v.strictObject({ ...plan, ok });

export const CastDocument = v.strictObject({
  ...plan,
  tensors: described(
    v.array(
      v.strictObject({
        name,
        from: dtype,
        to: dtype,
        shape,
        elements: count,
        overflow: v.optional(described(count, 'how many numbers became infinite or were clipped')),
        underflow: v.optional(described(count, 'how many became zero')),
        largestError: v.optional(described(v.number(), 'the largest |before - after|')),
      }),
    ),
    'what was cast; what was lost is known when it was written, or looked for by --fail-on',
  ),
  ok,
});

/** `ckpt doctor --salvage --json` */
export const SalvageDocument = v.strictObject({
  ...plan,
  lost: described(v.array(v.strictObject({ name, reason: text })), 'tensors that could not be saved'),
  damage: described(v.array(text), 'damaged parts of the index, a sentence each'),
  ok,
});
