/** What a recipe may say, step by step: checked when one is read, and published as a JSON schema (scripts/build-schema.mjs). */
import * as v from 'valibot';
import { ROLES } from '../roles/role.ts';
import { DTYPES } from '../tensor/dtype.ts';

const text = v.string();
const texts = v.union([v.string(), v.array(v.string())]);
const whole = v.pipe(v.number(), v.integer());
const wholes = v.array(whole);
const yes = v.boolean();

/** What a step works on: an input by its name, the first one when left out. Its result takes the place of that. */
const on = v.optional(v.pipe(text, v.description('the input it works on; the first one when left out')));
const select = v.pipe(texts, v.description('names, globs, scopes/ or /regular expressions/; ! leaves out'));
const axis = v.optional(v.pipe(whole, v.description('0 when left out; -1 is the last')));
const init = v.optional(v.pipe(text, v.description('zeros, ones, mean, repeat, normal:STD or uniform:LO,HI')));
const seed = v.optional(whole);
const dtype = v.picklist(DTYPES.map(({ name }) => name));
const withSlots = v.optional(v.pipe(yes, v.description('take slots and moving averages along; true when left out')));

const oneRole = v.picklist(ROLES);
/** What narrows a selection beside its patterns. */
const narrowing = {
  role: v.optional(v.union([oneRole, v.array(oneRole)])),
  trainable: v.optional(v.pipe(yes, v.description('only what training changes, or only what it does not'))),
};

const shaped = { on, select, ...narrowing, 'with-slots': withSlots };

export const STEPS = [
  v.strictObject({
    step: v.literal('rename'),
    on,
    map: v.optional(v.union([v.record(text, text), text])),
    replace: v.optional(texts),
    'strip-prefix': v.optional(text),
    'add-prefix': v.optional(text),
    select: v.optional(select),
    'with-slots': v.optional(yes),
  }),
  v.strictObject({ step: v.literal('subset'), on, select: v.optional(select), ...narrowing }),
  v.strictObject({
    step: v.literal('drop'),
    on,
    select: v.optional(select),
    ...narrowing,
    'with-slots': v.optional(v.pipe(yes, v.description('drop slots and moving averages of what is dropped, too'))),
  }),
  v.strictObject({ step: v.literal('strip-optimizer'), on, 'keep-step': v.optional(yes), keep: v.optional(texts) }),
  v.strictObject({ step: v.literal('strip-non-trainable'), on, keep: v.optional(texts) }),
  v.strictObject({
    step: v.literal('merge'),
    on,
    inputs: v.array(text),
    'on-conflict': v.optional(v.picklist(['refuse', 'first', 'last', 'identical'])),
    'prefix-each': v.optional(v.array(text)),
    'object-graph': v.optional(v.picklist(['first', 'last', 'drop'])),
  }),
  v.strictObject({
    step: v.literal('cast'),
    on,
    select: v.optional(select),
    ...narrowing,
    dtype,
    saturate: v.optional(yes),
    'with-slots': v.optional(
      v.pipe(yes, v.description('true casts slots and averages of what is chosen, too; false casts none')),
    ),
  }),
  v.strictObject({
    step: v.literal('average'),
    on,
    inputs: v.pipe(v.array(text), v.description('from the oldest to the newest')),
    weights: v.optional(v.array(v.number())),
    ema: v.optional(v.number()),
    common: v.optional(yes),
    into: v.optional(v.pipe(text, v.description('whose step it has: step=last, step=first or step=NUMBER'))),
  }),
  v.strictObject({ step: v.literal('ema'), on, 'keep-raw': v.optional(text) }),
  v.strictObject({
    step: v.literal('set'),
    on,
    values: v.pipe(
      v.record(text, v.any()),
      v.description('numbers, lists, zeros, ones, normal:STD, uniform:LO,HI, @FILE, @FILE:NAME or @INPUT:NAME'),
    ),
    seed,
  }),
  v.strictObject({
    step: v.literal('resize'),
    ...shaped,
    axis,
    size: whole,
    init,
    seed,
    at: v.optional(v.union([v.picklist(['end', 'start']), whole])),
    cut: v.optional(yes),
  }),
  v.strictObject({ step: v.literal('remap'), ...shaped, axis, from: text, 'to-vocab': text, init, seed }),
  v.strictObject({ step: v.literal('concat'), on, select: text, axis, as: text, 'with-slots': withSlots }),
  v.strictObject({
    step: v.literal('split'),
    on,
    select: text,
    axis,
    into: v.optional(whole),
    sizes: v.optional(wholes),
    as: text,
    'with-slots': withSlots,
  }),
  v.strictObject({
    step: v.literal('transpose'),
    ...shaped,
    perm: v.optional(wholes),
    layout: v.optional(text),
  }),
  v.strictObject({ step: v.literal('reshape'), ...shaped, shape: wholes }),
  v.strictObject({
    step: v.literal('partition'),
    ...shaped,
    axis,
    into: v.optional(whole),
    'merge-slices': v.optional(yes),
  }),
] as const;

/** A recipe once each step says its name under `step`. */
export const RecipeSchema = v.strictObject({
  inputs: v.optional(v.pipe(v.record(text, text), v.description('paths by name; arguments take their place in order'))),
  steps: v.array(v.variant('step', STEPS)),
});

export type Recipe = v.InferOutput<typeof RecipeSchema>;
export type Step = Recipe['steps'][number];
export type StepName = Step['step'];
export type StepOf<Name extends StepName> = Extract<Step, { step: Name }>;

/** The keys that a step may have. */
export function keysOf(step: string): string[] {
  const schema = STEPS.find(({ entries }) => entries.step.literal === step);
  return schema === undefined ? [] : Object.keys(schema.entries).filter((key) => key !== 'step');
}

export const STEP_NAMES: readonly StepName[] = STEPS.map(({ entries }) => entries.step.literal);
