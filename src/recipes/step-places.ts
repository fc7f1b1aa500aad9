/** Where in its text each step of a recipe stands, for errors that come when it is applied; and of which key they speak. */
import { CkptError } from '../errors.ts';

type KeyPath = readonly string[];

/** `release.yaml:4:7` of a step, or of one of its keys. */
export type PlaceOf = (key: KeyPath) => string;

const places = new WeakMap<object, PlaceOf>();
const keys = new WeakMap<CkptError, KeyPath>();

/** Keeps where a step was read; steps that were not read from a text have no place. */
export function keepPlace(step: object, placeOf: PlaceOf): void {
  places.set(step, placeOf);
}

/** Does what a key of a step asks for, at once or in a while; an error that comes of it is of that key. */
export function inKey<T>(key: KeyPath, work: () => T): T {
  const blamed = (error: unknown): never => {
    if (error instanceof CkptError && !keys.has(error)) keys.set(error, key);
    throw error;
  };
  try {
    const result = work();
    return result instanceof Promise ? (result.catch(blamed) as T) : result;
  } catch (error) {
    return blamed(error);
  }
}

/** Options that are true or false, which a recipe spells as keys. */
const SWITCHES: readonly string[] = ['common', 'cut', 'keep-step', 'merge-slices', 'saturate'];

/** A sentence that speaks of options of the command line, with the keys of a recipe in their place. */
export function withKeys(sentence: string): string {
  return sentence.replace(/(?<=^|[\s(])--(no-slots|[a-z]+(?:-[a-z]+)*)/g, (_, option: string) => {
    if (option === 'no-slots') return 'with-slots: false';
    return SWITCHES.includes(option) ? `${option}: true` : option;
  });
}

/** The error with the number of its step before its message, and, where that is known, its place in the text and its key. */
export function placed(error: unknown, number: number, step: { readonly step: string }): unknown {
  if (!(error instanceof CkptError)) return error;
  const key = keys.get(error) ?? [];
  const place = places.get(step)?.(key);
  const where = `step ${number} (${step.step})${key.length > 0 ? `, ${key.join('.')}` : ''}`;
  error.message = `${place === undefined ? '' : `${place}: `}${where}: ${withKeys(error.message)}`;
  return error;
}
