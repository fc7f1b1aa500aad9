/** Every example is a program that checks itself; every piece of the guide is part of one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resetDefaultGraph } from '../src/index.ts';
import { REPOSITORY } from './fixtures.ts';
import { scratch } from './scratch.ts';

const FOLDER = join(REPOSITORY, 'examples');
/** Modules that programs use, and that are none themselves. */
const SHARED: ReadonlySet<string> = new Set(['adam.ts']);
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));
const programs = files.filter((name) => !SHARED.has(name));
const textOf = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

describe('the examples', () => {
  const home = process.cwd();
  beforeEach(() => {
    resetDefaultGraph();
    process.chdir(scratch());
  });
  afterEach(() => process.chdir(home));

  for (const name of programs) {
    it(name, async () => {
      expect(textOf(name)).toMatch(/\bassert\.|\bsave\(/);
      await import(join(FOLDER, name));
    });
  }
});

describe('the guides', () => {
  /** Code without blanks and comments at the ends of lines, which a guide may put otherwise. */
  const plain = (code: string): string => code.replaceAll(/\s+/g, ' ').trim();
  const examples = plain(files.map(textOf).join('\n'));

  for (const guide of ['variables.md']) {
    it(`${guide} shows what the examples run`, () => {
      const blocks = [...readFileSync(join(REPOSITORY, 'docs', guide), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)];
      expect(blocks.length).toBeGreaterThan(15);
      for (const [, code = ''] of blocks) {
        for (const part of code.split(/\n\s*\n/)) expect(examples).toContain(plain(part));
      }
    });

    it(`${guide} leads to every example`, () => {
      const text = readFileSync(join(REPOSITORY, 'docs', guide), 'utf8');
      const links = [...text.matchAll(/\]\(\.\.\/examples\/([\w-]+\.ts)\)/g)].map(([, name]) => name ?? '');
      expect([...new Set(links)].sort()).toEqual(expect.arrayContaining([...links]));
      expect(links.filter((name) => !files.includes(name))).toEqual([]);
      expect(programs.filter((name) => !text.includes(name))).toEqual([]);
    });
  }
});
