/** What two checkpoints differ in, as lines for people, lines for programs, and a document. */
import type { Tensor } from '../../index.ts';
import { type Differences, formatShape, type ValueDifference } from '../../text.ts';
import { escapeText } from '../terminal/escape.ts';
import { plural } from '../terminal/numbers.ts';
import { isTerminal, terminalWidth } from '../terminal/style.ts';
import { textWidth } from '../terminal/text-width.ts';

export interface ComparedValues extends ValueDifference {
  readonly name: string;
}

export interface Comparison {
  readonly paths: readonly [string, string];
  readonly differences: Differences;
  /** Undefined where values were not compared. */
  readonly values: readonly ComparedValues[] | undefined;
  readonly alike: boolean;
}

const formOf = ({ dtype, shape }: Tensor): string => `${dtype.name} ${formatShape(shape)}`;

/** Seven digits say what a float32 is. */
const shown = (value: number): string => String(Number.isInteger(value) ? value : Number(value.toPrecision(7)));

function valueText({ differing, maxAbs, meanAbs, maxRelative, cosine, maxUlp, at }: ComparedValues): string {
  if (differing === undefined) return 'content differs';
  const figures = [
    plural(differing, 'element'),
    `max ${shown(maxAbs ?? 0)}${at === undefined ? '' : ` at [${at.join(',')}]`}`,
    `mean ${shown(meanAbs ?? 0)}`,
    `relative ${shown(maxRelative ?? 0)}`,
    ...(maxUlp === undefined ? [] : [`${shown(maxUlp)} ulp`]),
    ...(cosine === null || cosine === undefined ? [] : [`cosine ${shown(cosine)}`]),
  ];
  return figures.join(', ');
}

const unlike = ({ values = [] }: Comparison): ComparedValues[] => values.filter(({ alike }) => !alike);

/** The differences in one line; what was not looked at is said. */
export function statLine(comparison: Comparison): string {
  const { differences, values } = comparison;
  const { added, removed, changed, common } = differences;
  const alike = common.length - unlike(comparison).length;
  const counts = [
    [added.length, 'added'],
    [removed.length, 'removed'],
    [changed.length, 'of another dtype or shape'],
    [unlike(comparison).length, 'of other values'],
  ] as const;
  const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const rest = values === undefined ? `${alike} alike but for values, which were not compared` : `${alike} alike`;
  return (common.length === 0 && told.length > 0 ? told : [...told, rest]).join(', ');
}

/** One line for programs; on a terminal that is too narrow for it two. */
function* renamedLines(from: string, to: string): Generator<string> {
  const line = `probably renamed: ${from} -> ${to}`;
  if (!isTerminal('stdout') || textWidth(line) <= terminalWidth()) yield line;
  else {
    yield `probably renamed: ${from}`;
    yield `  -> ${to}`;
  }
}

/** As `diff` marks them: `-` in A alone, `+` in B alone, `~` changed; each name on a line. */
export function* comparisonLines(comparison: Comparison): Generator<string> {
  const { paths, differences, alike } = comparison;
  if (!alike) yield `--- ${escapeText(paths[0])}`;
  if (!alike) yield `+++ ${escapeText(paths[1])}`;
  for (const { name, tensor } of differences.removed) yield `- ${escapeText(name)}  ${formOf(tensor)}`;
  for (const { name, tensor } of differences.added) yield `+ ${escapeText(name)}  ${formOf(tensor)}`;
  for (const { name, a, b } of differences.changed) yield `~ ${escapeText(name)}  ${formOf(a)} -> ${formOf(b)}`;
  for (const value of unlike(comparison)) yield `~ ${escapeText(value.name)}  ${valueText(value)}`;
  for (const { from, to } of differences.renames) yield* renamedLines(escapeText(from), escapeText(to));
  yield statLine(comparison);
}

/** Kind, name, and what is to be told of it: `removed`, `added`, `changed`, `values`, `renamed`. */
export function* tabLines(comparison: Comparison): Generator<string> {
  const { differences } = comparison;
  const line = (...cells: (string | number)[]): string => cells.join('\t');
  for (const [kind, tensors] of [
    ['removed', differences.removed],
    ['added', differences.added],
  ] as const) {
    for (const { name, tensor } of tensors) {
      yield line(kind, escapeText(name), tensor.dtype.name, formatShape(tensor.shape));
    }
  }
  for (const { name, a, b } of differences.changed) {
    yield line('changed', escapeText(name), a.dtype.name, formatShape(a.shape), b.dtype.name, formatShape(b.shape));
  }
  for (const { name, differing, maxAbs, meanAbs, maxRelative, cosine, maxUlp, at } of unlike(comparison)) {
    const figures = [differing, maxAbs, meanAbs, maxRelative, maxUlp, cosine, at?.join(',')];
    yield line('values', escapeText(name), ...figures.map((figure) => figure ?? ''));
  }
  for (const { from, to } of differences.renames) yield line('renamed', escapeText(from), escapeText(to));
}

/** What a document says of a comparison, besides which checkpoints it is of. */
export function comparisonJson({ differences, values }: Comparison): object {
  const facts = ({ dtype, shape }: Tensor) => ({ dtype: dtype.name, shape });
  const named = ({ name, tensor }: { name: string; tensor: Tensor }) => ({ name, ...facts(tensor) });
  return {
    added: differences.added.map(named),
    removed: differences.removed.map(named),
    changed: differences.changed.map(({ name, a, b }) => ({ name, a: facts(a), b: facts(b) })),
    renamed: differences.renames,
    commonCount: differences.common.length,
    values:
      values?.map(({ name, alike, by, differing, ...figures }) => ({
        name,
        alike,
        by,
        differingCount: differing,
        ...figures,
      })) ?? null,
  };
}
