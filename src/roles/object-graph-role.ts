/**
 * What the object graph of TF2 tells of the values it lists. It does not say which variables are trained, but its
 * optimizers show it; and what hangs on an optimizer alone is the optimizer's.
 */

import { parseKey, unescapeLocalName } from '../object-graph/checkpoint-key.ts';
import type { GraphColumns } from '../object-graph/graph-columns.ts';
import type { ObjectGraph } from '../object-graph/object-graph.ts';
import { VALUE_ENDING, VARIABLE_VALUE } from '../object-graph/object-graph-key.ts';
import { columnsOf } from '../object-graph/read-columns.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import { derived, GraphReader } from './graph-told.ts';
import { GraphValues } from './graph-values.ts';
import { KeyBytes } from './key-bytes.ts';
import { KnownNames } from './known-names.ts';
import { roleByName, rolesByNames } from './name-role.ts';
import { childrenOf, type Optimizers } from './object-optimizers.ts';
import type { QuickRole, RoleFacts, TensorRole } from './role.ts';
import { sourceOfTarget } from './target-networks.ts';
import { TrainedModels } from './trained-models.ts';
import { keysByFullName, roleOfUntold } from './untold-role.ts';

const UNTRAINED = derived('weight', 'no', 'no optimizer in the object graph trains it');
const TARGET = derived(
  'weight',
  'no',
  'no optimizer keeps a slot for it, and it is the copy of a variable that has one',
);
const FROZEN = derived('weight', 'no', 'optimizers keep slots for other layers of its model, and none for its own');
const WITHOUT_SLOT = derived('weight', 'unknown', 'no optimizer keeps a slot for it');

export type RoleByKey = (key: string, facts: RoleFacts) => TensorRole;

/** The roles of the tensors of an object-based checkpoint. */
export interface GraphRoles {
  readonly roleOf: RoleByKey;
  /** For names as bytes, where there are very many: what the graph tells, of keys that are plain. */
  readonly quick: QuickRole | undefined;
}

/** Of fewer objects no name is looked up as bytes: the code for it takes longer to load. */
const FEW_OBJECTS = 2 ** 12;

/** Gives each tensor of an object-based checkpoint its role; where the graph tells nothing, the name does. */
export function rolesByGraph(graph: GraphColumns, tensors: TensorMap): GraphRoles {
  const values = new GraphValues(graph, tensors);
  const reader = new GraphReader(graph, tensors, values);
  let keys: KeyBytes | undefined;
  const quick: QuickRole = (facts) => {
    keys ??= new KeyBytes();
    keys.follow(facts);
    if (keys.pathEnd(facts.nameBytes, facts.nameLength) < 0) return undefined;
    const id = values.idOfFacts(facts);
    return id === undefined ? undefined : reader.told(id);
  };
  return { roleOf: untoldByNames(reader), quick: graph.count < FEW_OBJECTS ? undefined : quick };
}

/** See {@link rolesByGraph}. */
export function roleByGraph(graph: ObjectGraph | GraphColumns, tensors: TensorMap): RoleByKey {
  return rolesByGraph(columnsOf(graph), tensors).roleOf;
}

function untoldByNames(reader: GraphReader): RoleByKey {
  const { graph, tensors, values, optimizers } = reader;
  const models = onDemand(() => new TrainedModels(graph, optimizers));
  const names = onDemand(() => new KnownNames(tensors));
  const byNames = rolesByNames(tensors);
  const byFullName = onDemand(() => keysByFullName(graph, (id) => (reader.told(id)?.role ?? 'weight') === 'weight'));
  const paths = onDemand(() => new Paths(graph));
  const isTrained = (key: string): boolean => {
    const id = values.idOf(key) ?? paths().objectAt(parseKey(key)?.path ?? key);
    return id !== undefined && reader.told(id)?.trainable === 'yes';
  };
  return (key, facts) => {
    const attribute = isPlainKey(key) ? VARIABLE_VALUE : parseKey(key)?.attribute;
    if (attribute !== undefined && attribute !== VARIABLE_VALUE) {
      return derived('bookkeeping', 'no', `it is the ${attribute} of an object`);
    }
    const id = values.idOf(key);
    if (id === undefined) return roleByName(key, facts, names());
    const role = reader.told(id);
    if (role !== undefined) return role;
    const guess = roleOfUntold({ key, fullName: graph.fullNameOf(id) }, facts, names(), byFullName);
    if (guess.role !== 'weight') return guess;
    if (guess.trainable === 'yes' && optimizers.trained.any && isTarget(key, isTrained)) return TARGET;
    // Where the graph knows of no optimizer, names may.
    if (!optimizers.trained.any && guess.trainable === 'yes') {
      const byName = byNames.roleOf(key, facts);
      if (byName.trainable === 'unknown') return WITHOUT_SLOT;
      if (byName.role === 'weight' && byName.trainable === 'no') return byName;
    }
    if (guess.trainable === 'yes' && optimizers.allTell && models().isFrozen(id)) return FROZEN;
    return judged(guess, optimizers, models().has(id));
  };
}

/** Makes something when it is first asked for. */
function onDemand<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Whether a key is that of the value of a variable, as nearly all are. */
function isPlainKey(key: string): boolean {
  return key.indexOf('.ATTRIBUTES/') === key.length - VALUE_ENDING.length + 1 && key.endsWith(VALUE_ENDING);
}

/** Whether a variable lies where a trained one does but for `target` in its path: agents copy networks so. */
function isTarget(key: string, isTrained: (key: string) => boolean): boolean {
  const source = key.replace(/(^|[/_])target_/, '$1');
  if (source !== key && (isTrained(source) || isTrained(source.replace(/(^|\/)(?=[^/_])/, '$1_')))) return true;
  return sourceOfTarget(key, isTrained) !== undefined;
}

/** Objects by the paths that lead to them from the root: a value may have the key of another path. */
class Paths {
  readonly #children = new Map<number, ReadonlyMap<string, number>>();

  constructor(readonly graph: GraphColumns) {}

  objectAt(path: string): number | undefined {
    let id: number | undefined = 0;
    for (const step of path.split('/')) {
      const children: ReadonlyMap<string, number> = this.#children.get(id) ?? childrenOf(this.graph, id);
      this.#children.set(id, children);
      id = children.get(unescapeLocalName(step));
      if (id === undefined) return undefined;
    }
    return id;
  }
}

/** Whether a weight is trained that no optimizer is known to train; of another model than they train, nobody can tell. */
function judged(guess: TensorRole, { complete, trained }: Optimizers, isInModel: boolean): TensorRole {
  if (complete && isInModel) return UNTRAINED;
  return trained.any && guess.trainable === 'yes' ? WITHOUT_SLOT : guess;
}
