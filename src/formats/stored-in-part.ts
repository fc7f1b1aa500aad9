/** Tensors of which only some slices are stored: sound, and told once for all of them. */
import type { Finding } from './finding.ts';

export class StoredInPart {
  #first: string | undefined;
  #count = 0;

  add(name: string): void {
    this.#first ??= name;
    this.#count++;
  }

  /** One note, however many there are. */
  *findings(path: string | undefined): Generator<Finding> {
    if (this.#first === undefined) return;
    const others = this.#count === 1 ? '' : `, and of ${this.#count - 1} more`;
    const message = `tensor ${this.#first}: only some of its slices are stored${others}, as TensorFlow saves slots of partitioned variables`;
    yield { kind: 'slices-incomplete', severity: 'note', message, path, tensor: this.#first };
  }
}
