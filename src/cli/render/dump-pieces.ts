/** A tensor as a file of data for other programs: what each format holds, and its pieces. */
import { MismatchError, streamCheckpoint, type Tensor, UnsupportedError, UsageError } from '../../index.ts';
import { type ArrayValues, chunksOf, formatShape, type Piece } from '../../text.ts';
import { escapeText, jsonString } from '../terminal/escape.ts';
import { checkEmpty, nestedJson, partsOf, type RowFrame, rowsJson } from './nested-json.ts';
import { rowLines } from './tab-lines.ts';

export const DUMP_FORMATS = ['csv', 'tsv', 'json', 'ndjson', 'npy', 'raw', 'w2v'] as const;
export type DumpFormat = (typeof DUMP_FORMATS)[number];

export const isBinary = (format: DumpFormat): boolean => format === 'npy' || format === 'raw';

/** What is written. */
export interface Dump {
  readonly format: DumpFormat;
  /** The name, with the slice. */
  readonly name: string;
  readonly part: Tensor;
  /** A label for each row, the items of the first axis. */
  readonly labels: readonly string[] | undefined;
  /** Whether texts must be safe to show. */
  readonly escaped: boolean;
}

function mismatch(name: string, what: string, expected: string, actual: string): MismatchError {
  return new MismatchError(`tensor ${name}: ${what}`, name, expected, actual);
}

function checkLabels({ format, name, part, labels }: Dump): void {
  if (labels === undefined) {
    if (format === 'w2v') throw new UsageError('--to w2v puts a word before each row; give them with --labels FILE');
    return;
  }
  if (isBinary(format)) {
    throw new UsageError(`--to ${format} holds the elements alone and has no place for labels; leave --labels out`);
  }
  const [rows] = part.shape;
  if (rows === undefined) throw mismatch(name, 'a scalar has no rows; leave --labels out', 'an axis', 'none');
  if (rows !== labels.length) {
    const what = `the labels are ${labels.length}, the rows ${rows}; there must be one label, a line of the file, for each`;
    throw mismatch(name, what, `${rows}`, `${labels.length}`);
  }
  const bad = format === 'w2v' ? labels.findIndex((word) => word === '' || /[\t\v\f\r ]/.test(word)) : -1;
  if (bad >= 0) {
    throw new UsageError(
      `label ${JSON.stringify(labels[bad])} in line ${bad + 1} is empty or has a blank, and word2vec text ends a word at a blank; use --to tsv`,
    );
  }
}

/** Throws a `CkptError` for what the format cannot hold. */
export function checkDump(dump: Dump): void {
  const { format, name, part } = dump;
  const { kind, name: dtype } = part.dtype;
  const rank = part.shape.length;
  if (kind === 'variant' || kind === 'unknown') {
    throw new UnsupportedError(`tensor ${name}: elements of dtype ${dtype} are no numbers and no strings`, 'values');
  }
  if (kind === 'string' && isBinary(format)) {
    throw new UnsupportedError(
      `tensor ${name}: ${format} holds elements of one size, and strings have none; use --to json, ndjson, csv or tsv`,
      'dtype',
    );
  }
  if (format === 'w2v' && !/int|float$/.test(kind)) {
    throw new UnsupportedError(`tensor ${name}: word2vec text holds real numbers, not ${dtype}; use --to tsv`, 'dtype');
  }
  const shape = formatShape(part.shape);
  if (format === 'w2v' && rank !== 2) {
    throw mismatch(name, `word2vec text takes two axes, its shape is ${shape}; slice it`, '2 axes', `${rank}`);
  }
  if ((format === 'csv' || format === 'tsv') && rank > 2) {
    const what = `${format} takes at most two axes, its shape is ${shape}; slice it or use --to json, ndjson or npy`;
    throw mismatch(name, what, 'at most 2 axes', `${rank}`);
  }
  if (!isBinary(format)) checkEmpty(part.shape);
  checkLabels(dump);
}

/** A field of RFC 4180: in quotes where it has a separator, a quote or a line break, or nothing, which some readers pass over. */
function csvField(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const NO_FRAME: RowFrame = { before: '', after: '', between: '' };

/** Each row as a JSON value; with labels, as an object. */
function frameOf(labels: readonly string[] | undefined, frame: Partial<RowFrame>): RowFrame {
  if (labels === undefined) return { ...NO_FRAME, ...frame };
  return {
    ...NO_FRAME,
    ...frame,
    before: (row) => `{"label":${jsonString(labels[row] as string)},"values":`,
    after: `}${frame.after ?? ''}`,
  };
}

function* wholeJson(array: ArrayValues, labels: readonly string[] | undefined): Generator<Piece> {
  const parts = partsOf(array.dtype);
  if (labels === undefined) yield* nestedJson(array, parts);
  else {
    yield '[';
    yield* rowsJson(array, parts, frameOf(labels, { between: ',\n' }));
    yield ']';
  }
  yield '\n';
}

function* word2vec(array: ArrayValues, dump: Dump, text: (text: string) => string): Generator<Piece> {
  yield `${array.shape.join(' ')}\n`;
  yield* rowLines(array, { separator: ' ', text, labels: dump.labels });
}

/** The pieces of a dump that was checked; `array` gives the elements to formats of text. */
export function dumpPieces(dump: Dump, array: () => ArrayValues): Iterable<Piece> | AsyncIterable<Piece> {
  const { format, part, labels, escaped } = dump;
  const shown = (text: string): string => (escaped ? escapeText(text) : text);
  switch (format) {
    case 'csv':
      return rowLines(array(), { separator: ',', text: (text) => csvField(shown(text)), labels });
    case 'tsv':
      return rowLines(array(), { separator: '\t', text: escapeText, labels });
    case 'w2v':
      return word2vec(array(), dump, shown);
    case 'json':
      return wholeJson(array(), labels);
    case 'ndjson':
      if (part.shape.length === 0) return wholeJson(array(), undefined);
      return rowsJson(array(), partsOf(part.dtype), frameOf(labels, { after: '\n' }));
    case 'npy':
      return streamCheckpoint(new Map([['array', part]]), { format: 'npy', verify: false });
    case 'raw':
      return chunksOf(part.source);
  }
}
