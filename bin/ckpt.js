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
const scripts = { core: undefined, print: undefined };

function readCompiled(name) {
  try {
    return readFileSync(`${directory}/${name}.cache`);
  } catch {
    return undefined;
  }
}

/** Loads a chunk under its own name, so that other chunks find it loaded. */
function loadChunk(name) {
  const file = require.resolve(`${directory}/${name}.cjs`);
  const module = new Module(file);
  module.filename = file;
  // The build makes the chunk a function, in pure ASCII, which is read fastest as latin1. The compiled form keeps the name,
  // so it must not be that of a folder on the machine which built it.
  const script = new Script(readFileSync(file, 'latin1'), {
    filename: `ckpt/dist/cli/${name}.cjs`,
    cachedData: readCompiled(name),
  });
  scripts[name] = script;
  require.cache[file] = module;
  script.runInThisContext()(module.exports, (id) => requireFrom(module, id), module);
  module.loaded = true;
  return module.exports;
}

/** What `require` is to a chunk loaded here. */
function requireFrom(module, id) {
  return id === './print.cjs' && scripts.print === undefined ? loadChunk('print') : module.require(id);
}

const core = loadChunk('core');

/** The compiled form of what has run so far of a chunk: the build asks for it. */
exports.compiled = (name) => scripts[name].createCachedData();

// All output is written by then: to let the process run dry would wait for work of the runtime that nobody needs.
core.main(process.argv.slice(2)).then((code) => process.exit(code));
