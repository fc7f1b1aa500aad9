/** Commands that look at several checkpoints: each by itself, whatever becomes of the others. */
import { CkptError } from '../index.ts';
import { EXIT } from './exit-codes.ts';
import { pathOf } from './options.ts';
import { documentText, isOk, SCHEMA_VERSION } from './render/document.ts';
import { reportError } from './report-error.ts';
import { atLeast, currentRun } from './run.ts';
import { stdout } from './terminal/output.ts';

/**
 * What `look` gives for each path, in their order. What stops it at one of several is told like any error, and stands as a JSON
 * document in the place of what it would have given; at the only one it stops the command.
 */
export async function eachPath(paths: readonly string[], look: (path: string) => Promise<string>): Promise<string[]> {
  const [only, ...others] = paths;
  if (only !== undefined && others.length === 0) return [await look(pathOf(only))];
  const documents: string[] = [];
  for (const path of paths) {
    try {
      documents.push(await look(pathOf(path)));
      stdout.flush();
    } catch (error) {
      if (!(error instanceof CkptError) && (error as { code?: string }).code === undefined) throw error;
      stdout.flush();
      reportError(error, currentRun().args);
      atLeast(EXIT.failed);
      const { code, message } = error as CkptError;
      documents.push(documentText({ path, error: { code, message } }, false));
    }
  }
  return documents;
}

/** One document for all: that of the only path, or a list. */
export function joinedJson(documents: readonly string[]): string {
  const [only, ...others] = documents;
  if (only !== undefined && others.length === 0) return only;
  return `{"schemaVersion":${SCHEMA_VERSION},"checkpoints":[${documents.join(',')}],"ok":${isOk()}}`;
}
