/** Sentences on a terminal: broken between words where a line is full, and whole anywhere else. */
import type { StreamName } from './console.ts';
import { isTerminal, terminalWidth } from './style.ts';
import { textWidth } from './text-width.ts';

/** What follows the first line of a sentence stands so much further in. */
const HANG = 2;

/** One line as several, none wider than `width` save for a word that is; `hang` blanks before all but the first. */
function brokenLine(line: string, width: number, hang: number): string[] {
  if (textWidth(line) <= width) return [line];
  const [lead = ''] = /^ */.exec(line) ?? [];
  const indent = ' '.repeat(hang);
  const lines: string[] = [];
  let open = lead;
  let isStart = true;
  for (const word of line.slice(lead.length).split(' ')) {
    const next = isStart ? open + word : `${open} ${word}`;
    if (!isStart && textWidth(next) > width) {
      lines.push(open.trimEnd());
      open = indent + word;
    } else open = next;
    isStart = false;
  }
  return [...lines, open];
}

/** The lines of a text that goes to a stream. `hang` says how far in the further lines of a sentence stand. */
export function proseLines(text: string, stream: StreamName = 'stdout', hang: number = HANG): string[] {
  const lines = text.split('\n');
  if (!isTerminal(stream)) return lines;
  const width = terminalWidth();
  return lines.flatMap((line) => brokenLine(line, width, (/^ */.exec(line)?.[0].length ?? 0) + hang));
}
