/** Documents of commands that look into a checkpoint: `list`, `print`, `tree`, `info`, `stats`. */
import * as v from 'valibot';
import {
  bytes,
  count,
  described,
  dtype,
  eachOf,
  evidence,
  format,
  head,
  name,
  numberOrNull,
  ok,
  parameterCount,
  role,
  shape,
  stopped,
  tensorCount,
  text,
  trainable,
  whole,
} from './vocabulary.ts';

const error = described(text, 'what keeps it from being read');

export const ListDocument = v.strictObject({
  ...head,
  tensors: v.array(
    v.strictObject({
      name,
      dtype,
      shape,
      elements: described(whole, 'how many elements'),
      bytes,
      role,
      trainable,
      evidence,
      slotOf: v.optional(described(text, 'of a slot or moving average: the name of its variable')),
      slot: v.optional(described(text, 'of a slot: what the optimizer calls it')),
      fullName: v.optional(described(text, 'in a checkpoint of objects: what the program calls the variable')),
      paths: v.optional(described(v.array(text), 'in a checkpoint of objects: the other paths that lead to it')),
      shard: v.optional(described(count, '--long: the data file that it lies in')),
      offset: v.optional(described(whole, '--long: where in that file')),
      crc32c: v.optional(described(v.nullable(text), '--long: the recorded checksum, eight hexadecimal digits')),
      slices: v.optional(described(v.array(text), '--long, of a partitioned tensor: its slices')),
      sha256: v.optional(described(text, '--sha256: the digest of its content')),
      error: v.optional(error),
    }),
  ),
  error: stopped,
  ok,
});

const PrintedDocument = v.strictObject({
  ...head,
  tensors: v.array(
    v.strictObject({
      name,
      slice: v.optional(described(text, 'the slice, with its brackets')),
      dtype: v.optional(dtype),
      shape: v.optional(shape),
      bytes: v.optional(bytes),
      values: v.optional(
        described(
          v.unknown(),
          'nested lists; NaN and infinities are "NaN", "Infinity" and "-Infinity", complex numbers [real, imaginary]',
        ),
      ),
      error: v.optional(error),
    }),
  ),
  error: stopped,
  ok,
});

/** Without a selector `print` lists. */
export const PrintDocument = v.union([PrintedDocument, ListDocument]);

const totals = { tensorCount, parameterCount, bytes };

const byRole = {
  roles: described(v.array(v.strictObject({ role, ...totals })), 'sums by role'),
  weights: described(v.array(v.strictObject({ trainable, evidence, ...totals })), 'sums of the weights'),
  optimizers: described(
    v.array(
      v.strictObject({
        optimizer: v.optional(described(text, 'what it is')),
        slots: described(v.array(text), 'what its slots are called'),
      }),
    ),
    'who trained them',
  ),
};

/** A scope of names, or a tensor. */
export interface Scope {
  readonly label: string;
  readonly count: number;
  readonly tensorCount: number;
  readonly parameterCount: number;
  readonly bytes: number;
  readonly dtype?: string | undefined;
  readonly shape?: readonly number[] | undefined;
  readonly children: readonly Scope[];
}

export const ScopeSchema: v.GenericSchema = v.strictObject({
  label: described(text, 'the part of the name; {0..11} stands for the numbers of a run that was folded'),
  count: described(count, 'how many alike scopes this stands for; the figures are those of one'),
  ...totals,
  dtype: v.optional(dtype),
  shape: v.optional(shape),
  children: v.array(v.lazy(() => ScopeSchema)),
});

export const TreeDocument = v.strictObject({
  ...head,
  root: ScopeSchema,
  ...byRole,
  ok,
});

const recorded = v.strictObject({
  path: text,
  format,
  files: v.array(
    v.strictObject({ path: text, bytes, sha256: v.optional(described(text, 'of a file in which an index lies')) }),
  ),
});

/** `OUT.ckpt.json`, which `--record` writes. */
export const RecordDocument = v.strictObject({
  schemaVersion: v.optional(v.literal(1)),
  ckpt: described(text, 'the version of this program'),
  command: described(v.array(text), 'the arguments'),
  recipe: v.optional(described(text, 'what ckpt apply read')),
  inputs: v.array(recorded),
  output: recorded,
});

const OneInfo = v.strictObject({
  ...head,
  byteOrder: v.picklist(['little', 'big']),
  files: v.array(
    v.strictObject({
      path: text,
      kind: described(text, 'index, data or table'),
      bytes: v.optional(described(count, 'its size; missing where the file is')),
    }),
  ),
  tensorCount,
  parameterCount,
  bytes,
  partitionedCount: described(count, 'how many of the tensors are partitioned'),
  dtypes: v.array(v.strictObject({ dtype, ...totals })),
  largest: described(v.array(v.strictObject({ name, bytes })), 'the largest tensors'),
  step: v.optional(described(v.strictObject({ name, value: whole }), 'how far training had come, and who says so')),
  objectGraph: v.optional(
    described(
      v.union([
        v.strictObject({
          objectCount: described(count, 'how many objects'),
          slotCount: described(count, 'how many slots'),
        }),
        v.strictObject({ error }),
      ]),
      'of a checkpoint of objects (TF2)',
    ),
  ),
  ...byRole,
  tensorflowVersion: v.optional(described(text, 'the version that wrote the graph beside it')),
  record: v.optional(described(RecordDocument, 'the record that --record left beside it')),
  ok,
});

export const InfoDocument = eachOf(OneInfo);

const figures = {
  count: described(count, 'how many numbers'),
  finite: described(count, 'how many of them are finite: the figures are over those'),
  min: numberOrNull,
  max: numberOrNull,
  mean: numberOrNull,
  std: described(numberOrNull, 'of the population'),
  l2: described(numberOrNull, 'the square root of the sum of squares'),
  zeros: count,
  nan: count,
  inf: count,
  percentiles: described(v.nullable(v.record(text, v.number())), 'by percent: 1, 5, 25, 50, 75, 95, 99'),
  histogram: described(
    v.nullable(v.strictObject({ edges: v.array(v.number()), counts: v.array(count) })),
    'counts in equal steps from min to max',
  ),
};

export const StatsDocument = v.strictObject({
  ...head,
  tensors: described(
    v.array(v.strictObject({ name, dtype, shape, ...v.partial(v.strictObject(figures)).entries })),
    'strings and variants have no figures; with --total one row, over all numbers',
  ),
  nonFinite: v.optional(
    described(
      v.strictObject({ name, index: v.array(count), value: v.picklist(['nan', 'inf', '-inf']) }),
      '--fail-on: the first element that it names',
    ),
  ),
  ok,
});
