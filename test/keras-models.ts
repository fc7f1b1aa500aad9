/** Models of Keras: their object graphs, what their values are like, and the paths that Keras gave them in a weights file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './fixtures.ts';

export interface KerasModel {
  /** The bytes of the object graph, as base64. */
  readonly graph: string;
  readonly shapes: Readonly<Record<string, number[]>>;
  readonly paths: Readonly<Record<string, string>>;
  /** All paths of the file: a variable that two objects have stands there twice. */
  readonly file: readonly string[];
}

export const KERAS_MODELS = JSON.parse(
  readFileSync(join(REPOSITORY, 'fixtures/keras-paths/keras-paths.json'), 'utf8'),
) as Readonly<Record<string, KerasModel>>;
