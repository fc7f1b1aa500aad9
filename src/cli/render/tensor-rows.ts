/** A tensor as people and programs want to read it: one row in every form of `list`. */
import {
  CkptError,
  elementCount,
  formatShape,
  formatTensorSlice,
  type RoleOf,
  sha256Of,
  type Tensor,
  type TensorRole,
} from '../../index.ts';
import { escapeText, jsonString } from '../terminal/escape.ts';
import { formatBytes } from '../terminal/numbers.ts';
import type { Column } from './columns.ts';

/** What --sha256 found: a digest, or what kept it from being made. */
export type Digest = { readonly sha256: string } | { readonly error: string };

/**
 * A tensor under its name, as maps yield them, and its digest where one was asked for. Rows are read by index, not taken
 * apart: a million times, that counts.
 */
export type TensorRow = readonly [name: string, tensor: Tensor, digest?: Digest | undefined];

export interface RowOptions {
  readonly long: boolean;
  readonly sha256: boolean;
  readonly roleOf: RoleOf;
}

/** A row with the digest of its content, which is read and checked for it. A variant has no digest and no error. */
export async function digestedRow(name: string, tensor: Tensor): Promise<TensorRow> {
  try {
    return [name, tensor, { sha256: await sha256Of(name, tensor) }];
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    const opaque = error.code === 'UNSUPPORTED' && tensor.dtype.kind === 'variant';
    return [name, tensor, opaque ? undefined : { error: error.message }];
  }
}

/** Nothing where the format keeps no checksum for a tensor by itself. */
const hex = (crc: number | undefined): string | undefined => crc?.toString(16).padStart(8, '0');

/** Shard, offset, checksum and slices, for --long; a partitioned tensor has slices in place of the first three. */
function longParts(tensor: Tensor): { shard: string; offset: string; crc32c: string; slices: string } {
  const { stored } = tensor;
  if (stored !== undefined) {
    return { shard: `${stored.shard}`, offset: `${stored.offset}`, crc32c: hex(stored.crc32c) ?? '', slices: '' };
  }
  return { shard: '', offset: '', crc32c: '', slices: slicesOf(tensor).join(' ') };
}

function slicesOf(tensor: Tensor): string[] {
  try {
    return (tensor.parts ?? []).map(({ slice }) => formatTensorSlice(slice));
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return ['incomplete'];
  }
}

function digestText(row: TensorRow): string {
  const digest = row[2];
  if (digest === undefined) return '';
  return 'sha256' in digest ? digest.sha256 : `error: ${escapeText(digest.error)}`;
}

const shapeText = (tensor: Tensor): string => (tensor.problem === undefined ? formatShape(tensor.shape) : '?');

/** What becomes of a tensor in training and how that is known, for --long. */
const TRAINING = ['trainable', 'evidence'] as const;

/** One line for `--tsv`: name, dtype, shape, bytes; shard, offset, crc32c, slices; the digest; role, trainable, evidence. */
export function tsvLine(row: TensorRow, options: RowOptions): string {
  const name = row[0];
  const tensor = row[1];
  let line = `${escapeText(name)}\t${tensor.dtype.name}\t${shapeText(tensor)}\t${tensor.byteLength}`;
  if (options.long) {
    const { shard, offset, crc32c, slices } = longParts(tensor);
    line += `\t${shard}\t${offset}\t${crc32c}\t${slices}`;
  }
  if (options.sha256) line += `\t${digestText(row)}`;
  const { role, trainable, evidence } = options.roleOf(name, tensor);
  return options.long ? `${line}\t${role}\t${trainable}\t${evidence}` : `${line}\t${role}`;
}

/** The members for `--json` that say what a tensor is for. */
export function roleJson({ role, trainable, evidence, of, slot }: TensorRole): string {
  let json = `,"role":"${role}","trainable":"${trainable}","evidence":"${evidence}"`;
  if (of !== undefined) json += `,"slot_of":${jsonString(of)}`;
  if (slot !== undefined) json += `,"slot":${jsonString(slot)}`;
  return json;
}

/** One element of `tensors` for `--json`. */
export function jsonItem(row: TensorRow, options: RowOptions): string {
  const name = row[0];
  const tensor = row[1];
  const digest = row[2];
  const elements = elementCount(tensor.shape);
  let json = `{"name":${jsonString(name)},"dtype":"${tensor.dtype.name}","shape":[${tensor.shape.join(',')}],"elements":${elements},"bytes":${tensor.byteLength}`;
  json += roleJson(options.roleOf(name, tensor));
  if (options.long) json += longJson(tensor);
  const { problem } = tensor;
  if (digest !== undefined) {
    json += 'sha256' in digest ? `,"sha256":"${digest.sha256}"` : `,"error":${jsonString(digest.error)}`;
  } else if (problem !== undefined) json += `,"error":${jsonString(problem.message)}`;
  return `${json}}`;
}

function longJson(tensor: Tensor): string {
  const { stored } = tensor;
  if (stored === undefined) return `,"slices":${JSON.stringify(slicesOf(tensor))}`;
  return `,"shard":${stored.shard},"offset":${stored.offset},"crc32c":${JSON.stringify(hex(stored.crc32c) ?? null)}`;
}

/** Columns for people. */
export function tensorColumns(options: RowOptions): Column<TensorRow>[] {
  const columns: Column<TensorRow>[] = [
    { title: 'name', align: 'left', text: (row) => escapeText(row[0]) },
    { title: 'dtype', align: 'left', text: (row) => row[1].dtype.name },
    { title: 'shape', align: 'left', text: (row) => shapeText(row[1]) },
    { title: 'size', align: 'right', text: (row) => formatBytes(row[1].byteLength) },
  ];
  if (options.long) {
    for (const key of ['shard', 'offset', 'crc32c', 'slices'] as const) {
      columns.push({
        title: key,
        align: key === 'crc32c' || key === 'slices' ? 'left' : 'right',
        text: ([, tensor]) => longParts(tensor)[key],
      });
    }
  }
  if (options.sha256) columns.push({ title: 'sha256', align: 'left', text: digestText });
  const { roleOf } = options;
  for (const key of ['role', ...(options.long ? TRAINING : [])] as const) {
    columns.push({ title: key, align: 'left', text: (row) => roleOf(row[0], row[1])[key] });
  }
  return columns;
}
