/** What the terminal can show: its width, whether it is one, and colours, which are loaded only when they are used. */
import type { ChalkInstance } from 'chalk';
import { currentRun } from '../run.ts';
import type { StreamName } from './console.ts';

const DEFAULT_WIDTH = 80;

/** Whether a stream leads to a terminal. */
export const isTerminal = (stream: StreamName): boolean => currentRun().console.columnsOf(stream) !== undefined;

/** Columns of the terminal that stdout or stderr leads to. */
export function terminalWidth(): number {
  const { console } = currentRun();
  return (console.columnsOf('stdout') ?? console.columnsOf('stderr')) || DEFAULT_WIDTH;
}

/** chalk as NO_COLOR, FORCE_COLOR, --color and the terminal allow it; we use it for bold titles, which every terminal knows. */
export async function loadChalk(): Promise<ChalkInstance> {
  const { Chalk } = await import('chalk');
  return new Chalk({ level: mayColour() ? 1 : 0 });
}

/** What --color or --no-color asks for. */
function askedColour(): boolean | undefined {
  const asked = currentRun()
    .args.filter((argument) => argument === '--color' || argument === '--no-color')
    .at(-1);
  return asked === undefined ? undefined : asked === '--color';
}

/** Whether colour may be used on stdout at all, decided without loading anything. */
export function mayColour(): boolean {
  const asked = askedColour();
  if (asked !== undefined) return asked;
  const { NO_COLOR, FORCE_COLOR, TERM } = currentRun().console.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTerminal('stdout') && TERM !== 'dumb';
}
