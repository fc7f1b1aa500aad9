/** One run of the bench, as the groups of cases see it: what to call, how often, how large, and where to leave remarks. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment, drainedPipe } from './environment.mjs';
import { checkEnd, measure, Times } from './measure.mjs';
import { memorySentence, peakMemory } from './peak-memory.mjs';
import { Scratch } from './scratch.mjs';

/** The folder of the project. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const GIB = 2 ** 30;
const FULL = {
  rounds: { small: 31, large: 5, slow: 3 },
  memoryRuns: 3,
  sizes: { tensors: [1_000, 10_000, 100_000, 1_000_000], medium: GIB, script: 2 * GIB, large: 4 * GIB },
};
const QUICK = {
  rounds: { small: 5, large: 3, slow: 1 },
  memoryRuns: 1,
  sizes: { tensors: [1_000, 10_000, 100_000], medium: GIB / 4, script: GIB / 2, large: GIB },
};
/** Fewer rounds than these prove nothing. */
const ENOUGH = { small: 9, large: 5 };

export class Bench {
  #notes = [];
  #widest = { spread: 0, id: '' };
  #memoryWasMeasured = false;

  constructor(root, { quick, rounds }) {
    const plan = quick ? QUICK : FULL;
    this.root = root;
    this.quick = quick;
    this.rounds = rounds === undefined ? plan.rounds : { small: rounds, large: rounds, slow: rounds };
    this.memoryRuns = plan.memoryRuns;
    this.sizes = plan.sizes;
    this.python = process.env.CKPT_TENSORFLOW_PYTHON || undefined;
    this.scratch = new Scratch(root);
    this.pipe = drainedPipe(this.scratch.directory);
  }

  /** The command line of a call of `ckpt`. */
  ckpt(...args) {
    return [process.execPath, join(this.root, 'bin/ckpt.js'), ...args];
  }

  /** The command line of node running a text. */
  node(program) {
    return [process.execPath, '-e', program];
  }

  /** Whether `ckpt` has a command: only then does its help begin with its own usage. */
  has(command) {
    const [file, ...args] = this.ckpt(command, '--help');
    const { stdout } = spawnSync(file, args, { encoding: 'utf8', env: childEnvironment() });
    return stdout.startsWith(`Usage: ckpt ${command}`);
  }

  /** Runs a command line to its end, for what it leaves behind. */
  run([file, ...args]) {
    checkEnd([file, ...args], spawnSync(file, args, { stdio: 'ignore', env: childEnvironment() }));
  }

  /** What a command line prints. */
  output([file, ...args]) {
    const result = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 2 ** 30, env: childEnvironment() });
    checkEnd([file, ...args], result);
    return result.stdout;
  }

  time(jobs, rounds) {
    return this.#watched(measure(jobs, rounds));
  }

  /** Times that another process took and handed over. */
  timesOf(entries) {
    return this.#watched(new Map(entries.map(([id, times]) => [id, Object.assign(new Times(), times)])));
  }

  #watched(times) {
    for (const [id, { spread }] of times) if (spread > this.#widest.spread) this.#widest = { spread, id };
    return times;
  }

  /** MiB. */
  peakMemory(job, runs = this.memoryRuns) {
    this.#memoryWasMeasured = true;
    return peakMemory(job, this.scratch.directory, runs);
  }

  sizeText(bytes) {
    return bytes >= GIB ? `${bytes / GIB} GiB` : `${bytes / 2 ** 20} MiB`;
  }

  note(text) {
    this.#notes.push(text);
  }

  /** All remarks, and how far the numbers can be trusted. */
  closingNotes() {
    const { small, large, slow } = this.rounds;
    const notes = [
      ...this.#notes,
      `Medians, by turns in random order: ${small} rounds for start-up, ${large} for large files, ${slow} with TensorFlow.`,
    ];
    const { spread, id } = this.#widest;
    if (spread > 0) {
      const share = (spread * 100).toFixed(0);
      notes.push(`The middle half of the rounds spans at most ${share} % of the median (the worst: ${id}).`);
    }
    if (this.#memoryWasMeasured) notes.push(memorySentence());
    if (this.quick) notes.push('QUICK: smaller sizes and fewer rounds; these numbers prove nothing.');
    else if (small < ENOUGH.small || large < ENOUGH.large) notes.push('TOO FEW ROUNDS: these numbers prove nothing.');
    return notes;
  }
}
