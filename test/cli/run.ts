/**
 * ByteRanges bin/ckpt.js as a process, in fixtures/ unless told otherwise, so that the paths in its output are short and the same
 * everywhere.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from '../fixtures.ts';

export const BIN = join(REPOSITORY, 'bin/ckpt.js');
export const FIXTURES = join(REPOSITORY, 'fixtures');

export interface RangeOptions {
  readonly cwd?: string;
  /** What the process reads; nothing when left out. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Who runs it; only root can choose. */
  readonly uid?: number;
}

export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Variables that decide about colour; what runs the tests sets them in its own way. */
const ABOUT_COLOUR = ['CI', 'COLORTERM', 'FORCE_COLOR', 'NO_COLOR', 'TERM'];

function environment(extra: RangeOptions['env'] = {}): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ABOUT_COLOUR) delete env[name];
  return { ...env, ...extra };
}

function start(program: string, args: readonly string[], options: RangeOptions, env: RangeOptions['env']): Run {
  const { stdin, cwd = FIXTURES, uid } = options;
  const { stdout, stderr, status } = spawnSync(program, args, {
    cwd,
    env: environment(env),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    ...(uid === undefined ? {} : { uid }),
    ...(stdin === undefined ? { stdio: ['ignore', 'pipe', 'pipe'] } : { input: stdin }),
  });
  return { stdout, stderr, code: status };
}

/** `ckpt` with these arguments, its streams connected to pipes. */
export function ckpt(args: readonly string[], options: RangeOptions = {}): Run {
  return start(process.execPath, [BIN, ...args], options, options.env);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A line of shell in which `ckpt` is the command under test. */
export function shell(line: string, options: RangeOptions = {}): Run {
  const command = `${quoted(process.execPath)} ${quoted(BIN)}`;
  return start('sh', ['-c', `ckpt() { ${command} "$@"; }\n${line}`], options, options.env);
}

/** Whether a pseudo terminal can be had: `script` of util-linux makes one. */
export const HAS_TERMINAL = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** Titles a group of tests that needs a terminal, and says so where there is none. */
export const terminalTitle = (title: string): string =>
  HAS_TERMINAL ? title : `${title} (skipped: it takes script of util-linux)`;

/** `ckpt` on a terminal of so many columns: stdout and stderr arrive together. */
export function ckptOnTerminal(columns: number, args: readonly string[], options: RangeOptions = {}): Run {
  const command = [process.execPath, BIN, ...args].map(quoted).join(' ');
  const env = { TERM: 'xterm-256color', ...options.env };
  const line = `stty cols ${columns} rows 40; exec ${command}`;
  const run = start('script', ['-qec', line, '/dev/null'], options, env);
  return { ...run, stdout: run.stdout.replaceAll('\r\n', '\n') };
}

/** Lines as one text, each with its end: how the tests write down an output. */
export const lines = (...texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');
