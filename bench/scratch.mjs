/**
 * Where the checkpoints that are measured lie: a folder for temporary files, kept from run to run, because making them
 * takes longer than measuring. Each is made by a process of its own, so that this one stays small and quick to fork.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { childEnvironment } from './environment.mjs';
import { checkEnd } from './measure.mjs';

const TOP = join(tmpdir(), 'ckpt-bench');
/** Changes with the makers, so that no run measures what an older one made. */
const EDITION = 'edition-2';
const SPARE_BYTES = 2 ** 30;
const MAKERS = join(dirname(fileURLToPath(import.meta.url)), 'make');

/** Thrown where a checkpoint cannot be made here; its cases are skipped. */
export class NoRoom extends Error {}

export function removeScratch() {
  rmSync(TOP, { recursive: true, force: true });
}

export class Scratch {
  directory = join(TOP, EDITION);

  /** `root` is the folder whose build makes the checkpoints. */
  constructor(root) {
    this.root = root;
    mkdirSync(this.directory, { recursive: true });
  }

  path(name) {
    return join(this.directory, name);
  }

  /** The prefix of a checkpoint, made by `maker` unless it is there; its index is what is written last. */
  checkpoint(name, maker, args, bytes) {
    const prefix = this.path(name);
    if (existsSync(`${prefix}.index`)) return prefix;
    const { bavail, bsize } = statfsSync(this.directory);
    if (bavail * bsize < bytes + SPARE_BYTES) {
      throw new NoRoom(`${name} takes ${Math.ceil(bytes / 2 ** 30)} GiB, and so much is not free in ${TOP}`);
    }
    process.stderr.write(`making ${name}\n`);
    const command = [process.execPath, join(MAKERS, maker), this.root, prefix, ...args.map(String)];
    checkEnd(command, spawnSync(command[0], command.slice(1), { encoding: 'utf8', env: childEnvironment() }));
    return prefix;
  }

  /** A checkpoint of many tensors of which only the index holds anything. */
  manyTensors(count) {
    return this.checkpoint(`tensors-${count}`, 'many-tensors.mjs', [count], count * 100);
  }

  /** A checkpoint of TF1 of so many layers, whose graph has some nodes more, beside it or not. */
  metaGraph(name, layers, nodes, withMeta) {
    return this.checkpoint(name, 'meta-graph.mjs', [layers, nodes, withMeta ? 'meta' : 'none'], 2 ** 23);
  }

  /** A checkpoint of TF2 that goes by objects, with the graph of them or with their keys alone. */
  objects(count, withGraph) {
    const name = `objects-${count}-${withGraph ? 'graph' : 'keys'}`;
    return this.checkpoint(name, 'objects.mjs', [count, withGraph ? 'graph' : 'keys'], count * 400);
  }

  /** A checkpoint of many numbers, each a tensor. */
  tinyTensors(count) {
    return this.checkpoint(`tiny-${count}`, 'tiny-tensors.mjs', [count], count * 100);
  }

  /** A checkpoint of 32 float32 tensors that fill so many bytes. */
  largeTensors(bytes) {
    return this.checkpoint(`mebibytes-${bytes / 2 ** 20}`, 'large-tensors.mjs', [bytes], bytes);
  }

  /** The same with another number in every place. */
  otherTensors(bytes) {
    return this.checkpoint(`other-mebibytes-${bytes / 2 ** 20}`, 'large-tensors.mjs', [bytes, 7], bytes);
  }

  /** The same data file as one tensor of 1024 columns. */
  oneTensor(bytes) {
    const parts = this.largeTensors(bytes);
    return this.checkpoint(`one-tensor-${bytes / 2 ** 20}`, 'one-tensor.mjs', [parts], 0);
  }

  /** A checkpoint of one float32 [1000,1000], and its bytes alone in a file for numpy. */
  matrix() {
    return this.checkpoint('matrix', 'matrix.mjs', [], 2 ** 23);
  }
}
