/** Directories of checkpoints for tests: copies of fixtures in a place of their own, with times that are set. */
import { copyFileSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '../fixtures.ts';
import { scratch } from '../scratch.ts';

const TIME = 1_600_000_000;

export class TestDirectory {
  readonly path: string;
  #saved = 0;

  constructor(name = 'run') {
    this.path = join(scratch(), name);
    mkdirSync(this.path);
  }

  /** A V2 checkpoint, saved a minute after the one before. */
  save(name: string, from = 'diverging/model.ckpt-1'): this {
    const source = fixture(`state/${from}`);
    for (const end of ['.index', '.data-00000-of-00001']) copyFileSync(source + end, join(this.path, name + end));
    return this.saved(name, TIME + 60 * ++this.#saved);
  }

  /** Sets when a checkpoint was saved. */
  saved(name: string, seconds: number): this {
    for (const file of readdirSync(this.path)) {
      if (file.startsWith(`${name}.`)) utimesSync(join(this.path, file), seconds, seconds);
    }
    return this;
  }

  write(name: string, text: string | Uint8Array): this {
    writeFileSync(join(this.path, name), text);
    return this;
  }

  remove(name: string): this {
    rmSync(join(this.path, name));
    return this;
  }

  /** A state file of these paths. */
  state(latest: string, all: readonly string[], more = '', name = 'checkpoint'): this {
    const paths = all.map((path) => `all_model_checkpoint_paths: "${path}"\n`).join('');
    return this.write(name, `model_checkpoint_path: "${latest}"\n${paths}${more}`);
  }
}
