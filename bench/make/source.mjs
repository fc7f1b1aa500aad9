/** The project's own modules for makers that write what the library does not: sources, bundled on the way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

/** An entry of an index as bytes, by what {@link source} gives of byte-writer.ts and proto/bundle.ts. */
export function entryBytes({ ByteWriter, writeBundleEntry }, entry) {
  const writer = new ByteWriter();
  writeBundleEntry(writer, entry);
  return writer.toBytes();
}

/** Everything that some files of `src/` in a folder of the project export. */
export async function source(root, ...paths) {
  const folder = mkdtempSync(join(tmpdir(), 'ckpt-bench-source-'));
  try {
    const modules = [];
    for (const [i, path] of paths.entries()) {
      const bundle = await rolldown({ cwd: root, platform: 'node', input: join(root, 'src', path) });
      const file = join(folder, `${i}.mjs`);
      await bundle.write({ file, format: 'esm', codeSplitting: false });
      modules.push(await import(pathToFileURL(file).href));
    }
    return Object.assign({}, ...modules);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
