/**
 * What the measured processes run in. They get a small environment made here instead of ours: a variable such as
 * NODE_EXTRA_CA_CERTS or NODE_OPTIONS adds tens of milliseconds to every start of node, and would hide what is measured.
 */
import { spawn, spawnSync } from 'node:child_process';
import { openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH'];

/** The whole environment of every measured process. */
export function childEnvironment() {
  const kept = PASSED_ON.filter((name) => process.env[name] !== undefined).map((name) => [name, process.env[name]]);
  return {
    ...Object.fromEntries(kept),
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    TF_CPP_MIN_LOG_LEVEL: '3',
    CUDA_VISIBLE_DEVICES: '-1',
    TF_ENABLE_ONEDNN_OPTS: '0',
  };
}

/** One sentence on where the numbers come from. */
export function machineSentence() {
  return `Node ${process.versions.node} on ${process.platform} ${process.arch}, ${cpus().length} CPUs.`;
}

/** Whether a program can be started at all. */
export function canRun(file, args) {
  return spawnSync(file, args, { stdio: 'ignore', env: childEnvironment() }).status === 0;
}

/** Bytes of memory that files could be cached in; undefined where the system does not say. */
export function memoryForCache() {
  try {
    const line = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'));
    return line === null ? undefined : Number(line[1]) * 1024;
  } catch {
    return undefined;
  }
}

/** Forgets every cached file; false where that is not allowed. */
export function dropCaches() {
  spawnSync('sync');
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}

/** Reads files from beginning to end, so that the system caches them. */
export function readThrough(paths) {
  spawnSync('cat', paths, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/**
 * A pipe that is read as fast as anybody writes to it. A named one, because what node itself calls a pipe is a pair of
 * sockets. The reader ends with this process.
 */
export function drainedPipe(directory) {
  const path = join(directory, `pipe-${process.pid}`);
  rmSync(path, { force: true });
  if (spawnSync('mkfifo', [path]).status !== 0) throw new Error(`cannot make a named pipe at ${path}`);
  const reader = spawn('cat', [path], { stdio: ['ignore', 'ignore', 'inherit'] });
  reader.unref();
  const fd = openSync(path, 'w');
  rmSync(path);
  return fd;
}
