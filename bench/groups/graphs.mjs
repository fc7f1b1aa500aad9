/**
 * The checkpoints that TensorFlow normally writes: with a `.meta` beside them, or with an object graph in them. A listing must
 * not wait for what it does not ask; and what goes through a million tensors stands against reading their index.
 */
import { comparison } from '../report.mjs';

const READ = 'for (const path of process.argv.slice(1)) require("fs").readFileSync(path)';
const GLOB = '**/attention/**';

/** BERT-large as its training leaves it, and a small model; each with and without its .meta. */
function metaRows(bench) {
  const cases = [
    { id: 'bert', layers: 24, nodes: 10_500, name: '1 195 tensors, a `.meta` of 7 MB' },
    { id: 'small', layers: 1, nodes: 55, name: '49 tensors, a `.meta` of 160 kB' },
  ].map((one) => ({
    ...one,
    graph: bench.scratch.metaGraph(`${one.id}-meta`, one.layers, one.nodes, true),
    bare: bench.scratch.metaGraph(`${one.id}-bare`, one.layers, one.nodes, false),
  }));
  const job = (id, prefix) => ({ id, command: bench.ckpt('list', prefix), stdout: bench.pipe });
  const jobs = cases.flatMap(({ id, graph, bare }) => [job(id, graph), job(`${id} bare`, bare)]);
  const times = bench.time([{ id: 'node', command: bench.node('0'), stdout: bench.pipe }, ...jobs], bench.rounds.small);
  const row = ({ id, name }, than, limit) =>
    comparison({
      name: `\`list\`, ${name}`,
      ours: times.get(id).median,
      baseline: times.get(than).median,
      than: than === 'node' ? 'node -e 0' : 'the same without it',
      limit: { atMost: limit },
    });
  const [bert, small] = cases;
  return [row(bert, 'bert bare', 1.5), row(bert, 'node', 4), row(small, 'node', 1.8)];
}

function countText(count) {
  return count.toLocaleString('en-US').replaceAll(',', ' ');
}

/** What goes through all tensors, against reading what it must read. */
function objectRows(bench, count, { hasGraph }) {
  const prefix = bench.scratch.objects(count, hasGraph);
  const files = [`${prefix}.index`, ...(hasGraph ? [`${prefix}.pb`] : [])];
  const cases = [
    ['--tsv', ['list', prefix, '--tsv'], 12],
    ['--json', ['list', prefix, '--json'], 22],
    [`with a glob`, ['list', prefix, '--tsv', GLOB], 12],
  ];
  const times = bench.time(
    [
      { id: 'read', command: [process.execPath, '-e', READ, ...files], stdout: bench.pipe },
      ...cases.map(([id, args]) => ({ id, command: bench.ckpt(...args), stdout: bench.pipe })),
    ],
    bench.rounds.slow,
  );
  const what = hasGraph ? 'with their object graph' : 'by their keys';
  return cases.map(([id, , limit]) =>
    comparison({
      name: `\`list ${id}\`, ${countText(count)} object-based tensors ${what}`,
      ours: times.get(id).median,
      baseline: times.get('read').median,
      than: 'node, reading them',
      limit: { atMost: limit },
    }),
  );
}

function manyRows(bench, count) {
  const prefix = bench.scratch.manyTensors(count);
  const output = bench.scratch.path('stripped');
  const job = (id, ...args) => ({ id, command: bench.ckpt(...args), stdout: bench.pipe });
  const times = bench.time(
    [
      { id: 'read', command: [process.execPath, '-e', READ, `${prefix}.index`], stdout: bench.pipe },
      job('list', 'list', prefix, '--tsv'),
      job('strip', 'strip-optimizer', prefix, '--dry-run', '-o', output),
      job('info', 'info', prefix),
      job('tree', 'tree', prefix),
    ],
    bench.rounds.slow,
  );
  const row = (id, name, than, words, limit) =>
    comparison({
      name: `\`${name}\`, ${countText(count)} tensors`,
      ours: times.get(id).median,
      baseline: times.get(than).median,
      than: words,
      limit: { atMost: limit },
    });
  return [
    row('strip', 'strip-optimizer --dry-run', 'list', '`list --tsv`', 3),
    row('info', 'info', 'read', 'node, reading the file', 15),
    row('tree', 'tree', 'read', 'node, reading the file', 15),
  ];
}

export const graphs = {
  name: 'graphs',
  rows(bench) {
    const count = bench.sizes.tensors.at(-1);
    return [
      ...metaRows(bench),
      ...objectRows(bench, count, { hasGraph: false }),
      ...objectRows(bench, Math.min(count, 100_000), { hasGraph: true }),
      ...manyRows(bench, count),
    ];
  },
};
