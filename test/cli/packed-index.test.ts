/** An index that lies there packed is named, by whatever looks for it. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { folderWith } from './surgery-folder.ts';

it('is told to be unpacked', () => {
  const folder = folderWith('v2/variables-howto/model.ckpt');
  const index = join(folder.path, 'model.ckpt.index');
  writeFileSync(`${index}.gz`, gzipSync(readFileSync(index)));
  renameSync(index, join(folder.path, 'elsewhere'));
  const told = 'model.ckpt.index.gz is: unpack it';
  for (const args of [
    ['list', 'model.ckpt'],
    ['doctor', 'model.ckpt'],
  ]) {
    const { stdout, stderr } = folder.ckpt(args);
    expect(stdout + stderr).toContain(`is there; ${told}`);
  }
  writeFileSync(join(folder.path, 'checkpoint'), 'model_checkpoint_path: "model.ckpt"\n');
  for (const args of [
    ['list', '.'],
    ['doctor', '.'],
  ]) {
    const { stdout, stderr } = folder.ckpt(args);
    expect(stdout + stderr).toContain(`no checkpoint is beside it; ${told}`);
  }
});
