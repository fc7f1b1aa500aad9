/** A recipe applied: each step makes a map of maps, and nothing is read before the last one is written. */
import { TextSet } from '../bytes/text-map.ts';
import type { TensorChange } from '../edits/edited-map.ts';
import { UsageError } from '../errors.ts';
import { furtherNamesOf } from '../surgery/further-names.ts';
import { reconcileObjectGraph } from '../surgery/object-graph.ts';
import type { TensorMap } from '../tensor/tensor.ts';
import * as edits from './edit-steps.ts';
import * as names from './name-steps.ts';
import type { Recipe, Step, StepName } from './recipe-schema.ts';
import { type RecipeSurroundings, StepContext, type StepResult, type Working } from './step-context.ts';
import { inKey, placed, withKeys } from './step-places.ts';

export type { RecipeSurroundings } from './step-context.ts';

const RUN: { readonly [Name in StepName]: edits.RunStep<Name> } = {
  rename: names.renameStep,
  subset: names.subsetStep,
  drop: names.dropStep,
  'strip-optimizer': names.stripOptimizerStep,
  'strip-non-trainable': names.stripNonTrainableStep,
  merge: names.mergeStep,
  cast: edits.castStep,
  average: edits.averageStep,
  ema: edits.emaStep,
  set: edits.setStep,
  resize: edits.resizeStep,
  remap: edits.remapStep,
  concat: edits.concatStep,
  split: edits.splitStep,
  transpose: edits.transposeStep,
  reshape: edits.reshapeStep,
  partition: edits.partitionStep,
};

/** What one step did. */
export interface StepReport {
  readonly step: StepName;
  /** The input that it changed. */
  readonly on: string;
  readonly summary: string;
  readonly notes: readonly string[];
}

export interface AppliedRecipe {
  readonly tensors: TensorMap;
  readonly steps: readonly StepReport[];
  /** Tensors with other content, dtype or shape, by the names they have in the end; and those that went into others. */
  readonly changes: readonly TensorChange[];
  /** What a tensor of the input of a number is called in the end; undefined for one that is left out. */
  readonly newNameOf: (name: string, input: number) => string | undefined;
  /** The input whose object graph the result has. */
  readonly graphFrom: number;
  readonly dropGraph: boolean;
}

async function run(step: Step, working: Working, context: StepContext): Promise<StepResult> {
  const perform = RUN[step.step] as edits.RunStep<StepName>;
  return perform(step as never, working, context);
}

/** The object graph repeats the names, and tells the next step which slots belong to which variable. */
function withGraph({ tensors: all }: Working, { working, ...told }: StepResult): StepResult {
  const there = new TextSet(working.tensors.keys());
  const own = { before: all, newNameOf: (name: string) => (there.has(name) ? name : undefined) };
  const { before, newNameOf } = told.names ?? own;
  const { dropGraph } = working;
  const { tensors, notes } = reconcileObjectGraph(before, working.tensors, newNameOf, { dropGraph });
  return { ...told, working: { ...working, tensors }, notes: [...told.notes, ...notes] };
}

/** See recipe.ts. */
export async function applyRecipe(
  recipe: Recipe,
  inputs: ReadonlyMap<string, TensorMap>,
  surroundings: RecipeSurroundings,
): Promise<AppliedRecipe> {
  if (recipe.steps.length === 0) throw new UsageError('the recipe has no steps');
  const context = new StepContext(inputs, surroundings);
  const steps: StepReport[] = [];
  for (const [i, step] of recipe.steps.entries()) {
    const on = step.on ?? context.first;
    try {
      const given = inKey(step.on === undefined ? [] : ['on'], () => context.at(on));
      const before = { ...given, others: await furtherNamesOf(given.tensors) };
      const result = withGraph(before, await run(step, before, context));
      context.maps.set(on, result.working);
      steps.push({ step: step.step, on, summary: result.summary, notes: result.notes.map(withKeys) });
    } catch (error) {
      throw placed(error, i + 1, step);
    }
  }
  const { tensors, before, gone, newNameOf, graphFrom, dropGraph } = context.at(context.first);
  const changes = [...before].map(([name, was]): TensorChange => ({ name, before: was, after: tensors.get(name) }));
  return { tensors, steps, changes: [...changes, ...gone], newNameOf, graphFrom, dropGraph };
}
