/** What somebody should know of a rewritten graph: one sentence for each kind of thing, however often it happened. */
import { TextMap } from '../bytes/text-map.ts';

const MOST_EXAMPLES = 3;

export class GraphNotes {
  /** So many objects are named of each kind. */
  readonly mostExamples = MOST_EXAMPLES;
  readonly #kinds = new TextMap<{ readonly examples: string[]; count: number }>();

  /** Notes that `sentence` holds for one more object; it is told once, after the first few objects. */
  add(sentence: string, example: string): void {
    const kind = this.#kinds.get(sentence) ?? { examples: [], count: 0 };
    this.#kinds.set(sentence, kind);
    if (kind.examples.includes(example)) return;
    kind.count++;
    if (kind.examples.length < MOST_EXAMPLES) kind.examples.push(example);
  }

  /** Notes that a sentence that was told of objects holds for another one, which is none of those. */
  count(sentence: string): void {
    const kind = this.#kinds.get(sentence);
    if (kind !== undefined) kind.count++;
  }

  /** The sentences, in the order in which the kinds came up. */
  sentences(): string[] {
    return [...this.#kinds].map(([sentence, { examples, count }]) => {
      const more = count > examples.length ? ` and ${count - examples.length} more` : '';
      return `${examples.join(', ')}${more}: ${sentence}`;
    });
  }
}
