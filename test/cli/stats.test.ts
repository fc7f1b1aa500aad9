/** `ckpt stats`. */
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ckpt, ckptOnTerminal, lines } from './run.ts';

describe('stats', () => {
  it('has a row for each tensor', () => {
    expect(ckpt(['stats', 'v2/sharded'])).toEqual({
      code: 0,
      stderr: '',
      stdout: lines(
        'name          dtype    shape  count  min  max  mean        std        l2  zeros  nan  inf',
        'dense/bias    float32  [3]        3    1    3     2  0.8164966  3.741657      0    0    0',
        'dense/kernel  float32  [2,3]      6    0    5   2.5   1.707825  7.416198      1    0    0',
        'embedding     float64  [5,4]     20    0   19   9.5   5.766281  49.69909      1    0    0',
        'flags         bool     [2]        2    0    1   0.5        0.5         1      1    0    0',
        'names         string   [2]        -    -    -     -          -         -      -    -    -',
        'step          int64    []         1   40   40    40          0        40      0    0    0',
      ),
    });
  });

  it('ends in a histogram on a terminal, and fits it', () => {
    const { stdout } = ckptOnTerminal(80, ['stats', 'v2/sharded', 'dense/*']);
    const rows = stdout.split(/\r?\n/);
    expect(rows[2]).toMatch(/^dense\/kernel {2}float32 {2}\[2,3\] .* 2\.5 +1\.708 +1 {2}█ █ █ █ ██$/);
    expect(Math.max(...rows.map((row) => stripVTControlCharacters(row).length))).toBeLessThanOrEqual(80);
  });

  it('sums up what was selected', () => {
    expect(ckpt(['stats', 'v2/sharded', 'dense/**', '--total', '--tsv']).stdout).toBe(
      lines(['2 tensors', 'float32', '[9]', 9, 0, 5, 7 / 3, 1.4907119849998598, Math.sqrt(69), 1, 0, 0].join('\t')),
    );
  });

  it('has percentiles and histograms as JSON', () => {
    const { tensors } = JSON.parse(ckpt(['stats', 'v2/sharded', 'dense/bias', '--json']).stdout);
    expect(tensors).toEqual([
      expect.objectContaining({ name: 'dense/bias', finite: 3, percentiles: expect.objectContaining({ 50: 2 }) }),
    ]);
    expect(tensors[0].histogram.counts).toHaveLength(20);
  });

  it('exits 1 and names the first element that is no number', () => {
    const failed = ckpt(['stats', 'v2/every-dtype', 'float32', '--fail-on', 'nan']);
    expect([failed.code, failed.stderr]).toEqual([1, 'ckpt: float32[10] is nan\n']);
    expect(ckpt(['stats', 'v2/sharded', '--fail-on', 'nan,inf']).code).toBe(0);
  });

  it('refuses other kinds', () => {
    const refused = ckpt(['stats', 'v2/sharded', '--fail-on', 'zero']);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      'ckpt: --fail-on takes nan, inf, or both with a comma; zero is neither\n',
    ]);
  });
});
