/** Whether a file lets this reader read it: each format counts its versions, and a file says who may read it. */
import { UnsupportedError } from '../errors.ts';
import type { VersionDef } from '../proto/version-def.ts';

/** Throws {@link UnsupportedError} when a file asks for a reader newer than version `reads`; one without versions asks for none. */
export function checkVersion(version: VersionDef | undefined, reads: number, kind: string, path: string): void {
  if (version === undefined) return;
  if (version.minConsumer <= reads && !version.badConsumers.includes(reads)) return;
  const wants = Math.max(version.minConsumer, reads + 1);
  throw new UnsupportedError(
    `${path}: needs a reader of ${kind} version ${wants}; this one reads ${reads}`,
    `${kind} version`,
  );
}
