#!/usr/bin/env node
/**
 * Starts the command line: its code lies in chunks, each one function, most with V8's compiled form beside them, which the
 * build made: that saves a third of the time to start. V8 refuses a form made by another version of itself or under other
 * flags; then the chunk is compiled as usual, and nothing else differs. Modules of node are asked for sparingly: node:module
 * alone would take a third of the time that is left.
 */
const { readFileSync } = require('node:fs');
const { Script } = require('node:vm');

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
  const file = `${__dirname}/../dist/cli/${id.slice('./'.length)}`;
  // The compiled form keeps the name, so it must not be that of a folder on the machine which built it.
  const script = new Script(readFileSync(file, 'utf8'), {
    filename: `ckpt/dist/cli/${id.slice('./'.length)}`,
    cachedData: readCompiled(file),
  });
  const module = { exports: {} };
  chunks.set(id, { module, script });
  script.runInThisContext()(module.exports, requireFrom, module, file);
  return module.exports;
}

/** What `require` is to a chunk. */
function requireFrom(id) {
  if (!id.startsWith('./')) return require(id);
  return chunks.get(id)?.module.exports ?? loadChunk(id);
}

const core = loadChunk('./core.cjs');

/** For the build, which runs commands and keeps the compiled form of what has run of each chunk, and for tests. */
exports.main = core.main;
exports.chunks = () => [...chunks].map(([id, { script }]) => [id, () => script.createCachedData()]);

// All output is written by then: to let the process run dry would wait for work of the runtime that nobody needs.
if (require.main === module) core.main(process.argv.slice(2)).then((code) => process.exit(code));
