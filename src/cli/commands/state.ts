/** `ckpt state`: what the state file says, held against what is there; and its repair. */
import { Command } from 'commander';
import {
  type CheckpointDirectory,
  type CheckpointState,
  formatCheckpointState,
  repairedState,
  type StateFinding,
  stateFindings,
  writeCheckpointState,
} from '../../history.ts';
import { UsageError } from '../../index.ts';
import { shellWord } from '../../text.ts';
import { EXIT } from '../exit-codes.ts';
import { type GlobalOptions, pathOf } from '../options.ts';
import { columnLines } from '../render/columns.ts';
import { documentText } from '../render/document.ts';
import { gridLines, MOST_GRID_ROWS } from '../render/grid.ts';
import { DIRECTORY_ARGUMENT, dateText, stateColumns, stateRows } from '../render/state-table.ts';
import { currentRun } from '../run.ts';
import { readRun } from '../run-directory.ts';
import { escapeCommand, escapeText } from '../terminal/escape.ts';
import { plural } from '../terminal/numbers.ts';
import { stderr, stdout } from '../terminal/output.ts';
import { proseLines } from '../terminal/prose.ts';
import { isTerminal } from '../terminal/style.ts';

interface StateOptions extends GlobalOptions {
  readonly json?: boolean;
  readonly fix?: boolean;
  readonly dryRun?: boolean;
  readonly all?: boolean;
  readonly setLatest?: string;
}

const EXAMPLES = `
--fix writes the state file anew, in one step: paths relative to it, without
entries that are gone, unusable or doubled, with checkpoints that are newer than
the list; the latest stays where it is usable and is otherwise the newest. Where
nothing listed is left, the list is made of what lies there. No checkpoint is
ever touched. Others that are not listed stay out unless --all asks for them: a
CheckpointManager keeps some for good by not listing them, and deletes what is
listed beyond its number.

Examples:
  ckpt state run/
  ckpt state run/ --fix --dry-run
  ckpt state run/ --fix && ckpt list run/
  ckpt state run/best_checkpoint --fix --set-latest model.ckpt-300
  ckpt state run/ --json`;

export function stateCommand(): Command {
  return new Command('state')
    .argument('<directory>', DIRECTORY_ARGUMENT)
    .option('--fix', 'repair the state file, or make the missing one')
    .option('--dry-run', 'with --fix: show the file as it would be, and write nothing')
    .option('--all', 'with --fix: list every usable checkpoint of the directory, by step')
    .option('--set-latest <prefix>', 'with --fix: make this one the latest')
    .option('--json', 'one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

function checkStateOptions({ fix, dryRun, all, setLatest }: StateOptions): void {
  const idle = [dryRun && '--dry-run', all && '--all', setLatest !== undefined && '--set-latest'].find(Boolean);
  if (fix !== true && idle !== undefined) throw new UsageError(`${idle} says how to repair: add --fix`);
}

/** The state file repairs everything that is wrong with it except that nothing usable is there. */
function repairOf(path: string, run: CheckpointDirectory): string | undefined {
  const usable = [...run.listed.map(({ checkpoint }) => checkpoint), ...run.unlisted];
  return usable.some((found) => found !== undefined && found.problem === undefined)
    ? `ckpt state ${shellWord(path)} --fix`
    : undefined;
}

function summaryOf({ stateFile, state, stateProblem, listed, unlisted }: CheckpointDirectory): string {
  const name = escapeText(stateFile);
  const what = stateProblem === undefined ? 'not there' : 'cannot be read';
  if (state === undefined) return `${name}: ${what}; ${plural(unlisted.length, 'checkpoint')} beside it`;
  const latest = state.latest === undefined ? 'no latest' : `latest ${escapeText(state.latest)}`;
  const preserved =
    state.lastPreserved === undefined ? '' : `, last kept for good ${escapeText(dateText(state.lastPreserved))}`;
  return `${name}: ${latest}, ${listed.length} listed, ${unlisted.length} not listed${preserved}`;
}

const lineOf = ({ kind, severity, message }: StateFinding): string =>
  `${severity === 'note' ? 'note: ' : ''}${escapeText(message)} [${kind}]`;

async function show(
  path: string,
  run: CheckpointDirectory,
  findings: readonly StateFinding[],
  quiet: boolean,
): Promise<void> {
  for (const line of proseLines(summaryOf(run))) stdout.line(line);
  const rows = stateRows(run);
  const columns = stateColumns(rows);
  if (rows.length > 0 && isTerminal('stdout') && rows.length <= MOST_GRID_ROWS) {
    stdout.line(await gridLines(columns, rows));
  } else if (rows.length > 0) for (const line of columnLines(columns, () => rows)) stdout.line(line);
  for (const line of findings.flatMap((finding) => proseLines(lineOf(finding)))) stdout.line(line);
  const wrong = findings.filter(({ severity }) => severity === 'wrong').length;
  if (wrong === 0 || quiet) return;
  const repair = repairOf(path, run);
  const way = repair === undefined ? 'no checkpoint that it could name is usable' : `to repair: ${repair}`;
  stderr.line(`${escapeText(run.stateFile)}: ${plural(wrong, 'finding')}; ${escapeCommand(way)}`);
}

function jsonOf(path: string, run: CheckpointDirectory, findings: readonly StateFinding[]): string {
  const { directory, stateFile, state, listed, unlisted, leftovers } = run;
  const ok = findings.every(({ severity }) => severity === 'note');
  const fact = (found: (typeof unlisted)[number] | undefined): object => ({
    resolved: found?.prefix ?? null,
    format: found?.format ?? null,
    step: found?.step ?? null,
    bytes: found?.bytes ?? null,
    problem: found?.problem ?? null,
  });
  return documentText({
    path,
    resolved: stateFile,
    directory,
    latest: state?.latest ?? null,
    lastPreserved: state?.lastPreserved ?? null,
    listed: listed.map(({ written, isLatest, place, timestamp, checkpoint }) => ({
      path: written,
      latest: isLatest,
      place,
      timestamp: timestamp ?? null,
      ...fact(checkpoint),
    })),
    unlisted: unlisted.map(fact),
    leftovers,
    findings,
    repair: ok ? null : (repairOf(path, run) ?? null),
  });
}

const lastPart = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);

/** What the file says otherwise than before, for people. */
function changeText(before: readonly string[], { all, latest = '' }: CheckpointState): string {
  const others = all.filter((path) => !before.includes(path));
  const names = new Set(before.map(lastPart));
  const relative = others.filter((path) => names.has(lastPart(path))).length;
  const changes: [number, string][] = [
    [all.length - others.length, 'kept'],
    [relative, 'made relative'],
    [others.length - relative, 'put in'],
    [Math.max(0, before.length - (all.length - others.length) - relative), 'taken out'],
  ];
  const told = changes.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `${told.join(', ')}; latest ${escapeText(latest)}`;
}

/** Lines of a text for a terminal: what could play tricks on it is escaped, the file's own backslashes stay. */
function shownText(text: string): string {
  return text
    .split(/([\n\\])/)
    .map((part) => (part === '\n' || part === '\\' ? part : escapeText(part)))
    .join('');
}

function fix(path: string, directory: CheckpointDirectory, options: StateOptions): void {
  const { stateFile, state, stateRefusal } = directory;
  const after = repairedState(directory, { all: options.all, latest: options.setLatest });
  const text = formatCheckpointState(after);
  const isSame = state !== undefined && stateRefusal === undefined && formatCheckpointState(state) === text;
  const writes = options.dryRun !== true && !isSame;
  if (writes) writeCheckpointState(stateFile, after);
  if (options.quiet !== true) {
    const what = isSame ? 'nothing to repair' : changeText(state?.all ?? [], after);
    stderr.line(`${escapeText(stateFile)}: ${what}`);
  }
  if (options.json === true) {
    stdout.line(documentText({ path, resolved: stateFile, written: writes, changed: !isSame, state: after }));
  } else if (options.dryRun === true) stdout.write(shownText(text));
  else stdout.path(stateFile);
  if (options.dryRun === true && options.quiet !== true) {
    stderr.line('ckpt: nothing was written, because of --dry-run');
  }
}

async function run(argument: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<StateOptions>();
  checkStateOptions(options);
  const path = pathOf(argument);
  const directory = readRun(
    path,
    options,
    options.fix === true ? 'a state file is written beside its checkpoints' : undefined,
  );
  if (options.fix === true) {
    fix(path, directory, options);
    return;
  }
  const findings = stateFindings(directory);
  if (findings.some(({ severity }) => severity === 'wrong')) currentRun().exitCode = EXIT.no;
  if (options.json === true) stdout.line(jsonOf(path, directory, findings));
  else await show(path, directory, findings, options.quiet === true);
}
