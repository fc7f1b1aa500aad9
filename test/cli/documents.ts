/** The shape of each JSON document that the command line prints, key by key; a key that is not named here is an error. */
import { expect } from 'vitest';
import { DTYPES } from '../../src/index.ts';
import { EVIDENCE, ROLES } from '../../src/roles.ts';

type Check = (value: unknown) => void;

const text: Check = (value) => expect(value).toBeTypeOf('string');
const flag: Check = (value) => expect(value).toBeTypeOf('boolean');
const count: Check = (value) => {
  expect(value).toBeTypeOf('number');
  expect(value).toBeGreaterThanOrEqual(0);
};
const integer: Check = (value) => expect(Number.isInteger(value)).toBe(true);
const matching =
  (pattern: RegExp): Check =>
  (value) =>
    expect(value).toMatch(pattern);
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    expect(values).toContain(value);
const listOf =
  (item: Check): Check =>
  (value) => {
    expect(Array.isArray(value)).toBe(true);
    for (const element of value as unknown[]) item(element);
  };

/** An object with these keys and no other; `optional` ones may be missing. */
function record(required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  return (value) => {
    expect(value).toBeTypeOf('object');
    const entries = Object.entries(value as Record<string, unknown>);
    const known = { ...required, ...optional };
    for (const [key, inner] of entries) {
      expect(Object.keys(known)).toContain(key);
      known[key]?.(inner);
    }
    expect(entries.map(([key]) => key)).toEqual(expect.arrayContaining(Object.keys(required)));
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
