/** What a person sees on a terminal: tables that fit, bold headings, colours only where they are wanted. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textWidth } from '../../src/cli/terminal/text-width.ts';
import { dtypeOf, tensorOfBytes, writeCheckpoint } from '../../src/index.ts';
import { ckpt, ckptOnTerminal, lines, type RunOptions } from './run.ts';

const plain = (text: string): string => text.replace(/\x1b\[\d*m/g, '');
const bold = (text: string): string => `\x1b[1m${text}\x1b[22m`;

function widest(text: string): number {
  return Math.max(...plain(text).split('\n').map(textWidth));
}

describe('list on a terminal', () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ckpt-terminal-'));
    const tensor = tensorOfBytes(dtypeOf('float32'), [2], new Uint8Array(8));
    const names = [`${'encoder/layers/'.repeat(12)}kernel`, `${'层/'.repeat(60)}偏置`, `${'🐢'.repeat(90)}`, 'b'];
    await writeCheckpoint(join(folder, 'long.ckpt'), new Map(names.map((name) => [name, tensor])));
    const many = Array.from({ length: 583 }, (_, i) => [`layer_${String(i).padStart(3, '0')}/w`, tensor] as const);
    await writeCheckpoint(join(folder, 'many.ckpt'), new Map(many));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is the same table, with the titles in bold', () => {
    const { stdout, code } = ckptOnTerminal(80, ['list', 'v2/sharded']);
    expect(stdout).toBe(
      lines(
        `${bold('name')}          ${bold('dtype')}    ${bold('shape')}   ${bold('size')}  ${bold('role')}`,
        'dense/bias    float32  [3]     12 B  weight',
        'dense/kernel  float32  [2,3]   24 B  weight',
        'embedding     float64  [5,4]  160 B  weight',
        'flags         bool     [2]      2 B  weight',
        'names         string   [2]     15 B  bookkeeping',
        'step          int64    []       8 B  step',
        '6 tensors, 221 B in v2/sharded/sharded.ckpt',
      ),
    );
    expect(code).toBe(0);
  });

  it.each([
    ['v2/object-based'],
    ['v2/unicode-names'],
    ['v2/every-dtype', '--long'],
    ['v2/partitioned/parts.ckpt', '--long'],
    ['v2/sharded', '--sha256'],
    ['v2/partitioned/parts.ckpt', '--long', '--sha256'],
    ['damaged/flipped-data-bit/model.ckpt', '--sha256'],
  ])('is never wider than the terminal: %s %s %s', (...args) => {
    for (const columns of [80, 100, 200]) {
      const { stdout } = ckptOnTerminal(columns, ['list', '--quiet', ...args.filter((word) => word !== undefined)]);
      expect(widest(stdout)).toBeLessThanOrEqual(columns);
      const rows =
        ckpt(['list', '--quiet', ...args.filter((word) => word !== undefined)]).stdout.split('\n').length - 1;
      expect([rows, 2 * rows]).toContain(stdout.split('\n').length - 1);
    }
  });

  it('gives names a line of their own where it is too narrow for all columns', () => {
    const { stdout } = ckptOnTerminal(80, ['list', '--long', '--quiet', 'v2/sharded', 'dense/']);
    expect(plain(stdout)).toBe(
      lines(
        'name',
        '  dtype    shape  size  shard  offset  crc32c    role    trainable  evidence',
        'dense/bias',
        '  float32  [3]    12 B      1       0  384de783  weight  yes        names',
        'dense/kernel',
        '  float32  [2,3]  24 B      0       0  78743a5d  weight  yes        names',
      ),
    );
  });

  it('cuts the middle out of names that are too long, whatever they are written in', () => {
    const { stdout } = ckptOnTerminal(80, ['list', '--quiet', 'long.ckpt'], { cwd: folder });
    expect(widest(stdout)).toBe(80);
    const rows = plain(stdout).split('\n');
    expect(rows[2]).toMatch(/^encoder\/layers\/encoder\/.*….*layers\/kernel +float32 +\[2\] +8 B {2}weight$/);
    for (const row of rows.slice(1, -1)) expect(textWidth(row)).toBe(80);
    expect(stdout).not.toContain('\ufffd');
  });

  it('keeps names apart that it cuts, by what they do not share', async () => {
    const tensor = tensorOfBytes(dtypeOf('float32'), [2], new Uint8Array(8));
    const scope = 'a_scope_with_a_long_name/'.repeat(6);
    const names = ['Adam', 'Adam_1', 'kernel', 'bias'].flatMap((end) =>
      [0, 1, 10].map((layer) => `${scope}layer_${layer}/${'inner/'.repeat(9)}${end}`),
    );
    const keys = names.map((name) => `${name}/.ATTRIBUTES/VARIABLE_VALUE`);
    await writeCheckpoint(join(folder, 'alike.ckpt'), new Map([...names, ...keys].map((name) => [name, tensor])));
    for (const command of ['list', 'tree', 'info', 'stats']) {
      for (const columns of [60, 80, 120]) {
        const { stdout } = ckptOnTerminal(columns, [command, '--quiet', 'alike.ckpt'], { cwd: folder });
        expect(widest(stdout)).toBeLessThanOrEqual(columns);
        const rows = plain(stdout)
          .split('\n')
          .filter((line) => line.includes('…'));
        if (command === 'list') expect(rows).toHaveLength(names.length + keys.length);
        if (command === 'list') expect(new Set(rows).size).toBe(rows.length);
      }
    }
    const { stdout } = ckptOnTerminal(80, ['list', '--quiet', 'alike.ckpt', '**/Adam*'], { cwd: folder });
    for (const row of plain(stdout).split('\n').slice(1, -1)) expect(row).toMatch(/(?:Adam|Adam_1)…? +float32/);
  });

  it('breaks what diff says of a rename, and what help says of options', async () => {
    const tensor = tensorOfBytes(dtypeOf('float32'), [2, 3], new Uint8Array(24));
    const [from, to] = [`${'encoder/'.repeat(5)}kernel`, `${'decoder/'.repeat(5)}kernel`];
    await writeCheckpoint(join(folder, 'from.ckpt'), new Map([[from, tensor]]));
    await writeCheckpoint(join(folder, 'to.ckpt'), new Map([[to, tensor]]));
    const args = ['diff', '--quiet', 'from.ckpt', 'to.ckpt'];
    const { stdout } = ckptOnTerminal(80, args, { cwd: folder });
    expect(stdout).toContain(`\nprobably renamed: ${from}\n  -> ${to}\n`);
    expect(ckpt(args, { cwd: folder }).stdout).toContain(`probably renamed: ${from} -> ${to}\n`);
    expect(widest(ckptOnTerminal(60, ['list', '--help']).stdout)).toBeLessThanOrEqual(60);
  });

  it('leaves histograms out where there is no room, and gives large numbers an exponent', () => {
    for (const [columns, hasBars] of [
      [80, false],
      [120, true],
    ] as const) {
      const { stdout } = ckptOnTerminal(columns, ['stats', 'v2/object-based-keras/model', '-q']);
      expect(widest(stdout)).toBeLessThanOrEqual(columns);
      expect(/[▁▂▃▄▅▆▇█]/.test(stdout)).toBe(hasBars);
      expect(stdout).not.toContain('~');
    }
    const wide = ckptOnTerminal(100, ['stats', 'v2/every-dtype', 'int64', '-q']).stdout;
    expect(plain(wide)).toContain('-9.223e+18');
  });

  it('breaks sentences between words, and fits trees, whatever the width', () => {
    for (const columns of [40, 60, 80]) {
      for (const args of [
        ['doctor', 'damaged/flipped-data-bit/model.ckpt'],
        ['verify', 'damaged/flipped-data-bit/model.ckpt'],
        ['tree', 'v2/object-based-keras/model'],
        ['tree', 'v2/many-blocks'],
        ['info', 'v2/object-based-keras/model'],
      ]) {
        const rows = plain(ckptOnTerminal(columns, args).stdout).split('\n');
        // A word that is longer than the terminal stays whole, and so does a line to be pasted.
        const wide = rows.filter(
          (row) => textWidth(row) > columns && row.trim().includes(' ') && !/^ +ckpt /.test(row),
        );
        expect(
          wide.filter((row) =>
            row
              .trim()
              .split(/ +/)
              .every((word) => word.length < columns - 14),
          ),
        ).toEqual([]);
      }
    }
    const { stdout } = ckptOnTerminal(60, ['doctor', 'damaged/flipped-data-bit/model.ckpt']);
    expect(plain(stdout)).toMatch(/\n {2}remedy {2}\S.*\n {10}\S/);
  });

  it('keeps the names of info within the terminal, and whole in a pipe', () => {
    const { stdout } = ckptOnTerminal(80, ['info', '--quiet', 'long.ckpt'], { cwd: folder });
    const largest = plain(stdout).slice(plain(stdout).indexOf('largest'));
    expect(widest(largest)).toBeLessThanOrEqual(80);
    expect(largest).toContain('…');
    expect(ckpt(['info', 'long.ckpt'], { cwd: folder }).stdout).not.toContain('…');
  });

  it('sets many tensors in plain columns', () => {
    const { stdout } = ckptOnTerminal(80, ['list', '--quiet', 'many.ckpt'], { cwd: folder });
    const piped = ckpt(['list', '--quiet', 'many.ckpt'], { cwd: folder }).stdout;
    expect(plain(stdout)).toBe(piped);
    expect(stdout.split('\n')[0]).toBe(bold('name         dtype    shape  size  role'));
  });

  it('fits hundreds of tensors with long names too, each with a name of its own', async () => {
    const tensor = tensorOfBytes(dtypeOf('float32'), [2], new Uint8Array(8));
    const names = Array.from(
      { length: 400 },
      (_, i) => `${'model/encoder/'.repeat(6)}layer_${i >> 1}/output/${i % 2 ? 'kernel' : 'bias'}`,
    );
    await writeCheckpoint(join(folder, 'hundreds.ckpt'), new Map(names.map((name) => [name, tensor])));
    const { stdout } = ckptOnTerminal(80, ['list', '--quiet', 'hundreds.ckpt'], { cwd: folder });
    const rows = plain(stdout).trimEnd().split('\n').slice(1);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
    expect(new Set(rows.map((row) => row.split(' ')[0])).size).toBe(names.length);
    for (const row of rows) expect(row).toMatch(/layer_\d+\/output\/(kernel|bias) +float32/);
    expect(ckptOnTerminal(80, ['list', 'hundreds.ckpt'], { cwd: folder, env: { NO_COLOR: '1' } }).stdout).not.toContain(
      '\x1b',
    );
  });

  it('never lets a name send escapes to the terminal', () => {
    for (const command of ['list', 'tree', 'info', 'verify']) {
      const { stdout } = ckptOnTerminal(80, [command, 'v2/unicode-names']);
      expect(plain(stdout)).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
    }
  });

  it('shows no progress for work that is over at once', () => {
    const { stdout } = ckptOnTerminal(80, ['verify', 'v2/sharded']);
    expect(stdout).toBe(lines('v2/sharded/sharded.ckpt: sound: 6 tensors, 221 B checked'));
  });

  it('leaves colour out where NO_COLOR, FORCE_COLOR=0 or a dumb terminal ask for it', () => {
    for (const env of [
      { NO_COLOR: '1' },
      { FORCE_COLOR: '0' },
      { TERM: 'dumb' },
      { NO_COLOR: '1', FORCE_COLOR: '1' },
    ]) {
      expect(ckptOnTerminal(80, ['list', 'v2/sharded'], { env }).stdout).not.toContain('\x1b');
    }
    expect(ckptOnTerminal(80, ['list', 'v2/sharded'], { env: { NO_COLOR: '' } }).stdout).toContain('\x1b');
  });
});

describe('list in a pipe', () => {
  const first = (options?: RunOptions) => ckpt(['list', 'v2/sharded'], options).stdout.split('\n')[0];
  const title = 'name          dtype    shape   size  role';

  it('has colour only where FORCE_COLOR asks for it', () => {
    expect(first()).toBe(title);
    expect(first({ env: { FORCE_COLOR: '1' } })).toBe(bold(title));
    expect(first({ env: { FORCE_COLOR: '0' } })).toBe(title);
    expect(first({ env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).toBe(title);
    expect(first({ env: { TERM: 'xterm-256color' } })).toBe(title);
  });

  it('is not padded to the width of one long name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ckpt-terminal-'));
    const tensor = tensorOfBytes(dtypeOf('float32'), [2], new Uint8Array(8));
    const long = 'x'.repeat(600);
    await writeCheckpoint(join(folder, 'm'), new Map([['b', tensor] as const, [long, tensor] as const]));
    expect(ckpt(['list', 'm'], { cwd: folder }).stdout).toBe(
      lines(
        `${'name'.padEnd(120)}  dtype    shape  size  role`,
        `${'b'.padEnd(120)}  float32  [2]     8 B  weight`,
        `${long}  float32  [2]     8 B  weight`,
      ),
    );
    for (const args of [['info'], ['stats'], ['tree']]) {
      const { stdout } = ckpt([...args, 'm'], { cwd: folder });
      expect(stdout).not.toMatch(/ {125}/);
      expect(stdout).toContain(long);
    }
    rmSync(folder, { recursive: true });
  });

  it('is not cut to any width', () => {
    const { stdout } = ckpt(['list', 'v2/object-based']);
    expect(stdout).not.toContain('…');
    expect(widest(stdout)).toBeGreaterThan(80);
  });
});

describe('the width of a text', () => {
  it('agrees with python, where there is one', ({ skip }) => {
    const text = 'aé日本🐢️權ㄅ한ﾊ〜…–\u0301\u200d';
    const program = `import sys, unicodedata as u
print(sum(0 if u.category(c) in ('Mn','Me','Cf') else 2 if u.east_asian_width(c) in 'WF' else 1 for c in sys.argv[1]))`;
    const { stdout, status } = spawnSync('python3', ['-c', program, text], { encoding: 'utf8' });
    if (status !== 0) skip('there is no python3');
    expect(textWidth(text)).toBe(Number(stdout));
  });
});
