/** The tensors of a safetensors file, as its header places them. */
import { UnpackedSource } from '../../bytes/packed-bits.ts';
import { type ByteSource, RegionSource } from '../../bytes/source.ts';
import type { CkptError } from '../../errors.ts';
import { DerivedMap } from '../../tensor/derived-map.ts';
import { type DType, UNKNOWN_DTYPE } from '../../tensor/dtype.ts';
import { NamedFacts } from '../../tensor/named-facts.ts';
import { elementCount, type Shape } from '../../tensor/shape.ts';
import type { ByteRange, ScannableMap, ScannedTensor, Tensor } from '../../tensor/tensor.ts';
import { type RoundTrip, restored } from '../round-trip.ts';
import type { Header } from './header.ts';
import { HeaderColumns } from './header-columns.ts';
import type { HeaderEntry } from './header-entries.ts';

/** The file that a tensor lies in. */
export interface TensorFile {
  readonly path: string;
  /** Which of the checkpoint's files this is. */
  readonly shard: number;
  readonly file: ByteSource;
  readonly contentStart: number;
}

/** The tensor of an entry. What is packed in the file has no run of its own: its content is another. */
export function tensorOf({ type, shape, begin, end }: HeaderEntry, from: TensorFile): Tensor {
  const { dtype, bits } = type;
  const offset = from.contentStart + begin;
  const region = new RegionSource(from.file, offset, end - begin);
  if (bits < 8) {
    const elements = elementCount(shape);
    return { dtype, shape, byteLength: elements, source: new UnpackedSource(region, bits, elements) };
  }
  const { file, path, shard } = from;
  const stored: ByteRange = {
    file,
    path,
    shard,
    offset,
    byteLength: end - begin,
    crc32c: undefined,
    byteOrder: 'little',
  };
  return { dtype, shape, byteLength: end - begin, source: region, stored };
}

/** The tensors of one file, made when they are asked for. */
export class FileTensors extends DerivedMap implements ScannableMap {
  constructor(
    readonly header: Header,
    readonly from: TensorFile,
    readonly record: RoundTrip | undefined,
  ) {
    super();
  }

  override get size(): number {
    return this.header.entries.length;
  }

  get sizeAtMost(): number {
    return this.size;
  }

  hasMoreThan(most: number, longest: number): boolean {
    const { entries } = this.header;
    let count = 0;
    for (let row = 0; row < entries.length; row++) {
      if (entries.nameBytes(row).length <= longest && ++count > most) return true;
    }
    return false;
  }

  tensorAt(row: number): Tensor {
    const entry = this.header.entries.entry(row);
    const tensor = tensorOf(entry, this.from);
    return this.record === undefined ? tensor : restored(entry.name, tensor, this.record);
  }

  override *entries(): MapIterator<[string, Tensor]> {
    const { entries } = this.header;
    for (const row of entries.byName()) yield [entries.name(row), this.tensorAt(row)];
  }

  override *entriesAt(isWanted: (position: number) => boolean): MapIterator<[string, Tensor]> {
    for (const [position, row] of this.header.entries.byName().entries()) {
      if (isWanted(position)) yield [this.header.entries.name(row), this.tensorAt(row)];
    }
  }

  override *keys(): MapIterator<string> {
    for (const row of this.header.entries.byName()) yield this.header.entries.name(row);
  }

  override has(name: string): boolean {
    return this.header.entries.rowOf(name) !== undefined;
  }

  override get(name: string): Tensor | undefined {
    const row = this.header.entries.rowOf(name);
    return row === undefined ? undefined : this.tensorAt(row);
  }

  scan(visit: (facts: ScannedTensor) => void): void {
    const { entries } = this.header;
    const rows = entries.byName();
    const facts = entries instanceof HeaderColumns ? new ColumnFacts(this, entries) : new ParsedFacts(this);
    for (let at = 0; at < rows.length; at++) visit(facts.at(rows[at] as number));
  }
}

/** What stands for itself in every output: ASCII without control characters, quotes and the backslash. */
function isSimple(name: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) {
    const byte = name[i] as number;
    if (byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x27 || byte === 0x5c) return false;
  }
  return true;
}

/** A name up to this length is copied into one array that serves a whole scan. */
const MOST_SHORT_BYTES = 256;

/** What a scan shows of a row beside its name. */
interface RowFacts {
  row: number;
  dtype: DType;
  shape: Shape;
  byteLength: number;
  problem: CkptError | undefined;
  isPlain: boolean;
  readonly tensor: Tensor;
}

function showRow(facts: RowFacts, row: number, { record, header: { entries } }: FileTensors): void {
  facts.row = row;
  const { dtype, bits } = entries.type(row);
  facts.isPlain = record === undefined && bits >= 8;
  if (facts.isPlain) {
    facts.dtype = dtype;
    facts.shape = entries.shape(row);
    facts.byteLength = entries.end(row) - entries.begin(row);
    facts.problem = undefined;
    return;
  }
  const { tensor } = facts;
  facts.dtype = tensor.dtype;
  facts.shape = tensor.shape;
  facts.byteLength = tensor.byteLength;
  facts.problem = tensor.problem;
}

/** A row of a long header as facts. Plain fields: they are set a million times. */
class ColumnFacts implements ScannedTensor, RowFacts {
  readonly name = undefined;
  nameBytes: Uint8Array = new Uint8Array(0);
  nameLength = 0;
  nameIsSimple = true;
  readonly nameShared = 0;
  readonly position = -1;
  row = 0;
  dtype: DType = UNKNOWN_DTYPE;
  shape: Shape = [];
  byteLength = 0;
  problem: CkptError | undefined;
  isPlain = false;
  readonly #short = new Uint8Array(MOST_SHORT_BYTES);

  constructor(
    readonly tensors: FileTensors,
    readonly columns: HeaderColumns,
  ) {}

  get tensor(): Tensor {
    return this.tensors.tensorAt(this.row);
  }

  at(row: number): this {
    this.nameBytes = this.#short;
    this.nameLength = this.columns.copyName(row, this.#short);
    if (this.nameLength < 0) {
      this.nameBytes = this.columns.nameBytes(row);
      this.nameLength = this.nameBytes.length;
    }
    this.nameIsSimple = isSimple(this.nameBytes, this.nameLength);
    showRow(this, row, this.tensors);
    return this;
  }
}

/** A row of a short header as facts. */
class ParsedFacts extends NamedFacts implements ScannedTensor, RowFacts {
  row = 0;
  dtype: DType = UNKNOWN_DTYPE;
  shape: Shape = [];
  byteLength = 0;
  problem: CkptError | undefined;
  isPlain = false;

  constructor(readonly tensors: FileTensors) {
    super();
  }

  get tensor(): Tensor {
    return this.tensors.tensorAt(this.row);
  }

  at(row: number): this {
    this.name = this.tensors.header.entries.name(row);
    showRow(this, row, this.tensors);
    return this;
  }
}
