/** What the terminal can show: its width, whether it is one, and colours, which are loaded only when they are used. */
import { fstatSync } from 'node:fs';
import type { ChalkInstance } from 'chalk';

const DEFAULT_WIDTH = 80;

/**
 * Whether a stream leads to a terminal. Only a character device can; to ask node about anything else would load its
 * network code, which takes 4 ms.
 */
export function isTerminal(stream: 'stdout' | 'stderr'): boolean {
  try {
    return fstatSync(stream === 'stdout' ? 1 : 2).isCharacterDevice() && process[stream].isTTY === true;
  } catch {
    return false;
  }
}

/** Columns of the terminal that stdout or stderr leads to. */
export function terminalWidth(): number {
  const columns = isTerminal('stdout') ? process.stdout.columns : isTerminal('stderr') ? process.stderr.columns : 0;
  return columns || DEFAULT_WIDTH;
}

/** chalk as NO_COLOR, FORCE_COLOR, --color and the terminal allow it. */
export async function loadChalk(): Promise<ChalkInstance> {
  const { default: chalk, Chalk } = await import('chalk');
  return mayColour() ? chalk : new Chalk({ level: 0 });
}

/** What --color or --no-color asks for; chalk looks at the arguments too. */
function askedColour(): boolean | undefined {
  const asked = process.argv.filter((argument) => argument === '--color' || argument === '--no-color').at(-1);
  return asked === undefined ? undefined : asked === '--color';
}

/** Whether colour may be used on stdout at all, decided without loading anything. */
export function mayColour(): boolean {
  const asked = askedColour();
  if (asked !== undefined) return asked;
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  return isTerminal('stdout') || (FORCE_COLOR !== undefined && FORCE_COLOR !== '0');
}
