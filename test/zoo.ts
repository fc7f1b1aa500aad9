/**
 * Real checkpoints from public repositories, with what TensorFlow says of each. They are no part of this repository: they
 * lie beside it, or where the environment variable CKPT_ZOO says.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './fixtures.ts';

export interface ZooTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sha256?: string;
  /** Why TensorFlow does not read it. */
  readonly error?: string;
}

export interface ZooCheckpoint {
  readonly title: string;
  readonly set: string;
  /** An index, or a V1 file or one of its shards. */
  readonly path: string;
  readonly entries: Readonly<Record<string, ZooTensor>>;
}

export const ZOO = process.env.CKPT_ZOO ?? join(REPOSITORY, '..', 'shared', 'zoo');
export const HAS_ZOO = existsSync(ZOO);
/** What the title of a test adds where it is skipped. */
export const NO_ZOO = HAS_ZOO ? '' : ` (not there: ${ZOO})`;

/** Every file of the zoo, as paths in it, in order. */
export function zooFiles(): string[] {
  return HAS_ZOO ? readdirSync(ZOO, { recursive: true, encoding: 'utf8' }).sort() : [];
}

/** Every checkpoint of which it is known what TensorFlow says. */
export const ZOO_CHECKPOINTS: readonly ZooCheckpoint[] = (HAS_ZOO ? readdirSync(ZOO) : []).flatMap((set) => {
  const file = join(ZOO, set, 'expected.json');
  if (!existsSync(file)) return [];
  const checkpoints = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Pick<ZooCheckpoint, 'entries'>>;
  return Object.entries(checkpoints).map(([path, { entries }]) => ({
    title: `${set}: ${path}`,
    set,
    path: join(ZOO, set, path),
    entries,
  }));
});

/** Whether TensorFlow reads every tensor: the others have no data, or something else in its place. */
export function isReadable({ entries }: ZooCheckpoint): boolean {
  return Object.values(entries).every(({ error }) => error === undefined);
}
