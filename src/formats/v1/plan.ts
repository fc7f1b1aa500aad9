/** Planning V1 tables: which tensors go into which file, and how long each record and each file will be, to the byte. */

import { compareBytes, encodeText } from '../../bytes/text.ts';
import { TextMap } from '../../bytes/text-map.ts';
import { Turns } from '../../bytes/turns.ts';
import { UnsupportedError, UsageError } from '../../errors.ts';
import { holdFiles } from '../../io/file-identity.ts';
import { behindLink, isTaken } from '../../io/paths.ts';
import { tableName, tablePattern } from '../../io/shard-names.ts';
import { fileStore } from '../../io/store.ts';
import { isFile, withFile } from '../../io/stored.ts';
import { generatorBundleOf } from '../../proto/generator-bundle.ts';
import { encodeSavedMeta, encodeSliceName, recordHeadBytes, type SavedSliceMeta } from '../../proto/saved-slices.ts';
import { MOST_KEY_BYTES } from '../../sstable/large-block.ts';
import { TableWriter } from '../../sstable/table-writer.ts';
import { elementCount } from '../../tensor/shape.ts';
import { encodeSliceKey } from '../../tensor/slice-key.ts';
import { walkStrings } from '../../tensor/strings.ts';
import type { Tensor, TensorMap } from '../../tensor/tensor.ts';
import type { TensorSlice } from '../../tensor/tensor-slice.ts';
import { assignShards, isGivenShards } from '../assign-shards.ts';
import { planOf } from '../carry-out.ts';
import { EntryTable, type WriteEntry, walkEntries } from '../entry-table.ts';
import type { FileLayout } from '../write-layout.ts';
import type { CarryOutOptions, WriteOptions, WritePlan } from '../write-plan.ts';
import { checkTargets } from '../write-targets.ts';
import { valueBytes } from './encode-values.ts';
import { fieldOf, tableHolds } from './value-field.ts';
import { PlannedRecord, type PlannedTable, titleOf, wholeOf, writeTable } from './write-table.ts';

/** TensorFlow's writer wants a record surely to fit in a message (kMaxMessageBytes, kTensorProtoHeaderBytes). */
const MOST_RECORD_BYTES = 2 ** 31;
const PROTO_HEADER_BYTES = 1024;
const THE_WAY_OUT = 'write it as V2: --to v2';

/** Throws {@link UnsupportedError} for a dtype that TensorFlow's writer of V1 refuses. */
function checkHolds(name: string, { dtype }: Tensor): void {
  if (tableHolds(dtype)) return;
  throw new UnsupportedError(
    `tensor ${name}: a V1 checkpoint cannot hold dtype ${dtype.name}; ${THE_WAY_OUT}`,
    'dtype',
  );
}

/** The most that TensorFlow thinks a record may take (TensorSliceWriter::SaveData), by which it refuses. */
function conservativeBytes(tensor: Tensor, nameBytes: number): number {
  const { dtype, shape } = tensor;
  const count = elementCount(shape);
  const bound = nameBytes + PROTO_HEADER_BYTES + count * (fieldOf(dtype)?.mostBytes ?? 0);
  if (dtype.kind !== 'string' || bound > MOST_RECORD_BYTES || count === 0) return bound;
  return bound + walkStrings(tensor.source, count).payloadBytes;
}

function checkSize(entry: WriteEntry, nameBytes: number): void {
  const bytes = conservativeBytes(entry.tensor, nameBytes);
  if (bytes <= MOST_RECORD_BYTES) return;
  throw new UnsupportedError(
    `tensor ${titleOf(entry)}: it is too large for a V1 checkpoint (conservative estimate: ${bytes} bytes, the most is ${MOST_RECORD_BYTES}); ${THE_WAY_OUT}, or in parts`,
    'size',
  );
}

function nameTooLong(title: string, keyBytes: number): UnsupportedError {
  return new UnsupportedError(
    `tensor ${title.slice(0, 60)}...: its name is too long for a V1 checkpoint (${keyBytes} bytes, the most is ${MOST_KEY_BYTES}); ${THE_WAY_OUT}`,
    'name',
  );
}

async function recordOf(entry: WriteEntry, turns: Turns): Promise<PlannedRecord> {
  const { name, slice, tensor } = entry;
  const place = slice ?? wholeOf(tensor.shape);
  const nameBytes = encodeSliceName(name, place).length;
  checkSize(entry, nameBytes);
  const values = await valueBytes(tensor, turns);
  const key = encodeSliceKey(name, place);
  if (key.length > MOST_KEY_BYTES) throw nameTooLong(titleOf(entry), key.length);
  return new PlannedRecord(key, entry, values, recordHeadBytes(nameBytes, values) + values);
}

/** What a file lists: its tensors by name, and of each the slices that lie in it. */
function metaOf(entries: readonly WriteEntry[], tensors: TensorMap): Uint8Array {
  const listed = new TextMap<SavedSliceMeta & { readonly slices: TensorSlice[] }>();
  for (const { name, slice, tensor } of entries) {
    let known = listed.get(name);
    if (known === undefined) {
      // Asked once: a tensor in many parts is decoded at each look.
      const { shape, dtype } = slice === undefined ? tensor : (tensors.get(name) ?? tensor);
      known = { name, shape, type: dtype.number, slices: [] };
      listed.set(name, known);
    }
    known.slices.push(slice ?? wholeOf(known.shape));
  }
  return encodeSavedMeta(listed.values());
}

/** Lays a file out as TensorFlow does: the list in the order of names, the records in that of keys. */
async function layOut(
  path: string,
  entries: readonly WriteEntry[],
  tensors: TensorMap,
  turns: Turns,
): Promise<PlannedTable> {
  const meta = metaOf(entries, tensors);
  const table = new TableWriter(undefined);
  table.measure(new Uint8Array(0), meta.length);
  const records: PlannedRecord[] = [];
  let isInOrder = true;
  for (const entry of entries) {
    const record = await recordOf(entry, turns);
    const before = records.at(-1);
    if (before !== undefined && compareBytes(before.key, record.key) > 0) isInOrder = false;
    records.push(record);
    await turns.give();
  }
  if (!isInOrder) records.sort((a, b) => compareBytes(a.key, b.key));
  for (const record of records) record.offset = table.measure(record.key, record.byteLength);
  return { path, byteLength: table.finish(), meta, records };
}

/** Names in units of UTF-16 are in the order of their bytes where no unit is half of a pair. */
const HALF_PAIR = /[\ud800-\udfff]/;

/** Whether entries lie in the order of their names already, as far as that is plain to see. */
function isAscending(entries: readonly WriteEntry[]): boolean {
  let before = '';
  for (const { name } of entries) {
    if (name === before) continue;
    if (name < before || HALF_PAIR.test(name)) return false;
    before = name;
  }
  return true;
}

/** The entries, and the place of each in the order of names; the parts of a tensor stay in the order of the map. */
function inNameOrder(tensors: TensorMap): { readonly entries: readonly WriteEntry[]; readonly ranks: Uint32Array } {
  const entries = [...walkEntries(tensors)];
  const order = Uint32Array.from(entries, (_, number) => number);
  if (isAscending(entries)) return { entries, ranks: order };
  const keys = entries.map(({ name }) => encodeText(name));
  order.sort((a, b) => compareBytes(keys[a] as Uint8Array, keys[b] as Uint8Array) || a - b);
  const ranks = new Uint32Array(order.length);
  for (const [rank, number] of order.entries()) ranks[number] = rank;
  return { entries, ranks };
}

/** A file of the plan: a table that is written front to back. */
function fileOf(table: PlannedTable, action: 'copy' | 'replace'): FileLayout {
  const { path, byteLength } = table;
  return {
    path,
    kind: 'table',
    action,
    byteLength,
    compose: async (sink, progress, { verify }) => writeTable(table, sink, progress, verify !== false),
  };
}

/** Lays the entries out in files of these names, as many as there are groups. */
async function layOutGroups(
  table: EntryTable,
  groups: readonly number[][],
  paths: readonly string[],
): Promise<PlannedTable[]> {
  const { entries, ranks } = inNameOrder(table.map);
  const turns = new Turns();
  const tables: PlannedTable[] = [];
  for (const [shard, group] of groups.entries()) {
    const ordered = [...group].sort((a, b) => (ranks[a] as number) - (ranks[b] as number));
    const chosen = ordered.map((number) => entries[number] as WriteEntry);
    tables.push(await layOut(paths[shard] as string, chosen, table.map, turns));
  }
  return tables;
}

/**
 * Plans the tables for `tensors`, which may come from `inputs` besides the files that their content is known to lie in; throws
 * a `CkptError` for whatever V1 cannot hold. Content is read where it must be measured.
 */
export async function planTables(
  path: string,
  tensors: TensorMap,
  options: WriteOptions = {},
  inputs: readonly string[] = [],
): Promise<WritePlan> {
  if (options.replaceInput === true) checkNoBundle(path);
  const held = holdFiles(inputs);
  const entries = new EntryTable(tensors, checkHolds, options);
  const groups = assignShards(entries, options);
  const older = options.older?.() ?? [];
  // Under the very names that are written, anything is in the way: a V1 checkpoint may be called like any other file.
  const whole = groups.length === 1 && !isGivenShards(options.shards);
  const paths = groups.map((_, shard) => (whole ? path : tableName(path, shard, groups.length)));
  const inTheWay = [...new Set([...older, ...paths.filter(isTaken)])];
  const read = options.replaceInput === true ? [] : [...entries.paths, ...inputs];
  checkTargets(path, inTheWay, read, options.force === true);
  const targets = new Set(paths);
  return planOf(
    {
      path: whole ? path : tablePattern(path, groups.length),
      target: path,
      format: 'v1',
      held: () => [...held, ...entries.held],
      notes: entries.carried,
      files: (await layOutGroups(entries, groups, paths)).map((table) => fileOf(table, 'copy')),
      obsolete: older.filter((file) => !targets.has(file)),
      tensorCount: entries.tensors,
    },
    options,
  );
}

/** A table in the place of a Magenta bundle would take away the rest of that. */
function checkNoBundle(path: string): void {
  const store = fileStore();
  if (!isFile(store, path) || withFile(store, path, generatorBundleOf) === undefined) return;
  throw new UsageError(
    `${path} is a Magenta bundle, which holds more than its checkpoint; write a new checkpoint with -o`,
  );
}

/** Plans one table in the place of the `file` of a checkpoint called `path`, which is released before it is replaced. */
export async function planReplacement(
  path: string,
  file: string,
  tensors: TensorMap,
  options: CarryOutOptions,
  release: () => void,
): Promise<WritePlan> {
  checkNoBundle(file);
  const entries = new EntryTable(tensors, checkHolds);
  const [group = []] = assignShards(entries, { shards: 1 });
  return planOf(
    {
      path,
      format: 'v1',
      files: (await layOutGroups(entries, [group], [behindLink(file)])).map((table) => fileOf(table, 'replace')),
      obsolete: [],
      tensorCount: entries.tensors,
      held: () => entries.held,
      release,
    },
    options,
  );
}
