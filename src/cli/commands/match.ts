/** `ckpt match`: which tensor of one checkpoint is which of another, as a list that `rename --map` takes. */
import { Command, Option } from 'commander';
import { furtherNamesOf, OBJECT_GRAPH_KEY } from '../../graph.ts';
import { type OpenedCheckpoint, openCheckpoint, sha256Of, type Tensor, UnsupportedError } from '../../index.ts';
import { formatShape, MATCH_EVIDENCE, type MatchEvidence, type MatchFacts, matchNames, TextSet } from '../../text.ts';
import type { GlobalOptions } from '../options.ts';
import { pathOf } from '../options.ts';
import { documentText, subjectOf } from '../render/document.ts';
import { tellRoles } from '../tell-roles.ts';
import { escapeName, escapeText } from '../terminal/escape.ts';
import { stderr, stdout } from '../terminal/output.ts';
import { Progress } from '../terminal/progress.ts';

interface MatchOptions extends GlobalOptions {
  readonly json?: boolean;
  readonly minEvidence: MatchEvidence;
}

const EXAMPLES = `
Each line has a name of A, the name of B, and how that is known:
  content  dtype, shape and content are the same
  name     of its dtype, shape and role the most alike: words, order of layers
  shape    the only one left of its dtype, shape and role on both sides
  guess    one of several left, by what names and their order give
Slots and moving averages of a variable are those of the one that it is. Names
without a match go to stderr. Of one dtype, shape and role up to 500 are
assigned at once; of more, the names without their numbers are, and the numbers
say which is which.

Examples:
  ckpt match old.ckpt new.ckpt
  ckpt match old.ckpt model.safetensors --min-evidence name
  ckpt match old.ckpt new.ckpt | ckpt rename old.ckpt --map - -o renamed.ckpt`;

export function matchCommand(): Command {
  return new Command('match')
    .argument('<a>', 'the checkpoint whose names are to change, given as in ckpt list')
    .argument('<b>', 'the checkpoint, of any format, that has the names wanted')
    .addOption(
      new Option('--min-evidence <kind>', 'only lines known at least so well').choices(MATCH_EVIDENCE).default('guess'),
    )
    .option('--json', 'one JSON document, with what has no match')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(a: string, b: string, _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<MatchOptions>();
  const given = [pathOf(a), pathOf(b)] as const;
  const from = await openCheckpoint(given[0]);
  const to = await openCheckpoint(given[1]);
  const [factsA, factsB] = await factsOf(from, to, options);
  const most = MATCH_EVIDENCE.indexOf(options.minEvidence);
  const matches = matchNames(factsA, factsB).filter(({ evidence }) => MATCH_EVIDENCE.indexOf(evidence) <= most);
  const unmatched = {
    a: without(factsA, new TextSet(matches.map((match) => match.from))),
    b: without(factsB, new TextSet(matches.map((match) => match.to))),
  };
  if (options.json === true) {
    const pairs = matches.map((match) => ({ from: match.from, to: match.to, evidence: match.evidence }));
    const subjects = { a: subjectOf(given[0], from), b: subjectOf(given[1], to) };
    stdout.line(documentText({ ...subjects, pairs, unmatched }));
  } else for (const match of matches) stdout.line([field(match.from), field(match.to), match.evidence].join('\t'));
  if (options.quiet !== true && options.json !== true) {
    tellUnmatched(unmatched.a, from.path);
    tellUnmatched(unmatched.b, to.path);
  }
  from.close();
  to.close();
}

/** A name as a list of names has it; one that starts like a remark is none. */
const field = (name: string): string => escapeName(name).replace(/^#/, '\\x23');

const without = (facts: readonly MatchFacts[], matched: ReadonlySet<string>): string[] =>
  facts.map(({ name }) => name).filter((name) => !matched.has(name));

function tellUnmatched(names: readonly string[], path: string): void {
  for (const name of names) stderr.line(`ckpt: ${escapeText(path)}: ${escapeText(name)} has no match`);
}

const kindOf = ({ dtype, shape }: Tensor): string => `${dtype.name} ${formatShape(shape)}`;

/** What matching looks at, of both; only tensors whose dtype and shape the other one has are read. */
async function factsOf(
  a: OpenedCheckpoint,
  b: OpenedCheckpoint,
  options: MatchOptions,
): Promise<[MatchFacts[], MatchFacts[]]> {
  const kinds = [a, b].map(({ tensors }) => new Set([...tensors.values()].map(kindOf)));
  const isRead = (tensor: Tensor): boolean =>
    tensor.dtype.kind !== 'variant' &&
    !(tensor.problem instanceof UnsupportedError) &&
    kinds.every((known) => known.has(kindOf(tensor)));
  const progress = new Progress('reading', options.progress !== false && options.quiet !== true);
  const total = [a, b]
    .flatMap(({ tensors }) => [...tensors.values()].filter(isRead))
    .reduce((sum, { byteLength }) => sum + byteLength, 0);
  let done = 0;
  const ofOne = async (checkpoint: OpenedCheckpoint): Promise<MatchFacts[]> => {
    const { roleOf } = await tellRoles(checkpoint, options);
    const others = await furtherNamesOf(checkpoint.tensors);
    const facts: MatchFacts[] = [];
    for (const [name, tensor] of checkpoint.tensors) {
      if (name === OBJECT_GRAPH_KEY) continue;
      const digest = isRead(tensor) ? await sha256Of(name, tensor) : undefined;
      if (digest !== undefined) done += tensor.byteLength;
      progress.update(done, total);
      const { role, of, slot } = roleOf(name, tensor);
      const called = others?.fullNameOf(name) || undefined;
      facts.push({ name, called, dtype: tensor.dtype.name, shape: tensor.shape, role, of, slot, digest });
    }
    return facts;
  };
  const both: [MatchFacts[], MatchFacts[]] = [await ofOne(a), await ofOne(b)];
  progress.end();
  return both;
}
