/** What lies in the directories that a state file leads to. */
import type { Found } from '../formats/format.ts';
import { TENSORFLOW_FORMATS } from '../formats/registry.ts';
import { compileGlob, isGlob } from '../io/glob.ts';
import { splitPrefix } from '../io/shard-names.ts';
import type { Store } from '../io/store.ts';
import { namesIn } from '../io/stored.ts';
import { FoundCheckpoint } from './found-checkpoint.ts';

/** The checkpoints of directories, each directory listed once. */
export class Neighbours {
  readonly #folders = new Map<string, readonly Found[]>();
  readonly #found = new Map<string, FoundCheckpoint | undefined>();

  constructor(readonly store: Store) {}

  /** What lies in a directory, V2 before V1, as TensorFlow looks for it; of two with one prefix the first. */
  in(directory: string): readonly Found[] {
    let folder = this.#folders.get(directory);
    if (folder === undefined) {
      const names = namesIn(this.store, directory);
      const all = TENSORFLOW_FORMATS.flatMap((format) => format.find(this.store, directory, names));
      folder = [...new Map(all.toReversed().map((found) => [found.prefix, found])).values()].reverse();
      this.#folders.set(directory, folder);
    }
    return folder;
  }

  /** The checkpoint of a prefix: TensorFlow adds nothing to what a state file says, save where it is a pattern. */
  at(prefix: string): FoundCheckpoint | undefined {
    if (!this.#found.has(prefix)) {
      const found = this.#lookAt(prefix);
      this.#found.set(prefix, found === undefined ? undefined : new FoundCheckpoint(this.store, { ...found, prefix }));
    }
    return this.#found.get(prefix);
  }

  #lookAt(prefix: string): Found | undefined {
    const { directory, base } = splitPrefix(prefix);
    const all = this.in(directory);
    const exact = all.find((found) => found.prefix === prefix);
    if (exact !== undefined) return exact;
    for (const format of TENSORFLOW_FORMATS) {
      const found = format.at(this.store, prefix);
      if (found?.prefix === prefix) return found;
    }
    if (!isGlob(base)) return undefined;
    const pattern = compileGlob(base);
    const taken = all.filter(
      ({ files }) => files.length > 0 && files.every((file) => pattern.test(splitPrefix(file).base)),
    );
    const [first] = taken;
    return first === undefined ? undefined : { ...first, files: taken.flatMap(({ files }) => files) };
  }
}
