/** Which file tells of the graph of a checkpoint. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NotACheckpointError, UnsupportedError } from '../../src/errors.ts';
import { readGraphFacts } from '../../src/roles/graph-beside.ts';
import { graphFileOf } from '../../src/roles/graph-files.ts';
import { scratch } from '../scratch.ts';

/** A directory with these files, all empty. */
function directoryWith(...names: readonly string[]): string {
  const directory = scratch();
  for (const name of names) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, name), '');
  }
  return directory;
}

describe('graphFileOf', () => {
  it.each([
    ['a .meta beside a prefix', 'm.meta', 'm'],
    ['a .meta beside the shards of V1', 'm.meta', 'm-?????-of-00002'],
    ['a .meta beside one shard of V1', 'm.meta', 'm-00001-of-00002'],
    ['a SavedModel around its variables', 'saved_model.pb', 'variables/variables'],
    ['a SavedModel in text', 'saved_model.pbtxt', 'variables/variables'],
    ['a SavedModel around variables of V1', 'saved_model.pb', 'variables/variables-?????-of-00001'],
  ])('finds %s', (_, file, prefix) => {
    const directory = directoryWith(file, 'variables/variables.index');
    expect(graphFileOf(join(directory, prefix))).toEqual({ path: join(directory, file) });
  });

  it('finds the metadata of Keras beside a SavedModel', () => {
    const directory = directoryWith('saved_model.pb', 'keras_metadata.pb', 'variables/variables.index');
    const wanted = { path: join(directory, 'saved_model.pb'), kerasMetadata: join(directory, 'keras_metadata.pb') };
    expect(graphFileOf(join(directory, 'variables/variables'))).toEqual(wanted);
    for (const name of ['', 'saved_model.pb', 'keras_metadata.pb'])
      expect(graphFileOf('x', join(directory, name))).toEqual(wanted);
  });

  it('finds nothing where nothing is, nor a SavedModel beside what are not its variables', async () => {
    const directory = directoryWith('saved_model.pb', 'other/variables');
    for (const prefix of ['m', 'other/variables', 'variables']) {
      expect(graphFileOf(join(directory, prefix))).toBeUndefined();
      await expect(readGraphFacts({ prefix: join(directory, prefix) })).resolves.toBeUndefined();
    }
  });

  it('takes what it is pointed at: a .meta, another checkpoint', () => {
    const directory = directoryWith('m.meta', 'm.index', 'graph.pbtxt');
    for (const name of ['m.meta', 'm', 'm.index', 'm-00000-of-00001']) {
      expect(graphFileOf('x', join(directory, name))).toEqual({ path: join(directory, 'm.meta') });
    }
    expect(graphFileOf('x', join(directory, 'graph.pbtxt'))).toEqual({ path: join(directory, 'graph.pbtxt') });
  });

  it('refuses what is no graph, and says what to name', async () => {
    const directory = directoryWith('empty/x', 'notes.txt');
    expect(() => graphFileOf('x', join(directory, 'gone'))).toThrow(NotACheckpointError);
    expect(() => graphFileOf('x', join(directory, 'gone'))).toThrow(/name a \.meta file/);
    expect(() => graphFileOf('x', join(directory, 'empty'))).toThrow(/is a directory without a SavedModel/);
    await expect(readGraphFacts({ prefix: 'x', path: join(directory, 'notes.txt') })).rejects.toThrow(/is no graph/);
  });

  it('says that a SavedModel in chunks is not read', () => {
    const directory = directoryWith('saved_model.cpb', 'variables/variables.index');
    for (const path of [undefined, directory, join(directory, 'saved_model.cpb')]) {
      expect(() => graphFileOf(join(directory, 'variables/variables'), path)).toThrow(UnsupportedError);
    }
  });
});
