/**
 * Timing by turns. In every round each job runs once, in random order, so that whatever else the machine does falls on all
 * of them alike; a round before the first is not counted. What is quoted is the median of the rounds.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { childEnvironment } from './environment.mjs';

/**
 * @typedef {object} Job
 * @property {string} id
 * @property {string[]} command the program and its arguments
 * @property {number | 'ignore' | 'inherit'} [stdout] a descriptor, or what spawn takes; thrown away unless given
 * @property {() => void} [before] runs untimed before every turn
 * @property {string} [timeFile] where the process leaves the seconds that it measured within itself
 */

/** What a job took, over all rounds. */
export class Times {
  /** Milliseconds of the whole process. */
  all = [];
  /** Milliseconds that the process measured within itself. */
  inner = [];

  get median() {
    return quantile(this.all, 0.5);
  }

  get innerMedian() {
    return quantile(this.inner, 0.5);
  }

  /** The middle half of the rounds, as a share of the median. */
  get spread() {
    return (quantile(this.all, 0.75) - quantile(this.all, 0.25)) / this.median;
  }
}

export function quantile(values, at) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * at;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

function shuffled(items) {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Throws unless a process ended well, or with the exit code that is its answer. */
export function checkEnd(command, result, exitCode = 0) {
  if (result.status === exitCode) return;
  const how = result.error?.message ?? (result.signal === null ? `exit code ${result.status}` : result.signal);
  throw new Error(`${command.join(' ')}: ${how}\n${result.stderr ?? ''}`);
}

/** Runs a job once; milliseconds from before it is started until it has ended. */
function runOnce(job, env) {
  job.before?.();
  const [file, ...args] = job.command;
  // Diagnostics go into a socket, not into /dev/null, which node takes a few milliseconds to tell from a terminal.
  const options = { stdio: ['ignore', job.stdout ?? 'ignore', job.stdout === 'inherit' ? 'inherit' : 'pipe'], env };
  const start = process.hrtime.bigint();
  const result = spawnSync(file, args, options);
  const end = process.hrtime.bigint();
  checkEnd(job.command, result, job.exitCode);
  return Number(end - start) / 1e6;
}

/** Runs all jobs by turns. Returns the times of each under its id. */
export function measure(jobs, rounds) {
  const env = childEnvironment();
  const times = new Map(jobs.map(({ id }) => [id, new Times()]));
  for (const job of jobs) runOnce(job, env);
  for (let round = 0; round < rounds; round++) {
    for (const job of shuffled(jobs)) {
      const of = times.get(job.id);
      of.all.push(runOnce(job, env));
      if (job.timeFile !== undefined) of.inner.push(Number(readFileSync(job.timeFile, 'utf8')) * 1000);
    }
  }
  return times;
}
