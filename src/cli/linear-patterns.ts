/** The engine of V8 for regular expressions that tries all ways at once. */
import { setFlagsFromString } from 'node:v8';

/**
 * After some attempts V8 goes over to its engine that needs no more time than the text is long, as far as that knows the
 * pattern (user-pattern.ts); patterns with the flag `l` go to it at once.
 */
export function useLinearEngine(): void {
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  setFlagsFromString('--enable-experimental-regexp-engine');
}
