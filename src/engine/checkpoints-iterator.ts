/** Waiting for the checkpoints that another program writes. */
import { UsageError } from '../errors.ts';
import { latestCheckpoint } from './checkpoint-files.ts';

export interface IteratorOptions {
  /** Seconds to wait for a new checkpoint before it ends; for ever unless said otherwise. */
  readonly timeout?: number | undefined;
  /** Seconds that pass at least between two of them. */
  readonly minIntervalSecs?: number | undefined;
  /** Asked when the time is over: false goes on. */
  readonly timeoutFn?: (() => boolean) | undefined;
}

/** How often the state file is looked at, in milliseconds. */
const LOOK_EVERY = 100;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The newest checkpoint, once it is another than `last`; undefined where that takes too long. */
async function nextCheckpoint(
  directory: string,
  last: string | undefined,
  timeout: number | undefined,
): Promise<string | undefined> {
  const end = timeout === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeout * 1000;
  for (;;) {
    const path = latestCheckpoint(directory);
    if (path !== undefined && path !== last) return path;
    const left = end - Date.now();
    if (left <= 0) return undefined;
    await pause(Math.min(LOOK_EVERY, left));
  }
}

/**
 * The newest checkpoint of a directory, and each newer one as it appears (`tf.train.checkpoints_iterator`). Those that are
 * replaced before anybody looks are passed over.
 *
 * @example for await (const path of checkpointsIterator('./run', { timeout: 600 })) await saver.restore(path);
 */
export async function* checkpointsIterator(
  directory: string,
  options: IteratorOptions = {},
): AsyncGenerator<string, void, undefined> {
  const { timeout, minIntervalSecs = 0, timeoutFn } = options;
  if (timeout !== undefined && !(timeout >= 0)) throw new UsageError(`timeout is a number of seconds, not ${timeout}`);
  let last: string | undefined;
  for (;;) {
    const path = await nextCheckpoint(directory, last, timeout);
    if (path === undefined) {
      if (timeoutFn === undefined || timeoutFn()) return;
      continue;
    }
    const start = Date.now();
    last = path;
    yield path;
    const left = start + minIntervalSecs * 1000 - Date.now();
    if (left > 0) await pause(left);
  }
}
