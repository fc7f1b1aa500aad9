/**
 * The names of tensors as a tree of scopes. Scopes are finished as soon as the names leave them, and those with the same in
 * them are made once: of the twenty thousand layers of a deep model only the names are kept.
 */
import { KnownTexts } from '../bytes/known-texts.ts';
import { compareBytes, encodeText } from '../bytes/text.ts';
import { TextMap } from '../bytes/text-map.ts';
import { LastName } from '../tensor/last-name.ts';
import { scanPairs } from '../tensor/scan.ts';
import { type Shape, sameShape } from '../tensor/shape.ts';
import type { Tensor, TensorFacts } from '../tensor/tensor.ts';
import { compareNaturally, foldRuns, parametersOf, type ScopeNode } from './scope-node.ts';

export { parametersOf, type ScopeNode } from './scope-node.ts';

/** Deeper scopes than this are kept as one label: names come from a file, and a tree is walked recursively. */
const MOST_DEPTH = 64;
const SLASH = 0x2f;
/** A power of two. */
const LEAF_PLACES = 256;

/** What is in a scope, its own label left out; `look` is the same number for all that are alike. */
interface Inside {
  readonly look: number;
  readonly node: Omit<ScopeNode, 'label' | 'times'>;
}

interface Child {
  readonly label: string;
  readonly inside: Inside;
}

/** A scope that names are still in. One for each depth serves all scopes there: what is in it is emptied, and grows again. */
class Open {
  label = '';
  /** Where its name ends in the last name that was seen, behind the slash. */
  end = 0;
  readonly labels: string[] = [];
  readonly insides: Inside[] = [];

  /** How many children there are; what lies behind them in the lists is of an older scope. */
  count = 0;

  push(label: string, inside: Inside): void {
    this.labels[this.count] = label;
    this.insides[this.count++] = inside;
  }

  open(label: string, end: number): void {
    this.label = label;
    this.end = end;
    this.count = 0;
  }

  children(): Child[] {
    const labels = this.labels.slice(0, this.count);
    return labels.map((label, i) => ({ label, inside: this.insides[i] as Inside }));
  }
}

interface Recent {
  readonly children: readonly Child[];
  readonly inside: Inside;
}

/** So many are compared before a scope is looked up by a text that says all that is in it. */
const MOST_RECENT = 8;

function isLike({ labels, insides, count }: Open, children: readonly Child[]): boolean {
  if (children.length !== count) return false;
  for (let i = 0; i < count; i++) {
    const child = children[i] as Child;
    if (child.inside !== insides[i] || child.label !== labels[i]) return false;
  }
  return true;
}

/** Numbers for what is alike, by a text that says all of it. */
class Looks {
  readonly #insides = new TextMap<Inside>();

  of(key: string, make: () => Inside['node']): Inside {
    let inside = this.#insides.get(key);
    if (inside === undefined) {
      inside = { look: this.#insides.size, node: make() };
      this.#insides.set(key, inside);
    }
    return inside;
  }
}

export class ScopeTree {
  readonly #labels = new KnownTexts();
  readonly #looks = new Looks();
  /** The scopes by depth; those deeper than `#depth` wait to be opened again. */
  readonly #scopes: Open[] = [new Open()];
  #depth = 0;
  readonly #last = new LastName();
  /** Tensors without their names, by what is likely to differ among them. */
  readonly #leaves: (Inside | undefined)[] = new Array(LEAF_PLACES);
  /** Scopes that were finished lately, by depth: most are like one of them. */
  readonly #recent: Recent[][] = [];

  constructor(readonly fold: boolean) {}

  /** Adds the next tensor; names must come in the order of their bytes, each once. */
  add(facts: TensorFacts): void {
    const { nameBytes, nameLength } = facts;
    const shared = this.#last.sharedWith(facts);
    while (this.#deepest.end > shared) this.#close();
    let start = this.#deepest.end;
    for (let at = start; at < nameLength && this.#depth < MOST_DEPTH; at++) {
      if (nameBytes[at] !== SLASH) continue;
      this.#enter(this.#labels.of(nameBytes, start, at), at + 1);
      start = at + 1;
    }
    this.#deepest.push(this.#labels.of(nameBytes, start, nameLength), this.#leafOf(facts));
    this.#last.keep(facts);
  }

  /** The finished tree. */
  root(): ScopeNode {
    while (this.#depth > 0) this.#close();
    return { label: '', times: 1, ...this.#insideOf(this.#deepest).node };
  }

  /** The deepest scope that is open. */
  get #deepest(): Open {
    return this.#scopes[this.#depth] as Open;
  }

  #enter(label: string, end: number): void {
    this.#depth++;
    let scope = this.#scopes[this.#depth];
    if (scope === undefined) {
      scope = new Open();
      this.#scopes.push(scope);
    }
    scope.open(label, end);
  }

  #close(): void {
    const scope = this.#deepest;
    const inside = this.#insideOf(scope);
    this.#depth--;
    this.#deepest.push(scope.label, inside);
  }

  #leafOf({ dtype, shape, byteLength }: TensorFacts): Inside {
    const place = ((byteLength >> 2) ^ (byteLength >> 12) ^ dtype.number) & (LEAF_PLACES - 1);
    const last = this.#leaves[place]?.node;
    if (last?.dtype === dtype.name && last.bytes === byteLength && sameShape(last.shape as Shape, shape)) {
      return this.#leaves[place] as Inside;
    }
    const leaf = this.#looks.of(`${dtype.name}${shape} ${byteLength}`, () => {
      const counts = { tensors: 1, parameters: parametersOf({ dtype, shape }), bytes: byteLength };
      return { ...counts, dtype: dtype.name, shape, children: [] };
    });
    this.#leaves[place] = leaf;
    return leaf;
  }

  #insideOf(scope: Open): Inside {
    this.#recent[this.#depth] ??= [];
    const recent = this.#recent[this.#depth] as Recent[];
    for (const known of recent) if (isLike(scope, known.children)) return known.inside;
    const children = scope.children();
    let key = '/';
    for (const { label, inside } of children) key += `${label.length} ${label}${inside.look}|`;
    const inside = this.#looks.of(key, () => this.#scopeOf(merged(children, (one, other) => this.#both(one, other))));
    if (recent.length === MOST_RECENT) recent.shift();
    recent.push({ children, inside });
    return inside;
  }

  #scopeOf(children: readonly Child[]): Inside['node'] {
    const looks = new Map<ScopeNode, number>();
    const plain = children.map(({ label, inside }): ScopeNode => {
      const node = { label, times: 1, ...inside.node };
      looks.set(node, inside.look);
      return node;
    });
    plain.sort((a, b) => compareNaturally(a.label, b.label));
    const nodes = this.fold ? foldRuns(plain, (node) => looks.get(node) as number) : plain;
    const sum = (pick: (node: ScopeNode) => number): number =>
      nodes.reduce((total, node) => total + pick(node) * node.times, 0);
    return {
      tensors: sum((node) => node.tensors),
      parameters: sum((node) => node.parameters),
      bytes: sum((node) => node.bytes),
      dtype: undefined,
      shape: undefined,
      children: nodes,
    };
  }

  /** A scope that is called as a tensor is. */
  #both(one: Inside, other: Inside): Inside {
    const [leaf, scope] = one.node.dtype === undefined ? [other, one] : [one, other];
    return this.#looks.of(`&${leaf.look}&${scope.look}`, () => ({
      tensors: leaf.node.tensors + scope.node.tensors,
      parameters: leaf.node.parameters + scope.node.parameters,
      bytes: leaf.node.bytes + scope.node.bytes,
      dtype: leaf.node.dtype,
      shape: leaf.node.shape,
      children: scope.node.children,
    }));
  }
}

/** Children of which no two have one label. */
function merged(children: readonly Child[], both: (one: Inside, other: Inside) => Inside): Child[] {
  const byLabel = new TextMap<Inside>();
  for (const { label, inside } of children) {
    const known = byLabel.get(label);
    byLabel.set(label, known === undefined ? inside : both(known, inside));
  }
  return [...byLabel].map(([label, inside]) => ({ label, inside }));
}

/** The scopes of some tensors, in whatever order they come; `fold` runs alike scopes together. */
export function scopeTree(pairs: Iterable<readonly [string, Tensor]>, fold = true): ScopeNode {
  const keyed = [...pairs].map(([name, tensor]) => ({ name, tensor, bytes: encodeText(name) }));
  keyed.sort((a, b) => compareBytes(a.bytes, b.bytes));
  const sorted = keyed.map(({ name, tensor }): [string, Tensor] => [name, tensor]);
  const tree = new ScopeTree(fold);
  scanPairs(sorted, (facts) => tree.add(facts));
  return tree.root();
}
