/**
 * Layers as Keras 2 finds them in a `.h5`: the root lists them in `layer_names`, the group of each lists its datasets in
 * `weight_names`. A list that is too long for an attribute goes on in others: `layer_names0`, `layer_names1`, ...
 *
 * Source: keras/src/legacy/saving/legacy_h5_format.py (`save_attributes_to_hdf5_group`), Keras 3.15.
 */
import { encodeText } from '../../bytes/text.ts';
import { UsageError } from '../../errors.ts';
import { type Attributes, outgoingAttributes } from './attributes.ts';
import type { OutgoingAttributes } from './plan-file.ts';

/** What groups say, by path. */
export type GroupAttributes = ReadonlyMap<string, OutgoingAttributes>;

/** Bytes of a list in one attribute: what Keras allows itself below HDF5's 64 KiB. */
const MOST_LIST_BYTES = 64_512;
const LIST = /^(layer_names|weight_names)\d*$/;

/** A list as one attribute or several. */
function listed(name: string, texts: readonly string[]): OutgoingAttributes {
  const width = Math.max(1, ...texts.map((text) => encodeText(text).length));
  const most = Math.max(1, Math.floor(MOST_LIST_BYTES / width));
  if (texts.length <= most) return { [name]: texts };
  const pieces = Array.from({ length: Math.ceil(texts.length / most) }, (_, i) => [
    `${name}${i}`,
    texts.slice(i * most, (i + 1) * most),
  ]);
  return Object.fromEntries(pieces);
}

/** A list that may go on in several attributes. */
function listIn(attributes: Attributes | undefined, name: string): readonly string[] {
  const whole = attributes?.get(name);
  if (whole !== undefined) return whole;
  const pieces: string[] = [];
  for (let i = 0; ; i++) {
    const piece = attributes?.get(`${name}${i}`);
    if (piece === undefined) return pieces;
    for (const one of piece) pieces.push(one);
  }
}

/** The layers that a file lists, each with the paths of its weights. */
export function layersIn(attributes: ReadonlyMap<string, Attributes>): Map<string, string[]> {
  const layers = new Map<string, string[]>();
  for (const [owner, own] of attributes) {
    for (const layer of listIn(own, 'layer_names')) {
      const group = owner === '' ? layer : `${owner}/${layer}`;
      const paths = listIn(attributes.get(group), 'weight_names').map((weight) => `${group}/${weight}`);
      if (paths.length > 0) layers.set(layer, paths);
    }
  }
  return layers;
}

/** Groups that say which layers there are. `paths` gives the path of each tensor. Throws {@link UsageError} for one outside of its layer. */
export function withLayers(
  groups: GroupAttributes,
  layers: ReadonlyMap<string, readonly string[]>,
  paths: ReadonlyMap<string, string>,
): GroupAttributes {
  const all = new Map(groups);
  const version = { backend: 'tensorflow', keras_version: '2.15.0' };
  all.set('', { ...version, ...groups.get(''), ...listed('layer_names', [...layers.keys()]) });
  for (const [layer, weights] of layers) {
    const within = weights.map((name) => {
      const path = paths.get(name);
      if (path?.startsWith(`${layer}/`) === true) return path.slice(layer.length + 1);
      throw new UsageError(`the weight ${name} does not lie in its layer ${layer}, where Keras looks for it`);
    });
    all.set(layer, { ...groups.get(layer), ...listed('weight_names', within) });
  }
  return all;
}

/** The groups that stay where only some tensors do: those on the way to one, and the root; what they list is there. */
export function keptGroups(attributes: ReadonlyMap<string, Attributes>, paths: Iterable<string>): GroupAttributes {
  const there = new Set(paths);
  const groups = new Set(['']);
  for (const path of there)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) groups.add(path.slice(0, at));
  const kept = new Map<string, OutgoingAttributes>();
  for (const [path, own] of attributes) {
    if (!groups.has(path) || own.size === 0) continue;
    const at = (name: string): string => (path === '' ? name : `${path}/${name}`);
    const isThere = (key: string, text: string): boolean =>
      (key.startsWith('layer_names') ? groups : there).has(at(text));
    const lists = [...own].map(([key, texts]): [string, readonly string[]] => [
      key,
      LIST.test(key) ? texts.filter((text) => isThere(key, text)) : texts,
    ]);
    kept.set(path, outgoingAttributes(new Map(lists)));
  }
  return kept;
}
