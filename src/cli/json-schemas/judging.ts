/** Documents of commands that hold something against something: `diff`, `match`, `verify`, `doctor`, `state`, `latest`. */
import * as v from 'valibot';
import {
  bytes,
  count,
  described,
  dtype,
  eachOf,
  fileCount,
  findings,
  flag,
  format,
  head,
  input,
  name,
  numberOrNull,
  ok,
  schemaVersion,
  shape,
  tensorCount,
  text,
  whole,
} from './vocabulary.ts';

const form = v.strictObject({ dtype, shape });
const named = v.array(v.strictObject({ name, dtype, shape }));

export const DiffDocument = v.strictObject({
  schemaVersion,
  a: input,
  b: input,
  added: described(named, 'in B alone'),
  removed: described(named, 'in A alone'),
  changed: described(v.array(v.strictObject({ name, a: form, b: form })), 'in both, of another dtype or shape'),
  renamed: described(v.array(v.strictObject({ from: text, to: text })), 'probable renames among those in one alone'),
  commonCount: described(count, 'how many are in both with the same dtype and shape'),
  values: described(
    v.nullable(
      v.array(
        v.strictObject({
          name,
          alike: described(flag, 'whether all elements are, within the tolerance'),
          by: described(v.picklist(['checksum', 'content']), 'how that is known'),
          differingCount: v.optional(described(count, 'how many elements are not alike')),
          maxAbs: v.optional(described(v.number(), 'the largest |a - b|')),
          meanAbs: v.optional(v.number()),
          maxRelative: v.optional(described(v.number(), 'the largest |a - b| / |b|')),
          cosine: v.optional(described(numberOrNull, 'of the angle between both, taken as vectors')),
          maxUlp: v.optional(described(v.number(), 'floats that lie between, plus one, at the most')),
          at: v.optional(described(v.array(count), 'where the largest difference stands')),
        }),
      ),
    ),
    '--values: of those in both; null where values were not compared',
  ),
  ok,
});

export const MatchDocument = v.strictObject({
  schemaVersion,
  a: input,
  b: input,
  pairs: v.array(
    v.strictObject({
      from: described(text, 'the name in A'),
      to: described(text, 'the name in B'),
      evidence: described(v.picklist(['content', 'name', 'shape', 'guess']), 'how that is known'),
    }),
  ),
  unmatched: described(v.strictObject({ a: v.array(text), b: v.array(text) }), 'names without a match'),
  ok,
});

const OneVerify = v.strictObject({
  ...head,
  tensorCount,
  bytes: described(count, 'how many bytes were checked'),
  fileCount,
  findings: v.array(
    v.strictObject({
      ...findings(['damage', 'note'], 'a word for what is wrong, which stays the same'),
      path: v.optional(described(text, 'the file')),
      tensor: v.optional(described(text, 'the name of the tensor')),
      offset: v.optional(described(whole, 'in the file')),
      expected: v.optional(text),
      found: v.optional(text),
    }),
  ),
  ok,
});

export const VerifyDocument = eachOf(OneVerify);

export const DoctorDocument = v.strictObject({
  schemaVersion,
  path: head.path,
  resolved: described(v.nullable(text), 'the checkpoint that it leads to; null where it leads to none'),
  format: v.optional(format),
  tensorCount: v.optional(tensorCount),
  bytes: v.optional(bytes),
  fileCount: v.optional(fileCount),
  diagnoses: v.array(
    v.strictObject({
      code: described(text, 'a word for what is wrong, which stays the same'),
      severity: v.picklist(['problem', 'note']),
      path: described(text, 'what it is about'),
      found: described(text, 'a sentence'),
      cause: described(text, 'what leads to it'),
      remedy: described(text, 'what helps'),
      commands: described(v.array(text), 'lines for a shell that do so'),
    }),
  ),
  ok,
});

const found = {
  resolved: described(v.nullable(text), 'the checkpoint; null where it is gone'),
  format: v.nullable(format),
  step: described(v.nullable(v.union([whole, text])), 'of its name'),
  bytes: described(v.nullable(count), 'of its files'),
  problem: described(v.nullable(text), 'why it cannot be used'),
};

export const StateDocument = v.strictObject({
  schemaVersion,
  path: head.path,
  resolved: described(text, 'the state file'),
  directory: text,
  latest: described(v.nullable(text), 'as the state file has it'),
  lastPreserved: described(numberOrNull, 'seconds since 1970'),
  listed: v.array(
    v.strictObject({
      path: described(text, 'as the state file has it'),
      latest: flag,
      place: described(text, 'there, moved or gone'),
      timestamp: described(numberOrNull, 'seconds since 1970'),
      ...found,
    }),
  ),
  unlisted: v.array(v.strictObject(found)),
  leftovers: described(
    v.array(v.strictObject({ path: text, kind: v.picklist(['file', 'directory']), bytes: count })),
    'of saves that did not finish',
  ),
  findings: v.array(
    v.strictObject({
      ...findings(['wrong', 'note'], 'a word for what is wrong, which stays the same'),
      path: v.optional(text),
    }),
  ),
  repair: described(v.nullable(text), 'the line for a shell that repairs it'),
  ok,
});

/** `ckpt state --fix --json` */
export const StateFixDocument = v.strictObject({
  schemaVersion,
  path: head.path,
  resolved: described(text, 'the state file'),
  written: described(flag, 'whether it was; not with --dry-run, nor where nothing is to be repaired'),
  changed: described(flag, 'whether it says something else than before'),
  state: v.strictObject({
    latest: v.optional(text),
    all: v.array(text),
    timestamps: v.optional(v.array(v.number())),
    lastPreserved: v.optional(v.number()),
  }),
  ok,
});

export const LatestDocument = v.strictObject({
  schemaVersion,
  path: head.path,
  resolved: described(v.nullable(text), 'the newest checkpoint that can be used; null where there is none'),
  format: v.nullable(format),
  step: described(v.nullable(v.union([whole, text])), 'of its name'),
  source: described(v.nullable(text), 'how it was found: latest, listed or disk'),
  rejected: described(v.array(v.strictObject({ path: text, reason: text })), 'what was passed over'),
  ok,
});
