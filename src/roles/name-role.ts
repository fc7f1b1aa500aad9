/** What names tell, and dtypes: a guess, good enough where nothing better is there. Nothing but names and shapes is read. */
import { encodeAsciiInto } from '../bytes/text.ts';
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import { type DType, UNKNOWN_DTYPE } from '../tensor/dtype.ts';
import type { Shape } from '../tensor/shape.ts';
import type { TensorFacts, TensorMap } from '../tensor/tensor.ts';
import { guessedRole, roleByDType, slotRole } from './guessed-role.ts';
import { roleByKey } from './key-role.ts';
import { KnownNames, LONGEST_COMPARED } from './known-names.ts';
import { quickRoles, SOME_AVERAGE, SOME_SLOT } from './name-bytes.ts';
import { variablesOfLists } from './parallel-lists.ts';
import { PlainNames } from './plain-names.ts';
import type { QuickRole, RoleFacts, RoleOf, Roles, TensorRole } from './role.ts';
import type { Names } from './slot-names.ts';
import { OWN_LIST, SlotsByNames } from './slots-by-names.ts';
import { roleByWords } from './word-role.ts';

/** Elements of lists, and what Keras gives no name: the names of other slots hold that of their variable, which is not there. */
const HOLDS_NO_NAME = /\/(?:\d+|Variable(?:_\d+)?)(?:\/\.ATTRIBUTES\/VARIABLE_VALUE)?$/;
const LISTED_AVERAGE = Object.freeze(
  slotRole({ of: undefined, slot: 'average', kind: 'ema' }, 'the list of an optimizer begins with one of each shape'),
);
const OBJECT_GRAPH = guessedRole('bookkeeping', 'no', 'it is the object graph');

const isKey = (name: string): boolean => name.includes('.ATTRIBUTES/');

/** What the name and the dtype of a tensor say of it; always something. */
export function roleByName(name: string, facts: RoleFacts, names: Names): TensorRole {
  if (name === OBJECT_GRAPH_KEY) return OBJECT_GRAPH;
  const byKey = isKey(name) ? roleByKey(name, facts, names) : undefined;
  return byKey ?? roleByWords(name, facts, names);
}

/** A name of ASCII characters as bytes, for the quick rules; one buffer serves all. */
class NameFacts implements TensorFacts {
  nameBytes = new Uint8Array(LONGEST_QUICK);
  nameLength = 0;
  nameIsSimple = true;
  readonly nameShared = 0;
  readonly position = -1;
  dtype: DType = UNKNOWN_DTYPE;
  shape: Shape = [];
  byteLength = 0;
  problem = undefined;

  /** False for a name that is long, or has other characters. */
  set(name: string, { dtype, shape }: RoleFacts): boolean {
    this.nameLength = name.length;
    this.dtype = dtype;
    this.shape = shape;
    return encodeAsciiInto(name, this.nameBytes);
  }
}

const LONGEST_QUICK = 512;

/** The roles by names, and what the slots that are there say of the variables: one that has any is trained. */
class RolesByNames {
  readonly #names: KnownNames;
  #quick: QuickRole | undefined;
  readonly #facts = new NameFacts();
  readonly #plain = new PlainNames();
  #slots: SlotsByNames | undefined;
  #ofLists: ReadonlyMap<string, string> | undefined;

  constructor(tensors: TensorMap) {
    this.#names = new KnownNames(tensors, true);
  }

  /** Whether all names were compared. */
  get isComplete(): boolean {
    return this.#names.isComplete;
  }

  /** The rule for the bytes of names. */
  get quick(): QuickRole {
    this.#quick ??= quickRoles();
    return this.#quick;
  }

  /** By the name, without what slots say of the variables. */
  readonly byName: RoleOf = (name, facts) => this.#scoped(name, facts, this.#byName);

  /** Asks for a name as it is without the scope and the ending that all names have. */
  #scoped(name: string, facts: RoleFacts, tell: RoleOf): TensorRole {
    const { scope, ending } = this.#names;
    if (scope === '' && ending === '') return tell(name, facts);
    if (!name.startsWith(scope) || !name.endsWith(ending)) return tell(name, facts);
    const role = tell(name.slice(scope.length, name.length - ending.length), facts);
    return role.of === undefined ? role : { ...role, of: scope + role.of + ending };
  }

  readonly #byName: RoleOf = (name, facts) => {
    if (!this.#names.isComplete) return this.#atOnce(name, facts) ?? roleByName(name, facts, this.#names);
    if (name.length > LONGEST_COMPARED) return roleByName(name, facts, this.#names);
    // What was told is kept, as each name is asked for twice.
    const known = this.#names.get(name);
    if (known?.told !== undefined) return known.told;
    const isPlain = this.#plain.isPlain(name, facts, this.#names);
    const role = isPlain ? roleByDType(facts) : roleByName(name, facts, this.#names);
    if (known !== undefined) known.told = role;
    return role;
  };

  /** What the bytes of a name tell: of very many the tables for it are soon paid for. */
  #atOnce(name: string, facts: RoleFacts): TensorRole | undefined {
    if (!this.#facts.set(name, facts)) return undefined;
    const role = this.quick(this.#facts);
    return role === SOME_SLOT || role === SOME_AVERAGE ? undefined : role;
  }

  get #slotsOfAll(): SlotsByNames {
    this.#slots ??= new SlotsByNames(this.#names, this.#byName);
    return this.#slots;
  }

  #variableOf(name: string, facts: RoleFacts): string | undefined {
    const byShape = this.#slotsOfAll.variableOf(facts);
    if (byShape !== undefined || !isKey(name)) return byShape;
    this.#ofLists ??= variablesOfLists(this.#names, this.#roleOf);
    return this.#ofLists.get(name);
  }

  /** A slot of which its name does not tell whose it is. */
  #unlinked(name: string, facts: RoleFacts, told: TensorRole): TensorRole {
    const listed = told.slot === OWN_LIST ? this.#slotsOfAll.lists.slot(name) : undefined;
    const role = listed?.isAverage === true ? LISTED_AVERAGE : told;
    const of = listed?.of ?? (HOLDS_NO_NAME.test(name) ? this.#variableOf(name, facts) : undefined);
    return of === undefined ? role : { ...role, of };
  }

  readonly roleOf: RoleOf = (name, facts) => this.#scoped(name, facts, this.#roleOf);

  readonly #roleOf: RoleOf = (name, facts) => {
    const role = this.#byName(name, facts);
    if (!this.#names.isComplete) return role;
    if (role.slot !== undefined && role.of === undefined) return this.#unlinked(name, facts, role);
    return role.role === 'weight' ? this.#slotsOfAll.judged(name, facts, role) : role;
  };
}

/** Roles of the tensors of a map by their names and dtypes alone: nothing is read. */
export function rolesByNames(tensors: TensorMap, notes: readonly string[] = []): Roles {
  let roles: RolesByNames | undefined;
  const made = (): RolesByNames => {
    roles ??= new RolesByNames(tensors);
    return roles;
  };
  return {
    roleOf: (name, facts) => made().roleOf(name, facts),
    byName: (name, facts) => made().byName(name, facts),
    best: 'names',
    notes,
    get quick() {
      // Where names are compared with each other, none is known by itself.
      return made().isComplete ? undefined : made().quick;
    },
  };
}
