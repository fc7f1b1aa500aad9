/** `ckpt list`, as people and pipelines see it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ckpt, lines, shell } from './run.ts';

const SHARDED = 'v2/sharded/sharded.ckpt';
const SUMMARY = lines(`6 tensors, 221 B in ${SHARDED}`);
const done = (stdout: string, stderr = '') => ({ stdout, stderr, code: 0 });
const failed = (...texts: string[]) => ({ stdout: '', stderr: lines(...texts), code: 2 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ckpt-list-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('list for people', () => {
  it('prints aligned columns, and a summary on stderr', () => {
    expect(ckpt(['list', SHARDED])).toEqual(
      done(
        lines(
          'name          dtype    shape   size  role',
          'dense/bias    float32  [3]     12 B  weight',
          'dense/kernel  float32  [2,3]   24 B  weight',
          'embedding     float64  [5,4]  160 B  weight',
          'flags         bool     [2]      2 B  weight',
          'names         string   [2]     15 B  bookkeeping',
          'step          int64    []       8 B  step',
        ),
        SUMMARY,
      ),
    );
  });

  it('adds shard, offset, checksum, slices and what training does with --long', () => {
    expect(ckpt(['list', 'v2/partitioned/variable.ckpt', '--long'])).toEqual(
      done(
        lines(
          'name       dtype    shape    size  shard  offset  crc32c    slices                   role    trainable  evidence',
          'embedding  float32  [10,4]  160 B                           0,4:0,4 4,3:0,4 7,3:0,4  weight  yes        names',
          'step       int64    []        8 B      0     160  576c35e3                           step    no         names',
        ),
        lines('2 tensors, 168 B in v2/partitioned/variable.ckpt'),
      ),
    );
    expect(ckpt(['ls', '-l', 'v2/partitioned/variable.ckpt'])).toEqual(
      ckpt(['list', '--long', 'v2/partitioned/variable.ckpt']),
    );
  });

  it.each([
    ['name', ['dense/bias', 'dense/kernel', 'embedding', 'flags', 'names', 'step']],
    ['size', ['embedding', 'dense/kernel', 'names', 'dense/bias', 'step', 'flags']],
    ['dtype', ['flags', 'dense/bias', 'dense/kernel', 'embedding', 'step', 'names']],
  ])('sorts by %s', (key, names) => {
    expect(ckpt(['list', SHARDED, '--names', '--sort', key])).toEqual(done(lines(...names)));
    const { stdout } = ckpt(['list', SHARDED, '--sort', key]);
    expect(
      stdout
        .split('\n')
        .slice(1, -1)
        .map((line) => line.split(' ')[0]),
    ).toEqual(names);
  });

  it('lists nothing, but the titles, of a checkpoint without tensors', () => {
    expect(ckpt(['list', 'v2/header-only/without_data.ckpt'])).toEqual(
      done(lines('name  dtype  shape  size  role'), lines('0 tensors, 0 B in v2/header-only/without_data.ckpt')),
    );
  });

  it('aligns wide letters and pictures by the columns they take', () => {
    const { stdout } = ckpt(['list', 'v2/unicode-names', '**/*kernel', '/^日/', '/^🐢/']);
    expect(stdout).toBe(
      lines(
        'name      dtype    shape  size  role',
        'ê/kernel  float32  []      4 B  weight',
        'ë/kernel  float32  []      4 B  weight',
        '日曜      float32  []      4 B  weight',
        '日本      float32  []      4 B  weight',
        '🐢        float32  []      4 B  weight',
        '🐢/🐣     float32  []      4 B  weight',
      ),
    );
  });
});

describe('list for pipelines', () => {
  it('prints lines with --tsv', () => {
    expect(ckpt(['list', SHARDED, '--tsv'])).toEqual(
      done(
        lines(
          'dense/bias\tfloat32\t[3]\t12\tweight',
          'dense/kernel\tfloat32\t[2,3]\t24\tweight',
          'embedding\tfloat64\t[5,4]\t160\tweight',
          'flags\tbool\t[2]\t2\tweight',
          'names\tstring\t[2]\t15\tbookkeeping',
          'step\tint64\t[]\t8\tstep',
        ),
      ),
    );
  });

  it('adds columns to --tsv with --long and --sha256', () => {
    expect(ckpt(['list', 'v2/partitioned/variable.ckpt', '--tsv', '--long', '--sha256'])).toEqual(
      done(
        lines(
          'embedding\tfloat32\t[10,4]\t160\t\t\t\t0,4:0,4 4,3:0,4 7,3:0,4\t9096119cd43e2e715fb606c778eff978046b5db2e2222db4bd5d9ed5c9a43f2a\tweight\tyes\tnames',
          'step\tint64\t[]\t8\t0\t160\t576c35e3\t\t35be322d094f9d154a8aba4733b8497f180353bd7ae7b0a15f90b586b549f28b\tstep\tno\tnames',
        ),
      ),
    );
  });

  it('prints the same lines for everything and for a selection of everything', () => {
    for (const form of ['--tsv', '--json', '--names']) {
      for (const checkpoint of ['v2/unicode-names', 'v2/every-dtype', 'damaged/unknown-dtype', 'v2/many-blocks']) {
        expect(ckpt(['list', checkpoint, form, '/^/'])).toEqual(ckpt(['list', checkpoint, form]));
      }
    }
  });

  it('goes through a pipe that closes early', () => {
    // More than a pipe holds, so that the end is noticed.
    const { stdout, stderr } = shell('{ ckpt list v2/many-blocks --json --long; echo $? >&2; } | head -n 1');
    expect({ stdout, stderr }).toEqual({
      stdout: lines(
        '{"schemaVersion":1,"path":"v2/many-blocks","resolved":"v2/many-blocks/many.ckpt","format":"v2","tensors":[',
      ),
      stderr: lines('0'),
    });
    expect(shell('{ ckpt list v2/many-blocks; echo $? >&2; } | true').stderr).toMatch(/^(1,300 tensors, .*\n)?0\n$/);
  });
});

describe('selectors', () => {
  it.each([
    ['a name', ['step'], ['step']],
    ['names', ['step', 'flags'], ['flags', 'step']],
    ['a glob inside one scope', ['*'], ['embedding', 'flags', 'names', 'step']],
    ['a glob across scopes', ['**'], ['dense/bias', 'dense/kernel', 'embedding', 'flags', 'names', 'step']],
    ['a glob with a scope', ['*/b???'], ['dense/bias']],
    ['a set of letters', ['[fs]*'], ['flags', 'step']],
    ['a scope', ['dense/'], ['dense/bias', 'dense/kernel']],
    ['a regular expression', ['/^(step|n)/'], ['names', 'step']],
    ['an exclusion', ['!dense/'], ['embedding', 'flags', 'names', 'step']],
    ['all but', ['**', '!dense/', '!/^n/'], ['embedding', 'flags', 'step']],
    ['a dtype', ['--dtype', 'float32'], ['dense/bias', 'dense/kernel']],
    ['dtypes', ['--dtype', 'bool,string', '--dtype', 'int64'], ['flags', 'names', 'step']],
    ['a least size', ['--min-size', '15'], ['dense/kernel', 'embedding', 'names']],
    ['a largest size', ['--max-size', '12B'], ['dense/bias', 'flags', 'step']],
    ['both', ['--min-size', '0.01kB', '--max-size', '0.1KiB'], ['dense/bias', 'dense/kernel', 'names']],
    ['everything at once', ['dense/', 'e*', '--dtype', 'float32', '--min-size', '13'], ['dense/kernel']],
  ])('%s', (_, args, names) => {
    expect(ckpt(['list', SHARDED, '--names', ...args])).toEqual(done(lines(...names)));
  });

  it('reads patterns from a file and from stdin, one a line', () => {
    const file = join(folder, 'patterns.txt');
    writeFileSync(file, 'dense/\r\n\n!dense/bias\n');
    const chosen = done(lines('dense/kernel', 'step'));
    expect(ckpt(['list', SHARDED, 'step', '--names', '--patterns-from', file])).toEqual(chosen);
    expect(ckpt(['list', SHARDED, '--names', '--patterns-from', '-'], { stdin: 'step\ndense/k*' })).toEqual(chosen);
  });

  it('takes a literal name before any other reading, and after -- even one like an option', () => {
    const names = (...args: string[]) => ckpt(['list', 'v2/unicode-names', '--names', ...args]).stdout;
    expect(names('a[0]')).toBe(lines('a[0]'));
    expect(names('/')).toBe(lines('/'));
    expect(names('--', '--help', '-dash')).toBe(lines('--help', '-dash'));
  });

  it('refuses a pattern that matches nothing, with the nearest names', () => {
    expect(ckpt(['list', SHARDED, 'dense/kernal'])).toEqual(
      failed('ckpt: no tensor matches dense/kernal; the nearest names are dense/kernel'),
    );
    expect(ckpt(['list', SHARDED, '/q\\d+/'])).toEqual(
      failed('ckpt: no tensor matches /q\\d+/; there are dense/bias, dense/kernel, embedding and 3 more'),
    );
    expect(ckpt(['list', SHARDED, '/(/'])).toEqual(
      failed('ckpt: the pattern /(/ is not valid: Invalid regular expression: /(/: Unterminated group'),
    );
  });

  it('lists nothing when options leave nothing', () => {
    expect(ckpt(['list', SHARDED, '--names', '--dtype', 'float16'])).toEqual(done(''));
  });

  it('refuses sources of patterns that cannot be read', () => {
    expect(ckpt(['list', SHARDED, '--patterns-from', 'v2/none.txt'])).toEqual(
      failed("ckpt: cannot read v2/none.txt: ENOENT: no such file or directory, open 'v2/none.txt'"),
    );
    expect(ckpt(['list', '-', '--patterns-from', '-'], { stdin: 'x' })).toEqual(
      failed('ckpt: stdin cannot give both the path and the patterns'),
    );
  });

  it('refuses sizes, dtypes and keys that there are none of', () => {
    expect(ckpt(['list', SHARDED, '--min-size', 'big'])).toEqual(
      failed(
        "ckpt: option '--min-size <size>' argument 'big' is invalid. Give a size such as 4096, 10MB or 1.5GiB.",
        '(see ckpt list --help)',
      ),
    );
    expect(ckpt(['list', SHARDED, '--sort', 'shape'])).toEqual(
      failed(
        "ckpt: option '--sort <key>' argument 'shape' is invalid. Allowed choices are name, size, dtype.",
        '(see ckpt list --help)',
      ),
    );
    const { stderr, code } = ckpt(['list', SHARDED, '--dtype', 'float23']);
    expect(stderr).toMatch(/^ckpt: option '--dtype <name>' argument 'float23' is invalid\. Known are float32, .*\.\n/);
    expect(code).toBe(2);
  });

  it.each([
    ['--json', '--tsv'],
    ['--json', '--names'],
    ['--tsv', '--names'],
  ])('refuses %s with %s', (one, other) => {
    const message = `ckpt: option '${one}' cannot be used with option '${other}'`;
    expect(ckpt(['list', SHARDED, one, other])).toEqual(failed(message, '(see ckpt list --help)'));
  });
});
