/**
 * Standard output and error, written through large buffers and without a stream: a listing of a million lines goes out as
 * fast as it is made, and a reader that closes the pipe ends the program as a success.
 */
import { encodeText, type Piece } from '../../text.ts';
import { currentRun } from '../run.ts';
import { escapeText } from './escape.ts';
import { proseLines } from './prose.ts';
import { isTerminal } from './style.ts';

const BUFFER_CHARACTERS = 64 * 1024;

/** Bytes of a path that are no text, as `decodeText` keeps them: they go out as they were. */
const KEPT = /[\udc80-\udcff]/;

const encoded = (text: string): Uint8Array => (KEPT.test(text) ? encodeText(text) : Buffer.from(text, 'utf8'));

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

  /** A path as another program needs it; on a terminal nothing in it plays tricks. */
  path(path: string): void {
    this.line(isTerminal('stdout') ? escapeText(path) : path);
  }

  /** Writes bytes as they are, after all text before them. */
  bytes(bytes: Uint8Array): void {
    this.flush();
    currentRun().console.write('stdout', bytes);
  }

  /** A piece of a longer text: characters, or those of ASCII as bytes. */
  piece(piece: Piece): void {
    if (typeof piece === 'string') this.write(piece);
    else if (piece.length >= BUFFER_CHARACTERS / 4) this.bytes(piece);
    else this.write(Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1'));
  }

  flush(): void {
    const text = this.#pending;
    this.#pending = '';
    if (text !== '') currentRun().console.write('stdout', encoded(text));
  }
}

/** Notes, summaries and errors: they appear at once, after the results before them, and are lost where nobody listens. */
class Diagnostics {
  write(text: string): void {
    stdout.flush();
    try {
      currentRun().console.write('stderr', encoded(text));
    } catch {
      // the results count without them
    }
  }

  /** A sentence, broken between its words where a terminal is narrower. */
  line(text: string): void {
    this.write(`${proseLines(text, 'stderr').join('\n')}\n`);
  }
}

export const stdout = new Results();
export const stderr = new Diagnostics();
