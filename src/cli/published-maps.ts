/** The maps of names that come with the package, by name: `--map bert-hf`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TensorMap } from '../index.ts';
import { type PublishedMap, parsePublishedMap, publishedRule } from '../text.ts';

/** Beside the source as beside what is built of it. */
const FOLDER = fileURLToPath(new URL('../../maps/', import.meta.url));

/** The map of a name; undefined for a name that is none. */
export function publishedMap(name: string): PublishedMap | undefined {
  const path = join(FOLDER, `${name}.json`);
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(path)) return undefined;
  return parsePublishedMap(readFileSync(path, 'utf8'), path);
}

/** The names of all maps. */
export function publishedMapNames(): string[] {
  return existsSync(FOLDER)
    ? readdirSync(FOLDER)
        .map((file) => file.replace(/\.json$/, ''))
        .sort()
    : [];
}

/** What a map makes of the names that are there. */
export function pairsOfMap(map: PublishedMap, tensors: TensorMap): [string, string][] {
  const rule = publishedRule(map, (name) => tensors.has(name));
  const pairs = [...tensors.keys()].map((name): [string, string] => [name, rule(name)]);
  return pairs.filter(([from, to]) => from !== to);
}
