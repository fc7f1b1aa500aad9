/** Several edits in one pass: the doors of this room, which is loaded for them alone, and what reads YAML only for it. */
import type { TensorMap } from '../tensor/tensor.ts';
import type { AppliedRecipe } from './apply-recipe.ts';
import type { Recipe } from './recipe-schema.ts';
import type { RecipeSurroundings } from './step-context.ts';

export type { Recipe, Step, StepName } from './recipe-schema.ts';

/**
 * Reads a recipe, in YAML or JSON; throws a `UsageError` with line and column for what is none. `source` is what it is called.
 *
 * @example
 * const recipe = await parseRecipe("- rename: { replace: 's/^net/model/' }\n- strip-optimizer:\n");
 * console.log(recipe);
 */
export async function parseRecipe(text: string, source = 'recipe'): Promise<Recipe> {
  const { readRecipe } = await import('./read-recipe.ts');
  return readRecipe(text, source);
}

/**
 * Applies the steps of a recipe, in order, to inputs by name; the result is what becomes of the first one. Throws a
 * {@link CkptError} that names the step which cannot be done.
 *
 * @example
 * const { tensors } = await openCheckpoint('model.ckpt');
 * const recipe = await parseRecipe("- rename:\n    replace: s/^net/model/\n");
 * const { tensors: renamed } = await applyRecipe(recipe, new Map([['model.ckpt', tensors]]), {
 *   readText: () => '', // of files that the recipe names
 *   readTensor: async (name) => ({ name, tensor: tensorFrom(0) }),
 * });
 * await writeCheckpoint('renamed.ckpt', renamed);
 */
export async function applyRecipe(
  recipe: Recipe,
  inputs: ReadonlyMap<string, TensorMap>,
  surroundings: RecipeSurroundings,
): Promise<AppliedRecipe> {
  return (await import('./apply-recipe.ts')).applyRecipe(recipe, inputs, surroundings);
}
