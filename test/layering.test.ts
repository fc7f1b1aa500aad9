/** The rules of the house: which room may import which, who may touch the disk or the terminal, and how long a file may be. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { REPOSITORY } from './fixtures.ts';

/** Rooms below the checkpoint's content: bytes, files and tables, which do not know what a tensor is. */
const GROUND = ['bytes', 'random', 'sstable', 'io', 'zip'];
/** Rooms that each room may import besides itself, the errors, `bytes` and, above the ground, `tensor`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  random: [],
  sstable: [],
  io: [],
  zip: ['io'],
  tensor: [],
  proto: [],
  'array-text': [],
  compute: ['io'],
  formats: ['compute', 'proto', 'sstable', 'io', 'zip'],
  'object-graph': ['proto'],
  'meta-graph': ['proto', 'object-graph'],
  roles: ['proto', 'object-graph', 'meta-graph', 'io'],
  surgery: ['object-graph', 'roles'],
  checkpoints: ['proto', 'io', 'formats', 'object-graph', 'surgery'],
  edits: ['random', 'object-graph', 'roles', 'surgery'],
  recipes: ['object-graph', 'roles', 'surgery', 'edits'],
  inspect: ['compute', 'io', 'proto', 'object-graph', 'roles', 'formats'],
  diagnose: ['sstable', 'io', 'formats', 'checkpoints', 'object-graph', 'inspect', 'surgery'],
  engine: ['random', 'proto', 'io', 'checkpoints', 'object-graph', 'meta-graph', 'surgery'],
  tfjs: ['engine'],
  cli: [],
};
/** Modules of node that each room may use; the command line may use any. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  io: ['node:fs', 'node:path', 'node:url', 'node:worker_threads', 'node:zlib'],
  checkpoints: ['node:path'],
  roles: ['node:path'],
  inspect: ['node:crypto'],
  diagnose: ['node:path'],
  engine: ['node:path'],
  compute: ['node:worker_threads'],
};

/** The doors of the library: the command line comes in through them, as anybody does. */
const ENTRIES = ['index.ts', 'graph.ts', 'roles.ts', 'history.ts', 'text.ts'];

interface Source {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const SRC = join(REPOSITORY, 'src');
const IMPORT = /(?:\bfrom|\bimport\(|^import)\s*'([^']+)'/gm;

const SOURCES: readonly Source[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.as.ts'))
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    const imports = [...text.matchAll(IMPORT)].map(([, target]) =>
      target?.startsWith('.') ? relative(SRC, join(SRC, dirname(path), target)) : `${target}`,
    );
    return { path, room: path.includes('/') ? path.slice(0, path.indexOf('/')) : '', text, imports };
  });
const isOurs = (target: string): boolean => target.endsWith('.ts');
const roomOf = (target: string): string => (target.includes('/') ? target.slice(0, target.indexOf('/')) : '');

function mayImport(room: string, other: string): boolean {
  if (other === 'bytes') return true;
  return (other === 'tensor' && !GROUND.includes(room)) || MAY_IMPORT[room]?.includes(other) === true;
}

/** Code without comments and strings, as far as words are concerned. */
function wordsOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, '');
}

/** Every file for which a rule names an offence, with the offence. */
function offences(rule: (source: Source) => readonly string[]): string[] {
  return SOURCES.filter(({ room }) => room !== '').flatMap((source) =>
    rule(source).map((what) => `${source.path}: ${what}`),
  );
}

it('every room imports only the rooms it may', () => {
  const rule = ({ room, imports }: Source): string[] =>
    imports.filter((target) => {
      if (!isOurs(target) || roomOf(target) === room) return false;
      if (room === 'cli') return !ENTRIES.includes(target);
      return target !== 'errors.ts' && !mayImport(room, roomOf(target));
    });
  expect(offences(rule)).toEqual([]);
});

it('every room has its row in the table', () => {
  const rooms = new Set(SOURCES.map(({ room }) => room).filter((room) => room !== ''));
  expect([...rooms].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

it('no row of the table allows what no file does', () => {
  const done = new Set(SOURCES.flatMap(({ room, imports }) => imports.map((target) => `${room} ${roomOf(target)}`)));
  const allowed = Object.entries(MAY_IMPORT).flatMap(([room, others]) => others.map((other) => `${room} ${other}`));
  expect(allowed.filter((pair) => !done.has(pair))).toEqual([]);
});

it('only io touches the disk, and only the command line uses all of node', () => {
  const rule = ({ room, imports }: Source): string[] =>
    imports.filter((target) => target.startsWith('node:') && room !== 'cli' && !MAY_USE[room]?.includes(target));
  expect(offences(rule)).toEqual([]);
});

it('files are asked of a store, save by what writes them', () => {
  const DISK = ['io/directory.ts', 'io/file-source.ts', 'io/paths.ts'];
  const rule = ({ room, imports }: Source): string[] =>
    room === 'io' || room === 'formats' ? [] : imports.filter((target) => DISK.includes(target));
  expect(offences(rule)).toEqual([]);
});

it('only the command line speaks', () => {
  const rule = ({ room, text }: Source): string[] =>
    room === 'cli' ? [] : (wordsOf(text).match(/\bconsole\.\w+|\bprocess\.(?!pid\b|kill\b)\w+/g) ?? []);
  expect(offences(rule)).toEqual([]);
});

it('no format knows another, and none but the registry knows any', () => {
  const rule = ({ path, imports }: Source): string[] => {
    const own = /^formats\/[^/]+\//.exec(path)?.[0];
    const formats = imports.filter((target) => /^formats\/[^/]+\//.test(target));
    if (own !== undefined) return formats.filter((target) => !target.startsWith(own));
    return path === 'formats/registry.ts' ? [] : formats;
  };
  expect(offences(rule)).toEqual([]);
});

it('no file has more than 300 lines', () => {
  expect(offences(({ text }) => (text.split('\n').length > 301 ? ['too long'] : []))).toEqual([]);
});

it('no import leads back to where it came from', () => {
  const importsOf = new Map(SOURCES.map(({ path, imports }) => [path, imports.filter(isOurs)]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) throw new Error(`a cycle: ${[...trail.slice(trail.indexOf(path)), path].join(' -> ')}`);
    if (done.has(path)) return;
    for (const target of importsOf.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of importsOf.keys()) visit(path, []);
  expect(done.size).toBe(SOURCES.length);
});
