/** Files that are written side by side: what is buffered of all of them is bounded, and each gets what was written to it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FileSink } from '../../src/io/file-sink.ts';
import { scratch } from '../scratch.ts';

it('hundreds of files that take turns have what was written to them, and what was put at a place', () => {
  const directory = scratch();
  const sinks = Array.from({ length: 400 }, (_, i) => new FileSink(join(directory, `${i}`)));
  const piece = (i: number, round: number): Uint8Array => new Uint8Array(40_000).fill((7 * i + round) % 251);
  for (let round = 0; round < 3; round++) {
    for (const [i, sink] of sinks.entries()) sink.put(piece(i, round), round * 40_000);
  }
  for (const sink of sinks) sink.writeAt(Uint8Array.of(252), 50_000);
  for (const sink of sinks) sink.end();
  for (const [i, { path }] of sinks.entries()) {
    const wanted = Buffer.concat([0, 1, 2].map((round) => piece(i, round)));
    wanted[50_000] = 252;
    expect(readFileSync(path).equals(wanted)).toBe(true);
  }
  for (const sink of sinks) sink.abandon();
});
