/** A line of progress on stderr, on a terminal only: share, rate and time left, redrawn a few times a second. */
import { formatBytes, formatSeconds } from './numbers.ts';
import { stderr } from './output.ts';
import { isTerminal } from './style.ts';

const REDRAW_MS = 100;
/** Work that is over sooner shows nothing. */
const SILENT_MS = 300;

export class Progress {
  readonly #start = Date.now();
  #drawnAt = 0;
  #drawn = false;
  /** Asked when there is something to show; the system is asked once. */
  #isShown: boolean | undefined;

  constructor(
    readonly label: string,
    readonly wanted: boolean = true,
  ) {}

  /** Tells how far the work is. */
  update(bytesDone: number, bytesTotal: number): void {
    const now = Date.now();
    if (!this.wanted || now - this.#start < SILENT_MS || now - this.#drawnAt < REDRAW_MS) return;
    this.#isShown ??= isTerminal('stderr');
    if (!this.#isShown) return;
    this.#drawnAt = now;
    this.#drawn = true;
    const rate = bytesDone / ((now - this.#start) / 1000);
    const share = bytesTotal === 0 ? 100 : Math.floor((bytesDone / bytesTotal) * 100);
    const left = rate > 0 ? `, ${formatSeconds((bytesTotal - bytesDone) / rate)} left` : '';
    const done = `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`;
    stderr.write(`\r\x1b[K${this.label} ${share} %  ${done}, ${formatBytes(rate)}/s${left}`);
  }

  /** Clears the line. */
  end(): void {
    if (!this.#drawn) return;
    stderr.write('\r\x1b[K');
    this.#drawn = false;
  }
}
