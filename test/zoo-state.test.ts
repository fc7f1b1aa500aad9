/** The state files of real training runs (see zoo.test.ts): read, written again byte for byte, and never found hopeless. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCheckpointDirectory } from '../src/history/checkpoint-directory.ts';
import { newestCheckpoint } from '../src/history/newest-checkpoint.ts';
import { formatCheckpointState } from '../src/history/write-state.ts';
import { locate } from '../src/locate/locate.ts';
import { parseCheckpointState } from '../src/locate/state-file.ts';
import { REPOSITORY } from './fixtures.ts';

const ZOO = process.env.CKPT_ZOO ?? join(REPOSITORY, '..', 'shared', 'zoo');

const STATES = (existsSync(ZOO) ? readdirSync(ZOO, { recursive: true, withFileTypes: true }) : [])
  .filter((entry) => entry.isFile() && entry.name === 'checkpoint')
  .map((entry) => ({
    path: join(entry.parentPath, entry.name),
    title: join(entry.parentPath, entry.name).slice(ZOO.length + 1),
  }));

describe.skipIf(STATES.length === 0)(`the zoo${STATES.length === 0 ? ` (not there: ${ZOO})` : ''}`, () => {
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
