/** Words that all JSON documents of the command line share, as schemas: what a key is called means one thing everywhere. */
import * as v from 'valibot';

/** A value with a sentence for the page of documents. */
export function described<T extends v.GenericSchema>(schema: T, text: string): T {
  return v.pipe(schema, v.description(text)) as unknown as T;
}

export const text = v.string();
export const flag = v.boolean();
export const whole = v.pipe(v.number(), v.integer());
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const numberOrNull = v.nullable(v.number());

const DTYPE =
  'as numpy and ml_dtypes name it: float32, bfloat16, string, ...; unknown where this version does not know it';
export const name = described(
  text,
  'of the tensor; a byte of it that is no UTF-8 is a lone surrogate, \\udc80 to \\udcff',
);
export const dtype = described(text, DTYPE);
export const shape = described(v.array(whole), 'sizes of the axes; empty for a scalar');
export const bytes = described(whole, 'size of the content in bytes; below 0 in a damaged index alone');
export const tensorCount = described(count, 'how many tensors');
export const parameterCount = described(whole, 'how many elements that are numbers');
export const fileCount = described(count, 'how many files');
export const format = described(text, 'v1, v2, safetensors, npz, npy, hdf5, tfjs, ...');
export const resolvedPath = described(text, 'the checkpoint that it leads to: its prefix, or its file');

export const schemaVersion = described(
  v.literal(1),
  'of the documents; it grows when a key changes its meaning or goes, not when one is added',
);
export const ok = described(flag, 'whether the exit code is 0');

/** The keys of a document about one path. */
export const head = {
  schemaVersion,
  path: described(text, 'as it was given'),
  resolved: resolvedPath,
  format,
};

export const role = described(
  v.picklist(['weight', 'slot', 'ema', 'step', 'hyperparameter', 'bookkeeping']),
  'what the tensor is for',
);
export const trainable = described(v.picklist(['yes', 'no', 'unknown']), 'whether training changes it');
export const evidence = described(
  v.picklist(['declared', 'object-graph', 'names']),
  'how that is known: a graph file says so, the object graph shows it, or names alone',
);

/** What a severity says of a finding. */
export const findings = <const S extends readonly [string, string]>(severities: S, kind: string) => ({
  kind: described(text, kind),
  severity: v.picklist(severities),
  message: described(text, 'a sentence'),
});

/** The document of one path, or, of several, one that holds theirs. */
export function eachOf<T extends v.GenericSchema>(one: T) {
  const failed = v.strictObject({
    schemaVersion,
    path: text,
    error: described(v.strictObject({ code: text, message: text }), 'why it could not be looked at'),
    ok,
  });
  const several = v.strictObject({
    schemaVersion,
    checkpoints: described(v.array(v.union([one, failed])), 'of several paths: a document for each, in their order'),
    ok,
  });
  return v.union([one, several]);
}

/** What ended a document before its end. */
export const stopped = v.optional(
  described(v.strictObject({ code: text, message: text }), 'what kept the command from going on, with exit code 2'),
);

/** A checkpoint that a command read. */
export const input = v.strictObject({
  path: described(text, 'as it was given'),
  resolved: resolvedPath,
  format,
});
