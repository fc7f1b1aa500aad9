/** A second thread for work whose state lies in shared memory: a program of its own, beside the command line's. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** How long the event loop waits for the other thread before it reports progress again, in milliseconds. */
const WAIT_MS = 50;

/** Where a thread's code lies: beside this module in the bundle, in the bundle's folder otherwise. */
const FOLDERS = ['./', '../cli/', './cli/', '../../dist/cli/'];

function threadFile(name: string): string | undefined {
  return FOLDERS.map((folder) => fileURLToPath(new URL(folder + name, import.meta.url))).find((path) =>
    existsSync(path),
  );
}

/** Starts a thread on a task; undefined where it is not worth it or not to be had. */
export function startThread(name: string, task: unknown, worthIt: boolean): Promise<void> | undefined {
  const file = worthIt ? threadFile(name) : undefined;
  if (file === undefined) return undefined;
  const worker = new Worker(file, { workerData: task });
  const ended = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
  ended.catch(() => undefined); // awaited later; until then a failure must not end the process
  return ended;
}

/** Does this thread's share of the work step by step, then waits for the other's. */
export async function workBeside(
  thread: Promise<void> | undefined,
  worker: { step(): boolean; close(): void },
  report: () => void,
): Promise<void> {
  try {
    while (worker.step()) {
      report();
      await new Promise(setImmediate);
    }
  } finally {
    worker.close();
    if (thread !== undefined) {
      const timer = setInterval(report, WAIT_MS);
      await thread.finally(() => clearInterval(timer));
    }
  }
}
