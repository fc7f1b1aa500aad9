/**
 * Under which key each variable of a TF1 graph lies: what its save operation says. `Saver(var_list={...})` gives keys of the
 * program's choice, so that a key may even be the name of another variable; without a save operation the names decide.
 */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import type { GraphNodes, SaveNode } from './graph-nodes.ts';
import { operationName, SAVE_OPS } from './graph-nodes.ts';

/** What a save operation puts under a key. */
export interface SaveOpTensor {
  readonly key: string;
  /** The tensor that goes in, as the graph names it. */
  readonly tensor: string;
  /** Operation name of the variable; undefined for a tensor that is not simply the value of one. */
  readonly variable: string | undefined;
  /** The shape of the whole, where this is a part of it. */
  readonly wholeShape: readonly number[] | undefined;
}

/** Save operations of the saver that goes with the file: those before its tensor, or else those of its name scope. */
function savesOf(nodes: GraphNodes, saveTensorName: string): SaveNode[] {
  if (nodes.saves.size < 2) return [...nodes.saves.values()];
  const before = saveTensorName === '' ? [] : nodes.savesBefore(saveTensorName);
  if (before.length > 0) return before;
  const scopes = new TextMap<SaveNode[]>();
  for (const [name, save] of nodes.saves) {
    const scope = name.slice(0, name.lastIndexOf('/') + 1);
    const saves = scopes.get(scope);
    if (saves === undefined) scopes.set(scope, [save]);
    else saves.push(save);
  }
  const own = scopes.get(saveTensorName.slice(0, saveTensorName.lastIndexOf('/') + 1));
  return own ?? (scopes.size === 1 ? ([...scopes.values()][0] ?? []) : []);
}

/** The shape of the whole in `5 10 -:0,1`; undefined for an empty text, which is the whole. */
function wholeShapeOf(slice: string | undefined): readonly number[] | undefined {
  const sizes = slice?.split(' ').slice(0, -1).map(Number) ?? [];
  return sizes.length > 0 && sizes.every(Number.isSafeInteger) ? sizes : undefined;
}

/** Every tensor that the saver called `saveTensorName` writes; none where the graph has no save operation that is its. */
export function saveOpTensors(nodes: GraphNodes, saveTensorName: string): SaveOpTensor[] {
  const saves = savesOf(nodes, saveTensorName).map(({ op, inputs }) => {
    const places = SAVE_OPS.get(op) ?? { slices: undefined, tensors: 2 };
    const constantAt = (place: number | undefined): string => operationName(inputs[place ?? -1] ?? '');
    return { names: constantAt(1), slices: constantAt(places.slices), tensors: inputs.slice(places.tensors) };
  });
  const constants = nodes.constants(new TextSet(saves.flatMap(({ names, slices }) => [names, slices])));
  return saves.flatMap(({ names, slices, tensors }) => {
    const keys = constants.get(names) ?? [];
    const specs = constants.get(slices) ?? [];
    return tensors.slice(0, keys.length).map((tensor, i) => ({
      key: keys[i] as string,
      tensor,
      variable: nodes.variableBehind(tensor),
      wholeShape: wholeShapeOf(specs[i] ?? specs.at(-1)),
    }));
  });
}
