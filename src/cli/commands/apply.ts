/** `ckpt apply`: several edits in one pass over the data. */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { Command } from 'commander';
import {
  type AppliedRecipe,
  applyRecipe,
  type OpenedCheckpoint,
  parseRecipe,
  type Recipe,
  type RoleOf,
  rolesOf,
  UsageError,
} from '../../index.ts';
import { ValueFiles } from '../assignments.ts';
import { type Outcome, operateOn } from '../operate.ts';
import { readInput } from '../options.ts';
import { plural } from '../terminal/numbers.ts';
import { stdout } from '../terminal/output.ts';
import { outputOf, type WritingOptions, withWriting } from '../write-options.ts';
import { checkOptions, openInputs } from '../writing-steps.ts';

interface ApplyOptions extends WritingOptions {
  readonly schema?: boolean;
}

const EXAMPLES = `
A recipe is YAML or JSON: a list of steps, called as the commands are, with
their options as keys and their patterns under select.

  inputs: {model: run/model.ckpt-1000, head: head.ckpt}
  steps:
    - strip-optimizer
    - rename: {replace: s|^bert/|encoder/|}
    - resize: {select: encoder/embeddings, size: 31836, init: normal:0.02}
    - merge: {inputs: [model, head]}
    - cast: {select: '**/kernel', dtype: bfloat16}

Checkpoints after the recipe take the place of its inputs, in order or as
name=path. Other paths are relative to the recipe. The result is what becomes of
the first input. All of it is one pass over the data; nothing in between is
written.
Examples:
  ckpt apply release.yaml -o release.ckpt
  ckpt apply release.yaml model.ckpt-2000 -o release.ckpt --dry-run
  ckpt apply mix.yaml model=a.ckpt head=b.ckpt -o mixed.ckpt
  ckpt apply --schema > recipe.schema.json`;

export function applyCommand(): Command {
  const command = new Command('apply')
    .argument('[recipe]', 'a file with the recipe; - for stdin')
    .argument('[checkpoints...]', 'what it works on, in the order of its inputs, or as name=path')
    .option('--schema', 'print the JSON schema of recipes')
    .addHelpText('after', EXAMPLES);
  return withWriting(command).action(run);
}

/** The paths of the inputs by name: those of the recipe, with those of the arguments in their place. */
function pathsOf(recipe: Recipe, given: readonly string[], beside: (path: string) => string): Map<string, string> {
  const paths = new Map(Object.entries(recipe.inputs ?? {}).map(([name, path]) => [name, beside(path)]));
  const unnamed: string[] = [];
  for (const argument of given) {
    const [, name = '', path = ''] = /^([A-Za-z_][\w-]*)=(.+)$/.exec(argument) ?? [];
    if (name === '' || existsSync(argument)) unnamed.push(argument);
    else paths.set(name, path);
  }
  const names = [...paths.keys()];
  for (const [i, path] of unnamed.entries()) paths.set(names[i] ?? (i === 0 ? 'model' : `model${i + 1}`), path);
  if (paths.size === 0) throw new UsageError('the recipe names no inputs; name a checkpoint after it');
  checkUsed(recipe, paths);
  return paths;
}

/** Throws for a checkpoint that was given and has no part in the recipe: it was meant for another name, or another recipe. */
function checkUsed({ inputs = {}, steps }: Recipe, paths: ReadonlyMap<string, string>): void {
  const [first = ''] = paths.keys();
  const used = new Set([first, ...Object.keys(inputs)]);
  for (const step of steps) {
    if (step.on !== undefined) used.add(step.on);
    if ('inputs' in step) for (const name of step.inputs) used.add(name);
    if (step.step !== 'set') continue;
    for (const value of Object.values(step.values)) {
      const [, name] = typeof value === 'string' ? (/^@([^:]+)/.exec(value) ?? []) : [];
      if (name !== undefined) used.add(name);
    }
  }
  for (const [name, path] of paths) {
    if (used.has(name)) continue;
    throw new UsageError(
      `the recipe has no input called ${name}, which ${path} would be; it has ${[...used].join(', ')}`,
    );
  }
}

function outcomeOf(applied: AppliedRecipe, names: readonly string[], recipe: string): Outcome {
  const { tensors, steps, changes, newNameOf, graphFrom: input, dropGraph } = applied;
  const told = steps.map(({ step, on, summary }, i) => {
    return `step ${i + 1}, ${step}${names.length > 1 ? ` on ${on}` : ''}: ${summary}`;
  });
  return {
    tensors,
    newNameOf: (name, i) => newNameOf(name, i),
    graph: { input, newNameOf: (name) => newNameOf(name, input), dropGraph },
    summary: (size) => `${plural(size, 'tensor')} after ${plural(steps.length, 'step')}`,
    change: 'reshaped',
    notes: steps.flatMap(({ notes }) => notes),
    steps: told,
    recipe,
    changes,
  };
}

async function applied(
  recipe: Recipe,
  names: readonly string[],
  inputs: readonly OpenedCheckpoint[],
  beside: (path: string) => string,
  files: ValueFiles,
  options: ApplyOptions,
): Promise<AppliedRecipe> {
  const roles = new Map<string, RoleOf>();
  for (const [i, input] of inputs.entries()) roles.set(names[i] as string, (await rolesOf(input)).roleOf);
  const maps = new Map(inputs.map(({ tensors }, i) => [names[i] as string, tensors]));
  return applyRecipe(recipe, maps, {
    rolesOf: (name) => roles.get(name),
    readText: (path) => readInput(beside(path), `the file ${path}`),
    readTensor: async (reference, name) => {
      const value = await files.tensorAt(beside(reference), name);
      if (value.kind !== 'tensor') throw new UsageError(`@${reference} is no tensor`);
      return value;
    },
    verify: options.verify,
  });
}

async function run(path: string | undefined, given: readonly string[], _: unknown, command: Command): Promise<void> {
  const options = command.optsWithGlobals<ApplyOptions>();
  if (options.schema === true) {
    const { default: schema } = await import('../../../recipe.schema.json');
    stdout.line(JSON.stringify(schema, null, 2));
    return;
  }
  if (path === undefined) throw new UsageError('name a recipe: ckpt apply recipe.yaml model.ckpt -o out.ckpt');
  checkOptions(options);
  const text = readInput(path, 'the recipe');
  const recipe = await parseRecipe(text, path === '-' ? 'stdin' : path);
  const beside = (other: string): string => (path === '-' || isAbsolute(other) ? other : join(dirname(path), other));
  const paths = pathsOf(recipe, given, beside);
  const output = outputOf(options, [...paths.values()][0] as string);
  const inputs = await openInputs([...paths.values()], options);
  const files = new ValueFiles();
  try {
    const names = [...paths.keys()];
    const result = await applied(recipe, names, inputs, beside, files, options);
    await operateOn(inputs, output, options, outcomeOf(result, names, text));
  } finally {
    files.close();
  }
}
