/** Values for people: for each tensor a heading and its values as numpy prints them. */
import { arrayText, arrayValuesOf, formatShape, type PrintOptions } from '../../text.ts';
import type { PrintItem } from '../slice-arguments.ts';
import { escapeText } from '../terminal/escape.ts';
import { formatBytes } from '../terminal/numbers.ts';
import { stdout } from '../terminal/output.ts';

/** The line above the values: name and slice, dtype, shape, bytes. */
export function headingOf({ name, tensor, slice, part }: PrintItem): string {
  const whole = slice === '' ? '' : ` of ${formatShape(tensor.shape)}`;
  const bytes = formatBytes(part.byteLength);
  return `${escapeText(name)}${escapeText(slice)}  ${tensor.dtype.name} ${formatShape(part.shape)}${whole}  ${bytes}`;
}

/** Writes the values of a tensor of numbers or strings. */
export function writeValues({ part }: PrintItem, options: PrintOptions): void {
  for (const piece of arrayText(arrayValuesOf(part), options)) stdout.write(piece);
  stdout.write('\n');
}
