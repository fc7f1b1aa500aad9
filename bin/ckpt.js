#!/usr/bin/env node
/**
 * Starts the command line. The chunk that every command needs is loaded together with V8's compiled form of it, which the
 * build made: that saves a third of the time to start. V8 refuses a form made by another version of itself or under other
 * flags; then the chunk is compiled as usual, and nothing else differs.
 */
const { readFileSync } = require('node:fs');
const { Module } = require('node:module');
const { Script } = require('node:vm');

const directory = `${__dirname}/../dist/cli`;
const file = require.resolve(`${directory}/core.cjs`);
const NAME = 'ckpt/dist/cli/core.cjs';

function readCompiled() {
  try {
    return readFileSync(`${directory}/core.cache`);
  } catch {
    return undefined;
  }
}

/** Loads the chunk under its own name, so that other chunks find it loaded. */
function loadCore() {
  const module = new Module(file);
  module.filename = file;
  // The build makes the chunk a function, in pure ASCII, which is read fastest as latin1. The compiled form keeps the name,
  // so it must not be that of a folder on the machine which built it.
  const script = new Script(readFileSync(file, 'latin1'), { filename: NAME, cachedData: readCompiled() });
  require.cache[file] = module;
  script.runInThisContext()(module.exports, (id) => module.require(id), module);
  module.loaded = true;
  return { script, core: module.exports };
}

const { script, core } = loadCore();

/** The compiled form of what has run so far: the build asks for it. */
exports.compiled = () => script.createCachedData();

// All output is written by then: to let the process run dry would wait for work of the runtime that nobody needs.
core.main(process.argv.slice(2)).then((code) => process.exit(code));
