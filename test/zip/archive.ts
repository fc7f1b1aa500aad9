/** Archives in memory, as a plan lays them out. */
import { deflateRawSync } from 'node:zlib';
import { expect } from 'vitest';
import { crc32 } from '../../src/io/crc32.ts';
import { DEFLATED, viewOf } from '../../src/zip/format.ts';
import { behindMembers, CRC_OFFSET, localHeader, type NewMember, planZip } from '../../src/zip/plan.ts';

export interface Member {
  readonly name: string;
  readonly content: Uint8Array;
  readonly comment?: Uint8Array;
  readonly isDeflated?: boolean;
}

/** An archive of some members. */
export function archive(members: readonly Member[], comment?: Uint8Array, extra?: Uint8Array): Uint8Array {
  const packed = members.map(({ content, isDeflated }) => (isDeflated === true ? deflateRawSync(content) : content));
  const plan = planZip(
    members.map(({ name, content, comment: remark, isDeflated }, i): NewMember => {
      const how = isDeflated === true ? { method: DEFLATED, byteLength: content.length } : undefined;
      return { name, byteLength: packed[i]?.length as number, packed: how, comment: remark };
    }),
    comment,
    extra,
  );
  const bytes = new Uint8Array(plan.byteLength);
  const sums = members.map(({ content }) => crc32(content));
  for (const [i, member] of plan.members.entries()) {
    const { headerAt, dataAt } = member;
    bytes.set(localHeader(member), headerAt);
    viewOf(bytes).setUint32(headerAt + CRC_OFFSET, sums[i] as number, true);
    bytes.set(packed[i] as Uint8Array, dataAt);
  }
  let at = plan.membersEnd;
  for (const piece of behindMembers(plan, (i) => sums[i] as number)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  expect(at).toBe(bytes.length);
  return bytes;
}
