/**
 * Builds `dist/`: the library as ES modules with their types, one file a source file; and the command line as CommonJS
 * chunks, one a command, because that starts several milliseconds sooner.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

/**
 * commander asks for node:child_process as it loads, for commands that are programs of their own. We have none, and
 * loading it takes 3 ms, so it is handed over when it is first used.
 */
const lateChildProcess = {
  name: 'late-child-process',
  transform(code, id) {
    if (!id.includes('/commander/')) return null;
    return code.replace(
      "require('node:child_process')",
      "{ get spawn() { return require('node:child_process').spawn; } }",
    );
  },
};

/** What every command needs lies in one chunk: each further file costs a third of a millisecond to find and open. */
function isCore(id) {
  const path = relative(join(root, 'src'), id);
  return CORE.test(path) && !LATER.test(path);
}

const CORE =
  /^(errors|bytes|tensor|sstable|proto|locate|formats|io|surgery|inspect.digest|cli.(options|render|terminal|commands.list))\b/;
const LATER =
  /verify|plan|write|atomic|checksum-(runs|task|thread|source)|crc32c-|grid|array-text|paths|builder|snappy/;

async function buildCommandLine() {
  const bundle = await rolldown({
    cwd: root,
    platform: 'node',
    input: { ckpt: 'src/cli/ckpt.ts', 'checksum-thread': 'src/io/checksum-thread.ts' },
    plugins: [lateChildProcess],
    treeshake: { moduleSideEffects: false },
    onLog: (level, log, handler) => handler(level === 'warn' ? 'error' : level, log),
  });
  await bundle.write({
    dir: join(root, 'dist/cli'),
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    minify: { compress: true, mangle: { toplevel: false }, codegen: { removeWhitespace: true } },
    codeSplitting: { groups: [{ name: 'core', test: isCore }] },
  });
}

function buildLibrary() {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
}

rmSync(join(root, 'dist'), { recursive: true, force: true });
await buildCommandLine();
buildLibrary();
