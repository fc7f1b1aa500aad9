/** HDF5 files with other bytes than they had: each ends in an error of ours, or in numbers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MemorySource, readBytes } from '../../../src/bytes/source.ts';
import { CkptError } from '../../../src/errors.ts';
import { readHdf5 } from '../../../src/formats/hdf5/read.ts';
import { REPOSITORY } from '../../fixtures.ts';
import { inFullRun } from '../../sweep.ts';

const FOLDER = join(REPOSITORY, 'fixtures/hdf5');

describe('a damaged HDF5 file', () => {
  const whole = new Uint8Array(readFileSync(join(FOLDER, 'compact', 'compact.h5')));
  const read = (bytes: Uint8Array): void => {
    try {
      for (const tensor of readHdf5(new MemorySource(bytes)).tensors.values()) {
        if (tensor.problem === undefined && tensor.byteLength < 1e6) readBytes(tensor.source, 0, tensor.byteLength);
      }
    } catch (error) {
      if (!(error instanceof CkptError)) throw error;
    }
  };

  it('is refused wherever it is cut', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(() => readHdf5(new MemorySource(whole.subarray(0, length)))).toThrow(CkptError);
    }
  });

  it.each(['chunks', 'latest', 'packed'])('ends so whichever byte of many is changed: %s', (name) => {
    const file = readFileSync(join(FOLDER, name, `${name}.h5`));
    for (let at = 0; at < file.length; at += at < 4096 ? inFullRun(41, 409) : inFullRun(1009, 5003)) {
      const bytes = new Uint8Array(file);
      bytes[at] = (bytes[at] as number) ^ 0xff;
      read(bytes);
    }
  });

  it('says of packed content that it is not what it was', () => {
    const file = readFileSync(join(FOLDER, 'chunks', 'chunks.h5'));
    const intact = readHdf5(new MemorySource(file)).tensors;
    const damaged = new Set<string>();
    for (let at = 4096; at < file.length; at += inFullRun(499, 997)) {
      const bytes = new Uint8Array(file);
      bytes[at] = (bytes[at] as number) ^ 0x10;
      try {
        for (const [path, { problem, source, byteLength }] of readHdf5(new MemorySource(bytes)).tensors) {
          try {
            if (problem === undefined && byteLength < 1e6) readBytes(source, 0, byteLength);
          } catch (error) {
            if (error instanceof CkptError) damaged.add(`${path}: ${error.message.split(':')[0]}`);
            else throw error;
          }
        }
      } catch (error) {
        if (!(error instanceof CkptError)) throw error;
      }
    }
    expect(intact.size).toBeGreaterThan(20);
    expect([...damaged].some((one) => one.includes('a chunk does not match its checksum'))).toBe(true);
    expect([...damaged].some((one) => one.includes('a chunk cannot be unpacked'))).toBe(true);
  });

  it('ends in an error of ours, or in numbers, whichever byte is changed', () => {
    for (let at = 0; at < whole.length; at += inFullRun(1, 3)) {
      for (const change of [0xff, 0x01, 0x80]) {
        const bytes = whole.slice();
        bytes[at] = (bytes[at] as number) ^ change;
        read(bytes);
      }
    }
  });
});
