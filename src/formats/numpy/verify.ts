/** Checking numpy's files: headers and sizes of all arrays, and in an archive the CRC-32 of every member. */
import { type ByteSource, CHUNK_BYTES } from '../../bytes/source.ts';
import { CkptError, CorruptError, UnsupportedError } from '../../errors.ts';
import { crc32 } from '../../io/crc32.ts';
import { type Store, type StoredFile, supply } from '../../io/store.ts';
import type { ZipMember } from '../../zip/format.ts';
import { memberSource } from '../../zip/member-source.ts';
import type { Finding, FindingKind, VerifyOptions } from '../finding.ts';
import type { Found } from '../format.ts';
import { arrayIn, npyFiles } from './open-npy.ts';
import { arraysOf, memberTensor } from './open-npz.ts';

/** After so many bytes others get a turn. */
const BREATH_BYTES = 32 << 20;

/** What an error of reading amounts to; what this version does not read is neither yes nor no. */
function findingOf(kind: FindingKind, error: unknown, path: string, tensor?: string): Finding {
  if (!(error instanceof CkptError) || error instanceof UnsupportedError) throw error;
  const offset = error instanceof CorruptError ? error.damage.offset : undefined;
  return { kind, severity: 'damage', message: error.message, path, offset, tensor };
}

const hex = (crc: number): string => crc.toString(16).padStart(8, '0');

class MemberCheck {
  #done = 0;
  #breathed = 0;

  constructor(
    readonly file: StoredFile,
    readonly path: string,
    readonly bytesTotal: number,
    readonly options: VerifyOptions,
  ) {}

  /** What is wrong with a member; undefined for nothing. */
  async finding(member: ZipMember): Promise<Finding | undefined> {
    const { name } = member;
    const { path } = this;
    try {
      await supply(() => memberTensor(this.file, path, member));
      const source = await supply(() => memberSource(this.file, member));
      const crc = await this.#sum(source);
      if (crc === member.crc32) return undefined;
      const message = `${path}: ${name} does not match its CRC-32`;
      const pair = { expected: hex(member.crc32), found: hex(crc) };
      return { kind: 'tensor-checksum', severity: 'damage', message, path, offset: member.headerAt, ...pair };
    } catch (error) {
      return findingOf('tensor-checksum', error, path);
    }
  }

  async #sum(source: ByteSource): Promise<number> {
    let crc = 0;
    const buffer = new Uint8Array(Math.min(CHUNK_BYTES, source.byteLength));
    for (let offset = 0; offset < source.byteLength; offset += buffer.length) {
      const chunk = buffer.subarray(0, Math.min(buffer.length, source.byteLength - offset));
      await supply(() => source.readInto(chunk, offset));
      crc = crc32(chunk, crc);
      await this.#breathe(chunk.length);
    }
    return crc;
  }

  async #breathe(bytes: number): Promise<void> {
    this.#done += bytes;
    if (this.#done - this.#breathed < BREATH_BYTES) return;
    this.#breathed = this.#done;
    this.options.onProgress?.({ bytesDone: this.#done, bytesTotal: this.bytesTotal });
    await new Promise(setImmediate);
  }
}

/** Checks an archive, member by member, and goes on after a finding. */
export async function* verifyNpz(
  store: Store,
  { prefix: path }: Found,
  options: VerifyOptions = {},
): AsyncGenerator<Finding> {
  const file = store.open(path);
  try {
    let arrays: readonly ZipMember[];
    let damage: string | undefined;
    try {
      ({ arrays, damage } = await supply(() => arraysOf(file, path)));
    } catch (error) {
      yield findingOf('index-damaged', error, path);
      return;
    }
    if (damage !== undefined) yield { kind: 'index-damaged', severity: 'damage', message: `${path}: ${damage}`, path };
    const bytes = arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (options.totals !== undefined) Object.assign(options.totals, { tensors: arrays.length, bytes, files: 1 });
    const check = new MemberCheck(file, path, bytes, options);
    for (const member of arrays) {
      const finding = await check.finding(member);
      if (finding !== undefined) yield finding;
    }
  } finally {
    file.close();
  }
}

/** Checks .npy files, which have no checksums: headers and sizes. */
export async function* verifyNpy(
  store: Store,
  { prefix }: Found,
  options: VerifyOptions = {},
): AsyncGenerator<Finding> {
  const totals = { tensors: 0, bytes: 0, files: 0 };
  for (const { path: file, name } of await supply(() => npyFiles(store, prefix))) {
    totals.files++;
    try {
      const { tensor, unusedBytes } = await supply(() => arrayIn(store.open(file), file, 0));
      totals.tensors++;
      totals.bytes += tensor.byteLength;
      if (unusedBytes === 0) continue;
      const message = `${unusedBytes} bytes behind the array belong to none`;
      yield { kind: 'unused-bytes', severity: 'note', message, path: file, tensor: name };
    } catch (error) {
      yield findingOf('invalid-entry', error, file, name);
    }
  }
  if (options.totals !== undefined) Object.assign(options.totals, totals);
}
