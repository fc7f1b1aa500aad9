/** What a user should know before tensors are chosen by whether they are trained. */
import type { OpenedCheckpoint, Roles } from '../index.ts';
import { plural } from './terminal/numbers.ts';

const MOST_EXAMPLES = 3;
const ALL_GUESSED =
  'which tensors are trained is guessed from their names; --graph takes a .meta file or a SavedModel that knows';

/** Names as they are found: how many, and the first few. */
class Examples {
  readonly #names: string[] = [];
  count = 0;

  add(name: string): void {
    if (this.count++ < MOST_EXAMPLES) this.#names.push(name);
  }

  get text(): string {
    return `${this.#names.join(', ')}${this.count > MOST_EXAMPLES ? ', ...' : ''}`;
  }
}

/** Sentences on how far it is known which tensors are trained; none where the program itself said so of all. */
export function doubtsOf({ tensors }: OpenedCheckpoint, { roleOf, best, graph }: Roles): string[] {
  const notes = [...(graph?.notes ?? []), ...(best === 'names' ? [ALL_GUESSED] : [])];
  const unknown = new Examples();
  const guessed = new Examples();
  for (const [name, tensor] of tensors) {
    const { trainable, evidence } = roleOf(name, tensor);
    if (trainable === 'unknown') unknown.add(name);
    else if (trainable === 'yes' && evidence === 'names') guessed.add(name);
  }
  if (best !== 'names' && guessed.count > 0) {
    notes.push(`${plural(guessed.count, 'tensor')} taken for trained by name alone: ${guessed.text}`);
  }
  if (unknown.count > 0) {
    notes.push(`${plural(unknown.count, 'tensor')} taken for neither, for nothing tells if trained: ${unknown.text}`);
  }
  return notes;
}
