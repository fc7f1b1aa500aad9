/**
 * What did the user mean by this path? Anything that people have in hand leads to a checkpoint: its prefix, one of its
 * files, a directory with a state file, the state file, a SavedModel, its variables. A path is tried as it stands before
 * it is taken for a pattern. When nothing fits, the error says what was found and what to type.
 */
import { basename, dirname, join } from 'node:path';
import { CkptError, NotACheckpointError } from '../errors.ts';
import type { Found } from '../formats/format.ts';
import type { FormatName } from '../formats/format-name.ts';
import { FORMATS, formatOf } from '../formats/registry.ts';
import { compileGlob, isGlob } from '../io/glob.ts';
import { splitPrefix, stripCheckpointSuffix } from '../io/shard-names.ts';
import { fileStore, type Store } from '../io/store.ts';
import { isDirectory, isFile, namesIn } from '../io/stored.ts';
import { failAtFile, failAtNothing } from './advice.ts';
import { packedIndexNote } from './packed-index.ts';
import { isStateText, parseCheckpointState, readStateText } from './state-file.ts';
import { placesOf, withSlash } from './state-paths.ts';

export interface Located extends Found {
  /** What a user should know about how the path was read, a sentence each. */
  readonly notes: readonly string[];
}

export interface LocateOptions {
  /** Where the files are; without it, on this machine. */
  readonly store?: Store | undefined;
  /** The format to look for alone, where several have the same name. */
  readonly format?: FormatName | undefined;
}

/** Finds the checkpoint behind a path; throws {@link NotACheckpointError} with advice when there is none. */
export function locate(path: string, { store = fileStore(), format }: LocateOptions = {}): Located {
  return new Search(store, format).locate(path);
}

/** What names in a directory are put behind. */
const inside = (directory: string): string => (directory.endsWith('/') ? directory : `${directory}/`);
const indented = (found: readonly Found[]): string =>
  found
    .slice(-5)
    .map(({ prefix }) => `  ${prefix}`)
    .join('\n');
const prefixesOf = (found: readonly Found[]): string[] => found.map(({ prefix }) => prefix);

/** So many folders of a directory are looked into. */
const MOST_FOLDERS = 100;

/** A search in a store, for any format or one. */
class Search {
  readonly #formats: typeof FORMATS;

  constructor(
    readonly store: Store,
    readonly format: FormatName | undefined,
  ) {
    this.#formats = format === undefined ? FORMATS : [formatOf(format)];
  }

  locate(path: string): Located {
    const trimmed = path.trimEnd();
    const result =
      this.#exactly(path) ?? (trimmed === path ? undefined : this.#exactly(trimmed)) ?? this.#byGlob(trimmed);
    if (result !== undefined) return result;
    this.#checkFormat(trimmed);
    if (isFile(this.store, trimmed)) return failAtFile(this.store, trimmed);
    return failAtNothing(this.store, trimmed);
  }

  /** Throws where there is a checkpoint, though of another format than was asked for. */
  #checkFormat(path: string): void {
    if (this.format === undefined) return;
    const other = new Search(this.store, undefined);
    const found = other.#exactly(path) ?? other.#byGlob(path);
    if (found === undefined) return;
    const [wanted, there] = [formatOf(this.format).title, formatOf(found.format).title];
    throw new NotACheckpointError(`${path} leads to no ${wanted} checkpoint: ${found.prefix} is ${there}`, path, [
      found.prefix,
    ]);
  }

  #exactly(path: string): Located | undefined {
    const prefix = stripCheckpointSuffix(path);
    const named = this.#at(path, prefix);
    if (named !== undefined) return named;
    if (isDirectory(this.store, path)) return this.#inDirectory(path);
    if (!isFile(this.store, path)) return undefined;
    if (/^saved_model\.pb(txt)?$/.test(basename(path))) return this.#inDirectory(dirname(path));
    return this.#isStateFile(path) ? this.#byState(path) : undefined;
  }

  /** The checkpoint that has exactly one of these names. */
  #at(...names: string[]): Located | undefined {
    for (const format of this.#formats) {
      for (const name of new Set(names)) {
        const found = name === '' ? undefined : format.at(this.store, name);
        if (found !== undefined) return this.#found(found);
      }
    }
    return undefined;
  }

  /** What was found, with a note where a checkpoint of another format has the same prefix: TensorFlow reads V2 then. */
  #found(found: Found, ...notes: string[]): Located {
    return { ...found, notes: [...notes, ...this.#shadowed(found)] };
  }

  #shadowed({ prefix, format, files: [first] }: Found): string[] {
    if (first === prefix || this.store.isDistant === true || !isFile(this.store, prefix)) return [];
    const others = this.#formats.slice(this.#formats.indexOf(formatOf(format)) + 1);
    const other = others.find((one) => one.at(this.store, prefix)?.prefix === prefix);
    if (other === undefined) return [];
    const [name, own] = [other.name.toUpperCase(), format.toUpperCase()];
    return [
      `${prefix} is a ${name} checkpoint, and ${first} one in ${own}; ${own} is read, as TensorFlow does; --format ${other.name} reads the other`,
    ];
  }

  #isStateFile(path: string): boolean {
    const text = readStateText(this.store, path);
    return text !== undefined && (isStateText(text) || (basename(path) === 'checkpoint' && text === ''));
  }

  /** All checkpoints among names of a directory; of several with one prefix, the one of the first format. */
  #among(dir: string, names: readonly string[]): Found[] {
    const all = new Map<string, Found>();
    for (const format of this.#formats) {
      for (const found of format.find(this.store, dir, names)) {
        if (!all.has(found.prefix)) all.set(found.prefix, found);
      }
    }
    return [...all.values()];
  }

  /** The checkpoints of TensorFlow among names of a directory; where there is none, those of other formats. */
  #first(dir: string, names: readonly string[]): Found[] {
    const all = this.#among(dir, names);
    const own = all.filter(({ format }) => formatOf(format).can.tensorflow);
    return own.length > 0 ? own : all;
  }

  /** The checkpoint that a directory is as a whole. */
  #folder(directory: string): Located | undefined {
    for (const format of this.#formats) {
      const found = format.folder?.(this.store, inside(directory));
      if (found !== undefined) return this.#found(found);
    }
    return undefined;
  }

  /** The checkpoint of a SavedModel, given its folder or that of its variables. */
  #variablesIn(directory: string): Located | undefined {
    return this.#at(join(directory, 'variables', 'variables')) ?? this.#at(join(directory, 'variables'));
  }

  #inDirectory(directory: string): Located {
    const all = this.#directlyIn(directory, this.store.list(directory));
    const [only, ...others] = all;
    if (only !== undefined && others.length === 0) return only;
    if (only === undefined) {
      return (
        this.#below(directory, true) ??
        this.#folder(directory) ??
        this.#below(directory, false) ??
        failAtNothing(this.store, directory)
      );
    }
    throw new NotACheckpointError(
      `${directory} holds ${all.length} checkpoints and no state file that says which; name one:\n${indented(all)}`,
      directory,
      prefixesOf(all),
    );
  }

  /** The checkpoint that the state file of a directory names, or that of a SavedModel, or all that are there. */
  #directlyIn(directory: string, names: readonly string[]): Located[] {
    const state = join(directory, 'checkpoint');
    if (isFile(this.store, state) && this.#isStateFile(state)) return [this.#byState(state)];
    const variables = this.#variablesIn(directory);
    if (variables !== undefined) return [variables];
    return this.#first(inside(directory), names).map((found) => this.#found(found));
  }

  /**
   * The only checkpoint in the folders of a directory, of TensorFlow or of any format; `checkpoint/` before all, since people
   * train into one beside their model.
   */
  #below(directory: string, tensorflow: boolean): Located | undefined {
    const base = inside(directory);
    const folders = namesIn(this.store, directory).filter((name) => isDirectory(this.store, base + name));
    const foundIn = (name: string): Located[] =>
      this.#inFolder(base + name).filter(({ format }) => !tensorflow || formatOf(format).can.tensorflow);
    const first = folders.includes('checkpoint') ? foundIn('checkpoint') : [];
    const all = first.length > 0 ? first : folders.slice(0, MOST_FOLDERS).flatMap(foundIn);
    const [only, ...others] = all;
    if (only === undefined) return undefined;
    if (others.length === 0)
      return { ...only, notes: [...only.notes, `using ${only.prefix}, the only checkpoint below`] };
    throw new NotACheckpointError(
      `${directory} is a directory without a checkpoint; there are ${all.length} in its folders, name one:\n${indented(all)}`,
      directory,
      prefixesOf(all),
    );
  }

  #inFolder(folder: string): Located[] {
    try {
      return this.#directlyIn(folder, namesIn(this.store, folder));
    } catch (error) {
      if (error instanceof CkptError) return [];
      throw error;
    }
  }

  /**
   * Follows a state file. Its path may be stale, since directories are moved: then the same name beside it counts, and then the
   * only checkpoint that is beside it, as where it names none or cannot be read.
   */
  #byState(path: string): Located {
    const { latest, why } = this.#latestIn(path);
    const directory = dirname(path);
    const { there, moved } = placesOf(latest ?? '', withSlash(directory));
    const found = latest === undefined ? undefined : this.#at(there);
    if (found !== undefined) return found;
    for (const name of latest === undefined ? [] : moved) {
      const beside = this.#at(name);
      if (beside !== undefined)
        return { ...beside, notes: [`${path} points to ${latest}, which is gone; using ${beside.prefix} beside it`] };
    }
    const all = this.#among(withSlash(directory), namesIn(this.store, directory));
    const [only, ...others] = all;
    if (only !== undefined && others.length === 0) {
      const what = why ?? `${path} points to ${latest}, which is gone`;
      return { ...only, notes: [`${what}; using ${only.prefix}, the only checkpoint there`] };
    }
    const packed = latest === undefined ? '' : packedIndexNote(this.store, there);
    const besideIt =
      all.length === 0
        ? `no checkpoint is beside it${packed}`
        : `beside it are ${prefixesOf(all.slice(-5)).join(', ')}`;
    throw new NotACheckpointError(
      `${why ?? `the state file ${path} points to ${latest}, which is not there`}; ${besideIt}`,
      path,
      prefixesOf(all),
    );
  }

  /** What a state file names; else why it names nothing. */
  #latestIn(path: string): { readonly latest: string | undefined; readonly why?: string } {
    try {
      const { latest } = parseCheckpointState(readStateText(this.store, path) ?? '');
      return latest === undefined ? { latest, why: `the state file ${path} names no checkpoint` } : { latest };
    } catch (cause) {
      if (!(cause instanceof CkptError)) throw cause;
      return { latest: undefined, why: `the state file ${path} cannot be read: ${cause.message}` };
    }
  }

  /** A pattern in the last part of a path, tried against the prefixes and files that are there. */
  #byGlob(path: string): Located | undefined {
    const { directory, base } = splitPrefix(stripCheckpointSuffix(path));
    if (!isGlob(base)) return undefined;
    const pattern = compileGlob(base);
    const isTaken = (name: string): boolean => pattern.test(name) || pattern.test(stripCheckpointSuffix(name));
    const matches = this.#among(directory, namesIn(this.store, directory).filter(isTaken));
    const [only, ...others] = matches;
    if (only === undefined) return undefined;
    if (others.length === 0) return this.#found(only);
    throw new NotACheckpointError(
      `${path} matches ${matches.length} checkpoints; name one:\n${indented(matches)}`,
      path,
      prefixesOf(matches),
    );
  }
}
