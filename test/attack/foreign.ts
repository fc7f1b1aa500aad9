/** Files of other formats: sound ones, made by the command itself, with bytes changed, cut out, put in or said twice. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ckpt } from '../cli/run.ts';
import { scratch } from '../scratch.ts';
import type { Files } from './bundles.ts';
import { type Chance, joined, number, text, varint } from './chance.ts';

const TEMPLATE = 'v2/variables-howto/model.ckpt';
const SMALL = ['resize', TEMPLATE, 'weights', '--axis', '0', '--size', '3', '--cut'];

export const FOREIGN = ['m.safetensors', 'm.npz', 'm.npy', 'm.h5', 'tfjs'] as const;

const made = new Map<string, Files>();

/** The files of a small checkpoint in a format. */
function template(path: (typeof FOREIGN)[number]): Files {
  const known = made.get(path);
  if (known !== undefined) return known;
  const directory = scratch();
  const small = join(directory, 'small');
  ckpt([...SMALL, '-o', small]);
  ckpt(['resize', small, '**', '--axis', '-1', '--size', '5', '--cut', '-o', join(directory, 'less')]);
  const output = path === 'tfjs' ? 'tfjs/model.json' : path;
  const only = path === 'm.npy' ? ['subset', join(directory, 'less'), 'weights'] : ['convert', join(directory, 'less')];
  ckpt([...only, '-o', join(directory, 'out', output)]);
  const names = readdirSync(join(directory, 'out'), { recursive: true }).map(String);
  const files = names.filter((name) => name !== 'tfjs');
  const all = Object.fromEntries(
    files.map((name) => [name, new Uint8Array(readFileSync(join(directory, 'out', name)))]),
  );
  made.set(path, all);
  return all;
}

const WORDS = [
  '-1',
  '9007199254740993',
  '1e400',
  '{}',
  '[]',
  'null',
  '"',
  '\\u0000',
  '"__proto__":1,',
  '[4,4]',
  'float32',
  '<f4',
];

function changed(bytes: Uint8Array, chance: Chance): Uint8Array {
  const at = chance.below(bytes.length);
  const near = Math.min(bytes.length, at + 1 + chance.below(12));
  const [front, middle, back] = [bytes.subarray(0, at), bytes.subarray(at, near), bytes.subarray(near)];
  if (chance.once(4)) return joined(front, back);
  if (chance.once(4)) return joined(front, middle, middle, back);
  if (chance.once(4)) return joined(front, text(chance.of(WORDS)), back);
  if (chance.once(4)) return joined(front, varint(number(chance)), back);
  if (chance.once(8)) return front;
  const copy = Uint8Array.from(bytes);
  const to = chance.once(2) ? 0xff : chance.below(256);
  copy[at] = to;
  if (chance.once(3)) for (let i = at; i < Math.min(at + 8, copy.length); i++) copy[i] = to;
  return copy;
}

/** One of the files of a format is changed in some places, mostly near its start, where most of its structure lies. */
export function foreign(path: (typeof FOREIGN)[number], chance: Chance): Files {
  const files = { ...template(path) };
  for (let times = 1 + chance.below(3); times > 0; times--) {
    const name = chance.of(Object.keys(files));
    const bytes = files[name] as Uint8Array;
    if (bytes.length > 0) files[name] = changed(bytes, chance);
  }
  return files;
}
