/** The steps that change values, dtypes and shapes. */
import { TextMap, TextSet } from '../bytes/text-map.ts';
import { average } from '../edits/average.ts';
import { stepsInto, withSteps } from '../edits/average-step.ts';
import type { RowFilling } from '../edits/axis-edit.ts';
import { cast } from '../edits/cast.ts';
import { castChoice, withFollowers } from '../edits/cast-choice.ts';
import { concat, split } from '../edits/concat.ts';
import { declaredTensor } from '../edits/declared-tensor.ts';
import type { Edited } from '../edits/edited-map.ts';
import { takeAverages } from '../edits/ema.ts';
import { parseFilling } from '../edits/filling.ts';
import { ownRoles } from '../edits/followers.ts';
import { mergeSlices, partition } from '../edits/partition.ts';
import { parseVocabulary, remap } from '../edits/remap.ts';
import { reshape } from '../edits/reshape.ts';
import { resize } from '../edits/resize.ts';
import { type Assignment, type NewValue, setValues } from '../edits/set.ts';
import { layoutPerm, transpose } from '../edits/transpose.ts';
import type { JsonValue } from '../edits/value-bytes.ts';
import { UsageError } from '../errors.ts';
import type { Role } from '../roles/role.ts';
import { furtherNamesOf } from '../surgery/further-names.ts';
import { MeantNames } from '../surgery/other-name-keys.ts';
import { type Chooser, chooser, type Selection } from '../surgery/selectors.ts';
import { dtypeOf } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { StepName, StepOf } from './recipe-schema.ts';
import type { StepContext, StepResult, Working } from './step-context.ts';
import { inKey } from './step-places.ts';

/** Runs a step on the map that it is about. */
export type RunStep<Name extends StepName> = (
  step: StepOf<Name>,
  working: Working,
  context: StepContext,
) => StepResult | Promise<StepResult>;

export const listOf = (texts: string | readonly string[] | undefined): readonly string[] =>
  texts === undefined ? [] : typeof texts === 'string' ? [texts] : texts;

/** Keys of a step that choose tensors. */
export interface ChoiceKeys {
  readonly select?: string | readonly string[] | undefined;
  readonly role?: Role | readonly Role[] | undefined;
  readonly trainable?: boolean | undefined;
}

/** What a step chooses, by any of the names that tensors have; everything where it says nothing. */
export function choice({ tensors, roleOf, others }: Working, { select, role, trainable }: ChoiceKeys): Chooser {
  const selection: Selection = {
    patterns: listOf(select),
    roles: role === undefined || typeof role !== 'string' ? role : [role],
    trainable: trainable === undefined ? undefined : trainable ? 'yes' : 'no',
    roleOf: roleOf ?? ownRoles(tensors),
    others,
  };
  return inKey(['select'], () => chooser(selection, tensors));
}

/** The working map after an edit; what a tensor was first is kept through all edits. */
function edited(working: Working, { tensors, changes, notes }: Edited, summary: string): StepResult {
  const before = new TextMap(working.before);
  const gone = [...working.gone];
  for (const change of changes) {
    const first = before.has(change.name) ? before.get(change.name) : change.before;
    if (change.after !== undefined) before.set(change.name, first);
    else {
      before.delete(change.name);
      if (first !== undefined) gone.push({ name: change.name, before: first });
    }
  }
  const lost = new TextSet(changes.filter(({ after }) => after === undefined).map(({ name }) => name));
  const newNameOf: Working['newNameOf'] = (name, input) => {
    const next = working.newNameOf(name, input);
    return next === undefined || lost.has(next) ? undefined : next;
  };
  return { working: { ...working, tensors, before, gone, newNameOf }, summary, notes };
}

const made = ({ changes }: Edited): number => changes.filter(({ after }) => after !== undefined).length;
const gone = ({ changes }: Edited): number => changes.filter(({ after }) => after === undefined).length;
const of = ({ tensors }: Working): string => `of ${tensors.size} tensors`;

interface FollowKeys {
  readonly 'with-slots'?: boolean | undefined;
}

const following = ({ roleOf }: Working, step: FollowKeys, { surroundings }: StepContext) => {
  return { roleOf, withSlots: step['with-slots'] ?? true, verify: surroundings.verify };
};

function fillingOf(init: string | undefined): RowFilling | undefined {
  if (init === undefined) return undefined;
  if (init === 'mean' || init === 'repeat') return { kind: init };
  const filling = parseFilling(init);
  if (filling !== undefined) return filling;
  throw new UsageError(`init takes zeros, ones, mean, repeat, normal:STD or uniform:LO,HI, not ${init}`);
}

/** The tensor of an input by any of its names. */
async function tensorCalled(name: string, { tensors }: Working): Promise<Tensor | undefined> {
  const own = tensors.get(name);
  if (own !== undefined) return own;
  const key = new MeantNames(tensors, [name], await furtherNamesOf(tensors)).keyOf(name);
  return key === undefined ? undefined : tensors.get(key);
}

/** A value of `set`: a text that is no filling and no reference is a string. */
async function newValue(value: JsonValue, name: string, context: StepContext): Promise<NewValue> {
  if (typeof value !== 'string') return { kind: 'json', value };
  if (!value.startsWith('@')) return parseFilling(value) ?? { kind: 'json', value };
  const reference = value.slice(1);
  const at = reference.indexOf(':');
  const input = context.maps.get(at < 0 ? reference : reference.slice(0, at));
  const inside = at < 0 ? name : reference.slice(at + 1);
  const tensor = input === undefined ? undefined : await tensorCalled(inside, input);
  if (tensor !== undefined) return { kind: 'tensor', name: reference, tensor };
  if (input !== undefined) throw new UsageError(`the input ${reference.slice(0, at)} has no tensor called ${inside}`);
  return { kind: 'tensor', ...(await context.surroundings.readTensor(reference, name)) };
}

function placeOf(text: string, names: MeantNames): Pick<Assignment, 'name' | 'declared'> {
  const key = names.keyOf(text);
  const declared = key === undefined ? declaredTensor(text) : undefined;
  return declared === undefined
    ? { name: key ?? text }
    : { name: names.keyOf(declared.name) ?? declared.name, declared };
}

export const castStep: RunStep<'cast'> = (step, working, { surroundings }) => {
  const { tensors, roleOf = ownRoles(tensors), others } = working;
  const patterns = listOf(step.select);
  const meant = inKey(['select'], () => new MeantNames(tensors, patterns, others));
  const keys = patterns.map((pattern) => meant.keyOf(pattern) ?? pattern);
  const chosen = withFollowers(tensors, choice(working, step), roleOf, step['with-slots']);
  const { choose } = castChoice(tensors, chosen, keys);
  const options = { saturate: step.saturate, verify: surroundings.verify, losses: false };
  const result = cast(working.tensors, choose, dtypeOf(step.dtype), options);
  return edited(working, result, `${made(result)} ${of(working)} cast to ${step.dtype}`);
};

export const averageStep: RunStep<'average'> = ({ inputs, weights, ema, common, into }, working, context) => {
  const maps = inKey(['inputs'], () => inputs.map((name) => context.at(name)));
  const newest = maps.at(-1) ?? working;
  const averagee = (at: number) => ({ tensors: (maps.at(at) ?? working).tensors, label: inputs.at(at) ?? '' });
  const roleOf = newest.roleOf ?? ownRoles(newest.tensors);
  const steps = inKey(['into'], () =>
    into === undefined ? [] : stepsInto(into, averagee(0), averagee(-1), roleOf, newest.others),
  );
  const untold = new Set(steps.map(({ name }) => name));
  const options = { weights, ema, common, verify: context.surroundings.verify, untold };
  const mean = average(
    maps.map(({ tensors }) => tensors),
    inputs,
    options,
  );
  const summary = `${mean.averaged} ${of(newest)} averaged over ${inputs.join(', ')}`;
  return edited(newest, withSteps(mean, steps), summary);
};

export const emaStep: RunStep<'ema'> = (step, working) => {
  const result = takeAverages(working.tensors, { roleOf: working.roleOf, keepRaw: step['keep-raw'] });
  return edited(working, result, `averages taken for ${result.taken.length} ${of(working)}`);
};

export const setStep: RunStep<'set'> = async ({ values, seed }, working, context) => {
  const assignments: Assignment[] = [];
  const names = new MeantNames(working.tensors, Object.keys(values), working.others);
  for (const [key, value] of Object.entries(values)) {
    await inKey(['values', key], async () => {
      const place = placeOf(key, names);
      assignments.push({ ...place, value: await newValue(value as JsonValue, place.name, context) });
    });
  }
  const options = { seed, verify: context.surroundings.verify };
  const result = inKey(['values'], () => setValues(working.tensors, assignments, options));
  return edited(working, result, `${made(result)} value${made(result) === 1 ? '' : 's'} set`);
};

export const resizeStep: RunStep<'resize'> = (step, working, context) => {
  const { axis, size, seed, at, cut } = step;
  const filling = inKey(['init'], () => fillingOf(step.init));
  const options = { ...following(working, step, context), axis, size, seed, at, cut, filling };
  const result = resize(working.tensors, choice(working, step), options);
  return edited(working, result, `${made(result)} ${of(working)} resized to ${size} rows`);
};

export const remapStep: RunStep<'remap'> = async (step, working, context) => {
  const { readText } = context.surroundings;
  const from = parseVocabulary(await inKey(['from'], () => readText(step.from)));
  const to = parseVocabulary(await inKey(['to-vocab'], () => readText(step['to-vocab'])));
  const { axis, seed } = step;
  const filling = inKey(['init'], () => fillingOf(step.init));
  const options = { ...following(working, step, context), axis, seed, from, to, filling };
  const result = remap(working.tensors, choice(working, step), options);
  const words = `${result.kept} words kept, ${result.added} new, ${result.lost} lost`;
  return edited(working, result, `${made(result)} ${of(working)} remapped: ${words}`);
};

export const concatStep: RunStep<'concat'> = (step, working, context) => {
  const { select, axis, as } = step;
  const { tensors, others } = working;
  const result = concat(tensors, select, { ...following(working, step, context), axis, as, others });
  return edited(working, result, `${gone(result)} ${of(working)} joined into ${made(result)}`);
};

export const splitStep: RunStep<'split'> = (step, working, context) => {
  const { select, axis, into, sizes, as } = step;
  const { tensors, others } = working;
  const name = inKey(['select'], () => new MeantNames(tensors, [select], others).keyOf(select)) ?? select;
  const result = split(tensors, name, { ...following(working, step, context), axis, into, sizes, as });
  return edited(working, result, `${gone(result)} ${of(working)} cut into ${made(result)}`);
};

export const transposeStep: RunStep<'transpose'> = (step, working, context) => {
  if ((step.perm === undefined) === (step.layout === undefined)) throw new UsageError('transpose takes perm or layout');
  const perm = inKey(['layout'], () => step.perm ?? layoutPerm(step.layout ?? ''));
  const options = { ...following(working, step, context), perm };
  const result = transpose(working.tensors, choice(working, step), options);
  return edited(working, result, `${made(result)} ${of(working)} transposed`);
};

export const reshapeStep: RunStep<'reshape'> = (step, working, context) => {
  const options = { ...following(working, step, context), shape: step.shape };
  const result = reshape(working.tensors, choice(working, step), options);
  return edited(working, result, `${made(result)} ${of(working)} reshaped`);
};

export const partitionStep: RunStep<'partition'> = (step, working, context) => {
  const { into, axis } = step;
  const merges = step['merge-slices'] === true;
  if ((into === undefined) !== merges)
    throw new UsageError('partition takes into, how many parts, or merge-slices: true');
  const options = following(working, step, context);
  const choose = choice(working, step);
  const result =
    into === undefined
      ? mergeSlices(working.tensors, choose, options)
      : partition(working.tensors, choose, { ...options, axis, into });
  return edited(
    working,
    result,
    `${made(result)} ${of(working)} ${into === undefined ? 'merged' : `in ${into} parts`}`,
  );
};
