/**
 * Copying runs of content from file to file, on two threads when there is much of it, and checking each against the
 * checksum that goes with it.
 */
import { SmallColumn, WideColumn } from '../../bytes/column.ts';
import { CorruptError } from '../../errors.ts';
import type { FileSink } from '../../io/atomic-files.ts';
import { fileSize } from '../../io/file-source.ts';
import { type ByteRanges, copyRanges } from '../../io/range-copy.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { checksumMismatch } from '../recorded-checksum.ts';

/** No checksum to compare: bytes that no tensor claims. */
export const UNCLAIMED = -1;

export interface Owner {
  readonly name: string;
  readonly tensor: Tensor;
}

export interface CopyOptions {
  /** Whether to compare checksums. */
  readonly verify: boolean;
  readonly onProgress: (bytesDone: number) => void;
  /** The tensor that a run belongs to, under its name; asked only when something is wrong with it. */
  ownerOf(owner: number): Owner;
}

/** ByteRanges in the order in which they are read, column by column. */
export class CopyRuns {
  readonly file = new SmallColumn();
  readonly offset = new WideColumn();
  readonly length = new WideColumn();
  /** Where each goes: which of the sinks, and the place in it. */
  readonly target = new SmallColumn();
  readonly place = new WideColumn();
  /** Unmasked, or {@link UNCLAIMED}. */
  readonly crc32c = new WideColumn();
  /** What a run is known by to whoever added it. */
  readonly owner = new SmallColumn();

  constructor(
    readonly paths: readonly string[],
    readonly sinks: readonly (FileSink | undefined)[],
  ) {}

  /** Copies everything; throws a {@link CkptError} for bytes that are not there or not what they were. */
  async run(options: CopyOptions): Promise<void> {
    if (this.file.length === 0) return;
    this.#checkPlaces(options);
    const results = await copyRanges(this.#runs(), { sum: options.verify, onProgress: options.onProgress });
    for (let run = 0; run < this.file.length; run++) {
      const expected = this.crc32c.at(run);
      if (results.failed[run] === 1) this.#refuse(run, options);
      if (options.verify && expected !== UNCLAIMED && results.crc32c[run] !== expected) {
        const { name } = options.ownerOf(this.owner.at(run));
        throw checksumMismatch(name, expected, results.crc32c[run] as number);
      }
    }
  }

  #runs(): ByteRanges {
    const targets = this.sinks.map((sink) => sink?.path ?? '');
    return {
      paths: this.paths,
      file: this.file.view(),
      offset: this.offset.view(),
      length: this.length.view(),
      copy: { targets, file: this.target.view(), offset: this.place.view() },
    };
  }

  /** Refuses runs that do not lie in their file before anything is copied. */
  #checkPlaces(options: CopyOptions): void {
    const sizes = this.paths.map((path) => fileSize(path) ?? -1);
    for (let run = 0; run < this.file.length; run++) {
      const end = this.offset.at(run) + this.length.at(run);
      if (end > (sizes[this.file.at(run)] as number)) this.#refuse(run, options);
    }
  }

  /** Throws what is to be said of bytes that cannot be read; a tensor knows more than the system. */
  #refuse(run: number, { ownerOf }: CopyOptions): never {
    const path = this.paths[this.file.at(run)] as string;
    if (this.crc32c.at(run) === UNCLAIMED) throw new CorruptError(`${path} could not be read`, { where: path, path });
    const { name, tensor } = ownerOf(this.owner.at(run));
    void tensor.source;
    const where = `tensor ${name}`;
    throw new CorruptError(`${where}: its bytes in ${path} could not be read`, { where, path });
  }
}
