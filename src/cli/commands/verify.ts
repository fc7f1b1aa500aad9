/** `ckpt verify`: is every byte as it was written? */
import { Command } from 'commander';
import { locate } from '../../history.ts';
import { type Finding, verifyCheckpoint } from '../../index.ts';
import { EXIT } from '../exit-codes.ts';
import { CHECKPOINT_ARGUMENT, type GlobalOptions, pathOf, printNotes } from '../options.ts';
import { currentRun } from '../run.ts';
import { escapeText, jsonText } from '../terminal/escape.ts';
import { formatBytes, plural } from '../terminal/numbers.ts';
import { stderr, stdout } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';

interface VerifyCommandOptions extends GlobalOptions {
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  ckpt verify model.ckpt-1000
  ckpt verify model.ckpt-1000 --json
  ckpt verify saved_model/ && cp -r saved_model/ /backup`;

export function verifyCommand(): Command {
  return new Command('verify')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .option('--json', 'one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

/** Where it is; some messages say so themselves. */
function placeOf({ message, path, offset }: Finding): string {
  if (path === undefined || message.startsWith(path)) return '';
  return offset === undefined ? `${path}: ` : `${path} at ${offset}: `;
}

function subjectOf({ kind, message, tensor }: Finding): string {
  const said = tensor === undefined || kind === 'orphan-slice' || message.startsWith(`tensor ${tensor}`);
  return said ? '' : `tensor ${tensor}: `;
}

/** The keys of a finding always come in one order. */
function inOrder({ kind, severity, message, path, tensor, offset, expected, found }: Finding): Finding {
  return { kind, severity, message, path, tensor, offset, expected, found };
}

function lineOf(finding: Finding): string {
  const { expected, found, message, severity, kind } = finding;
  const pair = expected === undefined ? '' : ` (expected ${expected}${found === undefined ? '' : `, found ${found}`})`;
  const text = escapeText(`${placeOf(finding)}${subjectOf(finding)}${message}${pair}`);
  return `${severity === 'note' ? 'note: ' : ''}${text} [${kind}]`;
}

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<VerifyCommandOptions>();
  const { prefix, notes } = locate(pathOf(path), { format: options.format });
  printNotes(notes, options);
  const progress = new Progress('verifying', options.progress !== false && options.quiet !== true);
  const totals = { tensors: 0, bytes: 0, files: 0 };
  const findings: Finding[] = [];
  const onProgress = (at: { bytesDone: number; bytesTotal: number }): void =>
    progress.update(at.bytesDone, at.bytesTotal);
  for await (const finding of verifyCheckpoint(prefix, { onProgress, totals, format: options.format })) {
    progress.end();
    findings.push(finding);
    if (options.json !== true) stdout.line(lineOf(finding));
  }
  progress.end();
  const damage = findings.filter(({ severity }) => severity === 'damage').length;
  if (damage > 0) currentRun().exitCode = EXIT.no;
  if (options.json === true) {
    stdout.line(jsonText({ path: prefix, ok: damage === 0, ...totals, findings: findings.map(inOrder) }));
  } else if (damage === 0) {
    stdout.line(
      `${escapeText(prefix)}: sound: ${plural(totals.tensors, 'tensor')}, ${formatBytes(totals.bytes)} checked`,
    );
  } else if (options.quiet !== true) {
    const path = escapeText(prefix);
    stderr.line(`${path}: damaged: ${plural(damage, 'finding')}; ckpt doctor ${path} says what helps`);
  }
}
