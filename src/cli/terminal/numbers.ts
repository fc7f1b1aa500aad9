/** Numbers for people: sizes in binary units, counts in thousands and millions, times in the unit that fits. */

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const COUNT_UNITS = ['', 'k', 'M', 'G', 'T', 'P'];

function scaled(value: number, step: number, units: readonly string[]): string {
  let unit = 0;
  let rest = value;
  while (Math.round(rest) >= step && unit < units.length - 1) {
    rest /= step;
    unit++;
  }
  const digits = unit === 0 || rest >= 100 ? 0 : rest >= 10 ? 1 : 2;
  return `${rest.toFixed(digits)} ${units[unit]}`.trimEnd();
}

/** `612 KiB` */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, BYTE_UNITS);
}

/** More sizes than these are not kept. */
const MOST_SIZES = 4096;

/** Sizes as {@link formatBytes} writes them, kept: those of a model's layers are few, and come again and again. */
export class SizeTexts {
  readonly #texts = new Map<number, string>();

  of(bytes: number): string {
    let text = this.#texts.get(bytes);
    if (text === undefined) {
      text = formatBytes(bytes);
      if (this.#texts.size < MOST_SIZES) this.#texts.set(bytes, text);
    }
    return text;
  }
}

/** `157 k` */
export function formatCount(count: number): string {
  return scaled(count, 1000, COUNT_UNITS);
}

/** `1,234,567`; the locale machinery of the runtime takes ten milliseconds to load for the same. */
export function groupDigits(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 tensor`, `2 tensors` */
export function plural(count: number | string, noun: string): string {
  const text = typeof count === 'number' ? groupDigits(count) : count;
  return `${text} ${noun}${text === '1' ? '' : 's'}`;
}

/** `4 s`, `2 min 5 s` */
export function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

const SIZE = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*$/i;

/** The bytes of a size as people write it: `10MB` (powers of 1000), `10MiB` (of 1024), `4096`; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (match === null) return undefined;
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match[2] as string).toLowerCase());
  return Math.round(Number(match[1]) * (match[3] === '' ? 1000 : 1024) ** power);
}
