/** Carrying a plan out: the files of a set are filled under temporary names, and take their own when all are there. */
import { AtomicFiles, type CommitOptions } from '../io/atomic-files.ts';
import { checkUnchanged, type HeldFile } from '../io/file-identity.ts';
import type { FileSink } from '../io/file-sink.ts';
import { putBack } from '../io/leavings.ts';
import { isTaken } from '../io/paths.ts';
import type { FileLayout, WriteLayout } from './write-layout.ts';
import type { CarryOutOptions, PlannedFile, WriteOptions, WritePlan, Written } from './write-plan.ts';
import { WriteProgress } from './write-progress.ts';

/** Starts a file of the set: as another name or a clone of one that has its bytes, or empty, with a sink. */
function start({ path, action, from }: FileLayout, files: AtomicFiles): FileSink | undefined {
  const takenOver =
    from !== undefined &&
    ((action === 'link' && files.link(from, path)) || (action === 'reflink' && files.clone(from, path)));
  return takenOver ? undefined : files.create(path);
}

/** Bytes of the files that satisfy a condition, as far as they are known. */
function bytesOf(files: readonly FileLayout[], which: (file: number) => boolean): number {
  return files.reduce((sum, { byteLength = 0 }, file) => sum + (which(file) ? byteLength : 0), 0);
}

/** What is planned beside the layout. */
type Planned = Pick<WriteOptions, 'force' | 'inputs' | 'older' | 'replaceInput'> & CarryOutOptions;

/** What becomes of files that have the names already, asked anew when the names are given: much may have happened. */
function replacementOf({ files, obsolete }: WriteLayout, { force, older, replaceInput }: Planned): CommitOptions {
  if (files.some(({ action }) => action === 'replace')) return { keepOwner: true, obsolete: () => obsolete };
  const targets = new Set(files.map((file) => file.path));
  return {
    exclusive: force !== true,
    keepOwner: replaceInput,
    obsolete: () => {
      const all = new Set([...obsolete.filter(isTaken), ...(older?.() ?? [])]);
      return [...all].filter((path) => !targets.has(path));
    },
  };
}

/** The files that are read, each as it was when it was first looked at. */
function heldBy({ held }: WriteLayout, { inputs = [] }: Planned): HeldFile[] {
  return [...(held?.() ?? []), ...inputs.flatMap((input) => input.heldFiles?.() ?? [])];
}

/** Carries out what was laid out; on any failure nothing of it stays. */
async function carryOut(layout: WriteLayout, planned: Planned, options: CarryOutOptions): Promise<Written> {
  putBack(layout.target ?? layout.path);
  const files = new AtomicFiles(options.sync);
  try {
    const sinks = layout.files.map((file) => start(file, files));
    for (const [i, { header }] of layout.files.entries()) if (header !== undefined) sinks[i]?.write(header);
    const bytesCopied = bytesOf(layout.files, (file) => sinks[file] !== undefined);
    const progress = new WriteProgress(bytesCopied, options.onProgress);
    const takes = (file: number): boolean => sinks[file] !== undefined && layout.files[file]?.compose === undefined;
    if (layout.contents !== undefined && sinks.some((_, file) => takes(file))) {
      const { writeContents } = await import('./write-contents.ts');
      await writeContents(await layout.contents(takes, options), sinks, progress, options);
    }
    for (const [i, { fill, compose }] of layout.files.entries()) {
      const sink = sinks[i];
      if (sink !== undefined) await fill?.(sink);
      if (sink !== undefined) await compose?.(sink, progress, options);
    }
    files.commit({
      ...replacementOf(layout, planned),
      beforeNames: () => {
        for (const { path, identity } of heldBy(layout, planned)) checkUnchanged(path, identity);
        layout.release?.();
      },
    });
    progress.reach(bytesCopied);
    const reused = bytesOf(layout.files, (file) => sinks[file] === undefined);
    return { bytesCopied, bytesReused: reused + (layout.bytesKept ?? 0) };
  } catch (error) {
    throw files.failed(error);
  }
}

/** The plan of a layout: what it says as plain data, and what carries it out. */
export function planOf(layout: WriteLayout, planned: Planned = {}): WritePlan {
  const { path, format, obsolete, tensorCount, bytesKept = 0, notes = [] } = layout;
  const files = layout.files.map((file): PlannedFile => {
    return { path: file.path, kind: file.kind, action: file.action, byteLength: file.byteLength, from: file.from };
  });
  let [copied, reused] = [0, bytesKept];
  for (const { action, byteLength = 0 } of files) {
    if (action === 'link' || action === 'reflink') reused += byteLength;
    else copied += byteLength;
  }
  return {
    path,
    format,
    files,
    obsolete,
    tensorCount,
    byteLength: copied + reused,
    bytesCopied: copied,
    bytesReused: reused,
    notes,
    write: ({ sync = planned.sync, verify = planned.verify, onProgress = planned.onProgress } = {}) =>
      carryOut(layout, planned, { sync, verify, onProgress }),
  };
}
