/** Findings gathered by file and kind, so that a million damaged tensors take no memory. */
import { unmaskCrc } from '../bytes/crc32c.ts';
import type { Finding, FindingKind } from '../formats/finding.ts';

/** Findings of a kind about one file: how many, and the first names. */
export interface Tally {
  count: number;
  readonly names: string[];
  /** What the first of them says. */
  readonly message: string;
  readonly offsets: number[];
  /** How many of them have no checksum recorded. */
  unrecorded: number;
}

/** More names than this are counted, not kept. */
const MOST_KEPT = 1000;

const NO_CHECKSUM = unmaskCrc(0).toString(16).padStart(8, '0');

export class Counts {
  readonly #all = new Map<string, Map<FindingKind, Tally>>();
  #firstDamage: Finding | undefined;

  add(finding: Finding): void {
    const { kind, path = '', tensor = '', offset = 0 } = finding;
    if (finding.severity === 'damage') this.#firstDamage ??= finding;
    const ofFile = this.#all.get(path) ?? new Map<FindingKind, Tally>();
    this.#all.set(path, ofFile);
    const tally = ofFile.get(kind) ?? { count: 0, names: [], offsets: [], message: finding.message, unrecorded: 0 };
    ofFile.set(kind, tally);
    tally.count++;
    if (finding.expected === NO_CHECKSUM && kind === 'tensor-checksum') tally.unrecorded++;
    if (tally.names.length >= MOST_KEPT) return;
    tally.names.push(tensor);
    tally.offsets.push(offset);
  }

  /** The first finding that is more than a note. */
  get firstDamage(): Finding | undefined {
    return this.#firstDamage;
  }

  of(path: string, kind: FindingKind): Tally | undefined {
    return this.#all.get(path)?.get(kind);
  }

  get paths(): string[] {
    return [...this.#all.keys()];
  }
}
