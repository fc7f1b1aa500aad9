/** A tensor as programs want to read it: one line or one JSON object in every form of `list`, made as bytes. */

import type { OtherNames } from '../../graph.ts';
import type { DType, Roles } from '../../index.ts';
import { ROLES } from '../../roles.ts';
import { elementCount, nameOfFacts, type ScannedTensor, type TensorFacts } from '../../text.ts';
import { escapeName, escapeText, jsonString } from '../terminal/escape.ts';
import { ByteLines } from './byte-lines.ts';
import { RoleBytes } from './role-bytes.ts';
import { type Digest, digestText, hexChecksum, longParts, slicesOf } from './tensor-parts.ts';
import { TypeWords } from './type-words.ts';

export interface LineOptions {
  readonly long: boolean;
  readonly sha256: boolean;
  readonly roles: Roles;
  /** What else values are called, of an object-based checkpoint. */
  readonly others?: OtherNames | undefined;
}

/** Told of tensor after tensor, with its digest where one was asked for. */
export type VisitListed = (facts: ScannedTensor, digest?: Digest) => void;
/** Goes through the tensors that are listed. */
export type Listed = (visit: VisitListed) => void;

const ENCODER = new TextEncoder();
const JSON_NAME = ENCODER.encode('{"name":');
const JSON_ELEMENTS = ENCODER.encode(',"elements":');
const JSON_BYTES = ENCODER.encode(',"bytes":');
const TAB = 0x09;
const NEWLINE = 0x0a;
const BLANK = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const QUESTION = 0x3f;
const CLOSE = 0x7d;

/** Each dtype's name between two texts, as bytes, made when it is first met. */
function dtypeWords(before: string, after: string): (dtype: DType) => Uint8Array {
  const words = new Map<string, Uint8Array>();
  return ({ name }) => {
    const word = words.get(name) ?? ENCODER.encode(before + name + after);
    words.set(name, word);
    return word;
  };
}

/** The full name of a variable, and the other paths that lead to it, for --long. */
export function otherCells(others: OtherNames, name: string): [string, string] {
  return [escapeText(others.fullNameOf(name)), escapeText(others.otherPathsOf(name).join(' '))];
}

function otherJson(others: OtherNames, name: string): string {
  const fullName = others.fullNameOf(name);
  const paths = others.otherPathsOf(name);
  const list = paths.length === 0 ? '' : `,"paths":[${paths.map(jsonString).join(',')}]`;
  return (fullName === '' ? '' : `,"fullName":${jsonString(fullName)}`) + list;
}

/** A name as it can be given back. */
function putName(lines: ByteLines, facts: ScannedTensor): void {
  if (facts.nameIsSimple && facts.nameBytes[0] !== BLANK) lines.put(facts.nameBytes, facts.nameLength);
  else lines.text(escapeName(nameOfFacts(facts)));
}

/** Prints the name, the dtype, the shape, the bytes, what --long and --sha256 add, and the role of each, a line each. */
export function printTsv(listed: Listed, { long, sha256, roles, others }: LineOptions): void {
  const lines = new ByteLines();
  const dtypeWord = dtypeWords('\t', '\t');
  const roleBytes = new RoleBytes(roles);
  const ends = new Map(ROLES.map((role) => [role, ENCODER.encode(`\t${role}`)]));
  const lineEnds = new Map(ROLES.map((role) => [role, ENCODER.encode(`\t${role}\n`)]));
  const putType = (to: ByteLines, { dtype, shape, byteLength, problem }: TensorFacts): void => {
    to.put(dtypeWord(dtype));
    if (problem === undefined) to.shape(shape);
    else to.byte(QUESTION);
    to.byte(TAB);
    to.number(byteLength);
  };
  const types = new TypeWords(putType);
  listed((facts, digest) => {
    putName(lines, facts);
    if (facts.problem === undefined) lines.put(types.of(facts));
    else putType(lines, facts);
    if (long) {
      const { shard, offset, crc32c, slices } = longParts(facts.tensor);
      lines.text(`\t${shard}\t${offset}\t${crc32c}\t${slices}`);
    }
    if (sha256) lines.text(`\t${digestText(digest)}`);
    const role = roleBytes.roleOf(facts);
    if (!long) {
      lines.put(lineEnds.get(role.role) as Uint8Array);
      return;
    }
    lines.put(ends.get(role.role) as Uint8Array);
    lines.text(`\t${role.trainable}\t${role.evidence}`);
    if (others !== undefined) {
      const cells = otherCells(others, nameOfFacts(facts));
      lines.text(cells.map((cell) => `\t${cell}`).join(''));
    }
    lines.byte(NEWLINE);
  });
  lines.flush();
}

/** Prints the names alone. */
export function printNames(listed: Listed): void {
  const lines = new ByteLines();
  listed((facts) => {
    putName(lines, facts);
    lines.byte(NEWLINE);
  });
  lines.flush();
}

const longJson = ({ tensor }: ScannedTensor): string => {
  const { stored } = tensor;
  if (stored === undefined) return `,"slices":${JSON.stringify(slicesOf(tensor))}`;
  const checksum = JSON.stringify(hexChecksum(stored.crc32c) ?? null);
  return `,"shard":${stored.shard},"offset":${stored.offset},"crc32c":${checksum}`;
};

/** Prints the elements of `tensors` in the JSON document. */
export function printJsonItems(listed: Listed, { long, roles, others }: LineOptions): void {
  const lines = new ByteLines();
  const roleBytes = new RoleBytes(roles);
  const dtypeWord = dtypeWords(',"dtype":"', '","shape":');
  const putType = (to: ByteLines, { dtype, shape, byteLength }: TensorFacts): void => {
    to.put(dtypeWord(dtype));
    to.shape(shape);
    to.put(JSON_ELEMENTS);
    to.number(elementCount(shape));
    to.put(JSON_BYTES);
    to.number(byteLength);
  };
  const types = new TypeWords(putType);
  let isFirst = true;
  const visit: VisitListed = (facts, digest) => {
    if (!isFirst) lines.byte(COMMA);
    isFirst = false;
    lines.byte(NEWLINE);
    lines.put(JSON_NAME);
    if (facts.nameIsSimple) {
      lines.byte(QUOTE);
      lines.put(facts.nameBytes, facts.nameLength);
      lines.byte(QUOTE);
    } else lines.text(jsonString(nameOfFacts(facts)));
    if (facts.problem === undefined) lines.put(types.of(facts));
    else putType(lines, facts);
    roleBytes.putJson(lines, facts);
    if (others !== undefined) lines.text(otherJson(others, nameOfFacts(facts)));
    if (long) lines.text(longJson(facts));
    if (digest !== undefined && 'sha256' in digest) lines.text(`,"sha256":"${digest.sha256}"`);
    else {
      const error = digest === undefined ? facts.problem?.message : digest.error;
      if (error !== undefined) lines.text(`,"error":${jsonString(error)}`);
    }
    lines.byte(CLOSE);
  };
  try {
    listed(visit);
  } finally {
    lines.flush();
  }
}
