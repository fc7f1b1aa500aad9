#!/usr/bin/env node
/**
 * Starts the command line: its code lies in chunks, each one function, most with V8's compiled form beside them, which the
 * build made: that saves a third of the time to start. V8 refuses a form made by another
 * version of itself or under other flags; then the chunk is compiled as usual, and nothing else differs.
 */
const { readFileSync } = require('node:fs');
const { Module } = require('node:module');
const { Script } = require('node:vm');

const directory = `${__dirname}/../dist/cli`;
/** The chunks that are loaded, each with its script, by what other chunks require them as. */
const chunks = new Map();

function readCompiled(file) {
  try {
    return readFileSync(`${file.slice(0, -'cjs'.length)}cache`);
  } catch {
    return undefined;
  }
}

function loadChunk(id) {
  const file = require.resolve(`${directory}/${id}`);
  const module = new Module(file);
  module.filename = file;
  // The compiled form keeps the name, so it must not be that of a folder on the machine which built it.
  const script = new Script(readFileSync(file, 'utf8'), {
    filename: `ckpt/dist/cli${id.slice(1)}`,
    cachedData: readCompiled(file),
  });
  chunks.set(id, { module, script });
  script.runInThisContext()(module.exports, (other) => requireFrom(module, other), module, file);
  return module.exports;
}

/** What `require` is to a chunk. */
function requireFrom(module, id) {
  if (!id.startsWith('./')) return module.require(id);
  return chunks.get(id)?.module.exports ?? loadChunk(id);
}

const core = loadChunk('./core.cjs');

/** For the build: runs a command, and gives the compiled form of what has run so far, chunk by chunk. */
exports.main = core.main;
exports.compiled = () => [...chunks].map(([id, { script }]) => [id, script.createCachedData()]);

// All output is written by then: to let the process run dry would wait for work of the runtime that nobody needs.
core.main(process.argv.slice(2)).then((code) => process.exit(code));
