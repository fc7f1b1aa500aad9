/** Every problem by its code: what leads to it, and what helps. What was found in a case, the detectors say. */

export type Severity = 'problem' | 'note';

export interface Problem {
  readonly severity?: Severity;
  readonly cause: string;
  readonly remedy: string;
}

const GET_AGAIN = 'get the file again from where it came from, and compare its size and checksum';
const ELSEWHERE = 'ask who gave it to you for the TensorFlow checkpoint, or open it with what it is made for';
const BY_JAX = 'load it with JAX, and save its arrays with safetensors.flax.save_file: this program reads that';
const BY_TORCH =
  'load it with PyTorch, if you trust it, and save its state_dict with safetensors.torch.save_file: this program reads that';
const UNPACK = 'unpack it and name the checkpoint inside';
const RENAME = 'rename it';

/** What stands under the name of a checkpoint and is something else: by the kind that its first bytes tell. */
const FOREIGN = {
  'lfs-pointer': {
    cause: 'the repository keeps large files in Git LFS, and was cloned or downloaded without it',
    remedy: 'install Git LFS and pull where the repository was cloned, or download the file itself',
  },
  html: {
    cause: 'the download answered with a web page: a wrong address, a log-in, a warning about the size, or a quota',
    remedy: 'open the address in a browser, take the address of the file itself (the raw one), and download again',
  },
  zip: { cause: 'a packed folder was renamed, or downloaded and not unpacked', remedy: UNPACK },
  gzip: { cause: 'the file is still packed', remedy: UNPACK },
  bzip2: { cause: 'the file is still packed', remedy: UNPACK },
  xz: { cause: 'the file is still packed', remedy: UNPACK },
  zstd: { cause: 'the file is still packed', remedy: UNPACK },
  '7z': { cause: 'the file is still packed', remedy: UNPACK },
  rar: { cause: 'the file is still packed', remedy: UNPACK },
  tar: { cause: 'the file is still packed', remedy: UNPACK },
  pytorch: { cause: '.ckpt is also what PyTorch users call their files', remedy: BY_TORCH },
  lightning: { cause: '.ckpt is also what PyTorch Lightning calls its files', remedy: BY_TORCH },
  pickle: {
    cause:
      '.ckpt is also what PyTorch users call their files; opening a pickle runs the code in it, so it is not opened',
    remedy: BY_TORCH,
  },
  safetensors: { cause: 'the model was published in another format', remedy: ELSEWHERE },
  hdf5: { cause: 'Keras saved its weights as HDF5, which it does for names that end in .h5', remedy: ELSEWHERE },
  keras: { cause: 'model.save of Keras 3 writes such an archive', remedy: ELSEWHERE },
  npz: { cause: 'the weights were exported from TensorFlow to NumPy', remedy: ELSEWHERE },
  npy: { cause: 'a single array was exported to NumPy', remedy: ELSEWHERE },
  gguf: { cause: 'the model was converted for llama.cpp', remedy: ELSEWHERE },
  tflite: { cause: 'the model was converted for phones; its weights are part of it', remedy: ELSEWHERE },
  onnx: { cause: 'the model was converted to ONNX; its weights are part of it', remedy: ELSEWHERE },
  events: {
    cause: 'TensorBoard files lie beside checkpoints and have similar names',
    remedy: 'name the checkpoint beside it',
  },
  graph: {
    cause: 'a frozen graph (.pb) holds its weights as constants, and a GraphDef has none',
    remedy: 'look for the checkpoint that it was made from: files that end in .index and .data-00000-of-00001',
  },
  magenta: {
    cause: 'the bundle was not copied or downloaded whole, or was damaged on the way',
    remedy: GET_AGAIN,
  },
  orbax: { cause: 'programs of JAX save with Orbax, in folders', remedy: BY_JAX },
  t5x: { cause: 'the T5 of JAX, T5X, saves so, each array in a folder of its own', remedy: BY_JAX },
  flax: { cause: 'programs of JAX save with Flax, in MessagePack', remedy: BY_JAX },
  msgpack: { cause: 'the model was published in another format, as Flax (JAX) has one', remedy: ELSEWHERE },
  mindspore: {
    cause: '.ckpt is also what MindSpore calls its files',
    remedy:
      'load it with MindSpore, and save its parameters with mindspore.save_checkpoint(..., format="safetensors"): this program reads that',
  },
  darknet: {
    cause: 'models of YOLO are published as Darknet has them: numbers alone, and a .cfg file that tells their layers',
    remedy:
      'turn it and its .cfg into a Keras or TensorFlow model with a converter for YOLO, and name what that writes',
  },
  tfrecord: {
    cause: 'data sets lie in such files, and the path is that of one',
    remedy: 'name the checkpoint: the name of its .index file',
  },
  leveldb: {
    cause: 'databases keep their data in tables like those of TensorFlow, and the path is that of one',
    remedy: 'name the checkpoint: the name of its .index file',
  },
  'tfjs-model': {
    cause: 'a description without weights: only the layers were saved, or another file holds the list of the weights',
    remedy: 'name the model.json that has a weightsManifest, beside its .bin files',
  },
  'data-file': {
    cause: 'it holds the content of a checkpoint that another file lists',
    remedy: 'name the file that lists it',
  },
  json: {
    cause: 'a server answered with a message instead of the file, or the path is that of a description',
    remedy: GET_AGAIN,
  },
  text: {
    cause: 'the path is that of a description, a log or a list',
    remedy: 'name the checkpoint: the name of its .index file',
  },
  empty: { cause: 'a download or copy that did not even begin, or a disk that was full', remedy: GET_AGAIN },
} as const satisfies Record<string, Problem>;

/** Files that are what they should be, and damaged, and directories that lack something. */
const DAMAGE = {
  zeros: {
    cause: 'a disk that failed or was full, or a download that reserved the space and was never filled',
    remedy: GET_AGAIN,
  },
  'truncated-index': { cause: 'a download or copy that stopped early', remedy: GET_AGAIN },
  'truncated-data': { cause: 'a download or copy that stopped early, or a disk that was full', remedy: GET_AGAIN },
  'line-endings': {
    cause: 'a transfer in text mode (FTP), or a git repository that takes all files for text, made CR LF of every LF',
    remedy:
      'get the file again in binary mode, or undo it, which gives back the very bytes; then look again, for the other files may have gone the same way',
  },
  'text-decoded': {
    cause: 'a program read the bytes as text and wrote them again; what it replaced is gone for good',
    remedy: GET_AGAIN,
  },
  'damaged-index': { cause: 'a failing disk or memory, or a faulty transfer', remedy: GET_AGAIN },
  'invalid-index': {
    cause:
      'its checksums are right, so it was written like that: by a faulty program, or by several at once under one name',
    remedy: 'write the checkpoint again with TensorFlow',
  },
  'foreign-content': {
    cause:
      'it holds something that is no plain array of numbers or text: objects, records, dates, or what is encrypted',
    remedy: 'save what is wanted of it as plain arrays, where it was made',
  },
  'newer-version': { cause: 'it was written by a newer TensorFlow', remedy: 'use a newer version of this program' },
  'damaged-tensors': {
    cause: 'a failing disk or memory, or a faulty transfer; or an index and a data file of two different saves',
    remedy: GET_AGAIN,
  },
  'mixed-saves': {
    cause:
      'an index of one save beside the data of another: one of the two was copied later, or two programs wrote under one name',
    remedy: 'take the index and the data files from one and the same save',
  },
  'no-checksum': {
    cause: 'it was written by a program that leaves the checksums out; TensorFlow refuses to read it',
    remedy: 'write the checkpoint again with a program that records checksums',
  },
  'invalid-entries': {
    cause: 'the checksum of the index is right, so it was written like that: by a faulty program',
    remedy: 'write the checkpoint again with TensorFlow',
  },
  'unknown-dtype': {
    cause: 'a newer TensorFlow wrote a type that this version does not know',
    remedy: 'use a newer version of this program',
  },
  'broken-parts': {
    cause: 'a save from several workers of which one wrote nothing, or another layout; or a faulty program',
    remedy: 'save again with all workers',
  },
  'stale-graph': {
    cause:
      'names were changed, or tensors taken out or put in, by a program that does not know the object graph of TF2',
    remedy: 'write the checkpoint anew with this program, which makes its object graph true',
  },
  'broken-graph': {
    cause: 'a faulty program wrote the object graph of TF2, or changed it',
    remedy: 'leave it out and go on by names; names, shapes and values are sound',
  },
  'missing-index': {
    cause: 'a download or copy of some of the files only; an upload form or a .gitignore that let one kind of file out',
    remedy: 'get the .index from where the data came from; without it nobody knows what lies where in the data',
  },
  'missing-data': {
    cause: 'a download or copy of some of the files only; a data file is large and often kept elsewhere',
    remedy: 'get the data files of the same save; names and shapes can be listed without them',
  },
  'missing-shard': {
    cause: 'a download or copy of some of the files only',
    remedy: 'get the missing data files of the same save',
  },
  'shard-names': {
    cause:
      'a merge of shards of which some were empty, or a rename by hand; TensorFlow finds no data under these names',
    remedy: RENAME,
  },
  'mangled-name': {
    cause: 'a browser, a mail program or a system that hides endings changed the name',
    remedy: RENAME,
  },
  'name-case': {
    cause: 'the files come from a system that takes small and capital letters for the same',
    remedy: RENAME,
  },
  'unfinished-download': {
    cause: 'the browser or download program has not finished, or was stopped',
    remedy: 'wait for it, or download again',
  },
  'unfinished-save': {
    cause: 'the program that saved was stopped, or is still saving',
    remedy: 'wait if it is still running; otherwise use an older checkpoint',
  },
  'interrupted-write': {
    cause: 'a write over it was killed between giving its files other names and giving the new ones theirs',
    remedy: 'give the files their names back; the next write to the name does so too',
  },
  'meta-alone': {
    cause: 'the .meta of a checkpoint holds the graph and no values; the other files were not copied',
    remedy: 'get the .index and the .data files of the same save',
  },
  'stale-state': {
    cause:
      'the directory was moved, copied or renamed after training: the state file holds paths of before, and TensorFlow finds nothing there',
    remedy: 'repair the state file',
  },
  'empty-state': {
    cause: 'a state file that was cut off, or written by hand',
    remedy: 'write the state file anew from the checkpoints that are there',
  },
  'broken-state': {
    cause: 'a state file that was edited or cut off',
    remedy: 'write the state file anew from the checkpoints that are there',
  },
  'several-checkpoints': {
    cause: 'the state file was not copied along',
    remedy: 'name one of them, or write the state file anew',
  },
  'no-checkpoint': {
    cause: 'another directory is meant, or the files were not copied',
    remedy: 'look for a file that ends in .index: that is what to name',
  },
  'no-variables': {
    cause: 'the model has no variables (it was frozen), or the directory variables/ was not copied',
    remedy: 'copy the directory variables/ of the model; a frozen model has none',
  },
  unknown: { cause: 'another file is meant, or this one is damaged from its beginning on', remedy: GET_AGAIN },
} as const satisfies Record<string, Problem>;

const note = (cause: string, remedy: string) => ({ severity: 'note', cause, remedy }) as const;

/** What a healthy checkpoint may have. */
const NOTES = {
  'v1-format': note(
    'TensorFlow before 1.0 saved so, and later with write_version=V1',
    'convert it where a program wants the V2 format',
  ),
  'path-form': note(
    'a checkpoint has several files, and goes by the prefix that their names share',
    'nothing needs to be done here; give TensorFlow the prefix',
  ),
  leftovers: note('a save that was stopped, or one that goes on right now', 'delete them when no program is saving'),
  'state-lists-gone': note(
    'older checkpoints were removed by hand, or not copied',
    'repair the state file if a program goes through all it lists',
  ),
  overlap: note(
    'several tensors were made to share bytes, or several programs wrote the file',
    'nothing needs to be done: every checksum is right',
  ),
  'unused-bytes': note(
    'alignment, or data left over from another save',
    'nothing needs to be done; writing the checkpoint anew drops them',
  ),
  'orphan-parts': note('a tensor was taken out of the index and its parts were not', 'nothing needs to be done'),
  'odd-index': note('an unusual writer', 'nothing needs to be done'),
} as const satisfies Record<string, Problem>;

const ALL = { ...FOREIGN, ...DAMAGE, ...NOTES };

export type ProblemCode = keyof typeof ALL;

export const PROBLEMS: Readonly<Record<ProblemCode, Problem>> = ALL;

/** The problem of a file that is of a foreign kind. */
export function foreignCode(kind: string): ProblemCode {
  return Object.hasOwn(FOREIGN, kind) ? (kind as ProblemCode) : 'unknown';
}
