/**
 * `--printoptions` of inspect_checkpoint: settings `k=v` of numpy.set_printoptions, each value read as the type that the
 * setting has by default.
 */

import { UsageError } from '../../index.ts';
import type { PrintOptions } from '../../text.ts';

type Settings = { -readonly [K in keyof PrintOptions]: PrintOptions[K] };

const WHOLE_NUMBER = /^\s*[+-]?\d+(_\d+)*\s*$/;
const TRUE = ['true', 't', '1'];
const FALSE = ['false', 'f', '0'];

function wholeNumber(key: string, text: string): number {
  if (!WHOLE_NUMBER.test(text)) throw new UsageError(`the print option ${key} takes a whole number, not '${text}'`);
  return Number(text.replaceAll('_', ''));
}

function truth(key: string, text: string): boolean {
  const value = text.toLowerCase();
  if (TRUE.includes(value)) return true;
  if (FALSE.includes(value)) return false;
  throw new UsageError(`the print option ${key} takes true or false, not '${text}'`);
}

function choice<T extends string>(key: string, text: string, choices: readonly T[]): T {
  const found = choices.find((one) => one === text);
  if (found !== undefined) return found;
  throw new UsageError(`the print option ${key} takes one of ${choices.map((one) => `'${one}'`).join(', ')}`);
}

/** numpy takes numbers below zero here and treats them as none. */
const atLeastZero = (value: number): number => Math.max(0, value);

const SETTERS: Readonly<Record<string, (settings: Settings, text: string) => void>> = {
  precision: (settings, text) => {
    settings.precision = wholeNumber('precision', text);
  },
  threshold: (settings, text) => {
    settings.threshold = atLeastZero(wholeNumber('threshold', text));
  },
  edgeitems: (settings, text) => {
    settings.edgeitems = atLeastZero(wholeNumber('edgeitems', text));
  },
  linewidth: (settings, text) => {
    settings.linewidth = atLeastZero(wholeNumber('linewidth', text));
  },
  suppress: (settings, text) => {
    settings.suppress = truth('suppress', text);
  },
  nanstr: (settings, text) => {
    settings.nanstr = text;
  },
  infstr: (settings, text) => {
    settings.infstr = text;
  },
  sign: (settings, text) => {
    settings.sign = choice('sign', text, ['-', '+', ' '] as const);
  },
  floatmode: (settings, text) => {
    settings.floatmode = choice('floatmode', text, ['fixed', 'unique', 'maxprec', 'maxprec_equal'] as const);
  },
  legacy: (_, text) => {
    if (truth('legacy', text))
      throw new UsageError("the print option legacy takes false: older numpy's text is not made");
  },
};

const NOT_TEXT = ['formatter', 'override_repr'];

/** The options that settings in `k=v` form add up to; throws {@link UsageError} for one that numpy does not know. */
export function parsePrintSettings(texts: readonly string[]): PrintOptions {
  const settings: Settings = {};
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new UsageError(`a print option is written k=v, which '${text}' is not`);
    const key = text.slice(0, equals);
    if (NOT_TEXT.includes(key)) throw new UsageError(`the print option ${key} cannot be given as text`);
    const set = Object.hasOwn(SETTERS, key) ? SETTERS[key] : undefined;
    if (set === undefined) {
      throw new UsageError(`there is no print option ${key}; known are ${Object.keys(SETTERS).join(', ')}`);
    }
    set(settings, text.slice(equals + 1));
  }
  return settings;
}
