/** The same on a pseudo terminal, in a process of its own: that the quick tests' terminal is like a real one. */
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { ckptOnPseudoTerminal, ckptOnTerminal, HAS_TERMINAL, shell, terminalTitle } from './run.ts';

describe.skipIf(!HAS_TERMINAL)(terminalTitle('a pseudo terminal'), () => {
  it.each([
    ['list', 'v2/sharded'],
    ['list', 'v2/partitioned/parts.ckpt', '--long'],
    ['list', 'v2/unicode-names'],
    ['info', 'v2/object-based-keras'],
    ['tree', 'v2/object-based-keras'],
    ['print', 'v2/every-dtype/dtypes.ckpt', '**'],
    ['print_tensors', 'v2/unicode-names/names.ckpt'],
    ['verify', 'damaged/flipped-data-bit/model.ckpt'],
    ['state', 'state/diverging'],
    ['list', 'v2/nothing'],
    ['--help'],
  ])('shows what the quick tests hold to be true of one: %j', (...args) => {
    for (const columns of [60, 80, 133]) {
      expect(ckptOnPseudoTerminal(columns, args)).toEqual(ckptOnTerminal(columns, args));
    }
  });

  it.each([
    [{ NO_COLOR: '1' }, false],
    [{ FORCE_COLOR: '0' }, false],
    [{ TERM: 'dumb' }, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    [{ NO_COLOR: '' }, true],
    [{}, true],
  ])('has colour as %j says: %s', (env, coloured) => {
    const run = ckptOnPseudoTerminal(80, ['list', 'v2/sharded'], { env });
    expect(run.stdout.includes('\x1b')).toBe(coloured);
    expect(run).toEqual(ckptOnTerminal(80, ['list', 'v2/sharded'], { env }));
  });

  it('has the colour that --color and --no-color ask for', () => {
    for (const flag of ['--color', '--no-color']) {
      const args = ['list', 'v2/sharded', flag];
      expect(ckptOnPseudoTerminal(80, args)).toEqual(ckptOnTerminal(80, args));
    }
  });
});

it('every command starts as a process, and answers as it does in another', () => {
  const all = shell(COMMANDS.map(({ name }) => `ckpt ${name} --help`).join('\n'));
  expect({ stderr: all.stderr, code: all.code }).toEqual({ stderr: '', code: 0 });
  for (const { name } of COMMANDS) expect(all.stdout).toContain(`Usage: ckpt ${name}`);
});
