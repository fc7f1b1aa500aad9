/** Whatever lies in a directory, and whatever path is given, a diagnosis is plain data or a `CkptError`. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import { quoted } from '../../src/diagnose/diagnosis.ts';
import { plainName } from '../../src/diagnose/near-names.ts';
import { CkptError } from '../../src/errors.ts';
import { encodeBundleHeader } from '../../src/proto/bundle.ts';
import { fixture } from '../fixtures.ts';
import { DARKNET, FLAX, field, mindspore, T5X, tfRecord } from '../other-frameworks.ts';
import { scratch } from '../scratch.ts';
import { inFullRun } from '../sweep.ts';

const NAMES = [
  'checkpoint',
  'checkpoint.txt',
  'm',
  'm.index',
  'M.index',
  'm.index.txt',
  'm.index.part',
  'm.meta',
  'm.data-00000-of-00001',
  'm.data-00001-of-00002',
  'm.data-00000-of-00001 (1)',
  'm.index.tempstate1',
  'saved_model.pb',
  '-rf',
  'm (1).index',
  'x.mag',
  'manifest.ocdbt',
  'words',
];
const BEGINNINGS = [
  ...[FLAX, T5X, DARKNET, tfRecord('x'), mindspore('w', [2], 'Float32', 8)].map((head) => head.toString('latin1')),
  field(1, field(1, 'rnn')).toString('latin1') + field(2, '\0\0').toString('latin1'),
  '\0\0\x06\b\x01\x1a\x02\b\x01',
  '',
  'PK\x03\x04',
  '\x1f\x8b',
  'model_checkpoint_path: "m"\n',
  '\x08\x01\x12',
  '\n\x09\n\x01a\x12\x05Const',
];
const FOOTER = '\0'.repeat(40) + '\x57\xfb\x80\x8b\x24\x75\x47\xdb';

const contents = fc
  .tuple(fc.constantFrom(...BEGINNINGS, ''), fc.uint8Array({ maxLength: 200 }), fc.constantFrom('', FOOTER))
  .map(([begin, middle, end]) => Buffer.concat([Buffer.from(begin, 'latin1'), middle, Buffer.from(end, 'latin1')]));

it('of any directory', async () => {
  const files = fc.uniqueArray(fc.tuple(fc.constantFrom(...NAMES), contents), {
    maxLength: 6,
    selector: ([name]) => name,
  });
  const property = fc.asyncProperty(files, fc.constantFrom('', ...NAMES), async (all, given) => {
    const directory = scratch();
    mkdirSync(join(directory, 'm_temp'));
    for (const [name, bytes] of all) writeFileSync(join(directory, name), bytes);
    try {
      const { diagnoses, healthy } = await diagnose(join(directory, given));
      expect(JSON.parse(JSON.stringify(diagnoses))).toEqual(diagnoses);
      expect(healthy).toBe(diagnoses.every(({ severity }) => severity === 'note'));
    } catch (error) {
      expect(error).toBeInstanceOf(CkptError);
    }
  });
  await fc.assert(property, { numRuns: inFullRun(500, 80) });
}, 60_000);

it('a V1 checkpoint under the name of an index is known, and named', async () => {
  const directory = scratch();
  copyFileSync(fixture('v1/no-versions/model.ckpt'), join(directory, 'm.index'));
  const { diagnoses, healthy } = await diagnose(join(directory, 'm.index'));
  expect(healthy).toBe(false);
  expect(diagnoses[0]).toMatchObject({
    code: 'mangled-name',
    commands: [`mv ${join(directory, 'm.index')} ${join(directory, 'm')}`],
  });
});

it('a header alone is no index', async () => {
  const directory = scratch();
  writeFileSync(join(directory, 'm.index'), encodeBundleHeader(1));
  expect((await diagnose(join(directory, 'm'))).diagnoses.map(({ code }) => code)).toEqual(['unknown']);
});

it.each([
  ['model.ckpt.index.txt', 'model.ckpt.index'],
  ['model.ckpt (1).index', 'model.ckpt.index'],
  ['model.ckpt.data-00000-of-00001 (2)', 'model.ckpt.data-00000-of-00001'],
  ['model.ckpt - Copy.index', 'model.ckpt.index'],
  ['model.ckpt.index ', 'model.ckpt.index'],
  ['model.ckpt.index%20', 'model.ckpt.index'],
  ['model.ckpt.index.', 'model.ckpt.index'],
  ['checkpoint.txt', 'checkpoint'],
  ['model.ckpt-1000.index', 'model.ckpt-1000.index'],
])('%j is %j without what was added', (name, plain) => {
  expect(plainName(name)).toBe(plain);
});

it.each([
  ['model.ckpt', 'model.ckpt'],
  ['-rf', './-rf'],
  ['a b', "'a b'"],
  ["it's", String.raw`'it'\''s'`],
  ['$(id)', "'$(id)'"],
  ['é', "'é'"],
  ['a\nb', String.raw`$'a\x0ab'`],
  ["a\x1b'\\", String.raw`$'a\x1b\'\\'`],
  ['a\u202eb', String.raw`$'a\xe2\x80\xaeb'`],
])('%j is a word of a shell', (path, word) => {
  expect(quoted(path)).toBe(word);
});

it('of any damage to a Magenta bundle', async () => {
  const table = readFileSync(fixture('v1/no-versions/model.ckpt'));
  const whole = Buffer.concat([field(1, field(1, 'rnn')), field(2, table)]);
  const path = join(scratch(), 'x.mag');
  const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 3 });
  const property = fc.asyncProperty(changes, fc.integer({ min: 0, max: whole.length }), async (all, length) => {
    const bytes = Buffer.from(whole);
    for (const [at, byte] of all) bytes[at] = byte;
    writeFileSync(path, bytes.subarray(0, all.length === 0 ? length : undefined));
    try {
      const { healthy, contents } = await diagnose(path);
      if (all.length === 0) expect(healthy).toBe(length === whole.length);
      if (healthy) expect(contents?.format).toBe('v1');
    } catch (error) {
      expect(error).toBeInstanceOf(CkptError);
    }
  });
  await fc.assert(property, { numRuns: inFullRun(300, 50) });
});
