/** Names of one family, told apart by a number: `weights_{n}` means `weights_0`, `weights_1` and so on. */
import { NameError, UsageError } from '../errors.ts';
import type { FurtherNames } from '../surgery/name-patterns.ts';
import { nearestHint } from '../surgery/nearest-names.ts';
import type { Tensor, TensorMap } from '../tensor/tensor.ts';

const PLACE = '{n}';

/** What stands before and behind the number; throws {@link UsageError} unless there is one place for it. */
function around(template: string): readonly [before: string, after: string] {
  const parts = template.split(PLACE);
  if (parts.length === 2) return [parts[0] as string, parts[1] as string];
  throw new UsageError(`${template} must hold {n} once, where the numbers of the names stand: shared/weights_{n}`);
}

/** The name with a number in its place. */
export function numberedName(template: string, number: number): string {
  const [before, after] = around(template);
  return `${before}${number}${after}`;
}

/** The number in a name of the family; undefined where it is of another. */
function numberIn(name: string, [before, after]: readonly [string, string]): number | undefined {
  if (!name.startsWith(before) || !name.endsWith(after) || name.length <= before.length + after.length)
    return undefined;
  const digits = name.slice(before.length, name.length - after.length);
  return /^\d{1,9}$/.test(digits) ? Number(digits) : undefined;
}

interface Numbered {
  readonly name: string;
  readonly tensor: Tensor;
}

/** The tensors of a family in the order of their numbers; throws {@link NameError} where one is missing between two others. */
export function numberedTensors(tensors: TensorMap, template: string, others?: FurtherNames): Numbered[] {
  const parts = around(template);
  const found = new Map<number, Numbered>();
  const take = (called: string, name: string, tensor: Tensor): void => {
    const number = numberIn(called, parts);
    if (number === undefined) return;
    const other = found.get(number);
    if (other?.name === name) return;
    if (other !== undefined) {
      throw new NameError(`${other.name} and ${name} have one number`, { colliding: [other.name, name] });
    }
    found.set(number, { name, tensor });
  };
  for (const [name, tensor] of tensors) take(name, name, tensor);
  if (found.size === 0) {
    others?.each((called, key) => {
      const tensor = tensors.get(key);
      if (tensor !== undefined) take(called, key, tensor);
    });
  }
  const numbers = [...found.keys()].sort((a, b) => a - b);
  const [first = 0] = numbers;
  if (numbers.length === 0) {
    const hint = nearestHint(numberedName(template, 0), tensors.keys());
    throw new NameError(`no tensor is called ${template} with a number for {n}${hint}`, { missing: [template] });
  }
  for (const [i, number] of numbers.entries()) {
    if (number === first + i) continue;
    const missing = numberedName(template, first + i);
    throw new NameError(`${missing} is missing between ${numbers.length} others of its kind`, { missing: [missing] });
  }
  return numbers.map((number) => found.get(number) as Numbered);
}
