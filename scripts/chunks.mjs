/** Which code of the command line lies together: what `scripts/build.mjs` tells the bundler. */
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const SRC = join(dirname(dirname(fileURLToPath(import.meta.url))), 'src');

/**
 * The chunks that hold more than one command's code: rooms, files, and beginnings of their names. The longest name that fits
 * a file decides. Each further chunk costs a third of a millisecond to find and open.
 */
const CHUNKS = {
  // What every command needs, and all that a listing does.
  core: [
    'errors',
    'bytes',
    'tensor',
    'proto',
    'sstable',
    'io',
    'formats',
    'formats/numpy/dtypes',
    'formats/numpy/index',
    'formats/numpy/names',
    'formats/numpy/find',
    'formats/safetensors/dtypes',
    'formats/safetensors/index',
    'formats/safetensors/names',
    'formats/safetensors/find',
    'formats/hdf5/datatype',
    'formats/hdf5/find',
    'formats/hdf5/index',
    'formats/hdf5/names',
    'formats/tfjs/dtypes',
    'formats/tfjs/find',
    'formats/tfjs/index',
    'formats/v1/find',
    'formats/v1/index',
    'formats/v1/value-field',
    'checkpoints/arguments',
    'checkpoints/below',
    'checkpoints/checkpoint.ts',
    'checkpoints/data-elsewhere',
    'checkpoints/locate',
    'object-graph/graph-notes',
    'object-graph/object-graph-key',
    'roles/bundled-graph',
    'roles/guessed-role',
    'roles/known-names',
    'roles/last-variable',
    'roles/name-role',
    'roles/optimizer-scopes',
    'roles/role',
    'roles/slot-names',
    'roles/slots-by-names',
    'roles/word-role',
    'surgery/further-names',
    'surgery/pattern-bound',
    'surgery/selectors',
    'cli/commands.ts',
    'cli/commands/list',
    'cli/exit-codes',
    'cli/main',
    'cli/options',
    'cli/render',
    'cli/report-error',
    'cli/run',
    'cli/tell-roles',
    'cli/terminal',
    'commander/',
    'package.json',
  ],
  // What leads to a checkpoint where the path is not its name, and chooses among its tensors.
  paths: [
    'bytes/glob-pattern',
    'checkpoints/advice',
    'checkpoints/state-',
    'inspect/digest',
    'cli/usage-hints',
    'io/glob',
    'io/recognise-closely',
    'proto/generator-bundle',
    'proto/text-format',
    'proto/text-scanner',
    'surgery/name-patterns',
    'surgery/nearest-names',
    'surgery/printed-name',
    'surgery/user-pattern',
    'fastest-levenshtein/',
  ],
  // Tensors in parts, strings, and V1, which has both.
  parts: [
    'bytes/ordered-code',
    'bytes/snappy',
    'formats/v1',
    'proto/saved-slices',
    'sstable/large-block',
    'sstable/table-values',
    'tensor/assembled-',
    'tensor/partitioned',
    'tensor/same-content',
    'tensor/slice-key',
    'tensor/strings',
    'tensor/tensor-slice',
  ],
  // What asks for a module of node that few commands need.
  'linear-patterns': ['cli/linear-patterns'],
  // Keys of objects, and the rules for names as bytes, of which there are many.
  keys: ['object-graph/checkpoint-key', 'roles/best-roles', 'roles/bundled-graph', 'roles/key-', 'roles/name-bytes'],
  // Elements as numbers, and slices: what prints values needs, and what changes them.
  values: [
    'tensor/slice-tensor',
    'tensor/host-order',
    'tensor/in-parts',
    'tensor/small-floats',
    'tensor/strided-source',
    'tensor/values',
  ],
  // What the commands that print values need beyond it.
  print: [
    'tensor/slice-text',
    'inspect/array-values',
    'inspect/parameter-count',
    'inspect/tensorflow-listing',
    'array-text',
    'cli/commands/print',
    'cli/inspect-checkpoint',
    'cli/render/nested-json',
    'cli/render/tab-lines',
    'cli/render/value-text',
    'cli/slice-arguments',
  ],
  // What tells roles where there is a .meta.
  'meta-graph': [
    'bytes/window',
    'proto/binary-message',
    'proto/encoded-message',
    'proto/message-decoder',
    'proto/message-type',
    'proto/pass-fields',
    'proto/word-table',
    'roles/graph-files',
    'meta-graph/collections',
    'meta-graph/graph-nodes',
    'meta-graph/meta-graph',
    'meta-graph/own-names',
    'meta-graph/read-graph',
    'meta-graph/save-op-tensors',
    'roles/declared-role',
    'roles/graph-beside',
  ],
  // Checksums of zip archives, which copying may take on the way.
  crc32: ['bytes/crc32.ts', 'io/crc32.ts'],
  // Reading safetensors: a listing of such a file needs the core and this.
  safetensors: ['bytes/packed-bits', 'bytes/strict-json', 'formats/round-trip', 'formats/safetensors'],
  // Reading .npz and .npy.
  numpy: ['zip', 'formats/numpy'],
  // Reading HDF5.
  hdf5: ['formats/hdf5', 'io/unpack-zlib'],
  // Reading weights of TensorFlow.js.
  tfjs: ['bytes/joined-source', 'formats/tfjs'],
  // What tells roles where there is an object graph.
  'object-graph': [
    'bytes/number-order',
    'object-graph/checkpoint-key',
    'object-graph/object-graph.ts',
    'object-graph/other-names',
    'object-graph/stored-object-graph',
    'roles/full-names',
    'roles/object-graph-role',
    'roles/object-optimizers',
    'roles/optimizer-name',
    'roles/trained-models',
    'surgery/further-names',
  ],
  // What a rename that copies nothing needs; the other commands that write need it too.
  rename: [
    'checkpoints/older-files',
    'formats/write-targets',
    'sstable/block-builder',
    'sstable/sorted-table',
    'sstable/table-writer',
    'io/atomic-files',
    'io/claim',
    'io/directories',
    'io/file-sink',
    'io/leavings',
    'io/name-swap',
    'io/range-table',
    'io/temporary-names',
    'io/write-all',
    'io/write-behind',
    'io/write-file',
    'formats/carry-out',
    'checkpoints/write-checkpoint',
    'formats/entry-table',
    'formats/write-layout',
    'formats/write-progress',
    'formats/write-targets',
    'formats/v2/plan-rename',
    'formats/v2/rename-index',
    'surgery/name-rules',
    'surgery/rename',
    'cli/commands/rename',
    'cli/sidecar-files',
    'cli/interrupts',
    'cli/rename-rules',
    'cli/terminal/progress',
    'cli/write-options',
    'cli/writing-steps',
  ],
  // What the other commands that write need until content is copied.
  surgery: [
    'formats/assign-shards',
    'formats/v2/plan',
    'formats/v2/write-index',
    'object-graph',
    'surgery',
    'cli/fit-format',
    'cli/commands/drop',
    'cli/commands/merge',
    'cli/commands/subset',
    'cli/keep-tensors',
    'cli/mapped-names',
    'cli/name-arguments',
    'cli/operate',
    'cli/plan-report',
    'cli/render/plan-lines',
  ],
  // What a change of values needs; a change of shapes needs roles besides.
  edits: [
    'edits/checked-input',
    'edits/edited-map',
    'edits/element-source',
    'edits/filling',
    'edits/lazy-tensor',
    'edits/number-cast',
    'edits/numbers',
    'edits/set',
    'edits/value-bytes',
    'random',
    'tensor/code-tables',
    'tensor/float-cast',
    'cli/assignments',
    'cli/commands/set',
    'cli/editing',
    'cli/saved-model-output',
  ],
  shapes: ['edits', 'cli/row-options'],
  // Nothing: the code of one command, and what is loaded when it is first asked for. The bundler puts it where it is used.
  none: [
    'io/second-thread',
    'io/file-access',
    'compute',
    'formats/write-computed',
    'formats/copy-rows',
    'tensor/float-mean',
    'tensor/exact-mean',
    'cli/render/diff-lines',
    'cli/render/scope-lines',
    'cli/render/summary-json',
    'checkpoints/verify-checkpoint',
    'formats/hdf5/plan',
    'formats/tfjs/plan',
    'formats/tfjs/quantize',
    'formats/tfjs/stored',
    'formats/tfjs/writ',
    'formats/hdf5/writ',
    'formats/hdf5/file-image',
    'cli/stdout-output',
    'formats/stream-contents',
    'formats/safetensors/stream',
    'formats/numpy/stream',
    'formats/numpy/layout',
    'formats/numpy/plan',
    'formats/numpy/writing',
    'formats/reading',
    'formats/renamed-map',
    'formats/safetensors/plan',
    'formats/safetensors/writing',
    'zip/plan',
    'proto/text-message',
    'proto/variant',
    'sstable/sound-blocks',
    'io/range-copy',
    'io/range-task',
    'formats/recorded-checksum',
    'formats/footer-check',
    'formats/v1/encode-values',
    'formats/v1/open-damaged',
    'formats/v1/plan',
    'formats/v1/sound-table',
    'formats/v1/verify',
    'formats/v1/writ',
    'formats/v2/content-table',
    'formats/v2/open-damaged',
    'formats/v2/verify',
    'formats/v2/whole-files',
    'formats/write-contents',
    'formats/write-pieces',
    'meta-graph',
    'cli/render/alike-rows',
    'cli/render/finding-lines',
    'cli/render/dump-pieces',
    'cli/render/graph-lines',
    'cli/render/grid',
    'cli/render/json-lines',
    'cli/render/message-lines',
    'cli/render/role-lines',
    'cli/render/state-table',
  ],
};

/** Every name of a chunk with the chunk, the longest name first. */
const NAMES_IN_CHUNKS = Object.entries(CHUNKS)
  .flatMap(([chunk, names]) => names.map((name) => ({ chunk, name })))
  .sort((a, b) => b.name.length - a.name.length);

/** The chunks as the bundler is told of them. */
export const CHUNK_GROUPS = Object.keys(CHUNKS)
  .filter((chunk) => chunk !== 'none')
  .map((name) => ({ name, test: (id) => chunkOf(id) === name, includeDependenciesRecursively: false }));

/** The chunk of a module, or undefined. */
function chunkOf(id) {
  const path = id.includes('/node_modules/')
    ? id.replace(/^.*\/node_modules\//, '')
    : relative(SRC, id).replace(/^\.\.\//, '');
  return NAMES_IN_CHUNKS.find(({ name }) => path.startsWith(name))?.chunk;
}

/** Every name of {@link CHUNKS} must be that of a file or room; one that is not would do nothing, unseen. */
export function checkChunks() {
  const files = readdirSync(SRC, { recursive: true });
  const isPackage = (name) => name === 'package.json' || name.endsWith('/');
  const idle = NAMES_IN_CHUNKS.filter(({ name }) => !isPackage(name) && !files.some((path) => path.startsWith(name)));
  if (idle.length > 0) throw new Error(`no file of src/ is called ${idle.map(({ name }) => name).join(', ')}`);
}
