/** `ckpt doctor`: the sentences of the problems, word for word; the file-name ones are in doctor-names.test.ts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AGAIN, DATA, OR_SALVAGE, paragraph, sick, spoilt, type Told } from './doctor-tools.ts';
import { ckpt, lines } from './run.ts';

const HEALTHY = 'model.ckpt: healthy: a V2 checkpoint of 2 tensors (613 KiB) in 2 files; every checksum is right';
const PREFIX_NOTE = {
  cause: 'a checkpoint has several files, and goes by the prefix that their names share',
  remedy: 'nothing needs to be done here; give TensorFlow the prefix',
};

describe('a healthy checkpoint', () => {
  const folder = spoilt(() => {});

  it('is called so', () => {
    expect(folder.ckpt(['doctor', 'model.ckpt'])).toEqual({ stdout: lines(HEALTHY), stderr: '', code: 0 });
  });

  it.each([
    [DATA, `note: the checkpoint that ${DATA} leads to is model.ckpt [path-form]`],
    ['.', 'note: . is a directory; its checkpoint is ./model.ckpt [path-form]'],
    ['model.ckpt ', 'note: the path ends in a blank, which is left out: model.ckpt [path-form]'],
  ])('is found by way of %j, and the way is told where it is asked for', (path, found) => {
    const healthy = lines(HEALTHY.replace(/^/, path === '.' ? './' : ''));
    const told = healthy + paragraph({ found, ...PREFIX_NOTE });
    expect(folder.ckpt(['doctor', path, '--verbose'])).toEqual({ stdout: told, stderr: '', code: 0 });
    const isOdd = path.endsWith(' ');
    expect(folder.ckpt(['doctor', path])).toEqual({ stdout: isOdd ? told : healthy, stderr: '', code: 0 });
    expect(JSON.parse(folder.ckpt(['doctor', path, '--json']).stdout)).toMatchObject({
      diagnoses: [{ code: 'path-form' }],
    });
  });

  it('is found by a path on stdin', () => {
    const { stdout, code } = folder.ckpt(['doctor', '-'], { stdin: 'model.ckpt\n' });
    expect({ stdout, code }).toEqual({ stdout: lines(HEALTHY), code: 0 });
  });

  it('of the first format is one, and how to convert it is told', () => {
    const { stdout, code } = ckpt(['doctor', 'v1/no-versions/model.ckpt']);
    expect(stdout).toContain('[v1-format]\n');
    expect(stdout).toContain('ckpt convert v1/no-versions/model.ckpt -o NEW --to v2\n');
    expect(code).toBe(0);
  });
});

/** Diseases of which there is a fixture. */
const FIXTURES: readonly (readonly [string, Told])[] = [
  [
    'lfs-pointer-data/model.ckpt',
    {
      found: `damaged/lfs-pointer-data/${DATA} (128 bytes) is a Git LFS pointer, not the file of 225 bytes itself [lfs-pointer]`,
      cause: 'the repository keeps large files in Git LFS, and was cloned or downloaded without it',
      remedy: 'install Git LFS and pull where the repository was cloned, or download the file itself',
      commands: ['git lfs install', 'git -C damaged/lfs-pointer-data/ lfs pull'],
    },
  ],
  [
    'html-page/model.ckpt',
    {
      found:
        'damaged/html-page/model.ckpt.index (102 bytes) is an HTML page, not a checkpoint; it says "404 Not Found" [html]',
      cause: 'the download answered with a web page: a wrong address, a log-in, a warning about the size, or a quota',
      remedy: 'open the address in a browser, take the address of the file itself (the raw one), and download again',
    },
  ],
  [
    'zip-named-ckpt/model.ckpt',
    {
      found: 'damaged/zip-named-ckpt/model.ckpt (275 bytes) is a zip archive [zip]',
      cause: 'a packed folder was renamed, or downloaded and not unpacked',
      remedy: 'unpack it and name the checkpoint inside',
      commands: ['unzip damaged/zip-named-ckpt/model.ckpt'],
    },
  ],
  [
    'gzip-named-ckpt/model.ckpt',
    {
      found: 'damaged/gzip-named-ckpt/model.ckpt (36 bytes) is compressed with gzip [gzip]',
      cause: 'the file is still packed',
      remedy: 'unpack it and name the checkpoint inside',
      commands: [
        'tar xzf damaged/gzip-named-ckpt/model.ckpt || gunzip < damaged/gzip-named-ckpt/model.ckpt > damaged/gzip-named-ckpt/model.ckpt.unpacked',
      ],
    },
  ],
  [
    'pytorch-legacy-pickle/model.ckpt',
    {
      found: 'damaged/pytorch-legacy-pickle/model.ckpt (61 bytes) is a Python pickle, as PyTorch writes [pickle]',
      cause:
        '.ckpt is also what PyTorch users call their files; opening a pickle runs the code in it, so it is not opened',
      remedy:
        'load it with PyTorch, if you trust it, and save its state_dict with safetensors.torch.save_file: this program reads that',
    },
  ],
  [
    'hdf5-named-ckpt/model.ckpt',
    {
      found:
        'damaged/hdf5-named-ckpt/model.ckpt: superblock at byte 0 is damaged: it says that addresses or lengths are 0 bytes wide [damaged-index]',
      cause: 'a failing disk or memory, or a faulty transfer',
      remedy: 'get the file again from where it came from, and compare its size and checksum',
    },
  ],
  [
    'truncated-data/model.ckpt',
    {
      found: `damaged/truncated-data/${DATA} has 213 bytes, and the index puts tensors up to byte 225: the last 12 bytes are missing; 2 of 4 tensors are not whole: weights, step [truncated-data]`,
      cause: 'a download or copy that stopped early, or a disk that was full',
      remedy: OR_SALVAGE,
      commands: ['ckpt doctor damaged/truncated-data/model.ckpt --salvage -o OUT'],
    },
  ],
  [
    'truncated-index/model.ckpt',
    {
      found:
        'damaged/truncated-index/model.ckpt.index begins as an index does, but its 101 bytes do not end as one does: the end is missing [truncated-index]',
      cause: 'a download or copy that stopped early',
      remedy: OR_SALVAGE,
      commands: ['ckpt doctor damaged/truncated-index/model.ckpt --salvage -o OUT'],
    },
  ],
  [
    'flipped-index-bit/model.ckpt',
    {
      found:
        'damaged/flipped-index-bit/model.ckpt.index: data block at 0: the checksum does not match; 1 part of it is damaged, 0 blocks of entries are sound [damaged-index]',
      cause: 'a failing disk or memory, or a faulty transfer',
      remedy: OR_SALVAGE,
      commands: ['ckpt doctor damaged/flipped-index-bit/model.ckpt --salvage -o OUT'],
    },
  ],
  [
    'flipped-data-bit/model.ckpt',
    {
      found: `the bytes of 1 of 4 tensors in damaged/flipped-data-bit/${DATA} do not match their checksums: weights (160 of 225 bytes) [damaged-tensors]`,
      cause: 'a failing disk or memory, or a faulty transfer; or an index and a data file of two different saves',
      remedy: OR_SALVAGE,
      commands: ['ckpt doctor damaged/flipped-data-bit/model.ckpt --salvage -o OUT'],
    },
  ],
  [
    'wrong-step-mix/model.ckpt',
    {
      found: `the bytes of 2 of 4 tensors in damaged/wrong-step-mix/${DATA} do not match their checksums: weights, step, though the file has the size that the index asks for (225 bytes) [mixed-saves]`,
      cause:
        'an index of one save beside the data of another: one of the two was copied later, or two programs wrote under one name',
      remedy: 'take the index and the data files from one and the same save',
    },
  ],
  [
    'missing-shard/model.ckpt',
    {
      found:
        '1 of the 3 data files of damaged/missing-shard/model.ckpt is missing: damaged/missing-shard/model.ckpt.data-00001-of-00003 [missing-shard]',
      cause: 'a download or copy of some of the files only',
      remedy: 'get the missing data files of the same save; or save the tensors that lie in the others',
      commands: ['ckpt doctor damaged/missing-shard/model.ckpt --salvage -o OUT'],
    },
  ],
  [
    'future-version/model.ckpt',
    {
      found:
        'damaged/future-version/model.ckpt.index: needs a reader of bundle version 2; this one reads 1 [newer-version]',
      cause: 'it was written by a newer TensorFlow',
      remedy: 'use a newer version of this program',
    },
  ],
  [
    'zeroed-data/model.ckpt',
    {
      found: `all 225 bytes of damaged/zeroed-data/${DATA} are zero [zeros]`,
      cause: 'a disk that failed or was full, or a download that reserved the space and was never filled',
      remedy: AGAIN,
    },
  ],
  [
    'text-decoded-index/model.ckpt',
    {
      found:
        'damaged/text-decoded-index/model.ckpt.index holds the replacement character (ef bf bd) 24 times in 249 bytes [text-decoded]',
      cause: 'a program read the bytes as text and wrote them again; what it replaced is gone for good',
      remedy: AGAIN,
    },
  ],
  [
    'unparsable-entry/model.ckpt',
    {
      found:
        'damaged/unparsable-entry/model.ckpt.index: tensor bad: message: a field of 127 bytes runs past the end at byte 19 [invalid-entries]',
      cause: 'the checksum of the index is right, so it was written like that: by a faulty program',
      remedy: 'write the checkpoint again with TensorFlow',
    },
  ],
  [
    'stale-state-nothing',
    {
      found:
        'damaged/stale-state-nothing/checkpoint points to /home/somebody/train/model.ckpt-70, which is not there, and no checkpoint is beside it [stale-state]',
      cause: 'the state file was copied and the checkpoint was not',
      remedy: 'copy the files model.ckpt-70.index and model.ckpt-70.data-* beside it',
    },
  ],
  [
    'empty-state',
    {
      found: 'damaged/empty-state/checkpoint (26 bytes) names no checkpoint [empty-state]',
      cause: 'a state file that was cut off, or written by hand',
      remedy: 'copy the files of a checkpoint beside it; there is none that it could name',
    },
  ],
  [
    'crlf-mangled-data/model.ckpt',
    {
      found: `damaged/crlf-mangled-data/${DATA} has 240 bytes, 2 more than it should: a CR before every LF [line-endings]`,
      cause: 'a transfer in text mode (FTP), or a git repository that takes all files for text, made CR LF of every LF',
      remedy:
        'get the file again in binary mode, or undo it, which gives back the very bytes; then look again, for the other files may have gone the same way',
      commands: [
        String.raw`perl -pe 's/\r\n/\n/' < damaged/crlf-mangled-data/${DATA} > damaged/crlf-mangled-data/${DATA}.fixed`,
        `mv damaged/crlf-mangled-data/${DATA}.fixed damaged/crlf-mangled-data/${DATA}`,
      ],
    },
  ],
  [
    'absent-checksum/model.ckpt',
    {
      found: `1 of 2 tensors in damaged/absent-checksum/${DATA} has no checksum in the index: bad [no-checksum]`,
      cause: 'it was written by a program that leaves the checksums out; TensorFlow refuses to read it',
      remedy: 'write the checkpoint again with a program that records checksums',
    },
  ],
  [
    'unknown-dtype/model.ckpt',
    {
      found:
        'damaged/unknown-dtype/model.ckpt.index: tensor bad: dtype number 99 is not one that can be stored [unknown-dtype]',
      cause: 'a newer TensorFlow wrote a type that this version does not know',
      remedy: 'use a newer version of this program',
    },
  ],
  [
    'slice-without-entry/model.ckpt',
    {
      found:
        'damaged/slice-without-entry/model.ckpt.index: tensor bad: the part 2,2:- is not in the index [broken-parts]',
      cause: 'a save from several workers of which one wrote nothing, or another layout; or a faulty program',
      remedy: 'save again with all workers',
    },
  ],
];

describe('a problem with a fixture, word for word', () => {
  it.each(FIXTURES)('%s', (name, told) => {
    expect(ckpt(['doctor', `damaged/${name}`])).toEqual(sick(`damaged/${name}`, told));
  });
});

describe('a file of another format that was cut off', () => {
  it.each([
    ['x.safetensors', 0.9],
    ['x.safetensors', 0.0001],
    ['x.npz', 0.5],
    ['x.h5', 0.5],
  ])('is called so: %s at %f of its length', (name, part) => {
    const folder = spoilt(() => {});
    expect(folder.ckpt(['convert', 'model.ckpt', '-o', name, '-q']).code).toBe(0);
    const path = join(folder.path, name);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, Math.floor(whole.length * part)));
    const { stdout, code } = folder.ckpt(['doctor', name]);
    expect(stdout).toMatch(
      /^x\.\w+: 1 problem\n\nx\.\w+: .* \[truncated-data\]\n {2}cause {3}a download or copy that stopped early/,
    );
    expect(code).toBe(1);
    expect(folder.ckpt(['verify', name])).toMatchObject({
      stdout: expect.stringMatching(/^[^\n]+\n$/),
      stderr: lines(`${name}: damaged: 1 finding; ckpt doctor ${name} says what helps`),
      code: 1,
    });
  });
});
