/** `ckpt list`: what is in a checkpoint, one tensor a line. */
import { Command, Option } from 'commander';
import { furtherNamesOf, type OtherNames } from '../../graph.ts';
import { openCheckpoint, type Roles, type Selection, type Tensor, type TensorMap } from '../../index.ts';
import { rolesByNames } from '../../roles.ts';
import { scanPairs, scanSelected, selected, shellWord } from '../../text.ts';
import { EXIT } from '../exit-codes.ts';
import {
  CHECKPOINT_ARGUMENT,
  type GlobalOptions,
  PATTERNS_ARGUMENT,
  pathOf,
  printNotes,
  type SelectionOptions,
  selectionOf,
  withSelection,
} from '../options.ts';
import { printColumns } from '../render/columns.ts';
import { type Subject, subjectOf, writeTensors } from '../render/document.ts';
import { rowsOf, tensorColumns } from '../render/tensor-columns.ts';
import { type LineOptions, type Listed, printJsonItems, printNames, printTsv } from '../render/tensor-lines.ts';
import { type Digest, digestOf } from '../render/tensor-parts.ts';
import { currentRun } from '../run.ts';
import { asksForRoles, selectionBy, tellRoles, withNames } from '../tell-roles.ts';
import { escapeCommand, escapeText } from '../terminal/escape.ts';
import { formatBytes, groupDigits, plural } from '../terminal/numbers.ts';
import { stderr, stdout } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';
import { isTerminal, loadChalk, mayColour } from '../terminal/style.ts';

export interface ListOptions extends SelectionOptions, GlobalOptions {
  readonly long?: boolean;
  readonly sort: 'name' | 'size' | 'dtype';
  readonly sha256?: boolean;
  readonly json?: boolean;
  readonly tsv?: boolean;
  readonly names?: boolean;
}

const EXAMPLES = `
Examples:
  ckpt list model.ckpt-1000
  ckpt list model.ckpt-1000 'encoder/**' '!**/Adam*' --long
  ckpt list saved_model/ --sort size --min-size 1MB
  ckpt list model.ckpt-1000 --tsv | cut -f 1,3
  ckpt list model.ckpt-1000 --json --sha256 > before.json`;

export function listCommand(): Command {
  const command = new Command('list')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('[patterns...]', PATTERNS_ARGUMENT)
    .option('-l, --long', 'add shard, offset, checksum and slices, whether training changes a tensor, and all paths')
    .addOption(new Option('--sort <key>', 'order of the lines').choices(['name', 'size', 'dtype']).default('name'))
    .option('--sha256', "add a digest of each tensor's content, after checking it; exit 1 if one is damaged")
    .addOption(new Option('--json', 'one JSON document').conflicts(['tsv', 'names']))
    .addOption(new Option('--tsv', 'name, dtype, shape, bytes, role, one tensor a line').conflicts('names'))
    .option('--names', 'names only, one a line')
    .addHelpText('after', EXAMPLES);
  return withSelection(command).action(run);
}

/** A tensor under its name, with its digest where one was asked for. */
type ListedPair = readonly [name: string, tensor: Tensor, digest?: Digest | undefined];

function compare(a: ListedPair, b: ListedPair, key: 'size' | 'dtype'): number {
  if (key === 'size') return b[1].byteLength - a[1].byteLength;
  return a[1].dtype.name < b[1].dtype.name ? -1 : a[1].dtype.name > b[1].dtype.name ? 1 : 0;
}

async function run(path: string, patterns: readonly string[], _: unknown, command: Command): Promise<void> {
  await printListing(path, patterns, command.optsWithGlobals<ListOptions>());
}

/** Lists what a selection takes; `print` without a selector is the same. */
export async function printListing(path: string, patterns: readonly string[], options: ListOptions): Promise<void> {
  const requested = selectionOf(patterns, options);
  const given = pathOf(path);
  const checkpoint = await openCheckpoint(given, { format: options.format });
  printNotes(checkpoint.notes, options);
  const { tensors } = checkpoint;
  const roles =
    options.names === true && !asksForRoles(requested) ? rolesByNames(tensors) : await tellRoles(checkpoint, options);
  const selection = await selectionBy(await withNames(requested, checkpoint), roles, checkpoint, options);
  const others = await namesToShow(tensors, options);
  const subject = subjectOf(given, checkpoint);
  const listing = new Listing(subject, options, roles, others, await listedBy(selection, tensors, options));
  await listing.print();
  printNotes(checkpoint.sizeNotes?.() ?? [], options);
  if (options.quiet !== true && listing.forPeople) stderr.line(listing.summary());
}

/** In larger object graphs names are looked for only where they are asked for, with `--long`. */
const MOST_NAMED = 2 ** 16;

/** What else the tensors are called, where the listing shows it. */
async function namesToShow(tensors: TensorMap, { long, names, tsv }: ListOptions): Promise<OtherNames | undefined> {
  if (names === true || (tsv === true && long !== true)) return undefined;
  return furtherNamesOf(tensors, long === true ? undefined : MOST_NAMED);
}

/** What is listed, in its order: in that of the names nothing is held, for any other and for digests the pairs are. */
async function listedBy(selection: Selection, tensors: TensorMap, options: ListOptions): Promise<Listed> {
  const { sort } = options;
  if (sort === 'name' && options.sha256 !== true) return (visit) => scanSelected(selection, tensors, visit);
  const chosen: ListedPair[] = [...selected(selection, tensors)];
  if (sort !== 'name') chosen.sort((a, b) => compare(a, b, sort));
  const pairs = options.sha256 === true ? await digestAll(chosen, options) : chosen;
  return (visit) => {
    let at = 0;
    scanPairs(pairs, (facts) => visit(facts, pairs[at++]?.[2]));
  };
}

/** Digests take as long as reading everything: they are made first, with progress. */
async function digestAll(pairs: readonly ListedPair[], options: ListOptions): Promise<ListedPair[]> {
  const bytesTotal = pairs.reduce((sum, [, tensor]) => sum + tensor.byteLength, 0);
  const progress = new Progress('reading', options.progress !== false && options.quiet !== true);
  const digested: ListedPair[] = [];
  let bytesDone = 0;
  for (const [name, tensor] of pairs) {
    digested.push([name, tensor, await digestOf(name, tensor)]);
    bytesDone += tensor.byteLength;
    progress.update(bytesDone, bytesTotal);
  }
  progress.end();
  return digested;
}

class Listing {
  #tensors = 0;
  #bytes = 0;
  damaged = 0;
  readonly #line: LineOptions;

  constructor(
    readonly subject: Subject,
    readonly options: ListOptions,
    roles: Roles,
    others: OtherNames | undefined,
    readonly listed: Listed,
  ) {
    this.#line = { long: options.long === true, sha256: options.sha256 === true, roles, others };
  }

  get forPeople(): boolean {
    const { json, tsv, names } = this.options;
    return json !== true && tsv !== true && names !== true;
  }

  /** What is listed, counted as it goes by. */
  readonly #counted: Listed = (visit) => {
    this.#tensors = 0;
    this.#bytes = 0;
    this.damaged = 0;
    this.listed((facts, digest) => {
      this.#tensors++;
      this.#bytes += facts.byteLength;
      if (facts.problem !== undefined || (digest !== undefined && 'error' in digest)) this.damaged++;
      visit(facts, digest);
    });
  };

  #judge(): void {
    if (this.damaged > 0) currentRun().exitCode = EXIT.no;
  }

  async print(): Promise<void> {
    const { json, tsv, names } = this.options;
    if (json === true) {
      await writeTensors(this.subject, (begin) => {
        const listed: Listed = (visit) =>
          this.#counted((facts, digest) => {
            begin();
            visit(facts, digest);
          });
        printJsonItems(listed, this.#line);
        this.#judge();
      });
    } else if (tsv === true) printTsv(this.#counted, this.#line);
    else if (names === true) printNames(this.listed);
    else await this.#printTable();
    this.#judge();
  }

  /** A table on a terminal while it is small; plain columns otherwise. */
  async #printTable(): Promise<void> {
    const columns = tensorColumns(this.#line);
    const walk = rowsOf(this.#counted, this.#line);
    if (isTerminal('stdout')) {
      const { fittedLines, gridLines, MOST_FITTED_ROWS, MOST_GRID_ROWS } = await import('../render/grid.ts');
      const rows = firstRows(walk, MOST_FITTED_ROWS + 1);
      const cellsOf = columns.map((column, i) => ({ ...column, text: (cells: string[]) => cells[i] as string }));
      if (rows.length <= MOST_GRID_ROWS) {
        stdout.line(await gridLines(cellsOf, rows));
        return;
      }
      if (rows.length <= MOST_FITTED_ROWS) {
        for (const line of fittedLines(cellsOf, rows, await headingStyle())) stdout.line(line);
        return;
      }
    }
    const heading = await headingStyle();
    printColumns(columns, walk, (line) => stdout.line(line), heading);
  }

  summary(): string {
    const path = escapeText(this.subject.resolved);
    const command = `ckpt verify ${escapeCommand(shellWord(this.subject.resolved))}`;
    const damaged = this.damaged > 0 ? `; ${groupDigits(this.damaged)} damaged: see ${command}` : '';
    return `${plural(this.#tensors, 'tensor')}, ${formatBytes(this.#bytes)} in ${path}${damaged}`;
  }
}

async function headingStyle(): Promise<(text: string) => string> {
  return mayColour() ? (await loadChalk()).bold : (text) => text;
}

class Enough extends Error {}

/** The first rows of a walk, which goes no further than it must. */
function firstRows(walk: (visit: (cells: string[]) => void) => void, most: number): string[][] {
  const first: string[][] = [];
  try {
    walk((cells) => {
      first.push(cells);
      if (first.length === most) throw new Enough();
    });
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return first;
}
