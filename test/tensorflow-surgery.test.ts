import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../src/checkpoints/checkpoint.ts';
import { sha256Of } from '../src/inspect/digest.ts';
import { OBJECT_GRAPH_KEY } from '../src/object-graph/object-graph-key.ts';
import { ckpt, type Run, shell } from './cli/run.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';
import { HAS_ZOO, isReadable, NO_ZOO, ZOO_CHECKPOINTS } from './zoo.ts';

type Digests = Record<string, string>;

const done = ({ stderr, code }: Run): void => {
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
};

describe.skipIf(PYTHON === undefined)(`TensorFlow’s Saver${NO_PYTHON}`, () => {
  let folder: string;
  let saved: Record<string, Digests>;

  /** What `Saver({key: variable, ...})` restores, for variables of these shapes. */
  function restored(prefix: string, shapes: Record<string, readonly number[]>): Digests {
    const keys = Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, { shape }]));
    return (python('saver.py', ['restore', folder], { [prefix]: keys }) as Record<string, Digests>)[prefix] as Digests;
  }

  beforeAll(() => {
    folder = scratch();
    saved = python('saver.py', ['save', folder], null) as Record<string, Digests>;
  }, 120_000);

  it('restores `params` from a checkpoint whose `weights` a shell pipeline renamed', () => {
    const line = String.raw`ckpt list model.ckpt --names | sed 's|\(.*\)weights$|&\t\1params|;t;d' | ckpt rename model.ckpt --map - -o out.ckpt -q`;
    done(shell(line, { cwd: folder }));
    const { weights, biases } = saved['model.ckpt'] as Digests;
    expect(restored('out.ckpt', { params: [784, 200], biases: [200] })).toEqual({ params: weights, biases });
  }, 60_000);

  it.each([
    ['back under its own name', ['--map', 'my_v2=v2'], { v1: [3], v2: [5] }, ['v1', 'my_v2']],
    ['under a third one', ['--replace', 's/^my_/your_/', '--link'], { your_v2: [5] }, ['my_v2']],
  ])(
    'restores a `v2` that was saved under `my_v2`, %s',
    (title, rules, shapes, from) => {
      const out = title.replaceAll(' ', '-');
      done(ckpt(['rename', 'v2.ckpt', ...rules, '-o', out, '-q'], { cwd: folder }));
      const old = saved['v2.ckpt'] as Digests;
      const wanted = Object.fromEntries(Object.keys(shapes).map((name, i) => [name, old[from[i] as string]]));
      expect(restored(out, shapes as Record<string, number[]>)).toEqual(wanted);
    },
    60_000,
  );

  it('restores a variable renamed in place, and one of two saved under swapped names', () => {
    done(ckpt(['subset', 'six.ckpt', 'large/layer_1/', '-o', 'place.ckpt', '-q'], { cwd: folder }));
    done(ckpt(['rename', 'place.ckpt', '--add-prefix', 'net/', '--in-place', '-q'], { cwd: folder }));
    const { 'large/layer_1/weights': weights, 'large/layer_1/biases': biases } = saved['six.ckpt'] as Digests;
    expect(restored('place.ckpt', { 'net/large/layer_1/weights': [7, 7], 'net/large/layer_1/biases': [7] })).toEqual({
      'net/large/layer_1/weights': weights,
      'net/large/layer_1/biases': biases,
    });
    done(ckpt(['rename', 'v2.ckpt', '--map', 'v1=my_v2', '--map', 'my_v2=v1', '-o', 'swapped', '-q'], { cwd: folder }));
    const { v1, my_v2 } = saved['v2.ckpt'] as Digests;
    expect(restored('swapped', { v1: [5], my_v2: [3] })).toEqual({ v1: my_v2, my_v2: v1 });
  }, 60_000);

  it('restores a model of six layers whose first five are those of another', () => {
    const line =
      "ckpt rename five.ckpt --replace 's|^small/|large/|' -o renamed -q | ckpt merge - six.ckpt --on-conflict first -o patched -q";
    done(shell(line, { cwd: folder }));
    const six = saved['six.ckpt'] as Digests;
    const shapes = Object.fromEntries(Object.keys(six).map((name) => [name, name.endsWith('biases') ? [7] : [7, 7]]));
    const wanted = Object.fromEntries(
      Object.entries(six).map(([name, digest]) => [
        name,
        saved['five.ckpt']?.[name.replace('large/', 'small/')] ?? digest,
      ]),
    );
    expect(Object.keys(wanted).length).toBe(12);
    expect(restored('patched', shapes)).toEqual(wanted);
  }, 60_000);
});

/** Checkpoints of the zoo whose data is all there. */
const V2 = ZOO_CHECKPOINTS.filter((checkpoint) => checkpoint.path.endsWith('.index') && isReadable(checkpoint));

interface Written {
  readonly dtypes: Record<string, string>;
  readonly digests: Digests;
}

/** Every tensor but the object graph, which changes with the names. */
async function contentOf(prefix: string): Promise<Written> {
  const checkpoint = await openCheckpoint(prefix);
  const digests: Digests = {};
  const dtypes: Record<string, string> = {};
  for (const [name, tensor] of checkpoint.tensors) {
    if (name === OBJECT_GRAPH_KEY) continue;
    digests[name] = await sha256Of(name, tensor);
    dtypes[name] = tensor.dtype.tfName;
  }
  checkpoint.close();
  return { digests, dtypes };
}

const prefixed = (digests: Digests, prefix: string): Digests =>
  Object.fromEntries(Object.entries(digests).map(([name, digest]) => [prefix + name, digest]));

describe.skipIf(!HAS_ZOO)(`the zoo${NO_ZOO}`, () => {
  const folder = HAS_ZOO ? scratch() : '';
  const all = new Map<string, Written>();

  it.each(V2)(
    '$title survives rename and back, subset, and merge with a renamed copy of itself',
    async ({ title, path }) => {
      const cwd = join(folder, title.replace(/[^\w.-]+/g, '_'));
      mkdirSync(cwd);
      const run = (...args: string[]): void => {
        const { stdout, code } = ckpt([...args, '-q'], { cwd });
        expect({ stdout, code }).toEqual({ stdout: `${args.at(-1)}\n`, code: 0 });
      };
      const keep = async (prefix: string, wanted: Digests): Promise<void> => {
        expect(ckpt(['verify', prefix], { cwd }).code).toBe(0);
        const content = await contentOf(join(cwd, prefix));
        expect(content.digests).toEqual(wanted);
        all.set(join(cwd, prefix), content);
      };
      const before = await contentOf(path);
      const names = Object.keys(before.digests);

      run('rename', path, '--add-prefix', 'z/', '--allow-missing', '-o', 'there');
      await keep('there', prefixed(before.digests, 'z/'));
      run('rename', 'there', '--strip-prefix', 'z/', '--allow-missing', '-o', 'back');
      await keep('back', before.digests);

      run('merge', path, 'there', '--object-graph', 'first', '-o', 'merged');
      await keep('merged', { ...before.digests, ...prefixed(before.digests, 'z/') });

      if (names.length < 2) return;
      const half = names.filter((_, i) => i % 2 === 0);
      writeFileSync(join(cwd, 'half.txt'), half.join('\n'));
      run('subset', path, '--patterns-from', 'half.txt', '-o', 'half');
      await keep('half', Object.fromEntries(half.map((name) => [name, before.digests[name] as string])));
    },
  );

  it.skipIf(PYTHON === undefined)(
    `TensorFlow reads each result${NO_PYTHON}`,
    () => {
      const wanted = Object.fromEntries([...all].map(([prefix, { dtypes }]) => [prefix, dtypes]));
      const found = python('restore.py', [], wanted) as Record<string, Digests>;
      for (const [prefix, { digests }] of all) expect(found[prefix], prefix).toEqual(digests);
      expect(all.size).toBeGreaterThan(40);
    },
    300_000,
  );
});
