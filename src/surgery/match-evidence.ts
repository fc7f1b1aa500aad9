/** How it is known which tensor is which of another checkpoint. */

/**
 * - `content`: dtype, shape and content are the same;
 * - `name`: of the same dtype, shape and role the name that is most like it, from either side, and alike enough;
 * - `shape`: the only one left of its dtype, shape and role on both sides;
 * - `guess`: one of several left of its dtype, shape and role, by what names and their order give.
 */
export type MatchEvidence = 'content' | 'name' | 'shape' | 'guess';

/** The kinds of evidence, best first. */
export const MATCH_EVIDENCE: readonly MatchEvidence[] = ['content', 'name', 'shape', 'guess'];
