/** What a check found, as lines: each finding by itself, save where many of one file are alike. */

import type { Finding } from '../../index.ts';
import { TextMap } from '../../text.ts';
import { escapeText } from '../terminal/escape.ts';
import { plural } from '../terminal/numbers.ts';
import { namesText } from './alike-rows.ts';

/** Where it is; some messages say so themselves. */
function placeOf({ message, path, offset }: Finding): string {
  if (path === undefined || message.startsWith(path)) return '';
  return offset === undefined ? `${path}: ` : `${path} at ${offset}: `;
}

function subjectOf({ kind, message, tensor }: Finding): string {
  const said = tensor === undefined || kind === 'orphan-slice' || message.startsWith(`tensor ${tensor}`);
  return said ? '' : `tensor ${tensor}: `;
}

function lineOf(finding: Finding): string {
  const { expected, found, message, severity, kind } = finding;
  const pair = expected === undefined ? '' : ` (expected ${expected}${found === undefined ? '' : `, found ${found}`})`;
  const text = escapeText(`${placeOf(finding)}${subjectOf(finding)}${message}${pair}`);
  return `${severity === 'note' ? 'note: ' : ''}${text} [${kind}]`;
}

/** So few findings of a kind about one file are told one by one. */
const FEW = 3;
const tensorsOf = (findings: readonly Finding[]): string[] => findings.flatMap(({ tensor }) => tensor ?? []);

/** A file that ends before its tensors do: that is one thing, however many they are. */
function cutFileLine(findings: readonly Finding[]): string {
  const [{ path = '', found = '', kind } = {} as Finding] = findings;
  const end = findings.reduce((most, { offset = 0, byteLength = 0 }) => Math.max(most, offset + byteLength), 0);
  const size = Number.parseInt(found, 10);
  const short = `the file is cut off: it has ${size} bytes and needs ${end}, so the last ${end - size} are missing`;
  const tensors = `${plural(findings.length, 'tensor')} are not whole: ${namesText(tensorsOf(findings))}`;
  return `${escapeText(path)}: ${short}; ${tensors} [${kind}]`;
}

/** Files that are not there: each may be one of thousands. */
function goneFileLines(findings: readonly Finding[]): string[] {
  const [first, ...others] = findings;
  if (first === undefined || others.length < FEW) return findings.map(lineOf);
  const last = escapeText(others.at(-1)?.path ?? '');
  return [lineOf(first), `and ${plural(others.length, 'data file')} more, up to ${last}, are missing [${first.kind}]`];
}

/** Findings of one kind about one file. */
function* groupLines(findings: readonly Finding[]): Generator<string> {
  const [first, ...others] = findings;
  if (first === undefined) return;
  if (first.kind === 'shard-missing') yield* goneFileLines(findings);
  else if (first.kind === 'outside-file' && others.length > 0) yield cutFileLine(findings);
  else if (findings.length <= FEW) yield* findings.map(lineOf);
  else {
    yield lineOf(first);
    const names = tensorsOf(others);
    const which = names.length < others.length ? '' : `: ${namesText(names)}`;
    const note = first.severity === 'note' ? 'note: ' : '';
    yield `${note}${escapeText(first.path ?? '')}: and ${others.length} more like it${which} [${first.kind}]`;
  }
}

/** Lines of findings, in the order in which the first of each kind was found; with `all`, a line each. */
export function* findingLines(findings: readonly Finding[], all: boolean): Generator<string> {
  if (all) {
    yield* findings.map(lineOf);
    return;
  }
  const groups = new TextMap<Finding[]>();
  for (const finding of findings) {
    const where = finding.kind === 'shard-missing' ? '' : finding.path;
    const key = `${finding.severity}\n${finding.kind}\n${where}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  for (const group of groups.values()) yield* groupLines(group);
}
