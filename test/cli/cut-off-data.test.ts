/** A data file that is too short for its tensors: what needs the missing bytes is refused before anything is written, dry runs too. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Folder, folderWith } from './surgery-folder.ts';

/** The last 12 bytes of its data are missing, those of `step` and the end of `weights`. */
const CUT = 'damaged/truncated-data/model.ckpt';
const COMMANDS: readonly (readonly string[])[] = [
  ['rename', 'model.ckpt', '--add-prefix', 'x/'],
  ['rename', 'model.ckpt', '--add-prefix', 'x/', '--link'],
  ['subset', 'model.ckpt', 'weights'],
  ['convert', 'model.ckpt', '--to', 'safetensors', '--drop-unsupported'],
  ['cast', 'model.ckpt', 'weights', '--dtype', 'float16'],
  ['average', 'model.ckpt', 'model.ckpt'],
];

describe('a data file that is cut off', () => {
  let folder: Folder;
  beforeAll(() => {
    folder = folderWith(CUT);
  });

  it.each(COMMANDS)('%s is refused, and its dry run too', (...args) => {
    const files = folder.files();
    for (const more of [
      ['-o', 'out'],
      ['-o', 'out', '--dry-run'],
    ]) {
      const { code, stdout, stderr } = folder.ckpt([...args, ...more]);
      expect(stderr).toMatch(/(?:run past the end of|is cut off: it has 213 bytes, and its tensors need 225)/);
      expect([stdout, code]).toEqual(['', 2]);
    }
    expect(folder.files()).toEqual(files);
  });

  it('does not matter where what it lacks is left out', () => {
    const { code } = folder.ckpt(['drop', 'model.ckpt', 'weights', 'step', '-o', 'rest']);
    expect(code).toBe(0);
  });
});
