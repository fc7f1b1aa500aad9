/**
 * The keys of object-based checkpoints: the path of an object, then what of the object is stored.
 *
 *     model/encoder/w/.ATTRIBUTES/VARIABLE_VALUE
 *     model/encoder/w/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE
 *
 * In the names that make up a path, `.` is written `..` and `/` is written `.S`. The root has the empty path.
 * Source: tensorflow/python/trackable/trackable_utils.py.
 */

const ATTRIBUTES = '.ATTRIBUTES/';
const OPTIMIZER_SLOT = '.OPTIMIZER_SLOT/';

export interface CheckpointKey {
  /** Escaped names joined by slashes. */
  readonly path: string;
  /** For a slot: the path of the optimizer, and the escaped name that it gives the slot. */
  readonly slot: { readonly optimizer: string; readonly name: string } | undefined;
  /** What follows `.ATTRIBUTES/`. */
  readonly attribute: string;
}

/** What lies before and after a keyword, which starts the text or follows a slash. */
function cutAt(text: string, keyword: string): readonly [string, string] | undefined {
  if (text.startsWith(keyword)) return ['', text.slice(keyword.length)];
  const at = text.indexOf(`/${keyword}`);
  return at < 0 ? undefined : [text.slice(0, at), text.slice(at + 1 + keyword.length)];
}

/** The parts of a key; undefined for a name that is not of this form. */
export function parseKey(key: string): CheckpointKey | undefined {
  const [whole, attribute] = cutAt(key, ATTRIBUTES) ?? [];
  if (whole === undefined || attribute === undefined) return undefined;
  const [variable, rest] = cutAt(whole, OPTIMIZER_SLOT) ?? [];
  if (variable === undefined || rest === undefined) return { path: trimmed(whole), slot: undefined, attribute };
  return { path: trimmed(variable), slot: { optimizer: parentPath(rest) ?? '', name: lastName(rest) }, attribute };
}

/** A prefix before a key of the root, which starts with a slash, leaves an empty name at the end. */
function trimmed(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** The key of these parts. */
export function formatKey({ path, slot, attribute }: CheckpointKey): string {
  const owner = slot === undefined ? path : `${path}/${OPTIMIZER_SLOT}${joinPath(slot.optimizer, slot.name)}`;
  return `${owner}/${ATTRIBUTES}${attribute}`;
}

/**
 * Whether TensorFlow restores from `next` what it stored under `key`: it cuts a key after `.ATTRIBUTES/` and puts what the
 * object calls its value there. A key that was of another form to begin with may become anything.
 */
export function staysRestorable(key: string, next: string): boolean {
  const attribute = parseKey(key)?.attribute;
  return attribute === undefined || parseKey(next)?.attribute === attribute;
}

/** A name as it stands in a path. */
export function escapeLocalName(name: string): string {
  return name.replaceAll('.', '..').replaceAll('/', '.S');
}

/** The name behind its form in a path. */
export function unescapeLocalName(text: string): string {
  return text.replace(/\.([.S])/g, (_, code: string) => (code === 'S' ? '/' : '.'));
}

/** The path of the object that holds the one at `path`; undefined for the root. */
export function parentPath(path: string): string | undefined {
  return path === '' ? undefined : path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** The last name of a path. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function joinPath(parent: string, name: string): string {
  return parent === '' ? name : `${parent}/${name}`;
}

/** The names of a path; none for the root. */
export function namesOf(path: string): string[] {
  return path === '' ? [] : path.split('/');
}

/** The path with `to` in the place of `from`, for the object at `from` and those below it; undefined for any other. */
export function movedPath(path: string, from: string, to: string): string | undefined {
  if (from === '') return path === '' ? to : joinPath(to, path);
  if (path === from) return to;
  return path.startsWith(`${from}/`) ? joinPath(to, path.slice(from.length + 1)) : undefined;
}
