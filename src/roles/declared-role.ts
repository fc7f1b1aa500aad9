/** What a graph file tells of the variables of a checkpoint: whether they are trained, as the program itself had it. */
import type { GraphFacts, VariableFacts } from '../meta-graph/graph-facts.ts';
import { sameShape } from '../tensor/shape.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import type { RoleFacts, RoleOf, TensorRole } from './role.ts';
import { behindScopes } from './slot-names.ts';
import { LEFT_OPEN } from './slots-by-names.ts';

const TRAINED = 'trainable_variables';

/** Why a variable is trained or not, by what the file has: collections in TF1, a word on each variable in TF2. */
function reasonOf({ kind, path }: GraphFacts, { trainable, collections }: VariableFacts): string {
  const file = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  if (kind === 'saved-model' && collections.length === 0) {
    return `${file} says that it is ${trainable === true ? '' : 'not '}trained`;
  }
  return `it is ${trainable === true ? '' : 'not '}in ${TRAINED} of ${file}`;
}

/** Nobody names an optimizer in deeper scopes; and names come from a file. */
const MOST_SCOPES = 32;

/**
 * A variable that is not trained, lies below one that is, and has its shape, is a slot of it: optimizers and moving averages
 * of TF1 may have any name, and call the slots `x/NAME`, `x/NAME_1` (tensorflow/python/training/slot_creator.py).
 */
function slotBelow(
  { key }: VariableFacts,
  { shape }: RoleFacts,
  { variables }: GraphFacts,
  tensors: TensorMap,
): Pick<TensorRole, 'role' | 'of' | 'slot'> | undefined {
  const trained = { has: (name: string): boolean => variables.get(name)?.trainable === true };
  let at = key.lastIndexOf('/');
  for (let scopes = 0; at > 0 && scopes < MOST_SCOPES; scopes++, at = key.lastIndexOf('/', at - 1)) {
    const of = behindScopes(key.slice(0, at), trained);
    const base = of === undefined ? undefined : tensors.get(of);
    if (of === undefined || base === undefined) continue;
    return sameShape(base.shape, shape) ? { role: 'slot', of, slot: key.slice(at + 1) } : undefined;
  }
  return undefined;
}

/** Kinds of numbers that training can change; of a dtype that nobody knows, the file is believed. */
const HAS_GRADIENT: ReadonlySet<string> = new Set(['float', 'complex', 'unknown']);

/** A trained variable is a weight, whatever it is called; what it is otherwise is told by something else. */
function withFacts(
  role: TensorRole,
  facts: GraphFacts,
  variable: VariableFacts,
  { dtype }: RoleFacts,
  below: () => ReturnType<typeof slotBelow>,
): TensorRole {
  const { trainable, collections } = variable;
  if (trainable === undefined) return role;
  const because = reasonOf(facts, variable);
  const known = { trainable: trainable ? 'yes' : 'no', evidence: 'declared', because } as const;
  // A program forgets to say that a counter is not trained; integers have no gradient.
  if (trainable && !HAS_GRADIENT.has(dtype.kind)) return role;
  // Keras on TensorFlow 1 put the variables of its optimizers into the collection as well.
  if (trainable && role.role !== 'weight' && role.optimizer !== undefined) return role;
  if (trainable && role.evidence === 'names') return { role: 'weight', ...known };
  if (role.role === 'weight' && !trainable && collections.length > 0) {
    const slot = below();
    if (slot !== undefined) return { ...slot, ...known };
  }
  if (role.role === 'weight' && collections.includes('global_step')) return { role: 'step', ...known };
  return { ...role, ...known };
}

/** Whether the graph is that of the checkpoint: one of its variables is there. */
export function speaksOf({ variables }: GraphFacts, tensors: TensorMap): boolean {
  for (const key of variables.keys()) if (tensors.has(key)) return true;
  return false;
}

/** Whether the graph knows of any variable if it is trained. */
export function tellsTrained({ variables }: GraphFacts): boolean {
  for (const { trainable } of variables.values()) if (trainable !== undefined) return true;
  return false;
}

/** How the counters of Keras' optimizers end, and settings that lie beside them. */
const KERAS_COUNTERS: readonly string[] = ['/iterations', '/iter'];
const KERAS_SETTINGS: readonly string[] = ['/lr', '/learning_rate', '/decay'];

/** Whether an optimizer of Keras is among the variables of a graph of TensorFlow 1. */
function hasKerasOptimizer({ variables }: GraphFacts): boolean {
  for (const name of variables.keys()) {
    const counter = KERAS_COUNTERS.find((ending) => name.endsWith(ending));
    const scope = name.slice(0, -(counter?.length ?? 0));
    if (counter !== undefined && KERAS_SETTINGS.some((setting) => variables.has(scope + setting))) return true;
  }
  return false;
}

/** Whether slots say of a weight that it may not be trained. */
const isToldBySlots = ({ role, trainable, because }: TensorRole): boolean =>
  role === 'weight' && trainable !== 'yes' && because !== LEFT_OPEN;

/** Adds what a graph file knows to the roles that `other` tells; `byName` tells what names do by themselves. */
export function roleByFacts(facts: GraphFacts, tensors: TensorMap, other: RoleOf, byName: RoleOf = other): RoleOf {
  let isKeras: boolean | undefined;
  return (name, tensor) => {
    const variable = facts.variables.get(name);
    if (variable === undefined) return other(name, tensor);
    // Where collections tell what is trained, nobody has to find it out by the slots of others.
    const isTold = variable.trainable !== undefined && variable.collections.length > 0;
    const role = (isTold ? byName : other)(name, tensor);
    if (isTold && variable.trainable === true && role.role === 'weight') {
      // Keras puts the variables of frozen layers into the collection too; slots say more.
      isKeras ??= hasKerasOptimizer(facts);
      const bySlots = isKeras ? other(name, tensor) : role;
      if (isKeras && isToldBySlots(bySlots)) return bySlots;
    }
    return withFacts(role, facts, variable, tensor, () => slotBelow(variable, tensor, facts, tensors));
  };
}
