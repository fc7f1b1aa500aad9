/**
 * The bench: measures `ckpt` against the limits that it is held to, every number and its baseline by turns in one run, and
 * says of each limit whether it is met. Only ratios of one run mean anything; times alone tell more of the machine.
 *
 *     node bench/bench.mjs [--only NAME] [--rounds N] [--quick] [--markdown] [--root DIR] [--clean]
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Bench, ROOT } from './bench-run.mjs';
import { machineSentence } from './environment.mjs';
import { edits } from './groups/edits.mjs';
import { engine } from './groups/engine.mjs';
import { formats } from './groups/formats.mjs';
import { graphs } from './groups/graphs.mjs';
import { index } from './groups/index.mjs';
import { patterns } from './groups/patterns.mjs';
import { print } from './groups/print.mjs';
import { startUp } from './groups/start-up.mjs';
import { surgery } from './groups/surgery.mjs';
import { tensorflow } from './groups/tensorflow.mjs';
import { terminal } from './groups/terminal.mjs';
import { values } from './groups/values.mjs';
import { verify } from './groups/verify.mjs';
import { failed, isMet, reportText, skipped } from './report.mjs';
import { NoRoom, removeScratch } from './scratch.mjs';

const GROUPS = [
  startUp,
  terminal,
  index,
  graphs,
  patterns,
  verify,
  print,
  surgery,
  values,
  edits,
  formats,
  engine,
  tensorflow,
];

const HELP = `node bench/bench.mjs [options]      (build first: npm run build)

  --only NAME   only this group, repeatable: ${GROUPS.map(({ name }) => name).join(', ')}
  --rounds N    rounds of every case, in place of 31 for start-up, 7 for large files, 3 with TensorFlow
  --quick       smaller sizes and few rounds: shows that the bench works, and proves nothing
  --markdown    the table in Markdown
  --root DIR    measure the ckpt that is built in another folder
  --clean       remove the checkpoints that were made for measuring, and do nothing else

CKPT_TENSORFLOW_PYTHON may name a python with TensorFlow, to be measured on the same files.
The checkpoints take 5.3 GiB of the folder for temporary files. As root, caches are dropped on the way.
Exit code 1 when a case fails or, without --quick, a limit is missed.
`;

const OPTIONS = {
  only: { type: 'string', multiple: true },
  rounds: { type: 'string' },
  quick: { type: 'boolean', default: false },
  markdown: { type: 'boolean', default: false },
  root: { type: 'string', default: ROOT },
  clean: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

function chosenGroups(only) {
  const unknown = only?.find((name) => !GROUPS.some((group) => group.name === name));
  if (unknown !== undefined) throw new Error(`there is no group ${unknown}; see --help`);
  return only === undefined ? GROUPS : GROUPS.filter(({ name }) => only.includes(name));
}

function roundsOf(text) {
  if (text === undefined) return undefined;
  const rounds = Number(text);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a whole number of at least 1');
  return rounds;
}

async function rowsOf(group, bench) {
  process.stderr.write(`${group.name} ...\n`);
  try {
    return await group.rows(bench);
  } catch (error) {
    if (error instanceof NoRoom) return [skipped(group.name, error.message)];
    process.stderr.write(`${error.stack}\n`);
    return [failed(group.name, error.message.split('\n')[0])];
  }
}

/** Whether the run shows something wrong: a group that broke off or, where the sizes are the real ones, a missed limit. */
function isBad(row, quick) {
  return row.failed === true || (!quick && isMet(row) === false);
}

async function main() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) return process.stdout.write(HELP);
  if (values.clean) return removeScratch();
  if (!existsSync(join(values.root, 'dist/index.js'))) throw new Error('nothing is built yet: npm run build');
  const bench = new Bench(values.root, { quick: values.quick, rounds: roundsOf(values.rounds) });
  bench.note(machineSentence());
  const rows = [];
  for (const group of chosenGroups(values.only)) rows.push(...(await rowsOf(group, bench)));
  process.stdout.write(reportText(rows, bench.closingNotes(), values.markdown));
  if (rows.some((row) => isBad(row, values.quick))) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}
