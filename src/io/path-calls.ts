/**
 * The system's calls that take a path, for paths in any bytes: outside Windows a name is bytes, and those that are no UTF-8 are
 * kept in a text as `decodeText` keeps them.
 */
import * as fs from 'node:fs';
import { sep } from 'node:path';
import { decodeText, encodeText } from '../bytes/text.ts';

/** Bytes that are no text, as a text keeps them. */
const KEPT = /[\udc80-\udcff]/;
const REPLACEMENT = '\ufffd';

/** A path as the system takes it. */
function native(path: string): string | Buffer {
  return sep === '/' && KEPT.test(path) ? Buffer.from(encodeText(path)) : path;
}

/** A call whose first argument is a path. */
function taking<F extends (path: string, ...rest: never[]) => unknown>(call: F): F {
  const taken = (path: string, ...rest: never[]): unknown => call(native(path) as string, ...rest);
  return taken as F;
}

/** A call that takes two paths. */
function takingTwo<F extends (from: string, to: string, ...rest: never[]) => unknown>(call: F): F {
  const taken = (from: string, to: string, ...rest: never[]): unknown =>
    call(native(from) as string, native(to) as string, ...rest);
  return taken as F;
}

export const openSync = taking(fs.openSync);
export const statSync = taking(fs.statSync as (path: string) => unknown) as typeof fs.statSync;
export const lstatSync = taking(fs.lstatSync as (path: string) => unknown) as typeof fs.lstatSync;
export const existsSync = taking(fs.existsSync);
export const accessSync = taking(fs.accessSync as (path: string, mode: number) => void);
export const mkdirSync = taking(fs.mkdirSync as (path: string) => void) as (path: string) => void;
export const rmdirSync = taking(fs.rmdirSync);
export const rmSync = taking(fs.rmSync);
export const readFileSync = taking(fs.readFileSync as (path: string, encoding: 'utf8') => string);
export const writeFileSync = taking(fs.writeFileSync as (path: string, text: string, options: object) => void);
export const renameSync = takingTwo(fs.renameSync);
export const linkSync = takingTwo(fs.linkSync);
export const copyFileSync = takingTwo(fs.copyFileSync);

export function realpathSync(path: string): string {
  const taken = native(path);
  const real = typeof taken === 'string' ? fs.realpathSync(taken) : REPLACEMENT;
  return real.includes(REPLACEMENT) ? decodeText(fs.realpathSync.native(taken, 'buffer')) : real;
}

/** Names in a directory, in no order. */
export function readdirSync(path: string): string[] {
  const names = fs.readdirSync(native(path));
  if (!names.some((name) => name.includes(REPLACEMENT))) return names;
  return fs.readdirSync(native(path), 'buffer').map((name) => decodeText(name));
}
