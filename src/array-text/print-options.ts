/**
 * The settings of `numpy.set_printoptions` under numpy's names and with numpy's defaults. `formatter` and `legacy` are
 * left out: the first is code, the second asks for the text of older versions.
 */
import { UsageError } from '../errors.ts';

/** Whether floats show as many digits as they need or as `precision` says; numpy describes each mode. */
export type FloatMode = 'fixed' | 'unique' | 'maxprec' | 'maxprec_equal';

/** What a positive number has in front: nothing, a plus, or a space. */
export type SignMode = '-' | '+' | ' ';

/** How to print an array; what is left out has numpy's default. */
export interface PrintOptions {
  /** Digits after the point; at most (`maxprec`) or exactly (`fixed`). 8 unless given. */
  readonly precision?: number | undefined;
  /** Arrays of more elements than this are summarised; Infinity never summarises. 1000 unless given. */
  readonly threshold?: number | undefined;
  /** Elements shown at each edge of each axis of a summary. 3 unless given. */
  readonly edgeitems?: number | undefined;
  /** Columns after which lines wrap; Infinity never wraps. 75 unless given. */
  readonly linewidth?: number | undefined;
  /** Whether small numbers stay in positional notation, though they may show as zero. */
  readonly suppress?: boolean | undefined;
  readonly sign?: SignMode | undefined;
  readonly floatmode?: FloatMode | undefined;
  /** Text of NaN. */
  readonly nanstr?: string | undefined;
  /** Text of infinity. */
  readonly infstr?: string | undefined;
}

/** Print options with every default filled in. */
export type ResolvedPrintOptions = { readonly [K in keyof PrintOptions]-?: Exclude<PrintOptions[K], undefined> };

const DEFAULTS: ResolvedPrintOptions = {
  precision: 8,
  threshold: 1000,
  edgeitems: 3,
  linewidth: 75,
  suppress: false,
  sign: '-',
  floatmode: 'maxprec',
  nanstr: 'nan',
  infstr: 'inf',
};

const FLOAT_MODES: readonly string[] = ['fixed', 'unique', 'maxprec', 'maxprec_equal'] satisfies FloatMode[];
const SIGN_MODES: readonly string[] = ['-', '+', ' '] satisfies SignMode[];

function checkCount(name: string, value: number, mayBeInfinite: boolean): void {
  if (value >= 0 && (Number.isSafeInteger(value) || (mayBeInfinite && value === Number.POSITIVE_INFINITY))) return;
  throw new UsageError(`print option ${name} is ${value}; give a whole number of at least 0`);
}

function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  const known = choices.map((choice) => `'${choice}'`).join(', ');
  throw new UsageError(`print option ${name} is '${value}'; give one of ${known}`);
}

function checkWord(name: string, value: string): void {
  if (/[\n\r\v\f]/.test(value)) throw new UsageError(`print option ${name} has a line break; give text of one line`);
}

/** Fills in the defaults; throws {@link UsageError} for a value that makes no sense. */
export function resolvePrintOptions(options: PrintOptions = {}): ResolvedPrintOptions {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const resolved: ResolvedPrintOptions = { ...DEFAULTS, ...Object.fromEntries(given) };
  checkCount('precision', resolved.precision, false);
  checkCount('threshold', resolved.threshold, true);
  checkCount('edgeitems', resolved.edgeitems, false);
  checkCount('linewidth', resolved.linewidth, true);
  checkChoice('sign', resolved.sign, SIGN_MODES);
  checkChoice('floatmode', resolved.floatmode, FLOAT_MODES);
  checkWord('nanstr', resolved.nanstr);
  checkWord('infstr', resolved.infstr);
  return resolved;
}
