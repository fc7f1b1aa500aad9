/**
 * Writes `recipe.schema.json`, the JSON schema of a recipe, from what `ckpt apply` checks recipes against; it is committed.
 * With `--check` nothing is written: the exit code is 1 when the committed file is another.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, 'recipe.schema.json');

/** The schema is TypeScript, which not every node runs. */
async function loadSchema() {
  const file = join(root, 'node_modules/.cache/recipe-schema.mjs');
  const bundle = await rolldown({ cwd: root, platform: 'node', input: 'src/recipes/recipe-schema.ts' });
  await bundle.write({ file, format: 'esm' });
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(file);
  }
}

/** A step may be spelled with its name as the only key, or as its name alone. */
function spellings(step) {
  const { step: name, ...properties } = step.properties;
  const required = (step.required ?? []).filter((key) => key !== 'step');
  const keys = { type: 'object', properties, required, additionalProperties: false };
  const wrapped = {
    type: 'object',
    properties: { [name.const]: keys },
    required: [name.const],
    additionalProperties: false,
  };
  return [step, wrapped, ...(required.length === 0 ? [{ const: name.const }] : [])];
}

const { RecipeSchema } = await loadSchema();
const draft = { $schema: 'http://json-schema.org/draft-07/schema#', title: 'A recipe of ckpt apply' };
const schema = { ...draft, ...toJsonSchema(RecipeSchema, { errorMode: 'ignore' }) };
schema.properties.steps.items = {
  anyOf: (schema.properties.steps.items.anyOf ?? schema.properties.steps.items.oneOf).flatMap(spellings),
};
const text = `${JSON.stringify(schema, null, 2)}\n`;
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (JSON.stringify(JSON.parse(readFileSync(target, 'utf8')), null, 2) !== text.trimEnd()) {
  console.error('recipe.schema.json does not match its source; run node scripts/build-schema.mjs');
  process.exitCode = 1;
}
