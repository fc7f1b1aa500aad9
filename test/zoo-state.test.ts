/** The state files of real training runs (zoo.ts): read, written again byte for byte, and never found hopeless. */
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpointDirectory } from '../src/checkpoints/checkpoint-directory.ts';
import { locate } from '../src/checkpoints/locate.ts';
import { newestCheckpoint } from '../src/checkpoints/newest-checkpoint.ts';
import { parseCheckpointState } from '../src/checkpoints/state-file.ts';
import { formatCheckpointState } from '../src/checkpoints/write-state.ts';
import { HAS_ZOO, NO_ZOO, ZOO, zooFiles } from './zoo.ts';

const STATES = zooFiles()
  .filter((path) => basename(path) === 'checkpoint' && statSync(join(ZOO, path)).isFile())
  .map((title) => ({ title, path: join(ZOO, title) }));

describe.skipIf(!HAS_ZOO)(`the zoo${NO_ZOO}`, () => {
  it.each(STATES)('$title is written again as it is', ({ path }) => {
    const text = readFileSync(path, 'utf8');
    expect(formatCheckpointState(parseCheckpointState(text))).toBe(text);
  });

  it.each(STATES)('$title leads to its checkpoint, unless the data is missing', async ({ path }) => {
    const { found, rejected } = await newestCheckpoint(readCheckpointDirectory(dirname(path)));
    if (found === undefined)
      expect(rejected.map(({ reason }) => reason)).toEqual([expect.stringMatching(/is missing$/)]);
    else if (found.checkpoint.format === 'v2') expect(locate(path).prefix).toBe(found.checkpoint.prefix);
    else expect(found.checkpoint.files.length).toBe(1);
  });
});
