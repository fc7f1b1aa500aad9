/** `ckpt verify`: sound or damaged, what is wrong and where, and an exit code to go by. */
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/checkpoints/write-checkpoint.ts';
import { dataName } from '../../src/io/shard-names.ts';
import { tensorFrom } from '../../src/tensor/tensor-from.ts';
import { damagedCases, soundCheckpoints } from '../fixtures.ts';
import { scratch } from '../scratch.ts';
import { verifyDocument } from './documents.ts';
import { ckpt, FIXTURES, lines } from './run.ts';
import { folderWith } from './surgery-folder.ts';

interface FoundFinding {
  readonly kind: string;
  readonly severity: string;
  readonly message: string;
  readonly tensor?: string;
  readonly path?: string;
}

const SHARDED = 'v2/sharded/sharded.ckpt';
const BROKEN = 'damaged/flipped-data-bit/model.ckpt';
const FINDING = `${BROKEN}.data-00000-of-00001 at 57: tensor weights: its bytes do not match their checksum (expected 4ea9037e, found 0709737f) [tensor-checksum]`;

describe('verify where most data files are gone', () => {
  it('says so in two lines, and doctor gives a file that is left to one of them alone', async () => {
    const directory = scratch();
    const alike = new Map([...Array(40).keys()].map((i) => [`t${i}`, tensorFrom([1, 2, 3])]));
    await writeCheckpoint(join(directory, 'm'), alike, { shards: 40 });
    for (let i = 1; i < 40; i++) rmSync(join(directory, dataName('m', i, 40)));
    copyFileSync(join(directory, dataName('m', 0, 40)), join(directory, 'download'));
    const { stdout, code } = ckpt(['verify', 'm'], { cwd: directory });
    const first = 'm.data-00001-of-00040: the data file is missing; 1 tensor lies in it [shard-missing]';
    const others = 'and 38 data files more, up to m.data-00039-of-00040, are missing [shard-missing]';
    expect({ stdout, code }).toEqual({ stdout: lines(first, others), code: 1 });
    expect(ckpt(['verify', 'm', '--verbose'], { cwd: directory }).stdout.match(/is missing/g)).toHaveLength(39);
    const told = ckpt(['doctor', 'm'], { cwd: directory }).stdout;
    expect(told.match(/\bmv\b/g)).toHaveLength(1);
    expect(told).toContain('mv download m.data-00001-of-00040');
    expect(told).toContain('38 of the 40 data files of m are missing');
  });
});

describe('verify of a sound checkpoint', () => {
  it('says so, and exits with 0', () => {
    const sound = { stdout: lines(`${SHARDED}: sound: 6 tensors, 221 B checked`), stderr: '', code: 0 };
    expect(ckpt(['verify', SHARDED])).toEqual(sound);
    expect(ckpt(['verify', SHARDED, '--quiet'])).toEqual(sound);
    expect(ckpt(['verify', SHARDED, '--no-progress'])).toEqual(sound);
  });

  it('notes what TensorFlow does not mind', () => {
    const { stdout, code } = ckpt(['verify', 'v2/leftovers']);
    expect(stdout).toMatch(
      /^note: v2\/leftovers\/model\.ckpt\.index: .* \[header\]\nv2\/leftovers\/model\.ckpt: sound: /,
    );
    expect(code).toBe(0);
  });

  it.each(soundCheckpoints('v2'))('finds no damage in $title', ({ prefix, expected }) => {
    const { stdout, stderr, code } = ckpt(['verify', prefix, '--json']);
    const document = JSON.parse(stdout);
    verifyDocument(document);
    const tensors = Object.values(expected.tensors);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(document).toMatchObject({ path: prefix, resolved: prefix, ok: true, tensorCount: tensors.length });
    expect(document.findings.filter(({ severity }: FoundFinding) => severity !== 'note')).toEqual([]);
  });
});

describe('verify of a damaged checkpoint', () => {
  it('says what and where, sums up on stderr, and exits with 1', () => {
    const stdout = lines(FINDING);
    expect(ckpt(['verify', BROKEN])).toEqual({
      stdout,
      stderr: lines(`${BROKEN}: damaged: 1 finding; ckpt doctor ${BROKEN} says what helps`),
      code: 1,
    });
    expect(ckpt(['verify', '-q', BROKEN])).toEqual({ stdout, stderr: '', code: 1 });
  });

  it('names the command that helps as a shell takes it', () => {
    const folder = folderWith('damaged/flipped-data-bit/model.ckpt');
    for (const ending of ['index', 'data-00000-of-00001']) {
      renameSync(join(folder.path, `model.ckpt.${ending}`), join(folder.path, `my \x1bmodel.ckpt.${ending}`));
    }
    const path = 'my \x1bmodel.ckpt';
    expect(folder.ckpt(['verify', path]).stderr).toBe(
      lines("my \\x1bmodel.ckpt: damaged: 1 finding; ckpt doctor $'my \\x1bmodel.ckpt' says what helps"),
    );
    expect(folder.ckpt(['list', path, '--sha256']).stderr).toContain("damaged: see ckpt verify $'my \\x1bmodel.ckpt'");
  });

  it('prints one document with --json', () => {
    expect(ckpt(['verify', BROKEN, '--json'])).toEqual({
      stdout: lines(
        `{"schemaVersion":1,"path":"${BROKEN}","resolved":"${BROKEN}","format":"v2","tensorCount":4,"bytes":225,"fileCount":2,"findings":[{"kind":"tensor-checksum","severity":"damage","message":"tensor weights: its bytes do not match their checksum","path":"${BROKEN}.data-00000-of-00001","tensor":"weights","offset":57,"expected":"4ea9037e","found":"0709737f"}],"ok":false}`,
      ),
      stderr: '',
      code: 1,
    });
  });

  it.each(damagedCases().filter(({ expected }) => expected.opens))('$title', ({ folder, expected }) => {
    const path = relative(FIXTURES, join(folder, expected.path));
    const json = ckpt(['verify', path, '--json']);
    const document = JSON.parse(json.stdout);
    verifyDocument(document);
    const damage: FoundFinding[] = document.findings.filter(({ severity }: FoundFinding) => severity === 'damage');
    const found = damage.map(({ kind, tensor, path: file }) => ({
      code: kind,
      tensor: tensor ?? null,
      file: file === undefined ? null : basename(file),
    }));
    const byName = (a: { tensor: string | null }, b: { tensor: string | null }) =>
      (a.tensor ?? '').localeCompare(b.tensor ?? '');
    const truth = expected.findings ?? [];
    expect(found.sort(byName)).toEqual([...truth].sort(byName));
    expect(json.code).toBe(truth.length > 0 ? 1 : 0);

    const text = ckpt(['verify', path, '--verbose']);
    expect(text.code).toBe(json.code);
    const spoken = text.stdout.split('\n').filter((line) => line.endsWith(']') && !line.startsWith('note: '));
    expect(spoken.length).toBe(damage.length);
    for (const { code, tensor, file } of truth) {
      const subject = tensor === null ? '' : `tensor ${tensor}: `;
      const line = spoken.find((candidate) => candidate.endsWith(`[${code}]`) && candidate.includes(subject));
      expect(line).toMatch(new RegExp(`^${folder.slice(FIXTURES.length + 1)}/${file}( at \\d+)?: `));
    }
    // Where it lies is said once.
    for (const line of spoken) expect(line.split(folder.slice(FIXTURES.length + 1)).length).toBe(2);
  });

  it.each(damagedCases().filter(({ expected }) => !expected.opens))('is not sound: $title', ({ folder, expected }) => {
    const path = relative(FIXTURES, join(folder, expected.path));
    const { stdout, stderr, code } = ckpt(['verify', path]);
    const [told, otherwise] = code === 1 ? [stdout, stderr] : [stderr, stdout];
    expect([1, 2]).toContain(code);
    expect(told).toMatch(new RegExp(expected.error_matches ?? '', 'i'));
    if (code === 1) expect(otherwise).toMatch(/: damaged: \d+ findings?; ckpt doctor \S+ says what helps\n$/);
    else expect({ told, otherwise }).toEqual({ told: expect.stringMatching(/^ckpt: /), otherwise: '' });
  });
});

describe('verify goes on after the first finding', () => {
  let folder: string;
  const prefix = 'sharded.ckpt';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ckpt-verify-'));
    for (const end of ['index', ...[0, 1, 2].map((shard) => `data-0000${shard}-of-00003`)]) {
      copyFileSync(join(FIXTURES, `${SHARDED}.${end}`), join(folder, `${prefix}.${end}`));
    }
    const spoilt = join(folder, `${prefix}.data-00000-of-00003`);
    writeFileSync(
      spoilt,
      readFileSync(spoilt).map((byte) => byte ^ 1),
    );
    rmSync(join(folder, `${prefix}.data-00001-of-00003`));
    const short = join(folder, `${prefix}.data-00002-of-00003`);
    writeFileSync(short, readFileSync(short).subarray(0, 161));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('through every file and every tensor', () => {
    const { stdout, stderr, code } = ckpt(['verify', prefix], { cwd: folder });
    const found = stdout.split('\n').slice(0, -1);
    expect(found.map((line) => /\[([a-z-]+)\]$/.exec(line)?.[1]).sort()).toEqual([
      'outside-file',
      'shard-missing',
      'tensor-checksum',
      'tensor-checksum',
    ]);
    for (const [shard, tensor] of [
      [0, 'dense/kernel'],
      [0, 'step'],
      [2, 'flags'],
    ]) {
      expect(found.some((line) => line.includes(`-0000${shard}-of-`) && line.includes(`tensor ${tensor}: `))).toBe(
        true,
      );
    }
    expect(found.some((line) => line.startsWith(`${prefix}.data-00001-of-00003: the data file is missing; `))).toBe(
      true,
    );
    expect({ stderr, code }).toEqual({
      stderr: lines(`${prefix}: damaged: 4 findings; ckpt doctor ${prefix} says what helps`),
      code: 1,
    });
  });
});
