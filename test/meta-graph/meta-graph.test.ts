/** Graphs of TF1 that the fixtures do not have: old files, odd constants, savers that have to be guessed, hostile bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteSource, MemorySource } from '../../src/bytes/source.ts';
import { CkptError, CorruptError, NotACheckpointError } from '../../src/errors.ts';
import type { GraphFacts } from '../../src/meta-graph/graph-facts.ts';
import { metaGraphFacts, piecesOf } from '../../src/meta-graph/meta-graph.ts';
import { readGraph } from '../../src/meta-graph/read-graph.ts';
import { BinaryMessage } from '../../src/proto/binary-message.ts';
import { definitions, encoded, stringConstant, variableNode } from '../object-graph/graph-messages.ts';

function readMetaGraph(source: ByteSource, path: string): GraphFacts {
  return { kind: 'meta', path, ...metaGraphFacts(piecesOf(BinaryMessage.of(source, path))) };
}

function read(graph: object): GraphFacts {
  return readMetaGraph(new MemorySource(encoded('MetaGraph', graph)), 'some.meta');
}

/** Key, variable and answer of each variable. */
function answers(facts: GraphFacts): [string, string, boolean | undefined][] {
  return [...facts.variables.values()].map(({ key, variableName, trainable }) => [key, variableName, trainable]);
}

const A = variableNode('a', 'VariableV2', [2]);
const B = variableNode('b', 'VarHandleOp', [3]);
const BOTH = { variables: definitions([{ variableName: 'a:0' }, { variableName: 'b:0', isResource: true }]) };
const TRAINED_A = { ...BOTH, trainable_variables: definitions([{ variableName: 'a:0' }]) };

/** Nodes of a saver in its own scope that puts tensors under keys. */
function saver(scope: string, keys: readonly string[], tensors: readonly string[]): object[] {
  return [
    stringConstant(`${scope}/SaveV2/tensor_names`, keys),
    stringConstant(
      `${scope}/SaveV2/shape_and_slices`,
      keys.map(() => ''),
    ),
    {
      name: `${scope}/SaveV2`,
      op: 'SaveV2',
      input: [`${scope}/Const`, `${scope}/SaveV2/tensor_names`, `${scope}/SaveV2/shape_and_slices`, ...tensors],
    },
    { name: `${scope}/control_dependency`, op: 'Identity', input: [`${scope}/Const`, `^${scope}/SaveV2`] },
  ];
}

describe('readMetaGraph', () => {
  it('follows the save operation of the saver, and not that of another', () => {
    const node = [
      A,
      B,
      { name: 'b/Read', op: 'ReadVariableOp', input: ['b'] },
      ...saver('save', ['x', 'y'], ['a', 'b/Read']),
      ...saver('save_1', ['b', 'a'], ['a', 'b/Read']),
    ];
    const graphOf = (saveTensorName: string): GraphFacts =>
      read({ graph: { node }, saver: { saveTensorName }, collections: TRAINED_A });
    expect(answers(graphOf('save/control_dependency:0'))).toEqual([
      ['x', 'a', true],
      ['y', 'b', false],
    ]);
    expect(answers(graphOf('save_1/control_dependency:0'))).toEqual([
      ['b', 'a', true],
      ['a', 'b', false],
    ]);
  });

  it('follows a long way to a variable once, however many tensors are saved on it', () => {
    const way = Array.from({ length: 30000 }, (_, i) => ({
      name: `n${i}`,
      op: 'Identity',
      input: [i === 0 ? 'a' : `n${i - 1}`],
    }));
    const names = way.map(({ name }) => name);
    const graph = { node: [A, ...way, ...saver('save', names, names)] };
    const saved = answers(
      read({ graph, saver: { saveTensorName: 'save/control_dependency:0' }, collections: TRAINED_A }),
    );
    expect(saved.filter(([, variable, trained]) => variable === 'a' && trained === true)).toHaveLength(names.length);
  });

  it('takes the save operation of the saver’s scope where its tensor is gone, and names where that is gone too', () => {
    const node = [A, B, ...saver('save', ['x'], ['a']), ...saver('save_1', ['y'], ['a'])];
    const keysOf = (saveTensorName: string): string[] => [
      ...read({ graph: { node }, saver: { saveTensorName }, collections: TRAINED_A }).variables.keys(),
    ];
    expect(keysOf('save_1/gone:0')).toEqual(['y', 'b']);
    expect(keysOf('elsewhere/gone:0')).toEqual(['a', 'b']);
  });

  it('reads names that stand in one constant after their lengths', () => {
    const content = Uint8Array.of(1, 3, 120, 121, 122, 122);
    const packed = {
      name: 'save/SaveV2/tensor_names',
      op: 'Const',
      attr: { value: { tensor: { shape: { dim: [{ size: 2 }] }, content } } },
    };
    const node = [A, B, ...saver('save', [], ['a', 'b']).slice(1), packed];
    expect([...read({ graph: { node }, collections: TRAINED_A }).variables.keys()]).toEqual(['x', 'yzz']);
  });

  it('reads the oldest operations', () => {
    const save = { name: 'save/save', op: 'Save', input: ['save/Const', 'save/names', 'a'] };
    const node = [variableNode('a', 'Variable', []), save, stringConstant('save/names', ['k'])];
    const facts = read({ graph: { node }, collections: TRAINED_A });
    expect(facts.variables.get('k')).toEqual({
      key: 'k',
      variableName: 'a',
      trainable: true,
      collections: ['trainable_variables', 'variables'],
      dtype: 1,
      isResource: false,
    });
  });

  it('knows variables of collections alone, where there is no graph', () => {
    expect(answers(read({ collections: TRAINED_A }))).toEqual([
      ['a', 'a', true],
      ['b', 'b', false],
    ]);
  });

  it('says that it does not know where there is no collection of trainable variables', () => {
    const facts = read({ graph: { node: [A, B] }, collections: BOTH });
    expect(answers(facts)).toEqual([
      ['a', 'a', undefined],
      ['b', 'b', undefined],
    ]);
    expect(facts.notes).toEqual([
      'the graph has no collection trainable_variables, so that it does not say which variables are trained',
    ]);
  });

  it('lets the collection decide against the flag, and says so', () => {
    const collections = {
      ...TRAINED_A,
      variables: definitions([{ variableName: 'a:0' }, { variableName: 'b:0', trainable: true }]),
    };
    const facts = read({ graph: { node: [A, B] }, collections });
    expect(facts.variables.get('b')?.trainable).toBe(false);
    expect(facts.notes).toEqual([
      'b: made to be trained, but not in the collection trainable_variables, which decides',
    ]);
  });

  it('does not know what becomes of a value that is computed when it is saved', () => {
    const node = [A, { name: 'cast', op: 'Cast', input: ['a'] }, ...saver('save', ['k'], ['cast'])];
    const facts = read({ graph: { node }, collections: TRAINED_A });
    expect(facts.variables.get('k')?.trainable).toBeUndefined();
    expect(facts.notes).toEqual(['k: computed when it is saved, so that the graph does not say whether it is trained']);
  });

  it('finds variables in collections of a program’s own, by name or by definition, and nothing else there', () => {
    const collections = {
      ...TRAINED_A,
      mine: { nodes: { value: ['b:0', 'train_op'] } },
      defined: definitions([{ variableName: 'a:0' }]),
      odd: { bytes: { value: [Uint8Array.of(255, 255), new Uint8Array(0)] } },
    };
    const { variables } = read({ graph: { node: [A, B] }, collections });
    expect([...variables.values()].map(({ collections: names }) => names)).toEqual([
      ['defined', 'trainable_variables', 'variables'],
      ['mine', 'variables'],
    ]);
  });

  it('gives every generated definition back', () => {
    const name = fc.stringMatching(/^[a-z][a-z_0-9]{0,6}(\/[a-z_0-9]{1,6}){0,2}$/);
    const variable = fc.record({
      name,
      isResource: fc.boolean(),
      trainable: fc.boolean(),
      shape: fc.array(fc.nat(9), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(variable, { selector: ({ name: key }) => key, maxLength: 8 }), (wanted) => {
        const defined = (list: typeof wanted): object =>
          definitions(
            list.map((item) => ({
              variableName: `${item.name}:0`,
              isResource: item.isResource,
              trainable: item.trainable,
            })),
          );
        const node = wanted.map((item) =>
          variableNode(item.name, item.isResource ? 'VarHandleOp' : 'VariableV2', item.shape),
        );
        const trained = wanted.filter(({ trainable }) => trainable);
        const facts = read({
          graph: { node },
          collections: { variables: defined(wanted), trainable_variables: defined(trained) },
        });
        const told = [...facts.variables.values()].map(({ key, isResource, trainable, shape }) => ({
          name: key,
          isResource,
          trainable,
          shape,
        }));
        expect(new Set(told)).toEqual(new Set(wanted));
      }),
    );
  });
});

describe('a hostile graph', () => {
  const cycle = (length: number): object[] =>
    Array.from({ length }, (_, i) => ({ name: `n${i}`, op: 'Identity', input: [`n${(i + 1) % length}`] }));

  it('may have cycles', () => {
    const node = [
      ...cycle(1),
      ...cycle(1000),
      ...saver('save', ['k'], ['n5']),
      { name: 'loop', op: 'NoOp', input: ['^loop', '^save/SaveV2'] },
    ];
    const facts = read({ graph: { node }, saver: { saveTensorName: 'loop' }, collections: BOTH });
    expect(facts.variables.get('k')?.trainable).toBeUndefined();
  });

  it('may say that a constant has more strings than there are', () => {
    const tensor = { shape: { dim: [{ size: 2 ** 40 }] }, content: Uint8Array.of(1, 1, 1) };
    const packed = { name: 'save/SaveV2/tensor_names', op: 'Const', attr: { value: { tensor } } };
    const node = [A, ...saver('save', [], ['a']).slice(1), packed];
    expect(() => read({ graph: { node }, collections: BOTH })).toThrow(CorruptError);
  });

  it('may be much larger than what is read of it', () => {
    const head = encoded('Node', { name: 'weights', op: 'Const' });
    const node = encoded('Graph', { node: [A, B] });
    const collections = encoded('MetaGraph', { collections: TRAINED_A });
    const constant = 2 ** 40;
    const sparse = new SparseSource([
      varintField(2, node.length + 8 + head.length + 8 + constant + 8),
      node,
      varintField(1, head.length + 8 + constant),
      head,
      varintField(5, constant, 7),
      constant,
      varintField(15, 0, 7),
      collections,
    ]);
    expect(answers(readMetaGraph(sparse, 'huge.meta'))).toEqual([
      ['a', 'a', true],
      ['b', 'b', false],
    ]);
    expect(sparse.bytesRead).toBeLessThan(2 ** 21);
  });

  it('ends in a clear error or in facts when it is cut off anywhere, or any byte is another', async () => {
    const whole = encoded('MetaGraph', {
      graph: { node: [A, B, ...saver('save', ['x', 'y'], ['a', 'b'])] },
      saver: { saveTensorName: 'save/control_dependency:0' },
      collections: TRAINED_A,
    });
    const attempt = async (bytes: Uint8Array): Promise<void> => {
      try {
        await readGraph(new MemorySource(bytes), 'some.meta', undefined);
      } catch (error) {
        expect(error).toBeInstanceOf(CkptError);
        expect((error as Error).message).toMatch(/^some\.meta(?:: | is no graph)/);
      }
    };
    for (let length = 0; length < whole.length; length++) await attempt(whole.subarray(0, length));
    for (let at = 0; at < whole.length; at++) for (const byte of [0, 0x7f, 0xff]) await attempt(whole.with(at, byte));
  });

  it.each([
    ['nothing', ''],
    ['a zip', 'PK\u0003\u0004....'],
    ['a picture', '\u0089PNG\r\n'],
  ])('that is %s is no graph', async (_, content) => {
    const source = new MemorySource(Uint8Array.from(content, (c) => c.charCodeAt(0)));
    await expect(readGraph(source, 'x.meta', undefined)).rejects.toThrow(NotACheckpointError);
  });
});

/** The head of a length-delimited field, its length in as many bytes as are wanted. */
function varintField(field: number, length: number, size = 7): Uint8Array {
  const head = [field * 8 + 2];
  for (let i = 0, rest = length; i < size; i++, rest = Math.floor(rest / 128))
    head.push((rest % 128) | (i < size - 1 ? 128 : 0));
  return Uint8Array.from(head);
}

/** Bytes and long runs of zeros; counts what is read. */
class SparseSource implements ByteSource {
  readonly byteLength: number;
  bytesRead = 0;
  readonly #parts: { readonly start: number; readonly bytes: Uint8Array }[] = [];

  constructor(parts: readonly (Uint8Array | number)[]) {
    let at = 0;
    for (const part of parts) {
      if (typeof part !== 'number') this.#parts.push({ start: at, bytes: part });
      at += typeof part === 'number' ? part : part.length;
    }
    this.byteLength = at;
  }

  readInto(target: Uint8Array, offset: number): void {
    this.bytesRead += target.length;
    for (const { start, bytes } of this.#parts) {
      for (let i = Math.max(0, offset - start); i < bytes.length && start + i < offset + target.length; i++) {
        target[start + i - offset] = bytes[i] as number;
      }
    }
  }
}

it('a graph in text of great length is read where it is asked for alone', async () => {
  const start = new TextEncoder().encode('graph_def { node { name: "a" } }\n');
  let most = 0;
  const source = {
    byteLength: 2 ** 26 + 1,
    readInto: (target: Uint8Array, offset: number): void => {
      most = Math.max(most, offset + target.length);
      target.fill(0x20);
      target.set(start.subarray(0, target.length));
    },
  };
  const unasked = readGraph(source, 'a b.meta', undefined, undefined, [], { unasked: true });
  await expect(unasked).rejects.toThrow(/a graph in text of 67108865 bytes, .* by --graph 'a b\.meta'$/);
  expect(most).toBeLessThan(1000);
  expect((await readGraph(source, 'a.meta', undefined)).kind).toBe('meta');
});
