/** Over ten thousand generated arrays print as numpy prints them; fixtures/numpy-text/make_numpy_text.py made the text. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { arrayLines, type PrintOptions } from '../../src/array-text/array-lines.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { decodeValues, numbersPerElement, type TypedValues } from '../../src/tensor/values.ts';
import { inFullRun } from '../sweep.ts';

interface Case {
  readonly d: string;
  readonly s: readonly number[];
  readonly h?: string;
  readonly b?: readonly string[];
  readonly o?: PrintOptions;
  readonly t: string;
}

const FIXTURE =
  process.env.CKPT_NUMPY_TEXT ?? new URL('../../fixtures/numpy-text/numpy-text.ndjson.gz', import.meta.url);

function loadCases(): Case[] {
  const text = gunzipSync(readFileSync(FIXTURE)).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Case);
}

function valuesOf({ d, h, b }: Case): TypedValues {
  if (b !== undefined) return b.map((hex) => new Uint8Array(Buffer.from(hex, 'hex')));
  return decodeValues(dtypeOf(d), new Uint8Array(Buffer.from(h!, 'hex')));
}

function printed(test: Case): string {
  const dtype = dtypeOf(test.d);
  const values = valuesOf(test);
  const per = numbersPerElement(dtype);
  const read = (start: number, length: number) => values.slice(start * per, (start + length) * per);
  return [...arrayLines({ dtype, shape: test.s, read }, test.o)].join('\n');
}

describe('text of generated arrays', () => {
  const all = loadCases();
  const cases = all.filter((_, i) => i % inFullRun(1, 9) === 0);

  it('has ten thousand arrays to compare', () => {
    expect(all.length).toBeGreaterThanOrEqual(10000);
  });

  it('is numpy’s for every one', () => {
    const different = cases.map((test) => ({ test, text: printed(test) })).filter(({ test, text }) => text !== test.t);
    const first = different.slice(0, 5).map(({ test, text }) => ({ ...test, h: test.h?.slice(0, 200), text }));
    expect({ count: different.length, first }).toEqual({ count: 0, first: [] });
  });
});
