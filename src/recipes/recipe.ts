/** Several edits in one pass: a recipe is read here, and applied by apply-recipe.ts. What reads YAML is loaded only for it. */
import type { Recipe } from './recipe-schema.ts';

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
