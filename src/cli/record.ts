/**
 * The record of a write, `OUT.ckpt.json`: what it was made of, by which command, with which version. Sizes and digests tell
 * whether a file is still the one that the record speaks of.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync, renameSync, statSync, writeFileSync } from 'node:fs';
import manifest from '../../package.json' with { type: 'json' };
import { type OpenedCheckpoint, openCheckpoint, WriteRefusedError } from '../index.ts';
import { SCHEMA_VERSION } from './render/document.ts';
import { currentRun } from './run.ts';
import type { WritingOptions } from './write-options.ts';

interface RecordedFile {
  readonly path: string;
  readonly bytes: number;
  /** Of indexes, and of files in which the index lies. */
  readonly sha256?: string;
}

interface RecordedCheckpoint {
  readonly path: string;
  readonly format: string;
  readonly files: readonly RecordedFile[];
}

export interface WriteRecord {
  /** Of the documents of this program; older records have none. */
  readonly schemaVersion?: number;
  /** The version of ckpt. */
  readonly ckpt: string;
  readonly command: readonly string[];
  /** What `apply` read, as text. */
  readonly recipe?: string;
  readonly inputs: readonly RecordedCheckpoint[];
  readonly output: RecordedCheckpoint;
}

const CHUNK_BYTES = 1 << 20;

function sha256Of(path: string): string {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(CHUNK_BYTES);
  const fd = openSync(path, 'r');
  try {
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) hash.update(buffer.subarray(0, read));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}

function recorded({ path, format, files }: OpenedCheckpoint): RecordedCheckpoint {
  return {
    path,
    format,
    files: files.map((file): RecordedFile => {
      const bytes = file.byteLength ?? 0;
      const isThere = file.kind !== 'data' && file.byteLength !== undefined;
      return isThere ? { path: file.path, bytes, sha256: sha256Of(file.path) } : { path: file.path, bytes };
    }),
  };
}

const recordPath = (prefix: string): string => `${prefix}.ckpt.json`;

/** Written when all else is: what is to be recorded of the inputs is known before they may be replaced. */
export interface PendingRecord {
  /** `written` is what the checkpoint is called. */
  write(written: string): Promise<void>;
}

/** Looks at the inputs of a write whose record was asked for; throws {@link WriteRefusedError} where one is in the way. */
export function recordOf(
  output: string,
  inputs: readonly OpenedCheckpoint[],
  { record, force }: WritingOptions,
  recipe?: string,
): PendingRecord | undefined {
  if (record !== true) return undefined;
  const path = recordPath(output);
  const replaces = inputs.some((input) => input.path === output);
  if (existsSync(path) && force !== true && !replaces) {
    throw new WriteRefusedError(`${path} exists already; choose another name, or overwrite it with --force`, path);
  }
  const before = inputs.map(recorded);
  return {
    async write(name) {
      const written = await openCheckpoint(name);
      const document: WriteRecord = {
        schemaVersion: SCHEMA_VERSION,
        ckpt: manifest.version,
        command: currentRun().args,
        ...(recipe === undefined ? {} : { recipe }),
        inputs: before,
        output: recorded(written),
      };
      written.close();
      const temporary = `${path}.tempstate${process.pid}`;
      writeFileSync(temporary, `${JSON.stringify(document, null, 2)}\n`);
      renameSync(temporary, path);
    },
  };
}

/** The record beside a checkpoint, and whether it speaks of this one; undefined where there is none that can be read. */
export function readRecord({ path, files }: OpenedCheckpoint): { record: WriteRecord; isCurrent: boolean } | undefined {
  const file = recordPath(path);
  try {
    if (!existsSync(file) || statSync(file).size > CHUNK_BYTES) return undefined;
    const record = JSON.parse(readFileSync(file, 'utf8')) as WriteRecord;
    if (!isRecord(record)) return undefined;
    const digests = new Set(record.output.files.map(({ sha256 }) => sha256));
    const own = files.filter(({ kind, byteLength }) => kind !== 'data' && byteLength !== undefined);
    return { record, isCurrent: own.every((index) => digests.has(sha256Of(index.path))) };
  } catch {
    return undefined;
  }
}

const isRecordedCheckpoint = (value: unknown): boolean => {
  const { path, files } = (value ?? {}) as Partial<RecordedCheckpoint>;
  return typeof path === 'string' && Array.isArray(files);
};

function isRecord({ ckpt, command, inputs, output }: WriteRecord): boolean {
  const words = Array.isArray(command) && command.every((word) => typeof word === 'string');
  return (
    typeof ckpt === 'string' &&
    words &&
    Array.isArray(inputs) &&
    inputs.every(isRecordedCheckpoint) &&
    isRecordedCheckpoint(output)
  );
}
