/** `ckpt verify`: is every byte as it was written? */
import { Command } from 'commander';
import { type Finding, locate, verifyCheckpoint } from '../../index.ts';
import { EXIT } from '../exit-codes.ts';
import { CHECKPOINT_ARGUMENT, type GlobalOptions, pathOf } from '../options.ts';
import { escapeText } from '../terminal/escape.ts';
import { formatBytes, plural } from '../terminal/numbers.ts';
import { stderr, stdout } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';
import { isTerminal } from '../terminal/style.ts';

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

function lineOf(finding: Finding): string {
  const where =
    finding.path === undefined
      ? ''
      : `${escapeText(finding.path)}${finding.offset === undefined ? '' : ` at ${finding.offset}`}: `;
  const pair =
    finding.expected === undefined
      ? ''
      : ` (expected ${finding.expected}${finding.found === undefined ? '' : `, found ${finding.found}`})`;
  return `${finding.severity === 'note' ? 'note: ' : ''}${where}${escapeText(finding.message)}${pair} [${finding.kind}]`;
}

async function run(path: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<VerifyCommandOptions>();
  const { prefix, notes } = locate(pathOf(path));
  if (options.quiet !== true) for (const note of notes) stderr.line(`ckpt: ${escapeText(note)}`);
  const progress = new Progress(
    'verifying',
    isTerminal('stderr') && options.progress !== false && options.quiet !== true,
  );
  const totals = { tensors: 0, bytes: 0, files: 0 };
  const findings: Finding[] = [];
  const onProgress = (at: { bytesDone: number; bytesTotal: number }): void =>
    progress.update(at.bytesDone, at.bytesTotal);
  for await (const finding of verifyCheckpoint(prefix, { onProgress, totals })) {
    progress.end();
    findings.push(finding);
    if (options.json !== true) stdout.line(lineOf(finding));
  }
  progress.end();
  const damage = findings.filter(({ severity }) => severity === 'damage').length;
  if (damage > 0) process.exitCode = EXIT.no;
  if (options.json === true) stdout.line(JSON.stringify({ path: prefix, ok: damage === 0, ...totals, findings }));
  else if (damage === 0) {
    stdout.line(
      `${escapeText(prefix)}: sound: ${plural(totals.tensors, 'tensor')}, ${formatBytes(totals.bytes)} checked`,
    );
  } else if (options.quiet !== true) stderr.line(`${escapeText(prefix)}: damaged: ${plural(damage, 'finding')}`);
}
