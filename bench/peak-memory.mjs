/**
 * Peak memory of a process: the most that it ever had resident, as the kernel counted it. GNU time reports it where it is
 * installed; elsewhere the kernel's own high-water mark (VmHWM) is read from /proc until the process ends, which may miss
 * the last few milliseconds. These runs are apart from the timed ones.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canRun, childEnvironment } from './environment.mjs';
import { checkEnd } from './measure.mjs';

const GNU_TIME = '/usr/bin/time';
const POLL_MS = 2;

let timeWorks;

function hasGnuTime() {
  timeWorks ??= canRun(GNU_TIME, ['-f', '%M', '-o', '/dev/null', 'true']);
  return timeWorks;
}

/** A sentence for the report. */
export function memorySentence() {
  const how = hasGnuTime() ? 'maximum resident set by GNU time' : 'VmHWM of /proc, polled';
  return `Peak memory: ${how}, the largest of all its runs.`;
}

function byGnuTime(job, scratch) {
  const report = join(scratch, 'peak-memory.txt');
  const options = { stdio: ['ignore', job.stdout ?? 'ignore', 'pipe'], env: childEnvironment() };
  checkEnd(job.command, spawnSync(GNU_TIME, ['-f', '%M', '-o', report, ...job.command], options));
  return Number(readFileSync(report, 'utf8').trim().split('\n').at(-1)) / 1024;
}

/** The mark so far in MiB; 0 when the process is gone. */
function highWater(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function byPolling(job) {
  const [file, ...args] = job.command;
  const child = spawn(file, args, { stdio: ['ignore', job.stdout ?? 'ignore', 'ignore'], env: childEnvironment() });
  const ended = once(child, 'exit');
  let peak = 0;
  while (child.exitCode === null && child.signalCode === null) {
    peak = Math.max(peak, highWater(child.pid));
    await sleep(POLL_MS);
  }
  const [status, signal] = await ended;
  checkEnd(job.command, { status, signal });
  return peak;
}

/** The largest peak, in MiB, that a job reaches in some runs. */
export async function peakMemory(job, scratch, runs) {
  let peak = 0;
  for (let run = 0; run < runs; run++) {
    job.before?.();
    peak = Math.max(peak, hasGnuTime() ? byGnuTime(job, scratch) : await byPolling(job));
  }
  return peak;
}
