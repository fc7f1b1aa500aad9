/**
 * Which tensors are meant: one grammar for every command. A pattern is an exact name; a glob, where `*` stays inside one
 * `/` segment and `**` crosses them; a scope with a trailing slash; a regular expression between slashes; each may be
 * turned around with a leading `!`. A tensor is chosen when a pattern takes it (or there are none) and no `!` refuses it.
 */
import { NameError, UsageError } from '../errors.ts';
import { rolesByNames } from '../roles/name-role.ts';
import type { Role, RoleOf, Trainable } from '../roles/role.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';
import { nearestNames } from './nearest-names.ts';

export interface Selection {
  readonly patterns: readonly string[];
  /** dtype names; empty for any. */
  readonly dtypes?: readonly string[] | undefined;
  /** Bytes, both ends included. */
  readonly minBytes?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Empty for any. */
  readonly roles?: readonly Role[] | undefined;
  /** Whether training changes them; a tensor of which this is not known is neither `yes` nor `no`. */
  readonly trainable?: Trainable | undefined;
  /** Who tells the roles; their names do when left out. */
  readonly roleOf?: RoleOf | undefined;
}

interface Pattern {
  readonly text: string;
  readonly negated: boolean;
  matches(name: string): boolean;
}

const GLOB = /[*?[]/;
const REGEX = /^\/(.+)\/([dgimsuy]*)$/s;

function globSource(glob: string): string {
  return glob.replace(/\*\*\/|\*\*|\*|\?|\[!?[^\]]+\]|[\\^$.|+(){}[\]]/g, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 2) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return `\\${token}`;
  });
}

/** Compiles one pattern; `isName` tells a literal name, which wins over every other reading. */
function compilePattern(text: string, isName: (name: string) => boolean): Pattern {
  if (isName(text)) return { text, negated: false, matches: (name) => name === text };
  if (text.startsWith('!')) {
    const inner = compilePattern(text.slice(1), isName);
    return { text, negated: true, matches: inner.matches };
  }
  const regex = REGEX.exec(text);
  if (regex !== null) {
    const compiled = compileRegex(text, regex[1] as string, (regex[2] as string).replace(/[gy]/g, ''));
    return { text, negated: false, matches: (name) => compiled.test(name) };
  }
  if (GLOB.test(text)) {
    const compiled = compileRegex(text, `^${globSource(text)}${text.endsWith('/') ? '.*' : ''}$`, 's');
    return { text, negated: false, matches: (name) => compiled.test(name) };
  }
  if (text.endsWith('/')) return { text, negated: false, matches: (name) => name.startsWith(text) };
  return { text, negated: false, matches: (name) => name === text };
}

function compileRegex(text: string, source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new UsageError(`the pattern ${text} is not valid: ${(cause as Error).message}`, { cause });
  }
}

/** A test of name and tensor. */
export type Chooser = (name: string, tensor: Tensor) => boolean;

/** Compiles patterns against the names of a map; throws {@link NameError} for one that matches none of them. */
export function nameChooser(texts: readonly string[], tensors: TensorMap): (name: string) => boolean {
  const patterns = texts.map((text) => compilePattern(text, (name) => name !== '' && tensors.has(name)));
  if (patterns.length > 0) checkMatched(patterns, tensors);
  const wanted = patterns.filter(({ negated }) => !negated);
  const refused = patterns.filter(({ negated }) => negated);
  return (name) =>
    (wanted.length === 0 || wanted.some((pattern) => pattern.matches(name))) &&
    !refused.some((pattern) => pattern.matches(name));
}

/** A test of what tensors are for. */
function roleChooser({ roles = [], trainable, roleOf }: Selection, tensors: TensorMap): Chooser | undefined {
  if (roles.length === 0 && trainable === undefined) return undefined;
  const tell = roleOf ?? rolesByNames(tensors).roleOf;
  return (name, tensor) => {
    const told = tell(name, tensor);
    return (roles.length === 0 || roles.includes(told.role)) && (trainable ?? told.trainable) === told.trainable;
  };
}

/** Compiles a selection against a map; throws {@link NameError} for a pattern that matches no name in it. */
export function chooser(selection: Selection, tensors: TensorMap): Chooser {
  const isChosen = nameChooser(selection.patterns, tensors);
  const hasRole = roleChooser(selection, tensors);
  const { minBytes, maxBytes } = selection;
  const dtypes =
    selection.dtypes === undefined || selection.dtypes.length === 0 ? undefined : new Set(selection.dtypes);
  return (name, tensor) =>
    isChosen(name) &&
    (dtypes === undefined || dtypes.has(tensor.dtype.name)) &&
    (minBytes === undefined || tensor.byteLength >= minBytes) &&
    (maxBytes === undefined || tensor.byteLength <= maxBytes) &&
    (hasRole === undefined || hasRole(name, tensor));
}

function checkMatched(patterns: readonly Pattern[], tensors: TensorMap): void {
  const unmatched = new Set(patterns);
  for (const name of tensors.keys()) {
    for (const pattern of unmatched) if (pattern.matches(name)) unmatched.delete(pattern);
    if (unmatched.size === 0) return;
  }
  const [first] = unmatched;
  if (first === undefined) return;
  const near = nearestNames(first.text.replace(/^!/, ''), tensors.keys());
  const hint = near.length > 0 ? `; the nearest names are ${near.join(', ')}` : `; ${firstNames(tensors)}`;
  throw new NameError(`no tensor matches ${first.text}${hint}`, { missing: [...unmatched].map(({ text }) => text) });
}

/** What there is to choose from, in short: `there are a, b, c and 5 more`. */
function firstNames(tensors: TensorMap): string {
  const names: string[] = [];
  for (const name of tensors.keys()) if (names.push(name) === 3) break;
  const more = tensors.size - names.length;
  if (names.length === 0) return 'there are no tensors';
  return `there ${tensors.size === 1 ? 'is' : 'are'} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The names and tensors that a selection takes, in the map's order; lazy, so that a million cost no memory. */
export function selected(selection: Selection, tensors: TensorMap): Iterable<[string, Tensor]> {
  return takesAll(selection) ? tensors : chosenOf(chooser(selection, tensors), tensors);
}

/** Whether a selection takes every tensor there is. */
export function takesAll({ patterns, dtypes, minBytes, maxBytes, roles, trainable }: Selection): boolean {
  const limits = [minBytes, maxBytes, trainable];
  return (
    [patterns, dtypes ?? [], roles ?? []].every(({ length }) => length === 0) &&
    limits.every((limit) => limit === undefined)
  );
}

function* chosenOf(chosen: Chooser, tensors: TensorMap): Generator<[string, Tensor]> {
  for (const pair of tensors) if (chosen(pair[0], pair[1])) yield pair;
}
