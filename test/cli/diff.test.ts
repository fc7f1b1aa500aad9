/** `ckpt diff`. */
import { beforeAll, describe, expect, it } from 'vitest';
import { scratch } from '../scratch.ts';
import { ckpt, lines } from './run.ts';

const folder = scratch();
const changed = `${folder}/changed.ckpt`;
const renamed = `${folder}/renamed.ckpt`;

beforeAll(() => {
  expect(ckpt(['set', 'v2/sharded', 'dense/kernel=[[0,1,2],[3,4.5,5]]', 'step=41', '-o', changed]).code).toBe(0);
  expect(ckpt(['rename', 'v2/sharded', '--map', 'dense/bias=fc/bias', '-o', renamed]).code).toBe(0);
});

const diff = (...args: string[]) => ckpt(['diff', 'v2/sharded', ...args]);

describe('diff', () => {
  it('is a success where nothing differs, and says what was not looked at', () => {
    expect(diff('v2/sharded', '--values')).toEqual({ stdout: '6 alike\n', stderr: '', code: 0 });
    expect(diff(changed)).toEqual({
      stdout: '6 alike but for values, which were not compared\n',
      stderr: '',
      code: 0,
    });
  });

  it('tells names apart, and which was probably renamed', () => {
    expect(diff(renamed)).toEqual({
      stdout: lines(
        '--- v2/sharded/sharded.ckpt',
        `+++ ${renamed}`,
        '- dense/bias  float32 [3]',
        '+ fc/bias  float32 [3]',
        'probably renamed: dense/bias -> fc/bias',
        '1 added, 1 removed, 5 alike but for values, which were not compared',
      ),
      stderr: '',
      code: 1,
    });
    expect(diff(renamed, '--map', 'dense/bias=fc/bias', '--values').code).toBe(0);
  });

  it('tells how far values lie apart, and where the most', () => {
    const { stdout, code } = diff(changed, '--values');
    expect(stdout.split('\n').slice(2)).toEqual([
      '~ dense/kernel  1 element, max 0.5 at [1,1], mean 0.08333333, relative 0.1111111, 1048576 ulp, cosine 0.9985029',
      '~ step  1 element, max 1 at [], mean 1, relative 0.02439024, cosine 1',
      '2 of other values, 4 alike',
      '',
    ]);
    expect(code).toBe(1);
    expect(diff(changed, '--atol', '1').code).toBe(0);
    expect(diff(changed, 'dense/*', '--rtol', '0.1').code).toBe(1);
    expect(diff(changed, 'dense/*', '--rtol', '0.12').code).toBe(0);
  });

  it('has lines and a document for programs', () => {
    expect(diff(changed, '--values', '--tsv', 'step').stdout).toBe(`values\tstep\t1\t1\t1\t${1 / 41}\t\t1\t\n`);
    const { ok, commonCount, values } = JSON.parse(diff(changed, '--values', '--json', 'step', 'flags').stdout);
    expect({ ok, commonCount, values }).toEqual({
      ok: false,
      commonCount: 2,
      values: [
        expect.objectContaining({ name: 'flags', alike: true, by: 'checksum' }),
        expect.objectContaining({ name: 'step', alike: false, by: 'content', maxAbs: 1, at: [] }),
      ],
    });
  });

  it('compares across formats, and tells dtypes apart', () => {
    const other = `${folder}/other.safetensors`;
    expect(ckpt(['convert', 'v2/sharded', '--drop-unsupported', '-o', other]).code).toBe(0);
    expect(diff(other, '--values', '!names').code).toBe(0);
    const cast = `${folder}/cast.ckpt`;
    expect(ckpt(['cast', 'v2/sharded', 'embedding', '--dtype', 'float32', '-o', cast]).code).toBe(0);
    expect(diff(cast).stdout).toContain('~ embedding  float64 [5,4] -> float32 [5,4]\n');
  });

  it('refuses what matches nothing, and what is no checkpoint', () => {
    expect(diff(changed, 'nothing').code).toBe(2);
    expect(diff('v2/nothing').code).toBe(2);
  });
});
