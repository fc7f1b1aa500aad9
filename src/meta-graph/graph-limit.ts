/**
 * How much of a graph is read. One that merely lies beside a checkpoint speaks of its variables, so that what has many times more is
 * none of a program: each variable or node that is kept takes some hundred bytes of memory, and two in a file.
 */
import { CorruptError } from '../errors.ts';

/** Throws for so many variables in collections, or nodes. */
export type GraphLimit = (count: number) => void;

/** As many as no program has. */
const MOST = 2 ** 22;
/** So many are read whatever the checkpoint has. */
const MOST_OF_ANY = 2 ** 16;
/** Beside each variable stand nodes that read and save it, and what is local to a program. */
const MOST_A_KEY = 16;

function refuse(count: number, of: string): never {
  throw new CorruptError(`the graph has more than ${count} variables and nodes that read or save them${of}`, {
    where: 'graph_def',
  });
}

/** The limit for a graph that somebody asked for. */
export const anyGraph: GraphLimit = (count) => {
  if (count > MOST) refuse(MOST, '');
};

/** The limit for a graph beside a checkpoint with these keys, which are counted where there is need to. */
export function graphOf(keys: Iterable<string>): GraphLimit {
  let most = MOST_OF_ANY;
  let of: number | undefined;
  return (count) => {
    if (count <= most) return;
    if (of === undefined) {
      of = 0;
      for (const _ of keys) of++;
      most = Math.min(Math.max(MOST_OF_ANY, MOST_A_KEY * of), MOST);
    }
    if (count > most) refuse(most, `, for a checkpoint with ${of}`);
  };
}
