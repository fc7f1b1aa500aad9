/** The second half of a bundle's check: the data files against what the index says of them, then every checksum. */

import { type ByteSource, RegionSource } from '../../bytes/source.ts';
import { Turns } from '../../bytes/turns.ts';
import { CkptError, UnreadableError, UnsupportedError } from '../../errors.ts';
import { sumRanges } from '../../io/overlapping-ranges.ts';
import { SOUND, WITHHELD } from '../../io/range-task.ts';
import { recogniseFile } from '../../io/recognise.ts';
import { indexName } from '../../io/shard-names.ts';
import { type Store, supply } from '../../io/store.ts';
import { storedChecksum } from '../../tensor/checksum.ts';
import { dtypeOfNumber } from '../../tensor/dtype.ts';
import type { Finding, VerifyOptions } from '../finding.ts';
import { findingOf } from '../footer-check.ts';
import type { Found } from '../format.ts';
import { Bundle } from './open.ts';
import { IndexCheck, namesAt } from './verify-index.ts';

const count = (files: number): string => `${files} data ${files === 1 ? 'file' : 'files'}`;
const hex = (crc: number): string => crc.toString(16).padStart(8, '0');

/** A finding about a row of the content table, whose name is filled in at the end. */
interface RowFinding {
  readonly row: number;
  readonly finding: Finding;
}

/** What the system does not give is no damage. */
function withheld(path: string): UnreadableError {
  return new UnreadableError(`${path} cannot be read: the system does not open it`, path);
}

class ContentCheck {
  readonly #found: RowFinding[] = [];
  /** Rows whose bytes are all there, in file order. */
  readonly #readable: number[] = [];
  /** Size of each data file by shard; undefined for one that is missing. */
  readonly #sizes = new Map<number, number | undefined>();

  constructor(
    readonly bundle: Bundle,
    readonly index: IndexCheck,
  ) {}

  /** Asks for the length of every data file that a tensor lies in: a store may have to fetch it. */
  measure(): void {
    for (const path of this.index.contents.paths) this.bundle.store.size(path);
    void this.bundle.files();
  }

  /** Presence and length of the data files, and where each tensor's bytes lie in them. */
  *layout(order: Uint32Array): Generator<Finding> {
    const { contents } = this.index;
    const owners = this.#owners();
    let end = 0;
    let shard = -1;
    let previous = -1;
    for (const row of order) {
      if (contents.shardAt(row) !== shard) {
        if (shard >= 0) yield* this.#unused(shard, end);
        shard = contents.shardAt(row);
        end = 0;
        previous = -1;
        yield* this.#shard(shard, owners[contents.file.at(row)] as number);
      }
      const size = contents.length.at(row);
      const offset = contents.offset.at(row);
      if (size > 0 && offset < end && previous >= 0) this.#overlap(row, end);
      end = Math.max(end, offset + size);
      previous = row;
      this.#place(row, offset, size, this.#sizes.get(shard));
    }
    if (shard >= 0) yield* this.#unused(shard, end);
    yield* this.#untouchedShards();
  }

  /** How many entries lie in each file. */
  #owners(): Uint32Array {
    const { contents } = this.index;
    const owners = new Uint32Array(contents.paths.length);
    for (const file of contents.file.view()) owners[file] = (owners[file] as number) + 1;
    return owners;
  }

  *#shard(shard: number, owners: number): Generator<Finding> {
    const path = this.bundle.dataPath(shard);
    const size = this.bundle.store.size(path);
    this.#sizes.set(shard, size);
    if (size === undefined) {
      const message = `the data file is missing; ${owners} ${owners === 1 ? 'tensor lies' : 'tensors lie'} in it`;
      yield { kind: 'shard-missing', severity: 'damage', message, path };
    }
  }

  /** Shards that the header counts and no tensor lies in. */
  *#untouchedShards(): Generator<Finding> {
    const { header, path } = this.bundle.index;
    const present = this.bundle.present.length;
    if (present > 0 && header.numShards !== present && !this.#someMissing()) {
      const message = `the header counts ${count(header.numShards)}, ${present} ${present === 1 ? 'is' : 'are'} there`;
      yield {
        kind: 'header',
        severity: 'note',
        message,
        path,
        expected: `${header.numShards}`,
        found: `${present}`,
      };
    }
  }

  #someMissing(): boolean {
    return [...this.#sizes.values()].includes(undefined);
  }

  *#unused(shard: number, end: number): Generator<Finding> {
    const size = this.#sizes.get(shard);
    if (size === undefined || size <= end) return;
    const message = `${size - end} bytes after the last tensor belong to none`;
    yield { kind: 'unused-bytes', severity: 'note', message, path: this.bundle.dataPath(shard), offset: end };
  }

  #report(
    row: number,
    finding: Omit<Finding, 'path' | 'offset' | 'severity'>,
    severity: Finding['severity'] = 'damage',
  ): void {
    const { contents } = this.index;
    const path = this.bundle.dataPath(contents.shardAt(row));
    this.#found.push({ row, finding: { severity, path, offset: contents.offset.at(row), ...finding } });
  }

  #overlap(row: number, end: number): void {
    const message = `its first bytes, up to ${end}, belong to another tensor too`;
    this.#report(row, { kind: 'overlap', message }, 'note');
  }

  #place(row: number, offset: number, size: number, fileBytes: number | undefined): void {
    if (fileBytes === undefined) return;
    if (offset + size <= fileBytes) this.#readable.push(row);
    else {
      const message = `its ${size} bytes at ${offset} run past the end of the file: the file is cut off`;
      this.#report(row, {
        kind: 'outside-file',
        message,
        byteLength: size,
        expected: `at least ${offset + size} bytes`,
        found: `${fileBytes} bytes`,
      });
    }
  }

  /** Bytes that will be read. */
  get bytes(): number {
    return this.#readable.reduce((sum, row) => sum + this.index.contents.length.at(row), 0);
  }

  /** Every checksum: numbers many at a time, strings and variants by their own rules. */
  async checksums(onProgress: (bytesDone: number) => void): Promise<void> {
    const { contents } = this.index;
    const { isOnDisk } = this.bundle.store;
    const numeric: number[] = [];
    let structuredBytes = 0;
    for (const row of this.#readable) {
      if (isOnDisk === true && (dtypeOfNumber(contents.dtype.at(row))?.width ?? 0) > 0) numeric.push(row);
      else {
        await supply(() => this.#throughSource(row));
        structuredBytes += contents.length.at(row);
        onProgress(structuredBytes);
      }
    }
    const sums = await sumRanges(contents, numeric, { onProgress: (bytes) => onProgress(structuredBytes + bytes) });
    for (const [i, row] of numeric.entries()) {
      if (sums.failed[i] === WITHHELD) throw withheld(contents.paths[contents.file.at(row)] as string);
      this.#compare(row, sums.crc32c[i] as number, sums.failed[i] !== SOUND);
    }
  }

  #compare(row: number, actual: number, failed: boolean): void {
    const expected = this.index.contents.crc32c.at(row);
    if (failed) this.#report(row, { kind: 'tensor-checksum', message: 'its bytes could not be read' });
    else if (actual !== expected) {
      const message = 'its bytes do not match their checksum';
      this.#report(row, { kind: 'tensor-checksum', message, expected: hex(expected), found: hex(actual) });
    }
  }

  #throughSource(row: number): void {
    const { contents } = this.index;
    const dtype = dtypeOfNumber(contents.dtype.at(row));
    if (dtype === undefined) return;
    try {
      const file: ByteSource = this.bundle.dataFile(contents.shardAt(row));
      const region = new RegionSource(file, contents.offset.at(row), contents.length.at(row));
      this.#compare(row, storedChecksum(dtype, region, contents.elements.at(row), this.bundle.byteOrder), false);
    } catch (error) {
      if (!(error instanceof CkptError)) throw error;
      this.#report(row, { kind: 'tensor-checksum', message: error.message });
    }
  }

  /**
   * Data files that are something else. Any bytes can begin a tensor, so a file is looked at only when its content does
   * not fit; and then this one finding stands for all of its tensors.
   */
  #foreignFiles(): Map<number, Finding> {
    const { contents } = this.index;
    const damaged = this.#found.filter(({ finding }) => finding.severity === 'damage');
    const foreign = new Map<number, Finding>();
    for (const at of new Set(damaged.map(({ row }) => contents.shardAt(row)))) {
      const path = this.bundle.dataPath(at);
      const what = recogniseFile(this.bundle.store, path);
      if (what === undefined) continue;
      const message = `the data file ${what.sentence}`;
      foreign.set(at, { kind: 'foreign-file', severity: 'damage', message, path });
    }
    return foreign;
  }

  /** What was found about tensors, in file order, with their names. */
  async *named(): AsyncGenerator<Finding> {
    const { contents } = this.index;
    const foreign = await supply(() => this.#foreignFiles());
    yield* foreign.values();
    const found = this.#found.filter(({ row }) => !foreign.has(contents.shardAt(row)));
    const names = namesAt(this.bundle.index, new Set(found.map(({ row }) => contents.ordinal.at(row))));
    for (const { row, finding } of found) {
      const tensor = names.get(contents.ordinal.at(row));
      yield { ...finding, message: `tensor ${tensor}: ${finding.message}`, tensor };
    }
  }
}

/** A bundle whose data files are known: a store may have to ask for them. */
function opened(store: Store, prefix: string): Bundle {
  const bundle = new Bundle(store, prefix);
  void bundle.present;
  return bundle;
}

/** Checks everything that can be checked about a bundle, and goes on after the first finding. */
export async function* verifyBundle(
  store: Store,
  { prefix }: Found,
  options: VerifyOptions = {},
): AsyncGenerator<Finding> {
  let bundle: Bundle;
  try {
    bundle = await supply(() => opened(store, prefix));
  } catch (error) {
    if (error instanceof UnsupportedError) throw error; // sound, but not for this reader: neither yes nor no
    yield findingOf('index-damaged', error, { path: indexName(prefix) });
    return;
  }
  try {
    const index = new IndexCheck(bundle.index, (shard) => bundle.dataPath(shard));
    yield* index.run();
    const content = new ContentCheck(bundle, index);
    await supply(() => content.measure());
    yield* content.layout(await index.contents.inFileOrder(new Turns()));
    const bytesTotal = content.bytes;
    if (options.totals !== undefined) {
      Object.assign(options.totals, { tensors: index.tensors, bytes: bytesTotal, files: bundle.files().length });
    }
    await content.checksums((bytesDone) => options.onProgress?.({ bytesDone, bytesTotal }));
    yield* content.named();
  } finally {
    bundle.close();
  }
}
