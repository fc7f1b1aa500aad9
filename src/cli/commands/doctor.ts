/** `ckpt doctor`: what is wrong with a path, why, and the command that helps; with --salvage, what is sound of it. */
import { Command } from 'commander';
import { formatOf } from '../../history.ts';
import { type Diagnosis, diagnose, type Examination, UsageError } from '../../index.ts';
import { EXIT } from '../exit-codes.ts';
import { CHECKPOINT_ARGUMENT, pathOf } from '../options.ts';
import { documentText } from '../render/document.ts';
import { currentRun } from '../run.ts';
import { runSalvage, type SalvagingOptions } from '../salvage.ts';
import { escapeCommand, escapeText } from '../terminal/escape.ts';
import { formatBytes, plural } from '../terminal/numbers.ts';
import { stdout } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';
import { proseLines } from '../terminal/prose.ts';
import { withWriting } from '../write-options.ts';

interface DoctorOptions extends SalvagingOptions {
  readonly salvage?: boolean;
}

const EXAMPLES = `
Examples:
  ckpt doctor model.ckpt-1000
  ckpt doctor downloads/ --json
  ckpt doctor model.ckpt-1000 --salvage -o saved.ckpt --dry-run
  ckpt doctor model.ckpt-1000 --salvage -o saved.ckpt`;

export function doctorCommand(): Command {
  const command = new Command('doctor')
    .argument('<path>', CHECKPOINT_ARGUMENT)
    .option('--salvage', 'write the tensors that are sound to the checkpoint named by --output')
    .option(
      '--unproven-names',
      'with --salvage: also what lies in damaged parts of an index and has the right content, though nothing vouches for its name',
    )
    .addHelpText('after', EXAMPLES);
  withWriting(command).action(run);
  for (const option of command.options) if (option.long === '--json') option.description = 'one JSON document';
  return command;
}

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<DoctorOptions>();
  if (options.salvage === true) {
    await runSalvage(path, options);
    return;
  }
  if (options.output !== undefined || options.dryRun === true || options.unprovenNames === true) {
    throw new UsageError('doctor writes with --salvage alone: ckpt doctor PATH --salvage -o OUT');
  }
  const progress = new Progress('examining', options.progress !== false && options.quiet !== true);
  const onProgress = (at: { bytesDone: number; bytesTotal: number }): void =>
    progress.update(at.bytesDone, at.bytesTotal);
  const examination = await diagnose(pathOf(path), { onProgress, format: options.format }).finally(() =>
    progress.end(),
  );
  if (!examination.healthy) currentRun().exitCode = EXIT.no;
  if (options.json === true) stdout.line(documentText(examinationJson(examination)));
  else for (const line of linesOf(examination, options.verbose === true)) stdout.line(line);
}

function examinationJson({ path, checkpoint, contents, diagnoses }: Examination): object {
  const counts = contents && {
    format: contents.format,
    tensorCount: contents.tensors,
    bytes: contents.bytes,
    fileCount: contents.files,
  };
  return { path, resolved: checkpoint ?? null, ...counts, diagnoses };
}

/** That a path is one of the usual forms says nothing new: the line above names what it leads to. */
function isUsual({ code }: Diagnosis, { path }: Examination): boolean {
  return code === 'path-form' && path === path.trimEnd();
}

/** What was found, one paragraph a problem. */
function linesOf(examination: Examination, all: boolean): string[] {
  const { diagnoses, healthy, path } = examination;
  const head = healthy ? proseLines(healthyLine(examination)) : [];
  const subject = escapeText(path);
  const title = healthy
    ? []
    : [`${subject}: ${plural(diagnoses.filter(({ severity }) => severity === 'problem').length, 'problem')}`];
  const told = diagnoses.filter((one) => all || !isUsual(one, examination));
  return [...head, ...title, ...told.flatMap(paragraph)];
}

function healthyLine({ path, checkpoint, contents }: Examination): string {
  const subject = escapeText(checkpoint ?? path);
  if (contents === undefined) return `${subject}: nothing is wrong`;
  const { format, tensors, bytes, files } = contents;
  const { can, title } = formatOf(format);
  const kind = can.tensorflow ? `a ${title} checkpoint` : title;
  const what = `${kind} of ${plural(tensors, 'tensor')} (${formatBytes(bytes)}) in ${plural(files, 'file')}`;
  const proof = can.checksums ? 'every checksum is right' : 'every byte has its place (there are no checksums)';
  return `${subject}: healthy: ${what}; ${proof}`;
}

/** What stands before a cause or a remedy, without the indent. */
const LABEL = 'remedy  '.length;

function paragraph({ code, severity, found, cause, remedy, commands }: Diagnosis): string[] {
  const lead = severity === 'note' ? 'note: ' : '';
  return [
    '',
    ...proseLines(`${lead}${escapeText(found)} [${code}]`),
    ...proseLines(`  cause   ${escapeText(cause)}`, 'stdout', LABEL),
    ...proseLines(`  remedy  ${escapeText(remedy)}`, 'stdout', LABEL),
    ...commands.map((line) => `          ${escapeCommand(line)}`),
  ];
}
