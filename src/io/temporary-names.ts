/**
 * Names for files that are not what they will be called: those of a write that is under way, and older files that it has put
 * aside. They end in `.tempstate` and digits, as TensorFlow's do, so that other tools know to ignore them; ours have 24 digits,
 * more than TensorFlow's numbers of 64 bits: the process, the time, and what the file is.
 */
import { splitPrefix } from './shard-names.ts';

/** What a file under a temporary name is: a new one, an older one, or the older one that made the others a checkpoint. */
export const TEMPORARY = { old: 0, new: 1, oldLast: 2 } as const;
export type TemporaryKind = (typeof TEMPORARY)[keyof typeof TEMPORARY];

const PROCESS_DIGITS = 10;
const TIME_DIGITS = 13;
const MARKER = /^(.*)\.tempstate(\d{10})(\d{13})([0-2])$/s;
/** Bytes that systems allow a name in a directory. */
const MOST_NAME_BYTES = 255;
const MARKER_BYTES = '.tempstate'.length + PROCESS_DIGITS + TIME_DIGITS + 1;
/** What stands behind the prefix in the names of a checkpoint's files. */
const SUFFIX = /(\.index(\.json)?|\.data-\d+-of-\d+|-\d{5,}-of-\d{5,}(\.safetensors)?)?$/;

/** The write that a temporary name belongs to. */
export interface Writing {
  readonly process: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** A short number for a long text (FNV-1a, 32 bits): two names that begin alike must not become one. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

const byteLength = (text: string): number => Buffer.byteLength(text);

/** A name to which a marker can be added: what is too long loses the end of its prefix, never what stands behind that. */
function stemOf(name: string): string {
  if (byteLength(name) + MARKER_BYTES <= MOST_NAME_BYTES) return name;
  const suffix = SUFFIX.exec(name)?.[0] ?? '';
  const prefix = name.slice(0, name.length - suffix.length);
  const hash = `~${hashOf(prefix)}`;
  const room = MOST_NAME_BYTES - MARKER_BYTES - byteLength(suffix) - hash.length;
  let kept = prefix.slice(0, room);
  while (byteLength(kept) > room) kept = kept.slice(0, -1);
  return kept.replace(/[\ud800-\udbff]$/, '') + hash + suffix;
}

/** The temporary name of `target` in a write. */
export function temporaryName(target: string, { process, time }: Writing, kind: TemporaryKind): string {
  const { directory, base } = splitPrefix(target);
  const digits = String(process).padStart(PROCESS_DIGITS, '0') + String(time).padStart(TIME_DIGITS, '0');
  return `${directory}${stemOf(base)}.tempstate${digits}${kind}`;
}

/** A temporary name of ours, taken apart; `suffix` is what stood behind the prefix. */
export interface ParsedTemporary {
  readonly writing: Writing;
  readonly kind: TemporaryKind;
  /** What the file will be called, or was: known by its prefix, whose name may have been shortened. */
  targetOf(prefix: string): string | undefined;
}

/** Undefined for a name that is none of ours. */
export function parseTemporary(name: string): ParsedTemporary | undefined {
  const match = MARKER.exec(name);
  if (match === null) return undefined;
  const [, stem, process, time, kind] = match as unknown as [string, string, string, string, string];
  const suffix = SUFFIX.exec(stem)?.[0] ?? '';
  return {
    writing: { process: Number(process), time: Number(time) },
    kind: Number(kind) as TemporaryKind,
    targetOf: (prefix) => {
      const { directory, base } = splitPrefix(prefix);
      return stemOf(base + suffix) === stem ? directory + base + suffix : undefined;
    },
  };
}
