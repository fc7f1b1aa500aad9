/** What a listing prints of a name is what every command takes: whatever the name, the same tensor and no other. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openNow } from '../../src/checkpoints/checkpoint.ts';
import { writeCheckpoint } from '../../src/checkpoints/write-checkpoint.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { tensorOfBytes } from '../../src/tensor/tensor.ts';
import { scratch } from '../scratch.ts';
import { fillsOf } from '../surgery/small-maps.ts';
import { ckpt, ckptOnTerminal } from './run.ts';

/** Names that differ in how they are escaped, or that a list, a pattern or an assignment reads as something else. */
const TRAPS = [
  'a\u0085',
  'a\udc85',
  'a\\x85',
  'a\\u0085',
  'a\\',
  'a\\n',
  'a\n',
  '#a',
  '# a',
  'a:0',
  'a=b',
  'a→b',
  'a,b',
  '"a"',
  '{a}',
  '[a]',
  'a*',
  '**',
  'a[0]',
  '!a',
  '/a/',
  'a/',
  '-a',
  ' a',
  'a ',
  ' ',
  '\u3000',
  '\u00a0',
  '\u061c',
  '\u200b',
  '\u202eb',
  '\ufeff',
  '\u{e0041}',
  '\udcff\udc80',
  'a\tb',
  'a\r',
  '\x7f',
  '\x1b[31m',
  'old',
  'from',
  'a\u2028',
  '🐢',
];

const unit = fc.oneof(
  fc.constantFrom(...'\\nx85u=:#*/,"\t\n\r \x1b\x7f\u0085\udc85\udcff\u061c\u200b→é'),
  fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
);
/** A key that begins with a zero byte is that of a slice. */
const name = fc.oneof(
  fc.constantFrom(...TRAPS),
  fc.array(unit, { minLength: 1, maxLength: 6 }).map((all) => all.join('')),
);
const manyNames = fc.uniqueArray(name, { minLength: 2, maxLength: 8 });

/** A new checkpoint with these names, each with a number of its own; in a folder of its own. */
async function checkpointOf(names: readonly string[]): Promise<{ cwd: string; fills: [string, number][] }> {
  const cwd = scratch();
  const tensors = new Map(
    names.map((text, i) => [text, tensorOfBytes(dtypeOf('uint8'), [2], Uint8Array.of(i, i))] as const),
  );
  await writeCheckpoint(join(cwd, 'm'), tensors);
  return { cwd, fills: fillsAt(cwd, 'm') };
}

function fillsAt(cwd: string, prefix: string): [string, number][] {
  const checkpoint = openNow(join(cwd, prefix));
  const fills = fillsOf(checkpoint.tensors);
  checkpoint.close();
  return fills;
}

const linesOf = (text: string): string[] => text.split('\n').slice(0, -1);
const listed = (cwd: string): string[] => linesOf(ckpt(['list', 'm', '--names'], { cwd }).stdout);

describe('a name as it is listed', () => {
  it('selects its tensor alone: in a list, as an argument, with a slice, turned around, in a glob', async () => {
    await fc.assert(
      fc.asyncProperty(manyNames, async (names) => {
        const { cwd, fills } = await checkpointOf(names);
        const printed = listed(cwd);
        expect(printed).toHaveLength(fills.length);
        for (const [i, text] of printed.entries()) {
          const own = (fills[i] as [string, number])[1];
          const value = `[${own}, ${own}]`;
          const values = (args: string[], stdin?: string) =>
            JSON.parse(
              ckpt(['print', 'm', '--json', ...args], { cwd, ...(stdin === undefined ? {} : { stdin }) }).stdout,
            ).tensors.map((tensor: { values: unknown }) => JSON.stringify(tensor.values).replace(',', ', '));
          expect(values(['--patterns-from', '-'], `${text}\n`)).toEqual([value]);
          expect(values(['--', text])).toEqual([value]);
          expect(values(['--', `${text}[:]`])).toContain(value);
          expect(linesOf(ckpt(['list', 'm', '--names', '--', text], { cwd }).stdout)).toEqual([text]);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('is renamed by a list of all, each to what the second column says', async () => {
    await fc.assert(
      fc.asyncProperty(manyNames, async (names) => {
        const { cwd, fills } = await checkpointOf(names);
        const stdin = listed(cwd)
          .map((text) => `${text}\t${text}_new\n`)
          .join('');
        const run = ckpt(['rename', 'm', '--map', '-', '-o', 'out'], { cwd, stdin });
        expect(run.code).toBe(0);
        const renamed = fills.map(([text, fill]): [string, number] => [`${text}_new`, fill]);
        const byName = (a: [string, number], b: [string, number]) => a[1] - b[1];
        expect(fillsAt(cwd, 'out').sort(byName)).toEqual(renamed.sort(byName));
      }),
      { numRuns: 30 },
    );
  });

  it('is renamed by a pair, dropped, and set, unless an = in the names leaves it open', async () => {
    await fc.assert(
      fc.asyncProperty(manyNames, fc.nat(), async (names, which) => {
        const { cwd, fills } = await checkpointOf(names);
        const at = which % fills.length;
        const text = listed(cwd)[at] as string;
        const [own, fill] = fills[at] as [string, number];
        const others = fills.filter(([other]) => other !== own);
        fc.pre(!text.startsWith('-'));
        const map = ckpt(['rename', 'm', '--map', `${text}=new`, '-o', 'a'], { cwd });
        if (map.code === 0) expect(fillsAt(cwd, 'a')).toContainEqual(['new', fill]);
        else expect(map.stderr).toMatch(/may be/);
        if (map.code === 0) expect(fillsAt(cwd, 'a')).toEqual(expect.arrayContaining(others));
        expect(ckpt(['drop', 'm', text, '-o', 'b'], { cwd }).code).toBe(0);
        expect(fillsAt(cwd, 'b')).toEqual(others);
        const set = ckpt(['set', 'm', `${text}=77`, '-o', 'c'], { cwd });
        if (set.code === 0)
          expect(fillsAt(cwd, 'c')).toEqual(fills.map((pair) => (pair[0] === own ? [own, 77] : pair)));
        else expect(set.stderr).toMatch(/may set/);
      }),
      { numRuns: 20 },
    );
  });

  it('is what every other command takes', async () => {
    const odd = 'a\udc85\u0085=\\b';
    const printed = 'a\\x85\\u0085=\\\\b';
    const { cwd } = await checkpointOf([odd, `${odd}_0`, `${odd}_1`, 'other']);
    const names = (prefix: string) => linesOf(ckpt(['list', prefix, '--names'], { cwd }).stdout);
    expect(names('m')).toContain(printed);
    expect(ckpt(['set', 'm', `${printed}/s:int64[]=1`, 'f:float32[]=1', '-o', 'scalar'], { cwd }).code).toBe(0);
    for (const [args, found] of [
      [['subset', 'm', printed], [printed]],
      [['resize', 'm', printed, '--size', '3'], undefined],
      [['transpose', 'm', printed, '--perm', '0'], undefined],
      [['reshape', 'm', printed, '--shape', '2,1'], undefined],
      [['cast', 'm', printed, '--dtype', 'float32'], undefined],
      [['partition', 'm', printed, '--into', '2'], undefined],
      [
        ['split', 'm', printed, '--into', '2', '--as', `${printed}/{n}`],
        [`${printed}/0`, `${printed}/1`],
      ],
      [['concat', 'm', `${printed}_{n}`, '--as', `${printed}/whole`], [`${printed}/whole`]],
      [['rename', 'm', '--select', printed, '--add-prefix', 'n\\x85/'], [`n\\x85/${printed}`]],
      [['rename', 'm', '--strip-prefix', 'a\\x85'], ['\\u0085=\\\\b']],
      [['merge', 'm', 'm', '--prefix-each', `a\\x85/,b/`], [`a\\x85/${printed}`]],
      [['strip-optimizer', 'm', '--keep', printed], [printed]],
      [['set', 'm', `${printed}/s:int64[]=1`], [`${printed}/s`]],
      [['average', 'scalar', 'scalar', '--into', `${printed}/s=7`], [`${printed}/s`]],
      [['set', 'm', `other=@m:${printed}`], undefined],
      [['convert', 'm', '--map', `${printed}=b\\x85`, '--to', 'v2'], ['b\\x85']],
    ] as [string[], string[] | undefined][]) {
      const run = ckpt([...args, '-o', 'out', '--force'], { cwd });
      expect([args, run.code, run.stdout]).toEqual([args, 0, 'out\n']);
      expect(names('out')).toEqual(expect.arrayContaining(found ?? [printed]));
    }
    expect(ckpt(['dump', 'm', printed, '--to', 'csv'], { cwd }).code).toBe(0);
    expect(linesOf(ckpt(['stats', 'm', printed, '--tsv'], { cwd }).stdout)).toHaveLength(1);
    expect(ckpt(['diff', 'm', 'm', printed, '--stat'], { cwd }).stdout).toContain('1 alike');
    const match = ckpt(['match', 'm', 'm', '--min-evidence', 'name'], { cwd });
    expect(linesOf(match.stdout)).toContain(`${printed}\t${printed}\tcontent`);
  });

  it('is told apart from others that look like it', async () => {
    const { cwd } = await checkpointOf(TRAPS);
    const printed = listed(cwd);
    expect(new Set(printed).size).toBe(TRAPS.length);
    expect(printed).toEqual(
      expect.arrayContaining([
        'a\\u0085',
        'a\\x85',
        'a\\\\x85',
        '\\u061c',
        '\\u200b',
        '\\x20',
        '\\u3000',
        '\\udb40\\udc41',
        '#a',
      ]),
    );
  });

  it('stands in a glob and in a scope as it does in a list', async () => {
    const { cwd } = await checkpointOf(['a\udc85/w', 'a\u0085/w', 'a\\x85/w']);
    const names = (pattern: string) => linesOf(ckpt(['list', 'm', '--names', pattern], { cwd }).stdout);
    expect(names('a\\x85/*')).toEqual(['a\\x85/w']);
    expect(names('a\\u0085/')).toEqual(['a\\u0085/w']);
    expect(names('a\\\\x85/')).toEqual(['a\\\\x85/w']);
    expect(names('a[\\x85]/*')).toEqual(['a\\x85/w']);
  });

  it('never reaches a terminal raw, whatever the command', async () => {
    const { cwd } = await checkpointOf(TRAPS.filter((text) => text !== '/a/'));
    for (const args of [
      ['list', 'm'],
      ['list', 'm', '--long'],
      ['print', 'm', '**'],
      ['print_tensors', 'm'],
      ['tree', 'm'],
      ['info', 'm'],
      ['stats', 'm'],
      ['verify', 'm'],
      ['diff', 'm', 'm'],
      ['drop', 'm', 'a*', '--dry-run'],
    ]) {
      const { stdout } = ckptOnTerminal(100, args, { cwd });
      expect(stdout).not.toMatch(
        /[\0-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]/,
      );
      expect(stdout.replace(/\x1b\[(1|22)m/g, '')).not.toContain('\x1b');
    }
  });

  it('is what print_tensors prints as TensorFlow does, in a pipe, and takes in both forms', async () => {
    const { cwd } = await checkpointOf(['a\x1b[31m', 'a\\x1b']);
    expect(ckpt(['print_tensors', 'm'], { cwd }).stdout).toContain('a\x1b[31m (DT_UINT8) [2]\na\\x1b (DT_UINT8) [2]\n');
    expect(ckpt(['print_tensors', 'm', '--tensor_name', 'a\\x1b[31m'], { cwd }).stdout).toMatch(/^tensor: a\x1b\[31m /);
    expect(ckpt(['print_tensors', 'm', '--tensor_name', 'a\\x1b'], { cwd }).stdout).toMatch(/^tensor: a\\x1b /);
  });
});
