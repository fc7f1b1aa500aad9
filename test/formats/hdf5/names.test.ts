/** Names as paths of datasets. */
import { expect, it } from 'vitest';
import { MOST_GROUPS, namesOfPaths, pathsOfNames } from '../../../src/formats/hdf5/names.ts';

it('a name of more steps than groups are read has a path of fewer, which gives it back', () => {
  const deep = Array.from({ length: 2 * MOST_GROUPS }, (_, i) => `g${i}`).join('/');
  const names = [deep, `${deep}/Adam`, 'a/b', 'a/b/Adam', '%2F', '', '..'];
  const paths = pathsOfNames(names);
  expect([...namesOfPaths(paths.values()).values()]).toEqual(names);
  for (const path of paths.values()) expect(path.split('/').length).toBeLessThanOrEqual(MOST_GROUPS + 1);
});

it('a path of others that only looks escaped stands for itself, and comes back', () => {
  const others = ['emb%2F', 'a%2Fb', 'x/%2E', 'y%25', 'z/%00/w', '%2F/c'];
  const names = [...namesOfPaths(others).values()];
  expect(names).toEqual(['emb%2F', 'a%2Fb', 'x/.', 'y%25', 'z//w', '%2F/c']);
  expect([...namesOfPaths(pathsOfNames(names).values()).values()]).toEqual(names);
});
