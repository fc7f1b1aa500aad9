/**
 * Builds `dist/`: the library as ES modules with their types, in one file behind its doors; and the command line as CommonJS
 * chunks, one a command, because that starts several milliseconds sooner.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { CHUNK_GROUPS, checkChunks } from './chunks.mjs';
import { checkStarts } from './starts.mjs';

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
 * Touches to the finished chunks. Their text becomes pure ASCII, which node reads without decoding, and one function, as
 * bin/ckpt.js calls it. Each carries the bundler's small runtime itself, one file less to open.
 */
const finish = {
  name: 'finish',
  generateBundle(_, bundle) {
    const chunks = Object.values(bundle).filter(({ type }) => type === 'chunk');
    for (const chunk of chunks) {
      chunk.code = chunk.code
        .replace(GETTERS, plainExports)
        .replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    }
    if ('core2.cjs' in bundle) {
      const stray = bundle['core.cjs'].moduleIds.map((id) => relative(root, id));
      throw new Error(`the core refers to ${stray.join(', ')}: say in chunks.mjs which chunk that lies in`);
    }
    const early = chunks.find(({ fileName, code }) => fileName === 'core.cjs' && EARLY.test(code));
    if (early !== undefined) throw new Error('core.cjs loads a large module of node at once: see chunks.mjs');
    const lost = chunks.find(({ fileName, code }) => !BESIDE_PRINT.test(fileName) && code.includes('"./print.cjs"'));
    if (lost !== undefined) throw new Error(`${lost.fileName} shares code with print.cjs, which only print loads`);
    if (bundle['rolldown-runtime.cjs'].code.includes('__esm'))
      throw new Error('modules are made late: see plainExports');
    for (const chunk of chunks) chunk.code = withLateChunks({ code: withPlainModules(chunk) });
    const core = chunks.find(({ fileName }) => fileName === 'core.cjs');
    core.code = withLateNames(
      core.code,
      chunks.flatMap(({ code }) => [...code.matchAll(/\brequire_core\.([\w$]+)/g)].map(([, name]) => name)),
    );
    const runtime = `(()=>{const exports={};${bundle['rolldown-runtime.cjs'].code};return exports})()`;
    for (const chunk of chunks) {
      const code = chunk.code.replace('require("./rolldown-runtime.cjs")', () => runtime);
      const whole = `(function (exports, require, module, __filename) {${code}\n})`;
      // By this bin/compiled-forms.js knows which edition a compiled form is of.
      chunk.code = `${whole}//${createHash('sha256').update(whole).digest('hex').slice(0, 16)}`;
    }
    delete bundle['rolldown-runtime.cjs'];
  },
};

/** Node's modules as they are: the bundler would look at each name of them, which takes a quarter of a millisecond. */
function withPlainModules({ code }) {
  const isOfNode = (name) => code.includes(`${name}=require("node:`);
  return code
    .replace(/\b(\w+)=require_rolldown_runtime\.__toESM\(\1,1\)(?=[,;])/g, (whole, name) =>
      isOfNode(name) ? '0' : whole,
    )
    .replace(/\b(node_\w+)\.default\b/g, (whole, name) => (isOfNode(name) ? name : whole));
}

/**
 * A chunk that asks for others only when something of theirs is first used: the bundler has it ask for all of them as it starts.
 * The core is there before any other, and asked for at once.
 */
function withLateChunks({ code }) {
  const asked = [...code.matchAll(/\b((?:require|node)_[\w$]+)=require\("(\.\/[\w-]+\.cjs|node:os)"\)/g)];
  const names = [];
  let late = code;
  for (const [whole, name, file] of asked) {
    if (file === './core.cjs' || file === './rolldown-runtime.cjs') continue;
    const before = late.split(whole);
    if (before.length !== 2) throw new Error(`${file} is asked for ${before.length - 1} times`);
    const uses = new RegExp(`(new )?(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])(\\.[\\w$]+)?`, 'g');
    // In place and not in a function: what is asked a million times is read a million times.
    const loaded = `(${name}??=require("${file}"))`;
    const asLoaded = (_, made, member = '') => (made === undefined ? loaded + member : `new(${loaded}${member})`);
    late = before.map((part) => part.replace(uses, asLoaded)).join(`${name}$=0`);
    names.push(name);
  }
  return names.length === 0 ? late : `var ${names.join()};${late}`;
}

/** How the bundler lets other chunks see names of a chunk: one getter each, all at its end. */
const GETTER =
  /Object\.defineProperty\(exports,"([\w$]+)",\{enumerable:!0,get:function\(\)\{return ?([\w$]+|`[^`]*`)\}\}\)[,;]?/g;
const GETTERS = new RegExp(`(?:${GETTER.source})+`, 'g');

/** The same names as one object, which is made at once: none of ours is given another value later. */
function plainExports(getters) {
  const names = [...getters.matchAll(GETTER)].map(([, name, local]) => `${name}:${local}`);
  return `Object.assign(exports,{${names.join()}});`;
}

/** The end of a chunk, where it says what others see of it. */
const NAMES_AT_END = /(?:(?:exports\.[\w$]+=(?:[\w$]+|`[^`]*`)|Object\.assign\(exports,\{[\w$:,]+\}\))[,;]\s*)+$/;
/** What bin/ckpt.js calls. */
const CALLED = ['main', 'changedFlags'];

/**
 * The core with an object of what the other chunks see of it, made when the first of them asks: five hundred names take half
 * a millisecond, and a listing asks for no other chunk.
 */
function withLateNames(code, asked) {
  const end = NAMES_AT_END.exec(code);
  const pairs = [...(end?.[0] ?? '').matchAll(/(?:exports\.|[{,])([\w$]+)[=:]([\w$]+|`[^`]*`)/g)].map(
    ([, name, local]) => [name, local],
  );
  const names = new Set(pairs.map(([name]) => name));
  const missing = asked.filter((name) => !names.has(name));
  if (missing.length > 0) throw new Error(`the core does not show ${missing.join(', ')} at its end`);
  const called = pairs.filter(([name]) => CALLED.includes(name)).map(([name, local]) => `exports.${name}=${local};`);
  const shown = pairs.map(([name, local]) => (name === local ? name : `${name}:${local}`));
  return `${code.slice(0, end.index)}${called.join('')}module.names=()=>({${shown.join()}});`;
}

/** Modules of node that take milliseconds to load, asked for as a chunk starts and not later, in an `import()`. */
const EARLY = /(?:^|[;,]|let |\}\)\(\);)node_(?:worker_threads|zlib|crypto|stream)=require\(/;

/** The chunks that are loaded with print, or load it. */
const BESIDE_PRINT = /^(core|print|dump|message-lines)\.cjs$/;

async function buildCommandLine() {
  const bundle = await rolldown({
    cwd: root,
    platform: 'node',
    input: { core: 'src/cli/main.ts' },
    preserveEntrySignatures: 'allow-extension',
    plugins: [lateChildProcess, finish],
    treeshake: { moduleSideEffects: false },
    // What is imported late lies in a chunk of its own because chunks.mjs says so, whoever else imports it.
    onLog: (level, log, handler) => {
      if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') handler(level === 'warn' ? 'error' : level, log);
    },
  });
  const { output } = await bundle.write({
    dir: join(root, 'dist/cli'),
    format: 'cjs',
    minifyInternalExports: false,
    // bin/ckpt.js compiles the chunks itself, and there `import()` has nobody to answer it.
    dynamicImportInCjs: false,
    entryFileNames: 'core.cjs',
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

/** What second threads run: programs of their own, each in one file. */
const THREADS = ['src/io/range-thread.ts', 'src/compute/compute-thread.ts'];

async function buildThread(input) {
  const bundle = await rolldown({ cwd: root, platform: 'node', input });
  await bundle.write({ file: join(root, 'dist/cli', `${basename(input, '.ts')}.cjs`), format: 'cjs', minify: true });
}

/** A checkpoint that goes by names, and one that goes by objects. */
const NAMES = join(root, 'fixtures/v2/variables-howto/model.ckpt');
const OBJECTS = join(root, 'fixtures/v2/object-based/ckpt-2');
/** One that a .meta lies beside. */
const WITH_META = join(root, 'fixtures/graphs/tf1-ref-variables/model.ckpt');

/** Files of other formats. */
const SAFETENSORS = join(root, 'fixtures/safetensors/reference/model.safetensors');
const NPZ = join(root, 'fixtures/numpy/deflated/weights.npz');

/**
 * Commands whose code is kept in its compiled form, in groups; they write into a folder. What a chunk has run in the first
 * group that loads it is kept: of the core, what listings and renames take, since more of it would be slower to load.
 */
const warmingUp = (folder) => [
  [
    ['list', NAMES],
    ['list', NAMES, '--tsv'],
    ['list', WITH_META],
    ['rename', NAMES, '--replace', 's/^/a/', '--link', '-o', join(folder, 'renamed')],
  ],
  [['list', OBJECTS]],
  [['print', NAMES, '**[:10]']],
  [['subset', NAMES, '**', '--link', '-o', join(folder, 'kept')]],
  [['set', NAMES, 'weights=zeros', '--link', '-o', join(folder, 'set')]],
  [['info', OBJECTS]],
  [['tree', OBJECTS]],
  [['verify', NAMES]],
  [['list', SAFETENSORS]],
  [['list', NPZ]],
];

/** Runs commands one after the other in one process and keeps V8's compiled form of what ran of each chunk; bin/ckpt.js loads it. */
function buildCaches() {
  const folder = mkdtempSync(join(root, 'dist/scratch-'));
  const program = `
    const { existsSync, writeFileSync } = require('node:fs');
    const { join } = require('node:path');
    const { changedFlags, chunks, main } = require(${JSON.stringify(join(root, 'bin/ckpt.js'))});
    (async () => {
      for (const group of ${JSON.stringify(warmingUp(folder))}) {
        for (const command of group) {
          if ((await main(command)) !== 0) throw new Error('ckpt ' + command.join(' ') + ' failed');
        }
        for (const [id, compiled] of chunks()) {
          const file = join(${JSON.stringify(join(root, 'dist/cli'))}, id.replace('.cjs', '.cache'));
          if (!existsSync(file)) writeFileSync(file, compiled());
        }
      }
      if (changedFlags()) throw new Error('under other flags V8 makes forms that no start can use');
    })();`;
  execFileSync(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'pipe'] });
  checkStarts(root, { checkpoint: NAMES, safetensors: SAFETENSORS }, folder);
  rmSync(folder, { recursive: true });
  const madeFor = `${process.versions.v8} ${process.platform} ${process.arch}`;
  writeFileSync(join(root, 'dist/cli/compiled-for.txt'), madeFor);
}

/** The modules that are loaded with an entry: what is imported late has its own time, and its own files. */
function atOnce(entry) {
  const found = new Set([entry]);
  for (const path of found) {
    for (const [, target] of readFileSync(path, 'utf8').matchAll(
      /^(?:import|export) (?!type )[^;]*? ?from '(\..*)';$/gm,
    )) {
      found.add(join(dirname(path), target));
    }
  }
  found.delete(entry);
  return found;
}

/** Packages that lie within the library: to find such a small one takes longer than to run it. */
const WITHIN = ['fastest-levenshtein'];
const isWithin = (id) => WITHIN.some((name) => id.includes(`/node_modules/${name}/`));

/** What can be imported: the face, and the doors beside it. */
const ENTRIES = ['index', 'graph', 'roles', 'history', 'text', 'tfjs/index'];

/**
 * The library as ES modules: one file that holds all that is loaded at once, a small one for each door, which says what is
 * seen through it, and what is loaded later. A module a file would take three times as long to load.
 */
async function buildLibrary() {
  const bundle = await rolldown({
    cwd: root,
    platform: 'node',
    input: Object.fromEntries(ENTRIES.map((name) => [name, `src/${name}.ts`])),
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && !WITHIN.includes(id),
    treeshake: { moduleSideEffects: false },
    onLog: (level, log, handler) => {
      if (log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') handler(level === 'warn' ? 'error' : level, log);
    },
  });
  const together = atOnce(join(root, 'src/index.ts'));
  const { output } = await bundle.write({
    dir: join(root, 'dist'),
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: ({ name }) => (name === 'library' ? '[name].js' : 'later/[name].js'),
    minify: {
      compress: true,
      mangle: { toplevel: true, keepNames: { class: true, function: false } },
      codegen: { removeWhitespace: true },
    },
    codeSplitting: {
      groups: [{ name: 'library', test: (id) => together.has(id) || isWithin(id) }],
    },
  });
  writeFileSync(join(root, 'dist/LICENSES.txt'), licencesOf(output.flatMap(({ moduleIds = [] }) => moduleIds)));
}

function buildTypes() {
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
for (const thread of THREADS) await buildThread(thread);
buildCaches();
await buildLibrary();
buildTypes();
