/** Copies of networks that agents learn from, and do not train: `agent/_target_q_network` beside `agent/_q_network`. */

/** What stands for a network in the name of one; anything else may be called a target, and be trained. */
const TARGET =
  /(^|[/_])(?:target_(?=(?:[a-z0-9]+_)*(?:net|network|networks|model|critic|actor|policy|q)(?:_|\d|\/))|Target(?=[A-Z]?[A-Za-z]*(?:Net|Network|Model|Critic|Actor|Policy)(?:_|\d|\/)))/;

/** Scopes of agents that hold targets alone, and those beside them that are trained. */
const TARGETS = /(^|\/)target(_net(?:work)?|_model)?\//;
const TRAINED = ['main', 'model', 'online', 'eval', 'policy', 'primary', 'q'];

/** The name of the variable that one of a target network is a copy of; undefined for any other name. */
export function sourceOfTarget(name: string, has: (name: string) => boolean): string | undefined {
  if (!name.includes('arget')) return undefined;
  const source = name.replace(TARGET, '$1');
  // Networks may be numbered where their targets are: `CriticNetwork` and `CriticNetwork2` of `TargetCriticNetwork1` and `...2`.
  const first = source.replace(/([A-Za-z])1\//, '$1/');
  const others = TRAINED.map((scope) => name.replace(TARGETS, `$1${scope}$2/`));
  return [...(source === name ? [] : [source, first]), ...others].find((other) => other !== name && has(other));
}
