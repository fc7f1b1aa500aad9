/** A state file and what lies beside it, as a table: one row a checkpoint, the listed ones first. */
import type { CheckpointDirectory, FoundCheckpoint, ListedCheckpoint, Location } from '../../history.ts';
import { escapeText } from '../terminal/escape.ts';
import { formatBytes } from '../terminal/numbers.ts';
import type { Column } from './columns.ts';

export const DIRECTORY_ARGUMENT =
  'a directory with checkpoints, its state file whatever its name, or - to read the path from stdin';

export interface StateRow {
  /** The path as the state file has it, or a prefix that it does not list. */
  readonly path: string;
  readonly checkpoint: FoundCheckpoint | undefined;
  /** Seconds since 1970, as the state file says. */
  readonly timestamp: number | undefined;
  readonly status: string;
}

const PLACES: Readonly<Record<Location, string>> = {
  here: '',
  elsewhere: 'in another directory',
  moved: 'moved here',
  gone: 'gone',
};

function statusOf({ isLatest, place, checkpoint }: ListedCheckpoint): string {
  const unusable = checkpoint?.problem === undefined ? '' : 'unusable';
  return [isLatest ? 'latest' : '', PLACES[place], unusable].filter((word) => word !== '').join(', ');
}

/** A prefix of the directory as its state file would have it. */
function nameIn(prefix: string): string {
  return prefix.slice(prefix.lastIndexOf('/') + 1) || './';
}

export function stateRows({ listed, unlisted }: CheckpointDirectory): StateRow[] {
  return [
    ...listed.map((entry) => ({
      path: entry.written,
      checkpoint: entry.checkpoint,
      timestamp: entry.timestamp,
      status: statusOf(entry),
    })),
    ...unlisted.map((checkpoint) => ({
      path: nameIn(checkpoint.prefix),
      checkpoint,
      timestamp: undefined,
      status: checkpoint.problem === undefined ? 'not listed' : 'not listed, unusable',
    })),
  ];
}

/** `2026-11-20 01:10:46Z`; a number that is no time of this world stays a number. */
export function dateText(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  return `${date.toISOString().slice(0, -5).replace('T', ' ')}Z`;
}

/** The columns; times only where the state file has any. */
export function stateColumns(rows: readonly StateRow[]): Column<StateRow>[] {
  const saved: Column<StateRow> = {
    title: 'saved',
    align: 'left',
    text: ({ timestamp }) => (timestamp === undefined ? '' : dateText(timestamp)),
  };
  return [
    { title: 'checkpoint', align: 'left', text: ({ path }) => escapeText(path) },
    ...(rows.some(({ timestamp }) => timestamp !== undefined) ? [saved] : []),
    { title: 'format', align: 'left', text: ({ checkpoint }) => checkpoint?.format.toUpperCase() ?? '' },
    {
      title: 'size',
      align: 'right',
      text: ({ checkpoint }) => (checkpoint === undefined ? '' : formatBytes(checkpoint.bytes)),
    },
    { title: 'status', align: 'left', text: ({ status }) => status },
  ];
}
