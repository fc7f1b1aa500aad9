/** Object graphs of 16 MB that nobody saved: whatever is done to them takes memory of the size of the file, with a small factor. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/checkpoints/checkpoint.ts';
import { encodeObjectGraph } from '../../src/object-graph/encode-object-graph.ts';
import { OBJECT_GRAPH_KEY } from '../../src/object-graph/object-graph-key.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { tensorOfStrings } from '../../src/tensor/tensor.ts';
import { scratch } from '../scratch.ts';
import { mapOf } from '../surgery/small-maps.ts';
import { graphOf, keysOf } from './small-graphs.ts';

const CKPT = join(import.meta.dirname, '../../bin/ckpt.js');
const BYTES = 16_000_000;
const MOST_KILOBYTES = 300 * 1024;

/** Runs a command in a process of its own; returns its exit code, and how much memory it held at most. */
function run(args: readonly string[]): { readonly code: number; readonly kilobytes: number } {
  const program = `require(${JSON.stringify(CKPT)}).main(process.argv.slice(1)).then((code) => {
    process.stdout.write('\\n' + JSON.stringify({ code, kilobytes: process.resourceUsage().maxRSS }));
    process.exit();
  })`;
  const { stdout } = spawnSync(process.execPath, ['-e', program, ...args], { encoding: 'utf8' });
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1));
}

const field = (number: number, content: Uint8Array): Buffer => {
  const length: number[] = [];
  for (let rest = content.length; rest > 0 || length.length === 0; rest = Math.floor(rest / 128)) {
    length.push((rest & 127) | (rest >= 128 ? 128 : 0));
  }
  return Buffer.concat([Buffer.of(number * 8 + 2, ...length), content]);
};
const repeated = (bytes: readonly number[]): Buffer => Buffer.alloc(BYTES - (BYTES % bytes.length), Buffer.from(bytes));
const texts = (count: number, make: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));
const text = (number: number, content: string): Buffer => field(number, Buffer.from(content));

/** What stands behind the objects of a small checkpoint. */
const BOMBS: Readonly<Record<string, () => Buffer>> = {
  'empty objects': () => repeated([10, 0]),
  'children without names': () => field(1, repeated([10, 0])),
  'children with names': () =>
    field(
      1,
      texts(1_000_000, (i) => field(1, text(2, `c${i}`))),
    ),
  'long names': () =>
    field(
      1,
      texts(16, (i) => field(1, text(2, `${i}${'.'.repeat(900_000)}`))),
    ),
  slots: () => field(1, repeated([26, 0])),
  'values without keys': () => field(1, repeated([18, 0])),
  'keys of nothing': () =>
    texts(200_000, (i) =>
      field(1, field(2, Buffer.concat([text(1, 'VARIABLE_VALUE'), text(3, `a/${i}/.ATTRIBUTES/VARIABLE_VALUE`)]))),
    ),
  'slots of as many optimizers as there are other values': () =>
    texts(60_000, (i) =>
      field(
        1,
        Buffer.concat([
          field(2, text(3, `a${i}/.OPTIMIZER_SLOT/o${i}/m/.ATTRIBUTES/V`)),
          field(2, text(3, `b${i}/.ATTRIBUTES/V`)),
        ]),
      ),
    ),
  'paths through a cycle': () =>
    field(
      1,
      Buffer.concat([
        field(1, text(2, 'x')),
        field(1, text(2, 'y')),
        texts(7000, (i) =>
          field(
            2,
            text(3, `${Array.from({ length: 900 }, (_, k) => 'xy'[(i >> (k % 13)) & 1]).join('/')}/.ATTRIBUTES/V`),
          ),
        ),
      ]),
    ),
};

const VARIABLES = graphOf({ model: { w: null, b: null }, opt: { iter: null } }, [['model/w', 'opt', 'm']]);

describe.each(Object.keys(BOMBS))('a graph with 16 MB of %s', (name) => {
  it.each([
    [['rename', '--add-prefix', 'x/']],
    [['rename', '--map', 'model=net/model']],
    [['rename', '--map', 'model=net', '--with-slots']],
    [['strip-optimizer']],
    [['convert', '--names']],
    [['info']],
  ])('%s', async ([command, ...options]) => {
    const directory = scratch();
    const bytes = Buffer.concat([encodeObjectGraph(VARIABLES), (BOMBS[name] as () => Buffer)()]);
    const graph = tensorOfStrings(dtypeOf('string'), [], [bytes]);
    const tensors = mapOf(...keysOf(VARIABLES)).set(OBJECT_GRAPH_KEY, graph);
    await writeCheckpoint(join(directory, 'm'), tensors);
    const writes = command === 'info' ? [] : ['-o', join(directory, 'out')];
    const { code, kilobytes } = run([command as string, join(directory, 'm'), ...options, ...writes]);
    expect([0, 1, 2]).toContain(code);
    expect(kilobytes).toBeLessThan(MOST_KILOBYTES);
  });
});
