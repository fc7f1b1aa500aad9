/** `ckpt list`: what is in a checkpoint, one tensor a line. */
import { Command, Option } from 'commander';
import {
  isScannable,
  type OpenedCheckpoint,
  openCheckpoint,
  type RoleOf,
  type Roles,
  rolesByNames,
  selected,
  type Tensor,
} from '../../index.ts';
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
import { columnLines } from '../render/columns.ts';
import {
  digestedRow,
  jsonItem,
  type RowOptions,
  type TensorRow,
  tensorColumns,
  tsvLine,
} from '../render/tensor-rows.ts';
import { currentRun } from '../run.ts';
import { asksForRoles, selectionBy, tellRoles } from '../tell-roles.ts';
import { escapeText, jsonString } from '../terminal/escape.ts';
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
    .option('-l, --long', 'add shard, offset, checksum and slices, and whether training changes a tensor')
    .addOption(new Option('--sort <key>', 'order of the lines').choices(['name', 'size', 'dtype']).default('name'))
    .option('--sha256', "add a digest of each tensor's content, after checking it; exit 1 if one is damaged")
    .addOption(new Option('--json', 'one JSON document').conflicts(['tsv', 'names']))
    .addOption(new Option('--tsv', 'name, dtype, shape, bytes, role, one tensor a line').conflicts('names'))
    .option('--names', 'names only, one a line')
    .addHelpText('after', EXAMPLES);
  return withSelection(command).action(run);
}

function compare(a: readonly [string, Tensor], b: readonly [string, Tensor], key: 'size' | 'dtype'): number {
  if (key === 'size') return b[1].byteLength - a[1].byteLength;
  return a[1].dtype.name < b[1].dtype.name ? -1 : a[1].dtype.name > b[1].dtype.name ? 1 : 0;
}

async function run(path: string, patterns: readonly string[], _: unknown, command: Command): Promise<void> {
  await printListing(path, patterns, command.optsWithGlobals<ListOptions>());
}

/** Lists what a selection takes; `print` without a selector is the same. */
export async function printListing(path: string, patterns: readonly string[], options: ListOptions): Promise<void> {
  const requested = selectionOf(patterns, options);
  const checkpoint = await openCheckpoint(pathOf(path));
  printNotes(checkpoint.notes, options);
  const { tensors } = checkpoint;
  const roles =
    options.names === true && !asksForRoles(requested) ? rolesByNames(tensors) : await tellRoles(checkpoint, options);
  const selection = await selectionBy(requested, roles, checkpoint, options);
  const pairs = (): Iterable<[string, Tensor]> => {
    const chosen = selected(selection, tensors);
    const { sort } = options;
    return sort === 'name' ? chosen : [...chosen].sort((a, b) => compare(a, b, sort));
  };
  const quick = await quickListing(checkpoint, roles, options, pairs());
  if (quick !== undefined) {
    if (quick > 0) currentRun().exitCode = EXIT.no;
    return;
  }
  const digested = options.sha256 === true ? await digestAll(pairs(), options) : undefined;
  const listing = new Listing(checkpoint, options, roles.roleOf, () => digested ?? pairs());
  await listing.print();
  if (options.quiet !== true && listing.forPeople) stderr.line(listing.summary());
  if (listing.damaged > 0) currentRun().exitCode = EXIT.no;
}

/** A plain listing of everything by names goes out as bytes; returns how many tensors cannot be read, or undefined for any other. */
async function quickListing(
  checkpoint: OpenedCheckpoint,
  roles: Roles,
  options: ListOptions,
  pairs: Iterable<[string, Tensor]>,
): Promise<number | undefined> {
  const { tensors, format, path } = checkpoint;
  if (pairs !== tensors || options.long === true || options.sha256 === true || !isScannable(tensors)) return undefined;
  if (options.tsv !== true && options.json !== true) return undefined;
  if (roles.best !== 'names' || roles.isByNameAlone !== true) return undefined;
  const { printTsv, printJsonItems } = await import('../render/byte-lines.ts');
  if (options.tsv === true) return printTsv(tensors);
  stdout.write(jsonHead(format, path));
  const damaged = printJsonItems(tensors);
  stdout.write(JSON_TAIL);
  return damaged;
}

const jsonHead = (format: string, path: string): string =>
  `{"format":"${format}","path":${jsonString(path)},"tensors":[`;
const JSON_TAIL = '\n]}\n';

/** Digests take as long as reading everything: they are made first, with progress. */
async function digestAll(pairs: Iterable<[string, Tensor]>, options: ListOptions): Promise<TensorRow[]> {
  const all = [...pairs];
  const bytesTotal = all.reduce((sum, [, tensor]) => sum + tensor.byteLength, 0);
  const progress = new Progress('reading', options.progress !== false && options.quiet !== true);
  const rows: TensorRow[] = [];
  let bytesDone = 0;
  for (const [name, tensor] of all) {
    rows.push(await digestedRow(name, tensor));
    bytesDone += tensor.byteLength;
    progress.update(bytesDone, bytesTotal);
  }
  progress.end();
  return rows;
}

class Listing {
  #tensors = 0;
  #bytes = 0;
  damaged = 0;
  readonly #row: RowOptions;

  constructor(
    readonly checkpoint: OpenedCheckpoint,
    readonly options: ListOptions,
    roleOf: RoleOf,
    readonly source: () => Iterable<TensorRow>,
  ) {
    this.#row = { long: options.long === true, sha256: options.sha256 === true, roleOf };
  }

  get forPeople(): boolean {
    const { json, tsv, names } = this.options;
    return json !== true && tsv !== true && names !== true;
  }

  #count(row: TensorRow): void {
    const digest = row[2];
    this.#tensors++;
    this.#bytes += row[1].byteLength;
    if (row[1].problem !== undefined || (digest !== undefined && 'error' in digest)) this.damaged++;
  }

  /** The rows, counted as they go by. */
  *#rows(): Generator<TensorRow> {
    this.#tensors = 0;
    this.#bytes = 0;
    this.damaged = 0;
    for (const row of this.source()) {
      this.#count(row);
      yield row;
    }
  }

  async print(): Promise<void> {
    const { json, tsv, names } = this.options;
    if (json === true) this.#printJson();
    else if (tsv === true) this.#printTsv();
    else if (names === true) for (const [name] of this.source()) stdout.write(`${escapeText(name)}\n`);
    else await this.#printTable();
  }

  #printTsv(): void {
    for (const row of this.source()) {
      this.#count(row);
      stdout.write(`${tsvLine(row, this.#row)}\n`);
    }
  }

  #printJson(): void {
    const { format, path } = this.checkpoint;
    stdout.write(jsonHead(format, path));
    let separator = '\n';
    for (const row of this.source()) {
      this.#count(row);
      stdout.write(separator + jsonItem(row, this.#row));
      separator = ',\n';
    }
    stdout.write(JSON_TAIL);
  }

  /** A table on a terminal while it is small; plain columns otherwise. */
  async #printTable(): Promise<void> {
    const columns = tensorColumns(this.#row);
    if (isTerminal('stdout')) {
      const { gridLines, MOST_GRID_ROWS } = await import('../render/grid.ts');
      const rows = firstOf(this.#rows(), MOST_GRID_ROWS + 1);
      if (rows.length <= MOST_GRID_ROWS) {
        stdout.line(await gridLines(columns, rows));
        return;
      }
    }
    const heading = mayColour() ? (await loadChalk()).bold : undefined;
    for (const line of columnLines(columns, () => this.#rows(), heading)) stdout.line(line);
  }

  summary(): string {
    const path = escapeText(this.checkpoint.path);
    const damaged = this.damaged > 0 ? `; ${groupDigits(this.damaged)} damaged: see ckpt verify ${path}` : '';
    return `${plural(this.#tensors, 'tensor')}, ${formatBytes(this.#bytes)} in ${path}${damaged}`;
  }
}

function firstOf<T>(items: Iterable<T>, most: number): T[] {
  const first: T[] = [];
  for (const item of items) {
    first.push(item);
    if (first.length === most) break;
  }
  return first;
}
