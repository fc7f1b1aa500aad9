/** The formats, in the order in which they are tried. */
import type { Format, FormatName } from './format.ts';
import { v2 } from './v2/index.ts';

export const FORMATS: readonly Format[] = [v2];

/** The format of a name. */
export function formatOf(name: FormatName): Format {
  return FORMATS.find((format) => format.name === name) ?? v2;
}
