/** `ckpt tree`: the scopes of a checkpoint, and what lies under each. */
import { Command, InvalidArgumentError } from 'commander';
import { openCheckpoint, type Selection, type TensorMap } from '../../index.ts';
import { RoleTotalsOf, type ScopeNode, ScopeTree, scopeTree } from '../../roles.ts';
import { formatShape, isScannable, scanSelected, selected, type TensorFacts } from '../../text.ts';
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
import { roleSums, scopeJson } from '../render/summary-json.ts';
import { selectionBy, tellRoles } from '../tell-roles.ts';
import { escapeText } from '../terminal/escape.ts';
import { formatBytes, formatCount, groupDigits, plural } from '../terminal/numbers.ts';
import { stdout } from '../terminal/output.ts';
import { padText, textWidth } from '../terminal/text-width.ts';

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

interface TreeLine {
  readonly left: string;
  readonly right: string;
}

/** A scope that holds nothing but one scope or tensor shares its line. */
function joined(node: ScopeNode): ScopeNode {
  const [only, ...others] = node.children;
  if (only === undefined || others.length > 0 || node.dtype !== undefined) return node;
  if (node.times > 1 && only.times > 1) return node;
  return joined({ ...only, label: `${node.label}/${only.label}`, times: node.times * only.times });
}

function describe(node: ScopeNode): string {
  const size = formatBytes(node.bytes * node.times);
  const count = plural(formatCount(node.parameters * node.times), 'parameter');
  const tensor = node.dtype === undefined ? undefined : `${node.dtype}${formatShape(node.shape ?? [])}`;
  // A name may be a tensor's and a scope's at once.
  const what = tensor === undefined ? count : node.children.length === 0 ? tensor : `${count} with its own ${tensor}`;
  return node.times > 1 ? `${what}, ${size} (${groupDigits(node.times)} alike)` : `${what}, ${size}`;
}

function* linesOf(node: ScopeNode, indent: string, depth: number, expand: boolean): Generator<TreeLine> {
  if (depth === 0) return;
  for (const [i, plain] of node.children.entries()) {
    const child = expand ? plain : joined(plain);
    const last = i === node.children.length - 1;
    const slash = child.children.length > 0 ? '/' : '';
    yield { left: `${indent}${last ? '└─ ' : '├─ '}${escapeText(child.label)}${slash}`, right: describe(child) };
    yield* linesOf(child, `${indent}${last ? '   ' : '│  '}`, depth - 1, expand);
  }
}

/** The deepest left part that still counts for where the right part starts. */
const WIDEST_LEFT = 60;

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
  const lines = [...linesOf(tree, '', options.depth ?? Number.POSITIVE_INFINITY, options.expand === true)];
  const width = lines.reduce((most, { left }) => Math.max(most, Math.min(textWidth(left), WIDEST_LEFT)), 0);
  stdout.line(`${escapeText(prefix)}  ${describe(tree)}`);
  for (const { left, right } of lines) stdout.line(`${padText(left, width)}  ${right}`);
  for (const line of roleLines(summary, roles)) stdout.line(line);
}
