/** What a graph file tells of the variables of a checkpoint: whether they are trained, as the program itself had it. */
import type { GraphFacts, VariableFacts } from '../graph/graph-facts.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import type { RoleOf, TensorRole } from './role.ts';

const TRAINED = 'trainable_variables';

/** Why a variable is trained or not, by what the file has: collections in TF1, a word on each variable in TF2. */
function reasonOf({ kind, path }: GraphFacts, { trainable, collections }: VariableFacts): string {
  const file = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  if (kind === 'saved-model' && collections.length === 0) {
    return `${file} says that it is ${trainable === true ? '' : 'not '}trained`;
  }
  return `it is ${trainable === true ? '' : 'not '}in ${TRAINED} of ${file}`;
}

/** A variable that is not trained and lies below another is its slot: optimizers of TF1 may have any name. */
function slotBelow(name: string, tensors: TensorMap): Pick<TensorRole, 'role' | 'of' | 'slot'> | undefined {
  const at = name.lastIndexOf('/');
  const of = name.slice(0, Math.max(at, 0));
  return of !== '' && tensors.has(of) ? { role: 'slot', of, slot: name.slice(at + 1) } : undefined;
}

/** A trained variable is a weight, whatever it is called; what it is otherwise is told by something else. */
function withFacts(role: TensorRole, facts: GraphFacts, variable: VariableFacts, tensors: TensorMap): TensorRole {
  const { trainable, collections } = variable;
  if (trainable === undefined) return role;
  const because = reasonOf(facts, variable);
  const known = { trainable: trainable ? 'yes' : 'no', evidence: 'exact', because } as const;
  if (trainable && role.evidence === 'names') return { role: 'weight', ...known };
  if (role.role === 'weight' && !trainable && collections.length > 0) {
    const below = slotBelow(variable.key, tensors);
    if (below !== undefined) return { ...below, ...known };
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

/** Adds what a graph file knows to the roles that `other` tells. */
export function roleByFacts(facts: GraphFacts, tensors: TensorMap, other: RoleOf): RoleOf {
  return (name, tensor) => {
    const role = other(name, tensor);
    const variable = facts.variables.get(name);
    return variable === undefined ? role : withFacts(role, facts, variable, tensors);
  };
}
