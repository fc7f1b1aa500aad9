/** What names tell, and dtypes: a guess, good enough where nothing better is there. Nothing but names and shapes is read. */
import { OBJECT_GRAPH_KEY } from '../object-graph/object-graph-key.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { guessedRole } from './guessed-role.ts';
import { roleByKey } from './key-role.ts';
import { KnownNames } from './known-names.ts';
import { quickRoles } from './name-bytes.ts';
import type { QuickRole, RoleFacts, RoleOf, Roles, TensorRole } from './role.ts';
import type { Names } from './slot-names.ts';
import { SlotsByNames } from './slots-by-names.ts';
import { roleByWords } from './word-role.ts';

const OBJECT_GRAPH = guessedRole('bookkeeping', 'no', 'it is the object graph');

/** What the name and the dtype of a tensor say of it; always something. */
export function roleByName(name: string, facts: RoleFacts, names: Names): TensorRole {
  if (name === OBJECT_GRAPH_KEY) return OBJECT_GRAPH;
  const byKey = name.includes('.ATTRIBUTES/') ? roleByKey(name, facts, names) : undefined;
  return byKey ?? roleByWords(name, facts, names);
}

/** The roles by names, and what the slots that are there say of the variables: one that has any is trained. */
class RolesByNames {
  readonly #names: KnownNames;
  #slots: SlotsByNames | undefined;

  constructor(readonly tensors: TensorMap) {
    this.#names = new KnownNames(tensors);
  }

  /** Whether all names were compared. */
  get isComplete(): boolean {
    return this.#names.isComplete;
  }

  readonly #byName: RoleOf = (name, facts) => roleByName(name, facts, this.#names);

  readonly roleOf: RoleOf = (name, facts) => {
    const role = this.#byName(name, facts);
    if (role.role !== 'weight' || role.trainable !== 'yes' || !this.#names.isComplete) return role;
    this.#slots ??= new SlotsByNames(this.tensors, this.#names, this.#byName);
    return this.#slots.judged(name, facts, role);
  };
}

/** Roles of the tensors of a map by their names and dtypes alone: nothing is read. */
export function rolesByNames(tensors: TensorMap, notes: readonly string[] = []): Roles {
  let roles: RolesByNames | undefined;
  let quick: QuickRole | undefined;
  const made = (): RolesByNames => {
    roles ??= new RolesByNames(tensors);
    return roles;
  };
  return {
    roleOf: (name, facts) => made().roleOf(name, facts),
    best: 'names',
    notes,
    get quick() {
      // Where names are compared with each other, none is known by itself.
      if (made().isComplete) return undefined;
      quick ??= quickRoles();
      return quick;
    },
  };
}
