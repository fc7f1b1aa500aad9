/** `ckpt info`: one screen about a checkpoint. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { formatOf } from '../../history.ts';
import { openCheckpoint, type Roles, type Summary, summaryOf } from '../../index.ts';
import { type RoleSummary, RoleTotalsOf } from '../../roles.ts';
import { shellWord } from '../../text.ts';
import { eachPath, joinedJson } from '../each-path.ts';
import { CHECKPOINT_ARGUMENT, type GlobalOptions, GRAPH_OPTION, printNotes } from '../options.ts';
import type { readRecord, WriteRecord } from '../record.ts';
import { WIDEST_COLUMN } from '../render/columns.ts';
import { documentText, type Subject, subjectOf } from '../render/document.ts';
import { optimizerTexts, rolePairs, weightPairs } from '../render/role-lines.ts';
import { roleSums, summaryJson } from '../render/summary-json.ts';
import { tellRoles } from '../tell-roles.ts';
import { escapeText, jsonString } from '../terminal/escape.ts';
import { formatBytes, formatCount, groupDigits, plural } from '../terminal/numbers.ts';
import { stdout } from '../terminal/output.ts';
import { proseLines } from '../terminal/prose.ts';
import { shortNames } from '../terminal/short-names.ts';
import { isTerminal, terminalWidth } from '../terminal/style.ts';
import { padText, textWidth } from '../terminal/text-width.ts';

interface InfoOptions extends GlobalOptions {
  readonly json?: boolean;
  readonly graph?: string;
}

const EXAMPLES = `
Of several paths each is told, and the exit code is the worst; --json has a
document for each, under "checkpoints" (docs/json.md).

Examples:
  ckpt info model.ckpt-1000
  ckpt info run/model.ckpt-*.index
  ckpt info saved_model/ --json
  ckpt info model.ckpt-1000 --graph exported/model.meta`;

export function infoCommand(): Command {
  return new Command('info')
    .argument('<checkpoint...>', CHECKPOINT_ARGUMENT)
    .option('--json', 'one JSON document')
    .option('--graph <file>', GRAPH_OPTION)
    .addHelpText('after', EXAMPLES)
    .action(run);
}

/** Columns of a label. */
const LABEL = 11;

/** More files than this are counted, not named. */
const MOST_FILES = 8;

/** Columns of the labels before, and of a size behind, a name. */
const BESIDE_NAME = 24;

/** How wide a name may be on a terminal; anywhere else it stands whole. */
function nameWidth(): number {
  return isTerminal('stdout') ? Math.max(terminalWidth() - BESIDE_NAME, BESIDE_NAME) : Number.POSITIVE_INFINITY;
}

/** The largest tensors, whose names are told apart where they are cut. */
function largestLines({ largest }: Summary): string[] {
  const names = shortNames(
    largest.map(({ name }) => escapeText(name)),
    nameWidth(),
  );
  return pairLines(largest.map(({ bytes }, i) => [names[i] as string, formatBytes(bytes)]));
}

/** Two words a line, the second ones below each other. */
function pairLines(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(Math.max(...pairs.map(([left]) => textWidth(left))), WIDEST_COLUMN);
  return pairs.map(([left, right]) => `${padText(left, width)}  ${right}`);
}

function fileLines({ files }: Summary): string[] {
  const lines = pairLines(
    files.slice(0, MOST_FILES).map(({ path, byteLength }) => {
      const name = escapeText(path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1));
      return [name, byteLength === undefined ? 'missing' : formatBytes(byteLength)];
    }),
  );
  const more = files.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

function graphText({ objectGraph }: Summary): string {
  if (objectGraph === undefined) return 'by variable names';
  if ('error' in objectGraph)
    return `object-based (TF2), but its graph cannot be read: ${escapeText(objectGraph.error)}`;
  return `object-based (TF2), ${plural(objectGraph.objects, 'object')}`;
}

/** What kind of checkpoint it is; only TensorFlow's have a byte order and may go by objects. */
function formatText(summary: Summary): string {
  const { can, title } = formatOf(summary.format);
  return can.tensorflow ? `TensorFlow ${title}, ${summary.byteOrder}-endian, ${graphText(summary)}` : title;
}

/** `3,500 (3.50 k)`; a count below a thousand needs no second form. */
function parametersText(count: number): string {
  return count < 1000 ? `${count}` : `${groupDigits(count)} (${formatCount(count)})`;
}

const weightParameters = ({ roles }: RoleSummary): number =>
  roles.find(({ role }) => role === 'weight')?.parameters ?? 0;

/** The parameters of the model, and apart from them what optimizers and others keep. */
function parameterCounts({ parameters }: Summary, byRole: RoleSummary): string {
  const weights = weightParameters(byRole);
  const rest = parameters - weights;
  if (rest === 0 || weights === 0) return parametersText(parameters);
  return `${parametersText(weights)} in weights, ${parametersText(rest)} in the rest`;
}

/** What the tensors are for, and who trained them. */
function roleFacts(summary: RoleSummary, roles: Roles): [string, readonly string[]][] {
  const facts: [string, readonly string[]][] = [];
  if (summary.roles.length > 0) facts.push(['roles', pairLines(rolePairs(summary))]);
  if (summary.weights.length > 0) facts.push(['weights', pairLines(weightPairs(summary, roles))]);
  if (summary.optimizers.length > 0) facts.push(['optimizer', optimizerTexts(summary)]);
  const version = roles.graph?.tensorflowVersion;
  if (version !== undefined) facts.push(['written by', [`TensorFlow ${escapeText(version)}`]]);
  return facts;
}

function factsOf(summary: Summary, byRole: RoleSummary, roles: Roles): [string, readonly string[]][] {
  const partitioned = summary.partitioned > 0 ? `, ${summary.partitioned} partitioned` : '';
  const facts: [string, readonly string[]][] = [
    ['checkpoint', [escapeText(summary.path)]],
    ['format', [formatText(summary)]],
    ['files', fileLines(summary)],
    ['tensors', [`${groupDigits(summary.tensors)}${partitioned}, ${formatBytes(summary.bytes)}`]],
    ['parameters', [parameterCounts(summary, byRole)]],
    ...roleFacts(byRole, roles),
    [
      'dtypes',
      pairLines(
        summary.dtypes.map(({ dtype, tensors, bytes }) => [
          dtype,
          `${plural(tensors, 'tensor')}, ${formatBytes(bytes)}`,
        ]),
      ),
    ],
    ['largest', largestLines(summary)],
  ];
  if (summary.step !== undefined) {
    facts.splice(3, 0, ['step', [`${summary.step.value} (${escapeText(summary.step.name)})`]]);
  }
  return facts;
}

/** How the checkpoint came to be, as its record has it. */
function recordLines({ record, isCurrent }: NonNullable<ReturnType<typeof readRecord>>): string[] {
  const { ckpt, command, inputs } = record;
  const from = inputs.map(({ path, files }) => {
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const digest = files.find(({ sha256 }) => sha256 !== undefined)?.sha256;
    return `from ${escapeText(path)}, ${formatBytes(bytes)}${digest === undefined ? '' : `, index ${escapeText(digest.slice(0, 12))}`}`;
  });
  const words = command.map((word) => escapeText(shellWord(word)));
  const stale = isCurrent ? [] : ['of another checkpoint: the index is not the one that it speaks of'];
  return [`ckpt ${escapeText(ckpt)}: ${words.join(' ')}`, ...from, ...stale];
}

/** A bigint has no JSON of its own; its digits are a number there. */
function toJson(subject: Subject, summary: Summary, byRole: RoleSummary, roles: Roles, record?: WriteRecord): string {
  const { step } = summary;
  const facts = { ...summaryJson(summary), ...roleSums(byRole), tensorflowVersion: roles.graph?.tensorflowVersion };
  const body = documentText({ ...subject, ...facts, record });
  if (step === undefined) return body;
  const text = `,"step":{"name":${jsonString(step.name)},"value":${step.value}}`;
  return body.replace(/,"ok":[a-z]+\}$/, (end) => text + end);
}

/** One screen about the checkpoint at a path, or, with `--json`, its document. */
async function look(path: string, options: InfoOptions): Promise<string> {
  const checkpoint = await openCheckpoint(path, { format: options.format });
  printNotes(checkpoint.notes, options);
  const roles = await tellRoles(checkpoint, options);
  const totals = new RoleTotalsOf(roles);
  const summary = summaryOf(checkpoint, roles.roleOf, (facts) => totals.add(facts));
  printNotes(checkpoint.sizeNotes?.() ?? [], options);
  const byRole = totals.summary();
  const recorded = existsSync(`${checkpoint.path}.ckpt.json`)
    ? (await import('../record.ts')).readRecord(checkpoint)
    : undefined;
  if (options.json === true) return toJson(subjectOf(path, checkpoint), summary, byRole, roles, recorded?.record);
  const facts = factsOf(summary, byRole, roles);
  if (recorded !== undefined) facts.push(['record', recordLines(recorded)]);
  return facts
    .flatMap(([label, values]) => values.map((value, i) => `${(i === 0 ? label : '').padEnd(LABEL)} ${value}`))
    .flatMap((line) => proseLines(line, 'stdout', LABEL + 1 - (/^ */.exec(line)?.[0].length ?? 0)))
    .join('\n');
}

async function run(paths: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<InfoOptions>();
  let told = 0;
  const documents = await eachPath(paths, async (path) => {
    const text = await look(path, options);
    if (options.json === true) return text;
    if (told++ > 0) stdout.line('');
    stdout.line(text);
    return '';
  });
  if (options.json === true) stdout.line(joinedJson(documents));
}
