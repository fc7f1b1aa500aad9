/**
 * Builds `dist/`: the library as ES modules with their types, one file a source file; and the command line as CommonJS
 * chunks, one a command, because that starts several milliseconds sooner.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { CHUNK_GROUPS, checkChunks } from './chunks.mjs';

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

/**
 * Touches to the finished chunks. Their text becomes pure ASCII, which node reads without decoding. Those that bin/ckpt.js
 * loads carry the bundler's small runtime themselves, one file less to open.
 */
const finish = {
  name: 'finish',
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
    for (const chunk of chunks) {
      chunk.code = chunk.code.replace(
        /[^\x00-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    }
    const lost = chunks.find(({ fileName, code }) => !BESIDE_PRINT.test(fileName) && code.includes('"./print.cjs"'));
    if (lost !== undefined) throw new Error(`${lost.fileName} shares code with print.cjs, which only print loads`);
    const runtime = bundle['rolldown-runtime.cjs'];
    for (const chunk of ['core', 'print', 'object-graph', 'surgery'].map((name) => bundle[`${name}.cjs`])) {
      chunk.code = chunk.code.replace(
        'require("./rolldown-runtime.cjs")',
        () => `(()=>{const exports={};${runtime.code};return exports})()`,
      );
    }
  },
};

/** The chunks that are loaded with print, or load it. */
const BESIDE_PRINT = /^(core|print|main|message-lines)\.cjs$/;

async function buildCommandLine() {
  const bundle = await rolldown({
    cwd: root,
    platform: 'node',
    input: { main: 'src/cli/main.ts' },
    plugins: [lateChildProcess, finish],
    treeshake: { moduleSideEffects: false },
    onLog: (level, log, handler) => handler(level === 'warn' ? 'error' : level, log),
  });
  const { output } = await bundle.write({
    dir: join(root, 'dist/cli'),
    format: 'cjs',
    minifyInternalExports: false,
    // bin/ckpt.js compiles the core itself, and there `import()` has nobody to answer it.
    dynamicImportInCjs: false,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    minify: { compress: true, mangle: { toplevel: false }, codegen: { removeWhitespace: true } },
    codeSplitting: { groups: CHUNK_GROUPS },
  });
  writeFileSync(join(root, 'dist/cli/LICENSES.txt'), licencesOf(output.flatMap(({ moduleIds = [] }) => moduleIds)));
}

/** The licences of the packages whose code is in the bundle, as those packages tell them. */
function licencesOf(modules) {
  const inPackages = modules.map((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0]);
  const folders = [...new Set(inPackages.filter((folder) => folder !== undefined))].sort();
  const texts = folders.map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file, so it cannot be bundled`);
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/** The second thread is a program of its own, in one file. */
async function buildThread() {
  const bundle = await rolldown({ cwd: root, platform: 'node', input: 'src/io/run-thread.ts' });
  await bundle.write({ file: join(root, 'dist/cli/run-thread.cjs'), format: 'cjs', minify: true });
}

/** A checkpoint that goes by names, and one that goes by objects. */
const NAMES = 'variables-howto/model.ckpt';
const OBJECTS = 'object-based/ckpt-2';

/** Runs a command once on a checkpoint and keeps V8's compiled form of all that ran of a chunk; bin/ckpt.js loads it. */
function buildCache(name, command, fixture, ...rest) {
  const program = `
    const { writeFileSync } = require('node:fs');
    const { compiled } = require(${JSON.stringify(join(root, 'bin/ckpt.js'))});
    const file = ${JSON.stringify(join(root, `dist/cli/${name}.cache`))};
    process.on('exit', () => writeFileSync(file, compiled('${name}')));`;
  const checkpoint = join(root, 'fixtures/v2', fixture);
  execFileSync(process.execPath, ['-e', program, 'ckpt', command, checkpoint, ...rest], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** The same for what writes: a rename that links, which does nearly all that others do. */
function buildSurgeryCache() {
  const scratch = mkdtempSync(join(root, 'dist/scratch-'));
  buildCache('surgery', 'rename', NAMES, '--replace', 's/^/a/', '--link', '-o', join(scratch, 'renamed'));
  rmSync(scratch, { recursive: true });
}

function buildLibrary() {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
  nameEmittedFiles();
}

/** The compiler writes `.js` for `.ts` in imports of code, but not of declarations, which must name files that are there. */
function nameEmittedFiles() {
  const dist = join(root, 'dist');
  for (const name of readdirSync(dist, { recursive: true }).filter((path) => path.endsWith('.d.ts'))) {
    const file = join(dist, name);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/((?:from|import\() ?['"]\.{1,2}\/[^'"]*)\.ts(?=['"])/g, '$1.js'));
  }
}

checkChunks();
rmSync(join(root, 'dist'), { recursive: true, force: true });
await buildCommandLine();
await buildThread();
buildCache('core', 'list', NAMES, '--tsv');
buildCache('print', 'print', NAMES, '**[:10]');
buildCache('object-graph', 'list', OBJECTS, '--tsv');
buildSurgeryCache();
buildLibrary();
