/** Unpacked chunks of a file: all its datasets share one bound, and what came first goes first. */

/** Unpacked chunks that are kept, of all datasets of a file. */
const KEPT_BYTES = 32 << 20;
/** What a chunk takes beside its bytes, one that was never written included. */
const ENTRY_BYTES = 128;

/** Chunks of one dataset by their number; `undefined` for one that was never written. */
export type KeptChunks = Map<number, Uint8Array | undefined>;

export class ChunkCache {
  /** Datasets that have chunks here, the one that was read last at the end. */
  readonly #owners = new Set<KeptChunks>();
  #bytes = 0;
  #packed = new Uint8Array(0);

  constructor(readonly most = KEPT_BYTES) {}

  /** Makes room for another chunk; returns bytes to unpack it into, which may be those of a chunk that went. */
  room(byteLength: number): Uint8Array {
    let spare: Uint8Array | undefined;
    while (this.#bytes > 0 && this.#bytes + byteLength + ENTRY_BYTES > this.most) {
      const gone = this.#dropOldest();
      if (gone?.length === byteLength) spare = gone;
    }
    return spare ?? new Uint8Array(byteLength);
  }

  /** Keeps a chunk for which there is room. */
  keep(owner: KeptChunks, number: number, chunk: Uint8Array | undefined): void {
    owner.set(number, chunk);
    this.#bytes += (chunk?.length ?? 0) + ENTRY_BYTES;
    this.#owners.delete(owner);
    this.#owners.add(owner);
  }

  /** Bytes to read packed ones into, good until the next call. */
  packed(byteLength: number): Uint8Array {
    if (this.#packed.length < byteLength) this.#packed = new Uint8Array(byteLength);
    return this.#packed.subarray(0, byteLength);
  }

  #dropOldest(): Uint8Array | undefined {
    const [owner] = this.#owners as Iterable<KeptChunks>;
    const [number, chunk] = owner?.entries().next().value ?? [];
    if (owner === undefined || number === undefined) throw new RangeError('no chunk is kept');
    owner.delete(number);
    if (owner.size === 0) this.#owners.delete(owner);
    this.#bytes -= (chunk?.length ?? 0) + ENTRY_BYTES;
    return chunk;
  }
}
