/**
 * Regular expressions that users write, compiled with a bound. The engine tries the ways through a pattern one after the other,
 * and a repeat of what repeats itself has more of them than anybody can wait for. Within the bound, what is left to the caller
 * is to have V8 go over to its other engine, which takes all ways at once, after so many attempts; that one knows no look-around,
 * no back-reference and not the flags `i` and `u`, so that there such repeats are refused.
 */
import { UsageError } from '../errors.ts';
import { beforePattern } from './pattern-bound.ts';

/** No pattern for names is longer. */
const LONGEST_PATTERN = 4096;
/** Look-arounds and back-references. */
const BEYOND_LINEAR = /\(\?<?[=!]|\\[1-9]|\\k</;

/** Whether a group that is repeated holds a repeat or a choice itself; what stands in brackets or behind a backslash counts for nothing. */
function hasNestedRepeat(source: string): boolean {
  const signs = source.replace(/\\[\s\S]|\[(?:\\[\s\S]|[^\]])*\]/g, 'x').replace(/\(\?(?:<?[=!]|:|<[^>]*>)/g, '(');
  const groups: boolean[] = [];
  let isIn = false;
  for (let at = 0; at < signs.length; at++) {
    const sign = signs[at] as string;
    if (sign === '(') {
      groups.push(isIn);
      isIn = false;
    } else if (sign === ')') {
      const repeats = /^[*+{]/.test(signs.slice(at + 1, at + 2));
      if (repeats && isIn) return true;
      isIn = isIn || repeats || groups.pop() === true;
    } else if (/[*+{|]/.test(sign)) isIn = true;
  }
  return false;
}

/** Compiles a pattern as `text` shows it to the user; throws {@link UsageError} for one that is wrong, or has no bound. */
export function compileUserPattern(text: string, source: string, flags: string): RegExp {
  if (source.length > LONGEST_PATTERN) {
    throw new UsageError(
      `the pattern ${text.slice(0, 40)}... has ${source.length} characters; ${LONGEST_PATTERN} is the most`,
    );
  }
  beforePattern(source);
  let compiled: RegExp;
  try {
    compiled = new RegExp(source, flags);
  } catch (cause) {
    throw new UsageError(`the pattern ${text} is not valid: ${(cause as Error).message}`, { cause });
  }
  if (!hasNestedRepeat(source)) return compiled;
  if (/[iuv]/.test(flags) || BEYOND_LINEAR.test(source)) {
    throw new UsageError(
      `the pattern ${text} repeats what repeats itself beside a look-around, a back-reference, or under the flag i, which may take for ever; write it without one of the two, or as several patterns`,
    );
  }
  return linear(source, flags) ?? compiled;
}

/** The pattern for the other engine from the first attempt on; undefined where V8 was not told of it, or it does not take that. */
function linear(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, `${flags}l`);
  } catch {
    return undefined;
  }
}
