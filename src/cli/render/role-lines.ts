/** Sums by role, as people read them. */

import type { Roles } from '../../index.ts';
import type { RoleSummary, WeightTotals } from '../../roles.ts';
import { escapeText } from '../terminal/escape.ts';
import { formatBytes, formatCount, plural } from '../terminal/numbers.ts';

/** How it is known which weights are trained. */
function sourceOf({ evidence }: WeightTotals, { graph }: Roles): string {
  if (evidence === 'names') return 'guessed from names';
  if (evidence === 'object-graph' || graph === undefined) return 'by the object graph';
  return `by ${escapeText(graph.path.slice(Math.max(graph.path.lastIndexOf('/'), graph.path.lastIndexOf('\\')) + 1))}`;
}

const FATES = { yes: 'trained', no: 'not trained', unknown: 'unknown' } as const;

/** A pair of words for each role: the role, and how much of it there is. */
export function rolePairs({ roles }: RoleSummary): [string, string][] {
  return roles.map(({ role, tensors, parameters, bytes }) => [
    role,
    `${plural(tensors, 'tensor')}, ${plural(formatCount(parameters), 'parameter')}, ${formatBytes(bytes)}`,
  ]);
}

/** A pair of words for the weights that are trained, those that are not, and those of which it is not known. */
export function weightPairs({ weights }: RoleSummary, roles: Roles): [string, string][] {
  return weights.map((totals) => [
    FATES[totals.trainable],
    `${plural(totals.tensors, 'tensor')}, ${plural(formatCount(totals.parameters), 'parameter')}, ${sourceOf(totals, roles)}`,
  ]);
}

const MOST_SLOTS = 6;

/** The optimizers whose slots are there, each as `Adam (slots m, v)`. */
export function optimizerTexts({ optimizers }: RoleSummary): string[] {
  return optimizers.map(({ optimizer, slots }) => {
    const some = slots.slice(0, MOST_SLOTS).map(escapeText).join(', ');
    const more = slots.length > MOST_SLOTS ? ` and ${slots.length - MOST_SLOTS} more` : '';
    const names = slots.length === 0 ? 'no slots' : `${slots.length === 1 ? 'slot' : 'slots'} ${some}${more}`;
    return optimizer === undefined ? names : `${escapeText(optimizer)} (${names})`;
  });
}

/** Two lines below a tree: its parameters by role, and of the weights which are trained. */
export function roleLines(summary: RoleSummary, roles: Roles): string[] {
  const byRole = summary.roles.map(({ role, parameters }) => `${role} ${formatCount(parameters)}`);
  const ofWeights = summary.weights.map(
    (totals) => `${FATES[totals.trainable]} ${formatCount(totals.parameters)} (${sourceOf(totals, roles)})`,
  );
  return [
    ...(byRole.length === 0 ? [] : [`parameters: ${byRole.join(', ')}`]),
    ...(ofWeights.length === 0 ? [] : [`weights: ${ofWeights.join(', ')}`]),
  ];
}
