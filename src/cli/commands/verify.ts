/** `ckpt verify`: is every byte as it was written? */
import { Command } from 'commander';
import { locate } from '../../history.ts';
import { type Finding, type FormatName, type VerifyTotals, verifyCheckpoint } from '../../index.ts';
import { shellWord } from '../../text.ts';
import { eachPath, joinedJson } from '../each-path.ts';
import { EXIT } from '../exit-codes.ts';
import { CHECKPOINT_ARGUMENT, type GlobalOptions, printNotes } from '../options.ts';
import { documentText } from '../render/document.ts';
import { findingLines } from '../render/finding-lines.ts';
import { atLeast } from '../run.ts';
import { escapeCommand, escapeText } from '../terminal/escape.ts';
import { formatBytes, plural } from '../terminal/numbers.ts';
import { stderr, stdout } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';
import { proseLines } from '../terminal/prose.ts';

interface VerifyCommandOptions extends GlobalOptions {
  readonly json?: boolean;
}

const EXAMPLES = `
Findings of one file that are alike are one line; --verbose gives each its own.
Of several paths each has its verdict, and the exit code is the worst.

--json has every finding, and of several paths a document for each, under
"checkpoints" (docs/json.md).

Examples:
  ckpt verify model.ckpt-1000
  ckpt verify run/model.ckpt-*.index
  ckpt verify model.ckpt-1000 --json
  ckpt verify saved_model/ && cp -r saved_model/ /backup`;

export function verifyCommand(): Command {
  return new Command('verify')
    .argument('<checkpoint...>', CHECKPOINT_ARGUMENT)
    .option('--json', 'one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

/** The keys of a finding always come in one order. */
function inOrder({ kind, severity, message, path, tensor, offset, expected, found }: Finding): Finding {
  return { kind, severity, message, path, tensor, offset, expected, found };
}

/** What a check of one checkpoint came to. */
interface Verdict extends VerifyTotals {
  /** As it was given, and what that leads to. */
  readonly path: string;
  readonly resolved: string;
  readonly format: FormatName;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
}

async function check(path: string, options: VerifyCommandOptions): Promise<Verdict> {
  const { prefix, format, notes } = locate(path, { format: options.format });
  printNotes(notes, options);
  const progress = new Progress('verifying', options.progress !== false && options.quiet !== true);
  const totals = { tensors: 0, bytes: 0, files: 0 };
  const findings: Finding[] = [];
  const onProgress = (at: { bytesDone: number; bytesTotal: number }): void =>
    progress.update(at.bytesDone, at.bytesTotal);
  try {
    for await (const finding of verifyCheckpoint(prefix, { onProgress, totals, format: options.format })) {
      findings.push(finding);
    }
  } finally {
    progress.end();
  }
  return { path, resolved: prefix, format, ok: damageOf(findings) === 0, ...totals, findings };
}

const damageOf = (findings: readonly Finding[]): number =>
  findings.filter(({ severity }) => severity === 'damage').length;

function documentOf({ path, resolved, format, ok, tensors, bytes, files, findings }: Verdict): string {
  const counts = { tensorCount: tensors, bytes, fileCount: files };
  return documentText({ path, resolved, format, ...counts, findings: findings.map(inOrder) }, ok);
}

function tell({ resolved, ok, tensors, bytes, findings }: Verdict, options: VerifyCommandOptions): void {
  const lines = findingLines(findings, options.verbose === true);
  for (const line of [...lines].flatMap((text) => proseLines(text))) stdout.line(line);
  const subject = escapeText(resolved);
  const sound = `${subject}: sound: ${plural(tensors, 'tensor')}, ${formatBytes(bytes)} checked`;
  if (ok) for (const line of proseLines(sound)) stdout.line(line);
  else if (options.quiet !== true) {
    const damage = plural(damageOf(findings), 'finding');
    stderr.line(`${subject}: damaged: ${damage}; ckpt doctor ${escapeCommand(shellWord(resolved))} says what helps`);
  }
}

async function run(paths: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<VerifyCommandOptions>();
  const documents = await eachPath(paths, async (path) => {
    const verdict = await check(path, options);
    if (!verdict.ok) atLeast(EXIT.no);
    if (options.json !== true) tell(verdict, options);
    return options.json === true ? documentOf(verdict) : '';
  });
  if (options.json === true) stdout.line(joinedJson(documents));
}
