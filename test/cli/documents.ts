/** The shape of each JSON document that the command line prints, key by key; a key that is not named here is an error. */
import { expect } from 'vitest';
import { DTYPES } from '../../src/index.ts';
import { EVIDENCE, ROLES } from '../../src/roles.ts';

type Check = (value: unknown) => void;

/** Fails unless `ok`; there may be a hundred thousand of these in a document, and an expectation each would take seconds. */
function hold(ok: boolean, value: unknown, what: string): void {
  if (!ok) expect.fail(`${JSON.stringify(value)} is not ${what}`);
}

const text: Check = (value) => hold(typeof value === 'string', value, 'a text');
const flag: Check = (value) => hold(typeof value === 'boolean', value, 'a flag');
const count: Check = (value) => hold(typeof value === 'number' && value >= 0, value, 'a count');
const integer: Check = (value) => hold(Number.isInteger(value), value, 'a whole number');
const matching =
  (pattern: RegExp): Check =>
  (value) =>
    hold(typeof value === 'string' && pattern.test(value), value, `of the form ${pattern}`);
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    hold(values.includes(value as string), value, `one of ${values}`);
const listOf =
  (item: Check): Check =>
  (value) => {
    hold(Array.isArray(value), value, 'a list');
    for (const element of value as unknown[]) item(element);
  };

/** An object with these keys and no other; `optional` ones may be missing. */
function record(required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  const known = { ...required, ...optional };
  return (value) => {
    hold(typeof value === 'object' && value !== null, value, 'an object');
    for (const [key, inner] of Object.entries(value as Record<string, unknown>)) {
      hold(Object.hasOwn(known, key), key, 'a key that is known');
      known[key]?.(inner);
    }
    for (const key of Object.keys(required))
      hold(Object.hasOwn(value as object, key), value, `whole: it has no ${key}`);
  };
}

const dtype = oneOf('unknown', ...DTYPES.map(({ name }) => name));
const shape = listOf(integer);
const format = oneOf('v2');
const role = oneOf(...ROLES);
const trainable = oneOf('yes', 'no', 'unknown');
const evidence = oneOf(...EVIDENCE);

const tensor = record(
  { name: text, dtype, shape, elements: count, bytes: count, role, trainable, evidence },
  {
    slot_of: text,
    slot: text,
    fullName: text,
    paths: listOf(text),
    shard: count,
    offset: integer,
    crc32c: matching(/^[0-9a-f]{8}$/),
    slices: listOf(text),
    sha256: matching(/^[0-9a-f]{64}$/),
    error: text,
  },
);

/** `ckpt list --json`; `slot_of` and `slot` are those of slots, `fullName` and `paths` of what lies in an object graph, the last six keys come with --long, --sha256, or damage. */
export const listDocument = record({ format, path: text, tensors: listOf(tensor) });

const scope: Check = (value) =>
  record(
    { label: text, times: count, tensors: count, parameters: count, bytes: count, children: listOf(scope) },
    { dtype, shape },
  )(value);

/** Sums by role; `ckpt tree --json` and `ckpt info --json` have them. */
const totals = { tensors: count, parameters: count, bytes: count };
const byRole = {
  roles: listOf(record({ role, ...totals })),
  weights: listOf(record({ trainable, evidence, ...totals })),
  optimizers: listOf(record({ slots: listOf(text) }, { optimizer: text })),
};

/** `ckpt tree --json` */
export const treeDocument = record({ format, path: text, root: scope, ...byRole });

/** `ckpt info --json` */
export const infoDocument = record(
  {
    format,
    path: text,
    byteOrder: oneOf('little', 'big'),
    files: listOf(record({ path: text, kind: oneOf('index', 'data') }, { byteLength: count })),
    tensors: count,
    parameters: count,
    bytes: count,
    partitioned: count,
    dtypes: listOf(record({ dtype, tensors: count, parameters: count, bytes: count })),
    largest: listOf(record({ name: text, bytes: count })),
    ...byRole,
  },
  {
    tensorflowVersion: text,
    step: record({ name: text, value: integer }),
    objectGraph: record({}, { objects: count, slotVariables: count, error: text }),
  },
);

/** `ckpt doctor --json`; the two optional keys are there where a checkpoint was found, and where it opens. */
export const doctorDocument = record(
  {
    path: text,
    healthy: flag,
    diagnoses: listOf(
      record({
        code: matching(/^[a-z0-9]+(-[a-z0-9]+)*$/),
        severity: oneOf('problem', 'note'),
        path: text,
        found: text,
        cause: text,
        remedy: text,
        commands: listOf(text),
      }),
    ),
  },
  { checkpoint: text, contents: record({ format, tensors: count, bytes: count, files: count }) },
);

/** `ckpt verify --json` */
export const verifyDocument = record({
  path: text,
  ok: flag,
  tensors: count,
  bytes: count,
  files: count,
  findings: listOf(
    record(
      { kind: matching(/^[a-z]+(-[a-z]+)*$/), severity: oneOf('damage', 'note'), message: text },
      { path: text, tensor: text, offset: integer, expected: text, found: text },
    ),
  ),
});
