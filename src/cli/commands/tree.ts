/** `ckpt tree`: the scopes of a checkpoint, and what lies under each. */
import { Command, InvalidArgumentError } from 'commander';
import { openCheckpoint, type Selection, type TensorMap } from '../../index.ts';
import { RoleTotalsOf, type ScopeNode, ScopeTree, scopeTree } from '../../roles.ts';
import { isScannable, scanSelected, selected, type TensorFacts } from '../../text.ts';
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
import { documentText, subjectOf } from '../render/document.ts';
import { roleLines } from '../render/role-lines.ts';
import { describeScope, scopeLines } from '../render/scope-lines.ts';
import { roleSums, scopeJson } from '../render/summary-json.ts';
import { selectionBy, tellRoles } from '../tell-roles.ts';
import { escapeText } from '../terminal/escape.ts';
import { stdout } from '../terminal/output.ts';
import { proseLines } from '../terminal/prose.ts';
import { isTerminal, terminalWidth } from '../terminal/style.ts';

interface TreeOptions extends SelectionOptions, GlobalOptions {
  readonly depth?: number;
  readonly expand?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  ckpt tree model.ckpt-1000
  ckpt tree model.ckpt-1000 --depth 2
  ckpt tree model.ckpt-1000 'encoder/**' --expand`;

function depthArgument(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.');
  return Number(text);
}

export function treeCommand(): Command {
  const command = new Command('tree')
    .argument('<checkpoint>', CHECKPOINT_ARGUMENT)
    .argument('[patterns...]', PATTERNS_ARGUMENT)
    .option('--depth <n>', 'show this many levels of scopes', depthArgument)
    .option('--expand', 'show every layer: do not fold runs that look alike')
    .option('--json', 'one JSON document')
    .addHelpText('after', EXAMPLES);
  return withSelection(command).action(run);
}

/** The tree of what a selection takes, in one walk where names come in order; `visit` is shown each tensor. */
function treeOf(
  selection: Selection,
  tensors: TensorMap,
  fold: boolean,
  visit: (facts: TensorFacts) => void,
): ScopeNode {
  if (!isScannable(tensors)) {
    scanSelected(selection, tensors, visit);
    return scopeTree(selected(selection, tensors), fold);
  }
  const tree = new ScopeTree(fold);
  scanSelected(selection, tensors, (facts) => {
    tree.add(facts);
    visit(facts);
  });
  return tree.root();
}

async function run(path: string, patterns: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<TreeOptions>();
  const requested = selectionOf(patterns, options);
  const given = pathOf(path);
  const checkpoint = await openCheckpoint(given, { format: options.format });
  printNotes(checkpoint.notes, options);
  const roles = await tellRoles(checkpoint, options);
  const selection = await selectionBy(requested, roles, checkpoint, options);
  const { path: prefix, tensors } = checkpoint;
  const fold = options.expand !== true;
  const totals = new RoleTotalsOf(roles);
  const tree = treeOf(selection, tensors, fold, (facts) => totals.add(facts));
  const summary = totals.summary();
  if (options.json === true) {
    stdout.line(documentText({ ...subjectOf(given, checkpoint), root: scopeJson(tree), ...roleSums(summary) }));
    return;
  }
  const width = isTerminal('stdout') ? terminalWidth() : undefined;
  const lines = scopeLines(tree, options.depth ?? Number.POSITIVE_INFINITY, { expand: options.expand === true, width });
  const head = proseLines(`${escapeText(prefix)}  ${describeScope(tree)}`);
  const sums = roleLines(summary, roles).flatMap((line) => proseLines(line));
  for (const line of [...head, ...lines, ...sums]) stdout.line(line);
}
