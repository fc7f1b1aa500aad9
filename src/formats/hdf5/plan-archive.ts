/**
 * Planning an archive of Keras (`.keras`): that of a model whose weights are replaced. All other members, what says which model
 * it is, stay as they are, packed or not.
 */
import { WideColumn } from '../../bytes/column.ts';
import { crc32Combine } from '../../bytes/crc32.ts';
import { chunksOf, RegionSource } from '../../bytes/source.ts';
import { MismatchError, NameError, NotACheckpointError, UsageError } from '../../errors.ts';
import { crc32 } from '../../io/crc32.ts';
import type { HeldFile } from '../../io/file-identity.ts';
import type { FileSink } from '../../io/file-sink.ts';
import { FileSource } from '../../io/file-source.ts';
import { recogniseFile } from '../../io/recognise.ts';
import { fileStore } from '../../io/store.ts';
import { formatShape } from '../../tensor/shape.ts';
import type { TensorMap } from '../../tensor/tensor.ts';
import { dataStart, readDirectory } from '../../zip/directory.ts';
import { viewOf, type ZipMember } from '../../zip/format.ts';
import { memberSource } from '../../zip/member-source.ts';
import { behindMembers, CRC_OFFSET, localHeader, type PlacedMember, planZip, type ZipPlan } from '../../zip/plan.ts';
import { planOf } from '../carry-out.ts';
import type { Reading } from '../reading.ts';
import type { FileLayout, Owner } from '../write-layout.ts';
import type { WriteOptions, WritePlan } from '../write-plan.ts';
import { outgoingAttributes } from './attributes.ts';
import { checkTarget, type LaidOut, layOutHdf5 } from './lay-out.ts';
import type { GroupAttributes } from './layers.ts';
import { KERAS_SUFFIX, namesOfPaths } from './names.ts';
import { archiveAmong, contentOf, inFile, isKerasArchive, WEIGHTS_MEMBER } from './open.ts';
import type { Hdf5Content } from './read.ts';

/** Listed in a message at the most. */
const MOST_LISTED = 8;

/** Whether what is to be written, or replaced, is an archive of Keras. */
export function isArchivePath(path: string): boolean {
  return path.endsWith(KERAS_SUFFIX) || recogniseFile(fileStore(), path)?.kind === 'keras';
}

/** The archive whose model the new one gets. */
interface Template {
  readonly held: HeldFile;
  readonly members: readonly ZipMember[];
  readonly comment: Uint8Array;
  readonly weights: Hdf5Content;
}

function readTemplate(path: string): Template {
  const file = new FileSource(path);
  try {
    if (!isKerasArchive(file)) {
      throw new UsageError(
        `${path} is no .keras archive: give --like one that model.save wrote, for its model is kept`,
      );
    }
    return inFile(path, () => {
      const { members, comment } = readDirectory(file);
      return { held: { path, identity: file.identity }, members, comment, weights: contentOf(file, path) };
    });
  } finally {
    file.close();
  }
}

/** Throws for a model some of whose weights are not there, or have other shapes. What an optimizer knows may be left out. */
function checkWeights(path: string, { tensors }: Hdf5Content, given: TensorMap): void {
  const names = namesOfPaths(tensors.keys());
  const wanted = [...tensors].map(([at, tensor]) => [names.get(at) as string, tensor] as const);
  const missing = wanted.map(([name]) => name).filter((name) => !given.has(name) && !name.startsWith('optimizer/'));
  if (missing.length > 0) {
    const listed = missing.slice(0, MOST_LISTED).join(', ');
    const more = missing.length > MOST_LISTED ? ` and ${missing.length - MOST_LISTED} more` : '';
    throw new NameError(`the model of ${path} has weights that nothing was given for: ${listed}${more}`, { missing });
  }
  for (const [name, { shape }] of wanted) {
    const found = given.get(name)?.shape ?? shape;
    const [want, have] = [formatShape(shape), formatShape(found)];
    if (want === have) continue;
    throw new MismatchError(`${name} has shape ${have}, but the model of ${path} wants ${want}`, name, want, have);
  }
}

/** What the groups of the template say, its empty layers among them. */
function groupsOf({ tensors, attributes }: Hdf5Content): GroupAttributes {
  const groups = [...attributes].filter(([path]) => !tensors.has(path));
  return new Map(groups.map(([path, own]) => [path, outgoingAttributes(own)]));
}

/** The members of the template, the weights in their place. */
function zipOf({ members, comment }: Template, weightBytes: number): ZipPlan {
  const planned = members.map(({ name, method, packedBytes, byteLength }) =>
    name === WEIGHTS_MEMBER
      ? { name, byteLength: weightBytes }
      : { name, byteLength: packedBytes, packed: { method, byteLength } },
  );
  return planZip(planned, comment);
}

/** Copies what a member is in the template; throws where its content is not what the archive says. */
function copyMember(file: FileSource, member: ZipMember, sink: FileSink, place: number): void {
  const start = dataStart(file, member);
  let sum = 0;
  for (const chunk of chunksOf(memberSource(file, member, start))) sum = crc32(chunk, sum);
  if (sum !== member.crc32) {
    throw new NotACheckpointError(`${file.path}: member ${member.name} does not match its CRC-32`, file.path);
  }
  let at = place;
  for (const chunk of chunksOf(new RegionSource(file, start, member.packedBytes))) {
    sink.writeAt(chunk, at);
    at += chunk.length;
  }
}

/** The CRC-32 of the weights: of their structure, of all content, and of the zeros in between. */
function weightsCrc({ entries, rows, metadata }: LaidOut, start: number, sums: WideColumn): number {
  let sum = crc32(metadata);
  let end = metadata.length;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const length = entries.length.at(row);
    if (length === 0) continue;
    const gap = entries.place.at(row) - start - end;
    if (gap > 0) sum = crc32(new Uint8Array(gap), sum);
    sum = crc32Combine(sum, sums.at(row), length);
    end += gap + length;
  }
  return sum;
}

/** Writes all that is not content of the weights. */
function fillArchive(sink: FileSink, zip: ZipPlan, template: Template, laidOut: LaidOut, sums: WideColumn): void {
  const file = new FileSource(template.held.path);
  try {
    const crcOf = (i: number): number => {
      const member = template.members[i] as ZipMember;
      return member.name === WEIGHTS_MEMBER
        ? weightsCrc(laidOut, (zip.members[i] as PlacedMember).dataAt, sums)
        : member.crc32;
    };
    for (const [i, member] of zip.members.entries()) {
      const { name, headerAt, dataAt } = member;
      const header = localHeader(member);
      viewOf(header).setUint32(CRC_OFFSET, crcOf(i), true);
      sink.writeAt(header, headerAt);
      if (name === WEIGHTS_MEMBER) sink.writeAt(laidOut.metadata, dataAt);
      else copyMember(file, template.members[i] as ZipMember, sink, dataAt);
    }
    let at = zip.membersEnd;
    for (const piece of behindMembers(zip, crcOf)) {
      sink.writeAt(piece, at);
      at += piece.length;
    }
  } finally {
    file.close();
  }
}

/** Plans an archive; throws a `CkptError` for whatever it cannot hold, and where no model is given for it. */
export function planKerasArchive(path: string, tensors: TensorMap, options: WriteOptions, reading: Reading): WritePlan {
  const like = options.like ?? archiveAmong(options.inputs ?? []);
  if (like === undefined) {
    throw new UsageError(
      `${path}: a .keras holds the model with its weights; give one of the model with --like MODEL.keras, or write NAME.weights.h5, which model.load_weights takes`,
    );
  }
  const template = readTemplate(like);
  checkWeights(like, template.weights, tensors);
  const laidOut = layOutHdf5(tensors, options, groupsOf(template.weights));
  const { entries, rows } = laidOut;
  checkTarget(path, entries, options, {
    ...reading,
    inputs: [...(reading.inputs ?? []), ...(options.replaceInput === true ? [] : [like])],
  });
  const zip = zipOf(template, laidOut.byteLength);
  const weights = zip.members.find(({ name }) => name === WEIGHTS_MEMBER) as PlacedMember;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    entries.place.set(row, weights.dataAt + entries.place.at(row));
  }
  const sums = new WideColumn();
  for (let row = 0; row < entries.count; row++) sums.push(0);
  const file: FileLayout = {
    path,
    kind: 'table',
    action: reading.release === undefined ? 'copy' : 'replace',
    byteLength: zip.byteLength,
    fill: (sink) => fillArchive(sink, zip, template, laidOut, sums),
  };
  const contents = {
    table: entries,
    rows: [rows],
    pulled: (row: number) => entries.pulled.get(row),
    zipRecorded: entries.zipCrc32,
    ownerOf: (row: number): Owner => entries.entryAt(row),
    zipChecksums: sums,
  };
  const layout = {
    path,
    format: 'hdf5' as const,
    files: [file],
    obsolete: [],
    tensorCount: entries.tensors,
    held: () => [...entries.held, template.held],
    release: reading.release,
    contents: () => contents,
  };
  return planOf(layout, options);
}
