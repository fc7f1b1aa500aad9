/**
 * Standard output and error, written through large buffers and without a stream: a listing of a million lines goes out as
 * fast as it is made, and a reader that closes the pipe ends the program as a success.
 */
import { writeSync } from 'node:fs';

const BUFFER_CHARACTERS = 64 * 1024;
const STDOUT = 1;
const STDERR = 2;

/** Thrown when nobody reads the output any more; `main` turns it into success. */
export class ClosedPipe extends Error {}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Writes all bytes; waits where a pipe is full, throws {@link ClosedPipe} where it is closed. */
function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === 'EPIPE') throw new ClosedPipe();
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

class Results {
  #pending = '';

  /** Appends a text as it is. */
  write(text: string): void {
    this.#pending += text;
    if (this.#pending.length >= BUFFER_CHARACTERS) this.flush();
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** Writes bytes as they are, after all text before them. */
  bytes(bytes: Uint8Array): void {
    this.flush();
    writeAll(STDOUT, bytes);
  }

  flush(): void {
    const text = this.#pending;
    this.#pending = '';
    if (text !== '') writeAll(STDOUT, Buffer.from(text, 'utf8'));
  }
}

/** Notes, summaries and errors: they appear at once, after the results before them, and are lost where nobody listens. */
class Diagnostics {
  write(text: string): void {
    stdout.flush();
    try {
      writeAll(STDERR, Buffer.from(text, 'utf8'));
    } catch {
      // the results count without them
    }
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }
}

export const stdout = new Results();
export const stderr = new Diagnostics();
