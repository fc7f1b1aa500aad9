/** What holds for every command: help, versions, mistakes, exit codes, flags that may stand anywhere. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { REPOSITORY } from '../fixtures.ts';
import { ckpt, lines, shell } from './run.ts';

const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));
const failed = (...texts: string[]) => ({ stdout: '', stderr: lines(...texts), code: 2 });
const done = (stdout: string) => ({ stdout, stderr: '', code: 0 });
const GLOBAL_FLAGS = ['-q', '--quiet', '--verbose', '--no-progress'];

/** Every call of ckpt in a text: in examples, and behind the prompt of a console. */
function callsIn(text: string): string[] {
  const commands = text.split('\n').flatMap((line) => /^(?: {2}|\$ )(.*)$/.exec(line)?.[1] ?? []);
  return commands.flatMap((line) => line.split(/ \| | && | > .*$/)).filter((part) => part.startsWith('ckpt '));
}

/** The words of each call, as a shell would cut it; one shell for all. */
function wordsOf(calls: readonly string[]): string[][] {
  const { stdout } = shell(calls.map((call) => `set -- ${call}; printf '%s\\0' "$@"; printf '\\n'`).join('\n'));
  return stdout
    .split('\0\n')
    .slice(0, -1)
    .map((line) => line.split('\0').slice(1));
}

async function parseAll(calls: readonly string[]): Promise<void> {
  const words = wordsOf(calls.map((call) => call.replace(/ #.*$/, '')));
  expect(words.length).toBe(calls.length);
  for (const [name = '', ...args] of words) await parse(name, args);
}

async function parse(name: string, args: readonly string[]): Promise<void> {
  const entry = COMMANDS.find((candidate) => candidate.name === name || candidate.alias === name);
  if (entry === undefined) throw new Error(`there is no command ${name}`);
  const command: Command = await entry.load();
  command.exitOverride().configureOutput({ writeErr: () => {} });
  command.action(() => {});
  await command.parseAsync(
    args.filter((word) => !GLOBAL_FLAGS.includes(word)),
    { from: 'user' },
  );
}

describe('help', () => {
  const help = ckpt(['--help']);

  it('names every command in a line', () => {
    expect(help).toMatchObject({ stderr: '', code: 0 });
    for (const { name, alias } of COMMANDS) {
      expect(help.stdout).toMatch(new RegExp(`^  ${alias === undefined ? name : `${name}\\|${alias}`} `, 'm'));
    }
    expect(help.stdout).toContain('Exit codes: 0 done, 1 the answer is no (damage was found), 2 could not.');
  });

  it('is the same however it is asked for', () => {
    for (const args of [[], ['-h'], ['help'], ['help', 'help'], ['help', '--help']]) expect(ckpt(args)).toEqual(help);
    const list = ckpt(['list', '--help']);
    for (const args of [
      ['list', '-h'],
      ['help', 'list'],
      ['ls', '--help'],
      ['help', 'ls'],
      ['list', 'x', '--help'],
    ]) {
      expect(ckpt(args)).toEqual(list);
    }
  });

  it('fits 80 columns, but for the examples', () => {
    for (const args of [[], ...COMMANDS.map(({ name }) => [name])]) {
      const { stdout } = ckpt([...args, '--help']);
      expect(stdout).toContain('--help');
      const wide = stdout.split('\n').filter((line) => line.length > 80 && !line.startsWith('  ckpt '));
      expect(wide).toEqual([]);
    }
  });

  it.each(COMMANDS)(
    'of $name has options, flags for all commands, and examples that parse',
    async ({ name, alias }) => {
      const { stdout, stderr, code } = ckpt([name, '--help']);
      expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
      expect(stdout).toMatch(new RegExp(`^Usage: ckpt ${name}${alias === undefined ? '' : `\\|${alias}`} `));
      for (const flag of GLOBAL_FLAGS.slice(1)) expect(stdout).toContain(flag);
      expect(stdout).toMatch(/^Exit codes: 0 .*2 .*$/ms);
      const examples = callsIn(stdout.slice(stdout.indexOf('\nExamples:\n')));
      expect(examples.length).toBeGreaterThanOrEqual(2);
      expect(examples.some((call) => call.startsWith(`ckpt ${name} `))).toBe(true);
      await parseAll(examples);
    },
  );

  it('of the program has examples that parse', async () => {
    const examples = callsIn(help.stdout.slice(help.stdout.indexOf('\nExamples:\n')));
    expect(examples.length).toBeGreaterThanOrEqual(3);
    await parseAll(examples);
  });

  it.skipIf(!existsSync(join(REPOSITORY, 'README.md')))('in the README parses', async () => {
    const calls = callsIn(readFileSync(join(REPOSITORY, 'README.md'), 'utf8'));
    expect(calls.length).toBeGreaterThan(3);
    await parseAll(calls);
  });
});

describe('version', () => {
  it('is that of the package', () => {
    expect(ckpt(['--version'])).toEqual(done(lines(manifest.version)));
    expect(ckpt(['-V'])).toEqual(done(lines(manifest.version)));
  });
});

describe('a mistake', () => {
  it('in a command gets a suggestion, and exit code 2', () => {
    expect(ckpt(['frobnicate'])).toEqual(failed("ckpt: unknown command 'frobnicate'", '(see ckpt --help)'));
    expect(ckpt(['lsit', 'x'])).toEqual(
      failed("ckpt: unknown command 'lsit'", '(Did you mean list?)', '(see ckpt --help)'),
    );
    expect(ckpt(['help', 'verfy'])).toEqual(
      failed("ckpt: unknown command 'verfy'", '(Did you mean verify?)', '(see ckpt --help)'),
    );
  });

  it.each(['list', 'tree', 'info', 'verify', 'print'])('in an option of %s, too', (name) => {
    const help = `(see ckpt ${name} --help)`;
    expect(ckpt([name, 'x', '--jsn'])).toEqual(failed("ckpt: unknown option '--jsn'", '(Did you mean --json?)', help));
    expect(ckpt([name, 'x', '--zzz'])).toEqual(failed("ckpt: unknown option '--zzz'", help));
    expect(ckpt([name])).toEqual(failed("ckpt: missing required argument 'checkpoint'", help));
  });

  it('in a number of arguments, too', () => {
    expect(ckpt(['doctor', 'a', 'b'])).toEqual(
      failed("ckpt: too many arguments for 'doctor'. Expected 1 argument but got 2.", '(see ckpt doctor --help)'),
    );
  });

  it('in a command that is a path, or the word of another tool, is told what was meant', () => {
    const unknown = (word: string, meant: string) =>
      failed(`ckpt: unknown command '${word}'`, `(Did you mean ${meant}?)`, '(see ckpt --help)');
    expect(ckpt(['v2/sharded'])).toEqual(unknown('v2/sharded', 'ckpt list v2/sharded'));
    expect(ckpt(['my model.ckpt', 'a/*'])).toEqual(unknown('my model.ckpt', "ckpt list 'my model.ckpt' 'a/*'"));
    expect(ckpt(['strip', 'v2/sharded'])).toEqual(unknown('strip', 'strip-non-trainable or strip-optimizer'));
    expect(ckpt(['show', 'v2/sharded'])).toEqual(unknown('show', 'print'));
  });

  it.each([
    [['rename', 'x', '--prefix', 'a/'], "unknown option '--prefix'", '--add-prefix or --strip-prefix'],
    [['list', 'x', '--exclude', 'a'], "unknown option '--exclude'", "'!PATTERN', which leaves names out"],
    [['print', 'x', '-kernel'], "unknown option '-kernel'", '-- -kernel, a name that begins with -'],
  ])('in an option of another tool, or a name that looks like one: %j', (args, message, meant) => {
    const help = `(see ckpt ${args[0]} --help)`;
    expect(ckpt(args)).toEqual(failed(`ckpt: ${message}`, `(Did you mean ${meant}?)`, help));
  });

  it('in a format that is a dtype', () => {
    expect(ckpt(['cast', 'x', '--to', 'bf16', '-o', 'y']).stderr).toContain('\n(Did you mean --dtype bf16?)\n');
  });

  it('that the shell made of a pattern is told as one', () => {
    const [data, index] = ['v2/variables-howto/model.ckpt.data-00000-of-00001', 'v2/variables-howto/model.ckpt.index'];
    expect(ckpt(['list', data, index])).toEqual(
      failed(
        `ckpt: no tensor matches ${index}; there are biases, weights; ${index} is a file: see whether the shell put files in the place of a pattern: quote it`,
      ),
    );
    expect(ckpt(['tree', data, index, '--json']).code).toBe(2);
    expect(ckpt(['rename', data, index, '--add-prefix', 'a'])).toEqual(
      failed(
        "ckpt: too many arguments for 'rename'. Expected 1 argument but got 2.",
        '(see whether the shell put files in the place of a pattern: quote it)',
        '(see ckpt rename --help)',
      ),
    );
    expect(ckpt(['rename', data, 'weights=w', '-o', 'out'])).toEqual(
      failed(
        "ckpt: too many arguments for 'rename'. Expected 1 argument but got 2.",
        '(Did you mean --map weights=w?)',
        '(see ckpt rename --help)',
      ),
    );
    expect(ckpt(['convert', '--to', 'npz', data, 'a b.npz']).stderr).toContain("\n(Did you mean -o 'a b.npz'?)\n");
    expect(ckpt(['convert', data, 'v2/sharded/sharded.ckpt']).stderr).not.toContain('Did you mean');
  });

  it('never comes back raw', () => {
    expect(ckpt(['\x1b[31mlist'])).toEqual(failed("ckpt: unknown command '\\x1b[31mlist'", '(see ckpt --help)'));
    expect(ckpt(['list', '--\x07'])).toEqual(failed("ckpt: unknown option '--\\x07'", '(see ckpt list --help)'));
    expect(ckpt(['list', 'v2/sharded', 'st\x1bep']).stderr).toBe(
      lines('ckpt: no tensor matches st\\x1bep; the nearest names are step'),
    );
  });
});

describe('exit codes', () => {
  it.each([
    [0, ['list', 'v2/sharded']],
    [0, ['verify', 'v2/sharded']],
    [1, ['verify', 'damaged/flipped-data-bit/model.ckpt']],
    [1, ['list', 'damaged/flipped-data-bit/model.ckpt', '--sha256']],
    [2, ['verify', 'v2/nothing']],
    [2, ['list', 'v2/sharded', 'nothing']],
    [2, ['list', 'v2/sharded', '--nothing']],
    [2, ['nothing']],
  ])('%i for %j', (code, args) => {
    expect(ckpt(args).code).toBe(code);
  });

  it('is success when the reader goes away, and failure when the disk is full', () => {
    expect(shell('{ ckpt list v2/many-blocks --json; echo $? >&2; } | true').stderr).toBe('0\n');
    if (!existsSync('/dev/full')) return;
    expect(shell('ckpt list v2/sharded --names > /dev/full')).toEqual(
      failed('ckpt: ENOSPC: no space left on device, write'),
    );
  });

  it('does not change when nobody listens to stderr', () => {
    expect(shell('ckpt list v2/sharded --sort size 2>&-').code).toBe(0);
    expect(shell('ckpt verify damaged/flipped-data-bit/model.ckpt >/dev/null 2>&-').code).toBe(1);
    expect(shell('ckpt list v2/nothing 2>&-').code).toBe(2);
  });
});

describe('flags for all commands', () => {
  it('may stand anywhere before --', () => {
    const quiet = { ...ckpt(['list', 'v2/sharded']), stderr: '' };
    expect(ckpt(['-q', 'list', 'v2/sharded'])).toEqual(quiet);
    expect(ckpt(['list', '--quiet', 'v2/sharded'])).toEqual(quiet);
    expect(ckpt(['list', 'v2/sharded', '--no-progress', '-q'])).toEqual(quiet);
    expect(ckpt(['list', 'v2/sharded', '--', '-q']).stderr).toMatch(/^ckpt: no tensor matches -q; there are /);
  });

  it('show where an error comes from with --verbose', () => {
    const message = 'there is no checkpoint at v2/nothing: no nothing.index is there';
    expect(ckpt(['list', 'v2/nothing']).stderr).toBe(lines(`ckpt: ${message}`));
    expect(ckpt(['--verbose', 'list', 'v2/nothing']).stderr).toMatch(
      new RegExp(`^ckpt: ${message}\nNotACheckpointError: ${message}\n {4}at .*\n`),
    );
  });
});

describe('names with control characters', () => {
  it.each([
    ['list'],
    ['list', '--long', '--sha256'],
    ['list', '--tsv'],
    ['list', '--names'],
    ['list', '--json'],
    ['tree'],
    ['tree', '--json'],
    ['info'],
    ['info', '--json'],
    ['verify'],
    ['verify', '--json'],
    ['print', '--quiet'],
    ['print', '/./'],
    ['print', '/./', '--json'],
  ])('never come out raw: %s %s %s', (command, ...more) => {
    const { stdout, stderr, code } = ckpt([command, 'v2/unicode-names', ...more]);
    expect(code).toBe(0);
    for (const text of [stdout, stderr]) {
      expect(text.replaceAll('\t', '')).not.toMatch(
        /[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/,
      );
      expect(text).not.toContain('\ufffd');
    }
  });
});
