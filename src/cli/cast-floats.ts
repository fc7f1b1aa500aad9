/** Floats of another dtype, on the way into another format. */
import { cast, type DType } from '../index.ts';
import type { Outcome } from './operate.ts';
import { escapeText } from './terminal/escape.ts';
import { plural } from './terminal/numbers.ts';

const MOST_NAMES = 3;

/** The outcome with every float cast to a dtype; what overflowed is told when all is written. */
export function withFloatsCast(outcome: Outcome, to: DType, verify: boolean | undefined): Outcome {
  const { tensors } = outcome;
  const isCast = [...tensors.values()].some(({ dtype }) => dtype.kind === 'float' && dtype !== to);
  if (!isCast) return outcome;
  const edited = cast(tensors, (_, { dtype }) => dtype.kind === 'float', to, { verify });
  const { losses } = edited;
  const report = () => {
    const worst = losses.filter(({ overflow }) => overflow > 0).sort((a, b) => b.overflow - a.overflow);
    const numbers = plural(
      worst.reduce((sum, { overflow }) => sum + overflow, 0),
      'number',
    );
    const names = worst.slice(0, MOST_NAMES).map(({ name }) => escapeText(name));
    const where = worst.length > MOST_NAMES ? [...names, `${worst.length - MOST_NAMES} more`] : names;
    const lines = worst.length === 0 ? [] : [`ckpt: too large for ${to.name}: ${numbers}, in ${where.join(', ')}`];
    return { lines };
  };
  return {
    ...outcome,
    tensors: edited.tensors,
    summary: (size) => `${outcome.summary(size)}, ${losses.length} cast to ${to.name}`,
    changes: [...(outcome.changes ?? []), ...edited.changes],
    report,
  };
}
