/** Names of one family, told apart by a number: `weights_{n}` means `weights_0`, `weights_1` and so on. */
import { NameError, UsageError } from '../errors.ts';
import { nearestNames } from '../surgery/nearest-names.ts';
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

/** The tensors of a family in the order of their numbers; throws {@link NameError} where one is missing between two others. */
export function numberedTensors(
  tensors: TensorMap,
  template: string,
): { readonly name: string; readonly tensor: Tensor }[] {
  const [before, after] = around(template);
  const found = new Map<number, { readonly name: string; readonly tensor: Tensor }>();
  for (const [name, tensor] of tensors) {
    if (!name.startsWith(before) || !name.endsWith(after) || name.length <= before.length + after.length) continue;
    const digits = name.slice(before.length, name.length - after.length);
    if (!/^\d{1,9}$/.test(digits)) continue;
    const other = found.get(Number(digits));
    if (other !== undefined) {
      throw new NameError(`${other.name} and ${name} have one number`, { colliding: [other.name, name] });
    }
    found.set(Number(digits), { name, tensor });
  }
  const numbers = [...found.keys()].sort((a, b) => a - b);
  const [first = 0] = numbers;
  if (numbers.length === 0) {
    const near = nearestNames(numberedName(template, 0), tensors.keys());
    const hint = near.length > 0 ? `; the nearest names are ${near.join(', ')}` : '';
    throw new NameError(`no tensor is called ${template} with a number for {n}${hint}`, { missing: [template] });
  }
  for (const [i, number] of numbers.entries()) {
    if (number === first + i) continue;
    const missing = numberedName(template, first + i);
    throw new NameError(`${missing} is missing between ${numbers.length} others of its kind`, { missing: [missing] });
  }
  return numbers.map((number) => found.get(number) as { readonly name: string; readonly tensor: Tensor });
}
