/** Planning an .npz archive of stored members, to the byte: as numpy's `savez` writes it, whatever the sizes. */

import { WideColumn } from '../../bytes/column.ts';
import { crc32Combine } from '../../bytes/crc32.ts';
import { encodeText } from '../../bytes/text.ts';
import { Turns } from '../../bytes/turns.ts';
import { UsageError } from '../../errors.ts';
import { crc32 } from '../../io/crc32.ts';
import type { FileSink } from '../../io/file-sink.ts';
import { isTaken } from '../../io/paths.ts';
import type { TensorMap } from '../../tensor/tensor.ts';
import { MOST_16, viewOf } from '../../zip/format.ts';
import { behindMembers, CRC_OFFSET, localHeader, type PlacedMember, planZip, type ZipPlan } from '../../zip/plan.ts';
import { assignShards } from '../assign-shards.ts';
import { planOf } from '../carry-out.ts';
import type { Reading } from '../reading.ts';
import { recordOf } from '../round-trip.ts';
import type { FileLayout, Owner } from '../write-layout.ts';
import type { WriteOptions, WritePlan } from '../write-plan.ts';
import { checkTargets } from '../write-targets.ts';
import { type PlannedArray, planArrays } from './layout.ts';
import { memberOfName } from './names.ts';

/**
 * What the archive says of what numpy cannot hold: its comment, or, where that would be too long, extra data before the directory,
 * of which the comment says how much it is. numpy sees neither.
 */
function besideMembers(tensors: TensorMap, { metadata }: WriteOptions): { comment?: Uint8Array; extra?: Uint8Array } {
  const record = recordOf(tensors, () => true, metadata);
  if (record === undefined) return {};
  const bytes = encodeText(record);
  if (bytes.length <= MOST_16) return { comment: bytes };
  return { comment: encodeText(JSON.stringify({ extra: bytes.length, crc32: crc32(bytes) })), extra: bytes };
}

/** The archive that holds arrays. */
export function zipOf(arrays: readonly PlannedArray[], tensors: TensorMap, options: WriteOptions): ZipPlan {
  const members = arrays.map(({ file, header, byteLength }) => ({
    name: file,
    byteLength: header.length + byteLength,
  }));
  const { comment, extra } = besideMembers(tensors, options);
  return planZip(members, comment, extra);
}

/** The CRC-32 of a member, from that of its elements. */
export function memberCrc({ header, byteLength }: PlannedArray, contentCrc: number): number {
  return crc32Combine(crc32(header), contentCrc, byteLength);
}

/** Writes all that is not content: headers before it, and the directory behind. */
async function fillArchive(
  sink: FileSink,
  zip: ZipPlan,
  arrays: readonly PlannedArray[],
  sumOf: (member: number) => number,
): Promise<void> {
  const turns = new Turns();
  const memberSums: number[] = [];
  for (const [i, member] of zip.members.entries()) {
    await turns.give();
    memberSums.push(memberCrc(arrays[i] as PlannedArray, sumOf(i)));
    const header = localHeader(member);
    const npyHeader = (arrays[i] as PlannedArray).header;
    const bytes = new Uint8Array(header.length + npyHeader.length);
    bytes.set(header);
    bytes.set(npyHeader, header.length);
    viewOf(bytes).setUint32(CRC_OFFSET, memberSums[i] as number, true);
    sink.writeAt(bytes, member.headerAt);
  }
  let at = zip.membersEnd;
  for (const piece of behindMembers(zip, (i) => memberSums[i] as number)) {
    sink.writeAt(piece, at);
    at += piece.length;
    await turns.give();
  }
}

/** Throws {@link UsageError} where several files are asked for. */
export function checkOneFile({ shards, maxShardBytes }: WriteOptions): void {
  if (maxShardBytes === undefined && (typeof shards !== 'number' || shards === 1)) return;
  throw new UsageError('an .npz is one file, of any size: leave --shards and --max-shard-size out');
}

/** Plans an archive; throws a `CkptError` for whatever it cannot hold. */
export function planNpz(
  path: string,
  tensors: TensorMap,
  options: WriteOptions = {},
  { inputs = [], release }: Reading = {},
): WritePlan {
  checkOneFile(options);
  const { arrays: given, entries } = planArrays(tensors, memberOfName);
  const rows = assignShards(entries, { ...options, shards: 1 })[0] ?? [];
  const arrays = rows.map((row) => given[row] as PlannedArray);
  const zip = zipOf(arrays, tensors, options);
  const sums = new WideColumn();
  for (const _ of given) sums.push(0);
  for (const [i, row] of rows.entries()) {
    entries.place.set(row, (zip.members[i] as PlacedMember).dataAt + (arrays[i] as PlannedArray).header.length);
  }
  const sumOf = (member: number): number => sums.at(rows[member] as number);
  if (release === undefined) {
    const inTheWay = [path].filter(isTaken);
    checkTargets(
      path,
      inTheWay,
      options.replaceInput === true ? [] : [...entries.paths, ...inputs],
      options.force === true,
    );
  }
  const file: FileLayout = {
    path,
    kind: 'table',
    action: release === undefined ? 'copy' : 'replace',
    byteLength: zip.byteLength,
    fill: (sink) => fillArchive(sink, zip, arrays, sumOf),
  };
  const ownerOf = (row: number): Owner => entries.entryAt(row);
  const contents = {
    table: entries,
    rows: [rows],
    pulled: (row: number) => entries.pulled.get(row),
    zipRecorded: entries.zipCrc32,
    ownerOf,
    zipChecksums: sums,
  };
  const layout = {
    path,
    format: 'npz' as const,
    files: [file],
    obsolete: [],
    tensorCount: entries.tensors,
    held: () => entries.held,
    release,
    contents: () => contents,
  };
  return planOf(layout, options);
}
