/**
 * What a run of the command line is connected to: where its text goes, what it reads, which variables it sees. `main` is
 * given one, so that a program, or a test, can run commands in its own process; that of the process is the default.
 */
import { fstatSync, readSync, type Stats, statSync, writeSync } from 'node:fs';

export type StreamName = 'stdout' | 'stderr';

export interface Console {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes all bytes before it returns; throws {@link ClosedPipe} where nobody reads any more. */
  write(stream: StreamName, bytes: Uint8Array): void;
  /** Columns of the terminal that a stream leads to, 0 for one that does not say; undefined where it leads to none. */
  columnsOf(stream: StreamName): number | undefined;
  /** Reads what is next on stdin into `target`; returns how many bytes, 0 at the end. */
  readInto(target: Uint8Array): number;
}

/** Thrown when nobody reads the output any more; `main` turns it into success. */
export class ClosedPipe extends Error {}

const STDIN = 0;
const DESCRIPTORS = { stdout: 1, stderr: 2 } as const;

let pause: Int32Array | undefined;

/** Waits a millisecond for whoever is at the other end of a pipe. */
function wait(): void {
  pause ??= new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(pause, 0, 0, 1);
}

/** Calls until the other end of a pipe is ready. */
function patiently(call: () => number): number {
  for (;;) {
    try {
      return call();
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === 'EPIPE') throw new ClosedPipe();
      if (code !== 'EAGAIN') throw error;
      wait();
    }
  }
}

/** Whether something is the null device, as far as the system tells devices apart by number. */
function isNull({ rdev }: Stats): boolean {
  return process.platform !== 'win32' && rdev === statSync('/dev/null').rdev;
}

/** The console of the process: its descriptors and its environment. */
export const PROCESS_CONSOLE: Console = {
  env: process.env,

  write(stream, bytes) {
    for (let done = 0; done < bytes.length; ) done += patiently(() => writeSync(DESCRIPTORS[stream], bytes, done));
  },

  /** Only a character device that is not the null one can be a terminal; to ask node would load its network code, which takes 4 ms. */
  columnsOf(stream) {
    try {
      const stats = fstatSync(DESCRIPTORS[stream]);
      if (!stats.isCharacterDevice() || isNull(stats)) return undefined;
      if (process[stream].isTTY !== true) return undefined;
      return process[stream].columns || 0;
    } catch {
      return undefined;
    }
  },

  readInto: (target) => patiently(() => readSync(STDIN, target, 0, target.length, null)),
};
