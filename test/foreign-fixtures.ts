/** Fixtures of other formats: a folder is a case, and its `expected.json` says what is true of it (fixtures/make_foreign.py). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from './fixtures.ts';

export interface ForeignTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sha256: string;
}

export interface ForeignCase {
  readonly title: string;
  /** The file or directory to open. */
  readonly path: string;
  readonly tensors: Readonly<Record<string, ForeignTensor>>;
}

/** Every case of a kind, in order. */
export function foreignCases(kind: 'safetensors' | 'numpy'): ForeignCase[] {
  const folder = fixture(kind);
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { input, tensors } = JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8'));
      return { title: `${kind}/${name}`, path: join(folder, name, input), tensors };
    });
}
