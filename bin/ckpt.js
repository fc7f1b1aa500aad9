#!/usr/bin/env node
/**
 * Starts the command line: its code lies in chunks, each one function, most with V8's compiled form beside them, which the
 * build made: that saves a third of the time to start. Such a form is good for one version of V8; under another one the chunk
 * is compiled as usual, and its form is kept for the next time in a folder of the user (compiled-forms.js). V8 refuses what it
 * cannot use, and nothing else differs. Modules of node are asked for sparingly: node:module alone would take a third of the
 * time that is left.
 */
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

const CODE = `${__dirname}/../dist/cli/`;
/** The V8 and the processor that the forms in the package are for, as the build wrote it. */
const MADE_FOR = read(`${CODE}compiled-for.txt`, 'utf8');
const RUNNING = `${process.versions.v8} ${process.platform} ${process.arch}`;
const isOurs = MADE_FOR === RUNNING;

/** The chunks that are loaded, each with its script, by what other chunks require them as. */
const chunks = new Map();
let forms;

function read(file, encoding) {
  try {
    return readFileSync(file, encoding);
  } catch {
    return undefined;
  }
}

/** What was kept on this machine, for a chunk of which the package has no form that fits. */
function kept(name, text) {
  forms ??= require('./compiled-forms.js').formsFor(RUNNING, process.argv[2] ?? '') ?? null;
  return forms?.read(name, text);
}

function loadChunk(id) {
  const name = id.slice('./'.length);
  const text = readFileSync(CODE + name, 'utf8');
  const shipped = isOurs ? read(`${CODE}${name.slice(0, -'cjs'.length)}cache`) : undefined;
  const cachedData = shipped ?? kept(name, text);
  // The compiled form keeps the name, so it must not be that of a folder on the machine which built it.
  const script = new Script(text, { filename: `ckpt/dist/cli/${name}`, cachedData });
  const module = { exports: {} };
  chunks.set(id, { module, script, text, isNew: cachedData === undefined || script.cachedDataRejected === true });
  script.runInThisContext()(module.exports, requireFrom, module, CODE + name);
  return module.exports;
}

/** What `require` is to a chunk. The core makes what others see of it when the first of them asks. */
function requireFrom(id) {
  if (!id.startsWith('./')) return require(id);
  const module = chunks.get(id)?.module;
  if (module === undefined) return loadChunk(id);
  if (module.names !== undefined) {
    module.exports = module.names();
    module.names = undefined;
  }
  return module.exports;
}

const core = loadChunk('./core.cjs');

/** For the build, which runs commands and keeps the compiled form of what has run of each chunk, and for tests. */
exports.main = core.main;
exports.changedFlags = core.changedFlags;
exports.chunks = () => [...chunks].map(([id, { script }]) => [id, () => script.createCachedData()]);

/** Keeps the forms of chunks that had none, for the next time. */
function keep() {
  for (const [id, { script, text, isNew }] of chunks) if (isNew) forms?.write(id.slice('./'.length), text, script);
}

// All output is written by then: to let the process run dry would wait for work of the runtime that nobody needs.
if (require.main === module) {
  core.main(process.argv.slice(2)).then((code) => {
    if (code === 0 && !core.changedFlags()) keep();
    process.exit(code);
  });
}
