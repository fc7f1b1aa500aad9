/** What `subset` and `drop` share: one keeps what a selection takes, the other all else. */

import { OBJECT_GRAPH_KEY } from '../graph.ts';
import {
  type Chooser,
  chooser,
  drop,
  type OpenedCheckpoint,
  rolesOf,
  type Selection,
  subset,
  type TensorMap,
  UsageError,
} from '../index.ts';
import { orphanNotes, orphansOf, TextSet, takesAll } from '../text.ts';
import type { Outcome, Transform } from './operate.ts';
import { type GlobalOptions, type SelectionOptions, selectionOf } from './options.ts';
import { patternsOf, sharedNotes, storedNotes } from './selection-notes.ts';
import { withRoles } from './tell-roles.ts';
import { plural } from './terminal/numbers.ts';

interface SlotOptions {
  /** Leave out the slots of what is left out. */
  readonly withSlots?: boolean;
}

/** The selection of a command that makes no sense without one. */
export function requiredSelection(patterns: readonly string[], options: SelectionOptions, advice: string): Selection {
  const selection = selectionOf(patterns, options);
  if (takesAll(selection)) throw new UsageError(advice);
  return selection;
}

const namesGraph = ({ patterns }: Selection): boolean =>
  patterns.some((text) => text.replace(/^!/, '') === OBJECT_GRAPH_KEY);

/** The object graph goes with the tensors it speaks of, unless somebody names it. */
function sparingGraph(selection: Selection, chosen: Chooser, spared: boolean): Chooser {
  if (namesGraph(selection)) return chosen;
  return (name, tensor) => (name === OBJECT_GRAPH_KEY ? spared : chosen(name, tensor));
}

/** Throws {@link UsageError} where a drop matches the object graph and nothing else: that goes by its own name alone. */
function checkMeant(chosen: Chooser, tensors: TensorMap): void {
  for (const [name, tensor] of tensors) {
    if (name === OBJECT_GRAPH_KEY && chosen(name, tensor)) {
      throw new UsageError(`only the object graph matches, which goes by its whole name alone: ${OBJECT_GRAPH_KEY}`);
    }
  }
}

/** What goes, with the slots of what was asked for where that is wanted, and what is to be said of it. */
async function leavingOut(
  asked: Chooser,
  selection: Selection,
  input: OpenedCheckpoint,
  options: SelectionOptions & GlobalOptions & SlotOptions,
): Promise<{ readonly chosen: Chooser; readonly notes: readonly string[] }> {
  const { tensors } = input;
  const orphans = orphansOf(tensors, await rolesOf(input, { graph: options.graph }), asked);
  const patterns = patternsOf(selection, tensors);
  const taken = storedNotes(patterns);
  if (options.withSlots === true) {
    const chosen: Chooser = (name, tensor) => orphans.has(name) || asked(name, tensor);
    return { chosen, notes: [...taken, ...sharedNotes(selection, patterns, tensors, chosen)] };
  }
  return {
    chosen: asked,
    notes: [...taken, ...sharedNotes(selection, patterns, tensors, asked), ...orphanNotes(orphans, '--with-slots')],
  };
}

/** Keeps what the selection takes, or, turned around, what it does not take. */
export function selecting(
  requested: Selection,
  turnedAround: boolean,
  options: SelectionOptions & GlobalOptions & SlotOptions,
): Transform {
  return async (inputs): Promise<Outcome> => {
    const input = inputs[0] as OpenedCheckpoint;
    const before = input.tensors;
    const selection = await withRoles(requested, input, options);
    const asked = sparingGraph(selection, chooser(selection, before), !turnedAround);
    const { chosen, notes } = turnedAround
      ? await leavingOut(asked, selection, input, options)
      : { chosen: asked, notes: storedNotes(patternsOf(selection, before)) };
    const tensors = turnedAround ? drop(before, chosen) : subset(before, chosen);
    const { size } = before;
    const left = tensors.size - (tensors.has(OBJECT_GRAPH_KEY) ? 1 : 0);
    if (left === 0 && size > 0 && !namesGraph(selection)) {
      throw new UsageError(`no tensor of ${input.path} would be left`);
    }
    if (tensors.size === size && turnedAround && before.has(OBJECT_GRAPH_KEY))
      checkMeant(chooser(selection, before), before);
    let names: ReadonlySet<string> | undefined;
    const newNameOf = (name: string, position?: number): string | undefined => {
      if (position !== undefined) return tensors.verdicts.at(position) ? name : undefined;
      names ??= new TextSet(tensors.keys());
      return names.has(name) ? name : undefined;
    };
    return {
      tensors,
      newNameOf: (name, _, __, position) => (tensors.verdicts.at(position) ? name : undefined),
      verdicts: tensors.verdicts,
      graph: { input: 0, newNameOf, dropGraph: namesGraph(selection) && !tensors.has(OBJECT_GRAPH_KEY) },
      summary: (kept) => `${kept} of ${plural(size, 'tensor')} kept`,
      change: tensors.size === size ? 'unchanged' : 'left out',
      notes,
    };
  };
}
