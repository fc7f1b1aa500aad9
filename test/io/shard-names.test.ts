/** Names of a checkpoint's files, both ways. */
import { describe, expect, it } from 'vitest';
import { dataName, indexName, parseDataName, splitPrefix, stripCheckpointSuffix } from '../../src/io/shard-names.ts';

describe('names of files', () => {
  it.each([
    ['m', 0, 1, 'm.data-00000-of-00001'],
    ['d/m', 7, 12, 'd/m.data-00007-of-00012'],
    ['m', 99_999, 123_456, 'm.data-99999-of-123456'],
    ['', 0, 1, '.data-00000-of-00001'],
    ['m.data-00000-of-00001', 0, 1, 'm.data-00000-of-00001.data-00000-of-00001'],
  ])('%s, shard %d of %d', (prefix, shard, shards, name) => {
    expect(dataName(prefix, shard, shards)).toBe(name);
    expect(parseDataName(name)).toEqual({ prefix, shard, shards });
    expect(stripCheckpointSuffix(name)).toBe(prefix);
  });

  it('are told from names of other files', () => {
    for (const name of ['m', 'm.index', 'm.data-0-of-1', 'm.data-00000-of-00001.tempstate17', 'm-00000-of-00001']) {
      expect(parseDataName(name), name).toBeUndefined();
    }
    expect(indexName('m')).toBe('m.index');
    expect(['m.index', 'm.meta', 'm', 'm.index.tempstate1'].map(stripCheckpointSuffix)).toEqual([
      'm',
      'm',
      'm',
      'm.index.tempstate1',
    ]);
  });

  it('have a directory and a base', () => {
    expect(splitPrefix('a/b/c')).toEqual({ directory: 'a/b/', base: 'c' });
    expect(splitPrefix('c')).toEqual({ directory: '', base: 'c' });
    expect(splitPrefix('a/')).toEqual({ directory: 'a/', base: '' });
  });
});
