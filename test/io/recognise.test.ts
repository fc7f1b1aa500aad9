/** What a file is when it is no checkpoint, told by its first bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recogniseBytes } from '../../src/io/recognise.ts';

const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const kindOf = (bytes: Uint8Array, size = bytes.length): string | undefined => recogniseBytes(bytes, size)?.kind;

/** What stands before the content of a member of a zip. */
const zipHead = (name: string): string =>
  `PK\u0003\u0004${'.'.repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}`;

describe('a file', () => {
  it.each([
    ['empty', ''],
    ['lfs-pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 7\n'],
    ['html', '<!DOCTYPE html>\n<html>'],
    ['html', '\n <html lang="en">'],
    ['html', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
    ['zip', 'PK\u0003\u0004....other.txt'],
    ['pytorch', 'PK\u0003\u0004....archive/data.pkl'],
    ['keras', 'PK\u0003\u0004....config.json'],
    ['lightning', 'PK\u0003\u0004....archive/data.pkl\x80\x02}X\x19\0\0\0pytorch-lightning_version'],
    ['npz', `PK\u0003\u0004${'.'.repeat(22)}\u0005\0\0\0w.npy\x93NUMPY`],
    ['npz', `${'a/,a/b/,a/b/w.npy'.replace(/[^,]+,?/g, (name) => zipHead(name.replace(',', '')))}\x93NUMPY`],
    ['npz', `${zipHead('a/version/data.pkl/config.json.npy')}\x93NUMPY`],
    ['gzip', '\x1f\x8b\b'],
    ['bzip2', 'BZh91AY&SY'],
    ['xz', '\xfd7zXZ\0'],
    ['zstd', '\x28\xb5\x2f\xfd'],
    ['7z', '7z\xbc\xaf\x27\x1c'],
    ['rar', 'Rar!\x1a\x07\x01\0'],
    ['npy', '\x93NUMPY\x01\0'],
    ['gguf', 'GGUF\x03\0\0\0'],
    ['tflite', '\x1c\0\0\0TFL3'],
    ['events', `${'\0'.repeat(23)}\x1a\rbrain.Event:2`],
    ['pickle', '\x80\x02}q\0.'],
    ['pickle', '\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'],
    ['pickle', "(dp0\nS'weights'\np1\n"],
    ['pickle', 'ccopy_reg\n_reconstructor\n'],
    ['hdf5', '\x89HDF\r\n\x1a\n'],
    ['safetensors', '\x08\0\0\0\0\0\0\0{"a": 1}'],
    ['tar', `${'a'.repeat(257)}ustar`],
  ])('that is %s', (kind, text) => {
    expect(kindOf(ascii(text))).toBe(kind);
  });

  it.each(['weights 10x4', '\0\0\u0006\b\u0001', '{"a": 1}', '\x08\0\0\0\0\0\0\x40{"length": "a lie"}'])(
    'like %j is nothing known',
    (text) => {
      expect(kindOf(ascii(text))).toBeUndefined();
    },
  );

  it('of any bytes has an answer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (bytes, size) => {
        recogniseBytes(bytes, size);
      }),
      { numRuns: 700 },
    );
  });
});
