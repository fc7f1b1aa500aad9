/**
 * Runs the command line, in fixtures/ unless told otherwise, so that the paths in its output are short and the same
 * everywhere. {@link ckpt} and {@link ckptOnTerminal} run it in this process; what takes a process of its own (exit codes,
 * pipes, signals, other users) starts bin/ckpt.js with {@link ckptProcess} or {@link shell}.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { REPOSITORY } from '../fixtures.ts';

export const BIN = join(REPOSITORY, 'bin/ckpt.js');
export const FIXTURES = join(REPOSITORY, 'fixtures');

export interface RunOptions {
  readonly cwd?: string;
  /** What the command reads; nothing when left out. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Who runs it, in a process of its own; only root can choose. */
  readonly uid?: number;
  /** Whether to count what it reads. */
  readonly counted?: boolean;
}

export interface Run {
  readonly stdout: string;
  readonly stderr: string;
  /** Null where it did not come to an end of its own. */
  readonly code: number | null;
  /** Bytes from files, where they were to be counted. */
  readonly bytesRead?: number;
}

/** Variables that decide about colour; what runs the tests sets them in its own way. */
const ABOUT_COLOUR = ['CI', 'COLORTERM', 'FORCE_COLOR', 'NO_COLOR', 'TERM'];

function environment(extra: RunOptions['env'] = {}): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ABOUT_COLOUR) delete env[name];
  return { ...env, ...extra };
}

interface CommandThread {
  readonly worker: Worker;
  readonly port: MessagePort;
  /** Becomes 1 when the answer is there. */
  readonly signal: Int32Array;
}

/** Made when it is first used, and kept for the tests of all files that run in this process. */
let thread: CommandThread | undefined;

function commandThread(): CommandThread {
  if (thread !== undefined) return thread;
  const { port1, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { bin: BIN, port: port2, signal };
  const worker = new Worker(join(REPOSITORY, 'test/cli/thread.cjs'), { workerData, transferList: [port2] });
  worker.unref();
  port1.unref();
  thread = { worker, port: port1, signal };
  return thread;
}

const MOST_MS = 120_000;

/** Runs a command in this process; with `columns`, on a terminal of so many. */
function runInThread(args: readonly string[], options: RunOptions, columns?: number): Run {
  const { worker, port, signal } = commandThread();
  const { cwd = FIXTURES, stdin, env, counted } = options;
  const before = process.cwd();
  process.chdir(cwd);
  try {
    signal[0] = 0;
    port.postMessage({ args, stdin, columns, counted, env: environment(env) });
    // The thread may wake us a second time for the answer before: what it has set counts.
    while (Atomics.load(signal, 0) === 0) {
      if (Atomics.wait(signal, 0, 0, MOST_MS) !== 'timed-out') continue;
      thread = undefined;
      void worker.terminate();
      throw new Error(`ckpt ${args.join(' ')} does not end`);
    }
    return receiveMessageOnPort(port)?.message as Run;
  } finally {
    process.chdir(before);
  }
}

function start(program: string, args: readonly string[], options: RunOptions, env: RunOptions['env']): Run {
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

/** `ckpt` with these arguments; its output as it goes into pipes. */
export function ckpt(args: readonly string[], options: RunOptions = {}): Run {
  return options.uid === undefined ? runInThread(args, options) : ckptProcess(args, options);
}

/** The same as a process, its streams connected to pipes. */
export function ckptProcess(args: readonly string[], options: RunOptions = {}): Run {
  return start(process.execPath, [BIN, ...args], options, options.env);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A line of shell in which `ckpt` is the command under test. */
export function shell(line: string, options: RunOptions = {}): Run {
  const command = `${quoted(process.execPath)} ${quoted(BIN)}`;
  return start('sh', ['-c', `ckpt() { ${command} "$@"; }\n${line}`], options, options.env);
}

/** What a terminal says of itself. */
const TERMINAL = { TERM: 'xterm-256color' };

/** `ckpt` as on a terminal of so many columns: stdout and stderr arrive together. */
export function ckptOnTerminal(columns: number, args: readonly string[], options: RunOptions = {}): Run {
  return runInThread(args, { ...options, env: { ...TERMINAL, ...options.env } }, columns);
}

/** Whether a pseudo terminal can be had: `script` of util-linux makes one. */
export const HAS_TERMINAL = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** Titles a group of tests that needs a terminal, and says so where there is none. */
export const terminalTitle = (title: string): string =>
  HAS_TERMINAL ? title : `${title} (skipped: it takes script of util-linux)`;

/** `ckpt` as a process on a pseudo terminal of so many columns. */
export function ckptOnPseudoTerminal(columns: number, args: readonly string[], options: RunOptions = {}): Run {
  const command = [process.execPath, BIN, ...args].map(quoted).join(' ');
  const line = `stty cols ${columns} rows 40; exec ${command}`;
  const run = start('script', ['-qec', line, '/dev/null'], options, { ...TERMINAL, ...options.env });
  return { ...run, stdout: run.stdout.replaceAll('\r\n', '\n') };
}

/** Lines as one text, each with its end: how the tests write down an output. */
export const lines = (...texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');
