/** One file of any kind, written piece by piece as the pieces are made. */
import { encodeText } from '../bytes/text.ts';
import { UsageError } from '../errors.ts';
import { AtomicFiles } from '../io/atomic-files.ts';
import { checkReplaceable } from '../io/name-swap.ts';
import { isTaken } from '../io/paths.ts';
import { checkTargets } from './write-targets.ts';

/** Bytes, or text, which becomes UTF-8; good until the next piece is asked for. */
export type Piece = Uint8Array | string;

export interface PieceOptions {
  /** Whether a file of that name may be replaced. */
  readonly force?: boolean | undefined;
  /** Paths that are read, which may not be replaced in any case. */
  readonly inputs?: readonly string[] | undefined;
}

const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const BREATH_PIECES = 16;

/** Throws `WriteRefusedError` or {@link UsageError} where a file may not go; touches nothing. */
export function checkPieceTarget(path: string, { force = false, inputs = [] }: PieceOptions = {}): void {
  if (path.trim() === '' || /[\\/]$/.test(path)) throw new UsageError(`-o takes the name of a file, not '${path}'`);
  const inTheWay = [path].filter(isTaken);
  for (const older of inTheWay) checkReplaceable(older);
  checkTargets(path, inTheWay, inputs, force);
}

/**
 * Writes a file whose pieces are made meanwhile: all of it appears, or, where making or writing one fails, nothing. Returns
 * its length in bytes. Throws `WriteRefusedError`, and what the making of the pieces throws.
 */
export async function writePieces(
  path: string,
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
  options: PieceOptions = {},
): Promise<number> {
  checkPieceTarget(path, options);
  const files = new AtomicFiles();
  try {
    const sink = files.create(path);
    let count = 0;
    for await (const piece of pieces) {
      sink.write(typeof piece === 'string' ? encodeText(piece) : piece);
      // Signals are heard in between only.
      if (++count % BREATH_PIECES === 0) await breath();
    }
    files.commit({ exclusive: options.force !== true });
    return sink.byteLength;
  } catch (error) {
    throw files.failed(error);
  }
}
