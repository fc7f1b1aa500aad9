/** Names as paths of datasets. */
import { expect, it } from 'vitest';
import { MOST_GROUPS, nameOfPath, pathsOfNames } from '../../../src/formats/hdf5/names.ts';

it('a name of more steps than groups are read has a path of fewer, which gives it back', () => {
  const deep = Array.from({ length: 2 * MOST_GROUPS }, (_, i) => `g${i}`).join('/');
  const names = [deep, `${deep}/Adam`, 'a/b', 'a/b/Adam', '%2F', '', '..'];
  const paths = pathsOfNames(names);
  expect([...paths.values()].map(nameOfPath)).toEqual(names);
  for (const path of paths.values()) expect(path.split('/').length).toBeLessThanOrEqual(MOST_GROUPS + 1);
});
