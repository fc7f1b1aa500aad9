/** What `list` tells of a tensor beyond its name, dtype and shape: where it lies, its slices, its digest. */
import { CkptError, sha256Of, type Tensor } from '../../index.ts';
import { formatTensorSlice } from '../../text.ts';
import { escapeText } from '../terminal/escape.ts';

/** What --sha256 found: a digest, or what kept it from being made. */
export type Digest = { readonly sha256: string } | { readonly error: string };

/** A digest of a tensor's content, which is read and checked for it. A variant has no digest and no error. */
export async function digestOf(name: string, tensor: Tensor): Promise<Digest | undefined> {
  try {
    return { sha256: await sha256Of(name, tensor) };
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return error.code === 'UNSUPPORTED' && tensor.dtype.kind === 'variant' ? undefined : { error: error.message };
  }
}

export function digestText(digest: Digest | undefined): string {
  if (digest === undefined) return '';
  return 'sha256' in digest ? digest.sha256 : `error: ${escapeText(digest.error)}`;
}

/** A checksum as it is written; nothing where the format keeps none for a tensor by itself. */
export const hexChecksum = (crc: number | undefined): string | undefined => crc?.toString(16).padStart(8, '0');

/** Shard, offset, checksum and slices, for --long; a partitioned tensor has slices in place of the first three. */
export function longParts(tensor: Tensor): { shard: string; offset: string; crc32c: string; slices: string } {
  const { stored } = tensor;
  if (stored !== undefined) {
    const { shard, offset, crc32c } = stored;
    return { shard: `${shard}`, offset: `${offset}`, crc32c: hexChecksum(crc32c) ?? '', slices: '' };
  }
  return { shard: '', offset: '', crc32c: '', slices: slicesOf(tensor).join(' ') };
}

export function slicesOf(tensor: Tensor): string[] {
  try {
    return (tensor.parts ?? []).map(({ slice }) => formatTensorSlice(slice));
  } catch (error) {
    if (!(error instanceof CkptError)) throw error;
    return ['incomplete'];
  }
}
