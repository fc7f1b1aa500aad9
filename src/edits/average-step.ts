/** Whose step a mean has: `step=last`, `step=first`, `step=NUMBER`, or the same of another tensor by its name. */
import { UsageError } from '../errors.ts';
import type { RoleOf } from '../roles/role.ts';
import type { FurtherNames } from '../surgery/name-patterns.ts';
import { MeantNames } from '../surgery/other-name-keys.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import type { Averaged } from './average.ts';
import type { Edited } from './edited-map.ts';
import { type Assignment, setValues } from './set.ts';

/** One of the checkpoints, and what it is called. */
interface Averagee {
  readonly tensors: TensorMap;
  readonly label: string;
}

/** The steps that get another value than the newest checkpoint has; throws {@link UsageError} where `into` names none. */
export function stepsInto(
  into: string,
  oldest: Averagee,
  newest: Averagee,
  roleOf: RoleOf,
  others: FurtherNames | undefined,
): Assignment[] {
  const [, name = '', which = ''] = /^(.+)=([^=]+)$/s.exec(into) ?? [];
  if (name === '') throw new UsageError(`--into takes step=last, step=first or step=NUMBER, not ${into}`);
  if (which === 'last') return [];
  if (which !== 'first' && !/^\d{1,18}$/.test(which)) {
    throw new UsageError(`a step is last, first or a number, not ${which}`);
  }
  const { tensors } = newest;
  const meant = name === 'step' ? name : new MeantNames(tensors, [name], others).keyOf(name);
  const steps = [...tensors].filter(([tensor, facts]) => {
    return name === 'step' ? facts.shape.length === 0 && roleOf(tensor, facts).role === 'step' : tensor === meant;
  });
  if (steps.length === 0) throw new UsageError(`there is no ${name} to set in ${newest.label}`);
  return steps.map(([tensor]): Assignment => {
    const first = oldest.tensors.get(tensor);
    if (which !== 'first') return { name: tensor, value: { kind: 'json', value: BigInt(which) } };
    if (first === undefined) throw new UsageError(`${oldest.label} has no ${tensor}`);
    return { name: tensor, value: { kind: 'tensor', name: tensor, tensor: first } };
  });
}

/** The mean with other steps. */
export function withSteps(mean: Averaged, steps: readonly Assignment[]): Edited {
  if (steps.length === 0) return mean;
  const { tensors, changes } = setValues(mean.tensors, steps);
  return { tensors, changes: [...mean.changes, ...changes], notes: mean.notes };
}
