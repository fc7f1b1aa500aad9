/**
 * Names of what optimizers keep for variables, taken apart. A name holds that of its variable, with or without scopes before
 * it, and what the optimizer calls the slot, in one of these places:
 *
 *     scopes/VARIABLE/slot            TensorFlow 1, Keras up to 2.10: `train/conv/kernel/Adam_1`, `Adam/conv/kernel/m`
 *     VARIABLE/mangled/part_0/slot    a slot of one part of a partitioned variable: `emb/ias/part_0/Adam`
 *     scopes/slot/VARIABLE            Keras 2.11 to 2.15, Sonnet: `Adam/m/conv/kernel`, `rms_prop/momentum/conv/w`
 *     scope/VARI_ABLE_slot            Keras 3: `adam/conv_kernel_momentum`
 *     VARIABLE_slot_vr                Mesh TensorFlow
 */
import type { DType } from '../tensor/dtype.ts';
import { type Shape, sameShape } from '../tensor/shape.ts';
import { JOINED_SLOT, JOINED_SLOT_ENDS, slotWord, withoutNumber, wordMeanings } from './role-words.ts';

/** The names of a checkpoint, as far as somebody looks into them. */
export interface Names {
  has(name: string): boolean;
  /** The shape of a tensor, where shapes are at hand. */
  shapeOf?(name: string): Shape | undefined;
  /** The dtype of a tensor, likewise. */
  dtypeOf?(name: string): DType | undefined;
  /** The variable whose name is this one with `_` for `/`, where names have been gone through. */
  joined?(text: string): string | undefined;
  /** The scope, with a slash at its end, in which the counter and the settings of an optimizer lie beside the name. */
  scopeOf?(name: string): string | undefined;
  /** All scopes in which the counter and the settings of an optimizer lie. */
  readonly optimizerScopes?: ReadonlySet<string>;
}

/** A slot by its name: whose, and what the optimizer calls it. */
export interface NamedSlot {
  /** The variable, which is there; undefined where the name alone says that it is a slot. */
  readonly of: string | undefined;
  readonly slot: string;
  readonly kind: 'slot' | 'ema';
}

/** Nobody makes an optimizer in a deeper scope; and names come from a file. */
const MOST_SCOPES = 32;

/** The tensor that ends a name, without the scopes before it, for those stand before the whole name of the variable. */
export function behindScopes(name: string, names: Pick<Names, 'has'>): string | undefined {
  let rest = name;
  for (let cut = 0; cut <= MOST_SCOPES; cut++) {
    if (rest !== '' && names.has(rest)) return rest;
    const at = rest.indexOf('/') + 1;
    if (at === 0) return undefined;
    rest = rest.slice(at);
  }
  return undefined;
}

/** Nobody puts a checkpoint below more scopes than these. */
const MOST_PREFIXED = 2;

/**
 * The same in a checkpoint whose names all got a scope before them, optimizers' too: `net/conv/w` of `net/train/conv/w`, the rest
 * of `net/train/conv/w/Adam`.
 */
function behindPrefix(name: string, names: Pick<Names, 'has'>): string | undefined {
  for (let at = name.indexOf('/') + 1, steps = 0; at > 0 && steps < MOST_PREFIXED; steps++) {
    const prefix = name.slice(0, at);
    const found = behindScopes(name.slice(at), { has: (rest) => names.has(prefix + rest) });
    if (found !== undefined) return prefix + found;
    at = name.indexOf('/', at) + 1;
  }
  return undefined;
}

/** Names as they are below a scope, without it. */
export function namesBelow(scope: string, names: Names): Names {
  const joinedScope = scope.replaceAll('/', '_');
  return {
    has: (name) => names.has(scope + name),
    shapeOf: (name) => names.shapeOf?.(scope + name),
    joined: (text) => {
      const found = names.joined?.(joinedScope + text);
      return found?.startsWith(scope) === true ? found.slice(scope.length) : undefined;
    },
  };
}

/** Two names more are what is left of `name/part_0` where TensorFlow cuts as much off as the scope has letters. */
const MOST_MANGLED = 2;
const PART = /_\d+$/;

/** A partitioned variable before what is left of the name of one of its parts: `emb` of `emb/ias/part_0`. */
export function beforePart(name: string, shape: Shape, names: Names): string | undefined {
  if (names.shapeOf === undefined || !PART.test(name)) return undefined;
  let rest = name;
  for (let cut = 0; cut < MOST_MANGLED; cut++) {
    const at = rest.lastIndexOf('/');
    if (at <= 0) return undefined;
    rest = rest.slice(0, at);
    const found = names.shapeOf(rest);
    if (found !== undefined) return sameShape(found, shape) ? rest : undefined;
  }
  return undefined;
}

/** A slot by its name alone: what stands before its word, and what optimizers call it. */
export interface SlotName {
  readonly base: string;
  readonly slot: string;
  /** Whether nothing else is called so; else the variable must be there for it to be a slot. */
  readonly certain: boolean;
}

/** Takes a name apart that ends like a slot or a moving average; undefined for any other. */
export function slotNameOf(name: string): SlotName | undefined {
  const at = name.lastIndexOf('/');
  const word = name.slice(at + 1);
  const joined = word.includes(JOINED_SLOT)
    ? JOINED_SLOT_ENDS.find((end) => word.length > end.length && word.endsWith(end))
    : undefined;
  if (joined !== undefined) return { base: name.slice(0, -joined.length), slot: joined.slice(1), certain: true };
  if (at <= 0 || slotWord(word) === undefined) return undefined;
  const meaning = wordMeanings().get(word) ?? wordMeanings().get(withoutNumber(word));
  return { base: name.slice(0, at), slot: word, certain: meaning === 'slot' || meaning === 'ema' };
}

/** The slot that the last word of a name speaks of. */
export function slotAtEnd(name: string, shape: Shape, names: Names): NamedSlot | undefined {
  const found = slotNameOf(name);
  if (found === undefined) return undefined;
  const of = behindScopes(found.base, names) ?? beforePart(found.base, shape, names) ?? behindPrefix(found.base, names);
  if (of === undefined && !found.certain) return undefined;
  return { of, slot: found.slot, kind: slotWord(found.slot) ?? 'slot' };
}

/** The variable whose whole name ends this one, after at least one other name, and the name before it. */
function variableAtEnd(name: string, names: Names): { readonly of: string; readonly before: string } | undefined {
  for (let at = name.indexOf('/'), cut = 0; at >= 0 && cut <= MOST_SCOPES; at = name.indexOf('/', at + 1), cut++) {
    const of = name.slice(at + 1);
    if (of !== '' && names.has(of)) return { of, before: name.slice(name.lastIndexOf('/', at - 1) + 1, at) };
  }
  return undefined;
}

/** Most names have neither such a scope nor a copy's word in them, and need no look at each of their parts. */
const MAY_STAND_BEFORE = /opt|master|fp32/i;
/** Scopes that somebody called after what lies in them. */
const OPTIMIZING = /opt(?:im|_|\d|\/|$)/i;

/**
 * The slot of which a word before the variable's whole name speaks: of a copy in higher precision wherever it stands, of
 * others behind a scope that is called after optimizers.
 */
export function slotBeforeName(name: string, names: Names): NamedSlot | undefined {
  if (!MAY_STAND_BEFORE.test(name)) return undefined;
  let start = 0;
  for (let cut = 0; cut <= MOST_SCOPES; cut++) {
    const at = name.indexOf('/', start);
    if (at < 0) return undefined;
    const word = name.slice(start, at);
    const isCopy = wordMeanings().get(word) === 'master';
    const kind = isCopy ? 'slot' : OPTIMIZING.test(name.slice(0, start)) ? slotWord(word) : undefined;
    const of = name.slice(at + 1);
    if (kind !== undefined && names.has(of)) return { of, slot: word, kind };
    start = at + 1;
  }
  return undefined;
}

/** A name of Keras 3 without its scope: the variable's with `_` for `/`, then what the slot is called. */
function slotJoined(name: string, shape: Shape, names: Names): NamedSlot | undefined {
  for (let at = name.lastIndexOf('_'); at > 0; at = name.lastIndexOf('_', at - 1)) {
    const of = names.joined?.(name.slice(0, at));
    const slot = name.slice(at + 1);
    if (of !== undefined && !/^\d*$/.test(slot)) return { of, slot, kind: slotWord(slot) ?? 'slot' };
  }
  return slotOfPath(name, shape, names);
}

/** The same where the name of the slot holds the path of its variable, of which the variable's own name lacks the beginning. */
function slotOfPath(name: string, shape: Shape, names: Names): NamedSlot | undefined {
  const at = name.lastIndexOf('_');
  const slot = name.slice(at + 1);
  const kind = at <= 0 ? undefined : slotWord(slot);
  if (kind === undefined || names.joined === undefined) return undefined;
  const path = name.slice(0, at);
  for (
    let from = path.indexOf('_') + 1, cut = 0;
    from > 0 && cut < MOST_SCOPES;
    from = path.indexOf('_', from) + 1, cut++
  ) {
    const of = names.joined(path.slice(from));
    const found = of === undefined ? undefined : names.shapeOf?.(of);
    if (of !== undefined && found !== undefined && sameShape(found, shape)) return { of, slot, kind };
  }
  return undefined;
}

/** The slot that a name within the scope of an optimizer can only be, whatever it is called there. */
export function slotInScope(name: string, shape: Shape, names: Names): NamedSlot | undefined {
  if (!name.includes('/')) return slotJoined(name, shape, names);
  const named = slotAtEnd(name, shape, names);
  if (named?.of !== undefined) return named;
  const after = variableAtEnd(name, names);
  if (after !== undefined) return { of: after.of, slot: after.before, kind: slotWord(after.before) ?? 'slot' };
  const at = name.lastIndexOf('/');
  const of = behindScopes(name.slice(0, at), names);
  const slot = name.slice(at + 1);
  return of === undefined ? named : { of, slot, kind: slotWord(slot) ?? 'slot' };
}
