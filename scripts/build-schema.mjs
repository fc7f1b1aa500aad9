/**
 * Writes the JSON schemas that are published, and the page about them; all are committed. `recipe.schema.json` is made of what
 * `ckpt apply` checks recipes against, `schemas/` and the lower part of `docs/json.md` of what the documents of `--json` hold.
 * With `--check` nothing is written: the exit code is 1 when a committed file is another.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { rolldown } from 'rolldown';
import { pageOf } from './document-page.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const DRAFT = 'http://json-schema.org/draft-07/schema#';

/** The schemas are TypeScript, which not every node runs. */
async function load(input) {
  const file = join(root, `node_modules/.cache/${process.pid}-${input.replaceAll('/', '-')}.mjs`);
  const bundle = await rolldown({ cwd: root, platform: 'node', input });
  await bundle.write({ file, format: 'esm' });
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(file);
  }
}

/** A step may be spelled with its name as the only key, which has its keys, or none; or as its name alone. */
function spellings(step) {
  const { step: name, ...properties } = step.properties;
  const required = (step.required ?? []).filter((key) => key !== 'step');
  const type = required.length === 0 ? ['object', 'null'] : 'object';
  const keys = { type, properties, required, additionalProperties: false };
  const wrapped = {
    type: 'object',
    properties: { [name.const]: keys },
    required: [name.const],
    additionalProperties: false,
  };
  return [step, wrapped, ...(required.length === 0 ? [{ const: name.const }] : [])];
}

async function recipeSchema() {
  const { RecipeSchema } = await load('src/recipes/recipe-schema.ts');
  const head = { $schema: DRAFT, title: 'A recipe of ckpt apply' };
  const { $schema: _, properties, ...body } = toJsonSchema(RecipeSchema, { errorMode: 'ignore' });
  const { anyOf, oneOf } = properties.steps.items;
  const steps = { items: { $ref: '#/definitions/step' }, minItems: 1 };
  // A recipe is an object, or the list of its steps alone: what is said of the one says nothing of the other.
  return {
    ...head,
    ...body,
    type: ['object', 'array'],
    properties: { ...properties, steps: { ...properties.steps, ...steps } },
    ...steps,
    definitions: { step: { anyOf: (anyOf ?? oneOf).flatMap(spellings) } },
  };
}

async function documentSchemas() {
  const { DOCUMENTS, DEFINITIONS } = await load('src/cli/json-schemas/documents.ts');
  return DOCUMENTS.map(({ schema, ...entry }) => {
    const { $schema: _, $defs, ...body } = toJsonSchema(schema, { definitions: DEFINITIONS });
    const isUsed = JSON.stringify(body).includes('"$ref"');
    const title = entry.commands.map((command) => (command.startsWith('OUT') ? command : `ckpt ${command}`)).join(', ');
    const own = isUsed ? { $defs } : {};
    return { ...entry, schema: { $schema: DRAFT, title, description: entry.about, ...body, ...own } };
  });
}

const BEGIN = '<!-- What follows is made by scripts/build-schema.mjs. -->\n';

/** Every file that is made, with its text. */
async function texts() {
  const files = new Map([['recipe.schema.json', await recipeSchema()]]);
  const documents = await documentSchemas();
  for (const { name, schema } of documents) files.set(`schemas/${name}.schema.json`, schema);
  const made = new Map([...files].map(([file, schema]) => [file, `${JSON.stringify(schema, null, 2)}\n`]));
  const page = readFileSync(join(root, 'docs/json.md'), 'utf8');
  const [intro] = page.split(BEGIN);
  return made.set('docs/json.md', `${intro}${BEGIN}\n${pageOf(documents)}`);
}

mkdirSync(join(root, 'schemas'), { recursive: true });
for (const [file, text] of await texts()) {
  const target = join(root, file);
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error(`${file} does not match its source; run node scripts/build-schema.mjs`);
    process.exitCode = 1;
  }
}
