/** What all JSON documents have in common: their version, and how they speak of a checkpoint. Their keys are in json-schemas/. */
import { CkptError, type OpenedCheckpoint } from '../../index.ts';
import { EXIT } from '../exit-codes.ts';
import { currentRun } from '../run.ts';
import { jsonString, jsonText } from '../terminal/escape.ts';
import { stdout } from '../terminal/output.ts';

/** Grows when a key changes its meaning or goes. */
export const SCHEMA_VERSION = 1;

/** A checkpoint that a document is about: its path as it was given, and what that leads to. */
export interface Subject {
  readonly path: string;
  readonly resolved: string;
  readonly format: string;
}

export const subjectOf = (
  path: string,
  { path: resolved, format }: Pick<OpenedCheckpoint, 'path' | 'format'>,
): Subject => ({
  path,
  resolved,
  format,
});

/** Whether the command says yes, as far as it has come. */
export const isOk = (): boolean => currentRun().exitCode === EXIT.done;

/** A document, on a line; it ends with `ok`. */
export function documentText(body: object, ok: boolean = isOk()): string {
  return jsonText({ schemaVersion: SCHEMA_VERSION, ...body, ok });
}

/** The beginning of a document whose tensors are written one by one. */
function tensorsHead({ path, resolved, format }: Subject): string {
  const head = `"path":${jsonString(path)},"resolved":${jsonString(resolved)},"format":"${format}"`;
  return `{"schemaVersion":${SCHEMA_VERSION},${head},"tensors":[`;
}

/** Its end; with an error, where that came before all were written. */
function tensorsEnd(error?: CkptError): string {
  if (error === undefined) return `\n],"ok":${isOk()}}\n`;
  const { code, message } = error;
  return `\n],"error":${jsonText({ code, message })},"ok":false}\n`;
}

/**
 * Writes a document whose tensors `write` writes one by one; it calls `begin` before the first. The document is whole whatever
 * happens: an error that comes first leaves none, a later one is told at its end, and thrown.
 */
export async function writeTensors(
  subject: Subject,
  write: (begin: () => void) => void | Promise<void>,
): Promise<void> {
  let isBegun = false;
  const begin = (): void => {
    if (!isBegun) stdout.write(tensorsHead(subject));
    isBegun = true;
  };
  try {
    await write(begin);
  } catch (error) {
    if (isBegun && error instanceof CkptError) stdout.write(tensorsEnd(error));
    throw error;
  }
  begin();
  stdout.write(tensorsEnd());
}
