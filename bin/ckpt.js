#!/usr/bin/env node
/**
 * Starts the command line. The chunks that must be there at once are loaded together with V8's compiled form of them, which
 * the build made: that saves a third of the time to start. V8 refuses a form made by another version of itself or under
 * other flags; then the chunk is compiled as usual, and nothing else differs.
 */
const { readFileSync } = require('node:fs');
const { Module } = require('node:module');
const { Script } = require('node:vm');

const directory = `${__dirname}/../dist/cli`;
/** The chunks that have a compiled form, by what other chunks require them as; their scripts once they are loaded. */
const scripts = {
  './core.cjs': undefined,
  './print.cjs': undefined,
  './object-graph.cjs': undefined,
  './surgery.cjs': undefined,
};

function readCompiled(file) {
  try {
    return readFileSync(`${file.slice(0, -'cjs'.length)}cache`);
  } catch {
    return undefined;
  }
}

/** Loads a chunk under its own name, so that other chunks find it loaded. */
function loadChunk(id) {
  const file = require.resolve(`${directory}/${id}`);
  const module = new Module(file);
  module.filename = file;
  // The chunk is pure ASCII, which is read fastest as latin1. The compiled form keeps the name, so it must not be that of
  // a folder on the machine which built it.
  const script = new Script(`(function (exports, require, module) {${readFileSync(file, 'latin1')}\n})`, {
    filename: `ckpt/dist/cli${id.slice(1)}`,
    cachedData: readCompiled(file),
  });
  scripts[id] = script;
  require.cache[file] = module;
  script.runInThisContext()(module.exports, (other) => requireFrom(module, other), module);
  module.loaded = true;
  return module.exports;
}

/** What `require` is to a chunk loaded here. */
function requireFrom(module, id) {
  return id in scripts && scripts[id] === undefined ? loadChunk(id) : module.require(id);
}

const core = loadChunk('./core.cjs');

/** The compiled form of what has run so far of a chunk: the build asks for it. */
exports.compiled = (name) => scripts[`./${name}.cjs`].createCachedData();

// All output is written by then: to let the process run dry would wait for work of the runtime that nobody needs.
core.main(process.argv.slice(2)).then((code) => process.exit(code));
