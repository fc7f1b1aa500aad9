/** `ckpt doctor` on files that are missing, or lie there under another name, and the commands it gives, run by a shell. */
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DATA, paragraph, sick, spoilt, type Told } from './doctor-tools.ts';
import { ckpt, shell } from './run.ts';
import { folderWith } from './surgery-folder.ts';

type At = (name: string) => string;
const INDEX = 'model.ckpt.index';

const MANGLED = {
  cause: 'a browser, a mail program or a system that hides endings changed the name',
  remedy: 'rename it',
};

interface Case {
  readonly title: string;
  readonly spoil: (at: At) => void;
  readonly path?: string;
  readonly told: Told;
}

const CASES: readonly Case[] = [
  {
    title: 'an index with .txt behind it',
    spoil: (at) => renameSync(at(INDEX), at(`${INDEX}.txt`)),
    told: {
      found: `the index ${INDEX} is not there; it seems to lie there as ${INDEX}.txt [mangled-name]`,
      ...MANGLED,
      commands: [`mv ${INDEX}.txt ${INDEX}`],
    },
  },
  {
    title: 'an index with .txt behind it, by that name',
    spoil: (at) => renameSync(at(INDEX), at(`${INDEX}.txt`)),
    path: `${INDEX}.txt`,
    told: {
      found: `the index ${INDEX} is not there; it seems to lie there as ${INDEX}.txt [mangled-name]`,
      ...MANGLED,
      commands: [`mv ${INDEX}.txt ${INDEX}`],
    },
  },
  {
    title: 'data that was downloaded twice',
    spoil: (at) => renameSync(at(DATA), at('model.ckpt (1).data-00000-of-00001')),
    told: {
      found: `the data file ${DATA} is not there; it seems to lie there as model.ckpt (1).data-00000-of-00001 [mangled-name]`,
      ...MANGLED,
      commands: [`mv 'model.ckpt (1).data-00000-of-00001' ${DATA}`],
    },
  },
  {
    title: 'an index under a name of its own',
    spoil: (at) => renameSync(at(INDEX), at('weights')),
    path: 'weights',
    told: {
      found: 'weights is the index of a checkpoint, under a name that no program looks for [mangled-name]',
      ...MANGLED,
      commands: [`mv weights ${INDEX}`],
    },
  },
  {
    title: 'data under another count of shards',
    spoil: (at) => renameSync(at(DATA), at('model.ckpt.data-00000-of-00002')),
    told: {
      found:
        'the index of model.ckpt counts 1 data file, and the names say otherwise: model.ckpt.data-00000-of-00002 [shard-names]',
      cause:
        'a merge of shards of which some were empty, or a rename by hand; TensorFlow finds no data under these names',
      remedy: 'rename it',
      commands: [`mv model.ckpt.data-00000-of-00002 ${DATA}`],
    },
  },
  {
    title: 'a name that would work a terminal',
    spoil: (at) => {
      renameSync(at(DATA), at('mo\x1bdel.data-00000-of-00002'));
      renameSync(at(INDEX), at('mo\x1bdel.index'));
    },
    path: 'mo\x1bdel',
    told: {
      found: String.raw`the index of mo\x1bdel counts 1 data file, and the names say otherwise: mo\x1bdel.data-00000-of-00002 [shard-names]`,
      cause:
        'a merge of shards of which some were empty, or a rename by hand; TensorFlow finds no data under these names',
      remedy: 'rename it',
      commands: [String.raw`mv $'mo\x1bdel.data-00000-of-00002' $'mo\x1bdel.data-00000-of-00001'`],
    },
  },
  {
    title: 'a download under way',
    spoil: (at) => renameSync(at(DATA), at(`${DATA}.crdownload`)),
    told: {
      found: `the data file ${DATA} is not there; ${DATA}.crdownload is what a download has fetched so far [unfinished-download]`,
      cause: 'the browser or download program has not finished, or was stopped',
      remedy: 'wait for it, or download again',
    },
  },
  {
    title: 'a save under way',
    spoil: (at) => {
      mkdirSync(at('model.ckpt_temp'));
      for (const name of [INDEX, DATA])
        renameSync(at(name), at(name.replace('model.ckpt', 'model.ckpt_temp/part-00000-of-00001')));
    },
    told: {
      found:
        'there is no checkpoint model.ckpt, but a save of it was begun: model.ckpt_temp; model.ckpt_temp/part-00000-of-00001 can be looked into [unfinished-save]',
      cause: 'the program that saved was stopped, or is still saving',
      remedy: 'wait if it is still running; otherwise make a checkpoint of what was written, which may not be all',
      commands: ["ckpt subset model.ckpt_temp/part-00000-of-00001 '**' -o model.ckpt"],
    },
  },
  {
    title: 'data without an index',
    spoil: (at) => rmSync(at(INDEX)),
    told: {
      found: `${INDEX} is missing; ${DATA} is there [missing-index]`,
      cause:
        'a download or copy of some of the files only; an upload form or a .gitignore that let one kind of file out',
      remedy: 'get the .index from where the data came from; without it nobody knows what lies where in the data',
    },
  },
  {
    title: 'an index beside the data of another step',
    spoil: (at) => {
      writeFileSync(
        at('model.ckpt-80.data-00000-of-00001'),
        readFileSync(at(DATA)).map((byte) => byte ^ 1),
      );
      rmSync(at(DATA));
    },
    told: {
      found: `the index of model.ckpt is there, and its data is not: ${DATA}; beside it is model.ckpt-80.data-00000-of-00001, of another save [missing-data]`,
      cause: 'a download or copy of some of the files only; a data file is large and often kept elsewhere',
      remedy: 'get the data files of the same save; names and shapes can be listed without them',
      commands: ['ckpt list model.ckpt'],
    },
  },
  {
    title: 'data under the name of another step, told by its content',
    spoil: (at) => renameSync(at(DATA), at('model.ckpt-80.data-00000-of-00001')),
    told: {
      found: `model.ckpt-80.data-00000-of-00001 has the size and the checksums of the data that ${INDEX} lists, and looks for as ${DATA} [mangled-name]`,
      ...MANGLED,
      commands: [`mv model.ckpt-80.data-00000-of-00001 ${DATA}`],
    },
  },
  {
    title: 'data under any name',
    spoil: (at) => renameSync(at(DATA), at('weights 2')),
    told: {
      found: `weights 2 has the size and the checksums of the data that ${INDEX} lists, and looks for as ${DATA} [mangled-name]`,
      ...MANGLED,
      commands: [`mv 'weights 2' ${DATA}`],
    },
  },
  {
    title: 'data that ends in .data, by that name',
    spoil: (at) => renameSync(at(DATA), at('model.ckpt.data')),
    path: 'model.ckpt.data',
    told: {
      found: `model.ckpt.data has the size and the checksums of the data that ${INDEX} lists, and looks for as ${DATA} [mangled-name]`,
      ...MANGLED,
      commands: [`mv model.ckpt.data ${DATA}`],
    },
  },
  {
    title: 'an index that was downloaded twice',
    spoil: (at) => renameSync(at(INDEX), at('model.ckpt (1).index')),
    told: {
      found: `the index ${INDEX} is not there; it seems to lie there as model.ckpt (1).index [mangled-name]`,
      ...MANGLED,
      commands: [`mv 'model.ckpt (1).index' ${INDEX}`],
    },
  },
  {
    title: 'an index that was downloaded twice, by the name of its data',
    spoil: (at) => renameSync(at(INDEX), at('model.ckpt (1).index')),
    path: DATA,
    told: {
      found: `${DATA} has the size and the checksums of the data that model.ckpt (1).index lists, whose name is another [mangled-name]`,
      ...MANGLED,
      commands: [`mv 'model.ckpt (1).index' ${INDEX}`],
    },
  },
  {
    title: 'an index that was downloaded twice, by its own name',
    spoil: (at) => renameSync(at(INDEX), at('model.ckpt (1).index')),
    path: 'model.ckpt (1)',
    told: {
      found: `${DATA} has the size and the checksums of the data that model.ckpt (1).index lists, whose name is another [mangled-name]`,
      ...MANGLED,
      commands: [`mv 'model.ckpt (1).index' ${INDEX}`],
    },
  },
  {
    title: 'a copy of an index beside the first',
    spoil: (at) => copyFileSync(at(INDEX), at('model.ckpt (1).index')),
    path: 'model.ckpt (1)',
    told: {
      found: `${DATA} has the size and the checksums of the data that model.ckpt (1).index lists, and an index of its own, ${INDEX}: model.ckpt (1).index is a copy of that [mangled-name]`,
      cause: MANGLED.cause,
      remedy: 'name the one that has its data beside it',
      commands: ['ckpt doctor model.ckpt'],
    },
  },
  {
    title: 'an index and its data under the names of each other',
    spoil: (at) => {
      const [index, data] = [INDEX, DATA].map((name) => readFileSync(at(name))) as [Buffer, Buffer];
      writeFileSync(at(INDEX), data);
      writeFileSync(at(DATA), index);
    },
    told: {
      found: `${DATA} is an index, and ${INDEX} is none: the two have each other's names [mangled-name]`,
      ...MANGLED,
      commands: [`mv ${INDEX} ${INDEX}.data`, `mv ${DATA} ${INDEX}`, `mv ${INDEX}.data ${DATA}`],
    },
  },
  {
    title: 'a graph alone',
    spoil: (at) => {
      for (const name of [INDEX, DATA]) rmSync(at(name));
      writeFileSync(at('model.ckpt.meta'), '');
    },
    path: 'model.ckpt.meta',
    told: {
      found: `model.ckpt.meta is there, and the checkpoint it belongs to is not: no ${INDEX} [meta-alone]`,
      cause: 'the .meta of a checkpoint holds the graph and no values; the other files were not copied',
      remedy: 'get the .index and the .data files of the same save',
    },
  },
  {
    title: 'an empty data file',
    spoil: (at) => writeFileSync(at(DATA), ''),
    told: {
      found: `${DATA} is empty (0 bytes) [empty]`,
      cause: 'a download or copy that did not even begin, or a disk that was full',
      remedy: 'get the file again from where it came from, and compare its size and checksum',
    },
  },
  {
    title: 'data whose end was never written',
    spoil: (at) => {
      const data = readFileSync(at(DATA));
      writeFileSync(at(DATA), data.fill(0, 4096));
    },
    told: {
      found: `the last 623904 of the 628000 bytes of ${DATA} are zero, and 1 tensor there does not match its checksum [zeros]`,
      cause: 'a disk that failed or was full, or a download that reserved the space and was never filled',
      remedy:
        'get the file again from where it came from, and compare its size and checksum; or save the tensors that are sound',
      commands: ['ckpt doctor model.ckpt --salvage -o OUT'],
    },
  },
  {
    title: 'two checkpoints and no word which',
    spoil: (at) => copyFileSync(at(INDEX), at('b.index')),
    path: '.',
    told: {
      found: '. holds 2 checkpoints and no state file that says which is meant: b, model.ckpt [several-checkpoints]',
      cause: 'the state file was not copied along',
      remedy: 'name one of them, or write the state file anew',
      commands: ['ckpt state . --fix'],
    },
  },
  {
    title: 'a state file with .txt behind it',
    spoil: (at) => {
      copyFileSync(at(INDEX), at('b.index'));
      writeFileSync(at('checkpoint.txt'), 'model_checkpoint_path: "model.ckpt"\n');
    },
    path: '.',
    told: {
      found: 'the state file checkpoint is not there; it seems to lie there as checkpoint.txt [mangled-name]',
      ...MANGLED,
      commands: ['mv checkpoint.txt checkpoint'],
    },
  },
  {
    title: 'a directory with a checkpoint far below',
    spoil: (at) => {
      mkdirSync(at('runs/one/train'), { recursive: true });
      for (const name of [INDEX, DATA]) copyFileSync(at(name), at(`runs/one/train/${name}`));
    },
    path: 'runs',
    told: {
      found: 'runs is a directory without a checkpoint; below it is runs/one/train/model.ckpt [no-checkpoint]',
      cause: 'another directory is meant, or the files were not copied',
      remedy: 'name the one that is meant',
      commands: ['ckpt doctor runs/one/train/model.ckpt'],
    },
  },
  {
    title: 'a directory with nothing in it',
    spoil: (at) => mkdirSync(at('empty')),
    path: 'empty',
    told: {
      found: 'empty is a directory without a checkpoint: no state file, no .index, no SavedModel [no-checkpoint]',
      cause: 'another directory is meant, or the files were not copied',
      remedy: 'look for a file that ends in .index: that is what to name',
    },
  },
];

describe('what is missing', () => {
  it.each(CASES)('$title', ({ spoil, path = 'model.ckpt', told }) => {
    const folder = spoilt((at) => spoil(at));
    expect(folder.ckpt(['doctor', path])).toEqual(sick(path.replace('\x1b', String.raw`\x1b`), told));
  });

  it.each(['empty-state/checkpoint', 'stale-state-nothing/checkpoint'])('is named by the state file %s too', (path) => {
    const code = path.startsWith('empty') ? 'empty-state' : 'stale-state';
    const { stdout } = ckpt(['doctor', `damaged/${path}`, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, diagnoses: [{ code, path: `damaged/${path}` }] });
  });

  it('is not what has its size alone', () => {
    const folder = spoilt((at) => {
      writeFileSync(at('noise'), readFileSync(at(DATA)).reverse());
      rmSync(at(DATA));
    });
    expect(folder.ckpt(['doctor', 'model.ckpt']).stdout).toContain('[missing-data]');
    expect(folder.ckpt(['list', 'noise']).stderr).toMatch(/^ckpt: noise \(628000 bytes\) is not a checkpoint: /);
  });

  it.each([
    'model.ckpt (2)',
    'model.ckpt - Copy',
    'model.ckpt - Copy (2)',
    'model.ckpt copy',
    'model.ckpt copy 3',
    'model.ckpt (another copy)',
    'model.ckpt 2',
  ])('is an index that a system called %s', (name) => {
    const folder = spoilt((at) => renameSync(at(INDEX), at(`${name}.index`)));
    const command = `mv '${name}.index' ${INDEX}`;
    for (const path of ['model.ckpt', name, `${name}.index`, DATA]) {
      expect(commandsOf(folder.ckpt(['doctor', path, '--json']).stdout)).toEqual([command]);
    }
  });

  it('is one of several data files', () => {
    const folder = folderWith('v2/sharded/sharded.ckpt');
    const name = (shard: number): string => `sharded.ckpt.data-0000${shard}-of-00003`;
    for (const shard of [0, 2]) renameSync(join(folder.path, name(shard)), join(folder.path, `part${shard}`));
    const { stdout, code } = folder.ckpt(['doctor', 'sharded.ckpt', '--json']);
    expect(code).toBe(1);
    expect(commandsOf(stdout)).toEqual([`mv part0 ${name(0)}`, `mv part2 ${name(2)}`]);
  });

  it('is told by every command that opens', () => {
    const folder = spoilt((at) => renameSync(at(DATA), at('weights.bin')));
    const message = `ckpt: weights.bin is the data of ${INDEX}: its size and its checksums are those; mv weights.bin ${DATA}`;
    for (const command of ['list', 'info', 'verify', 'tree']) {
      expect(folder.ckpt([command, 'weights.bin'])).toEqual({ stdout: '', stderr: `${message}\n`, code: 2 });
    }
    const twice = spoilt((at) => renameSync(at(INDEX), at('model.ckpt (1).index')));
    const rename = `${DATA} is the data of model.ckpt (1).index: its size and its checksums are those; mv 'model.ckpt (1).index' ${INDEX}`;
    expect(twice.ckpt(['list', DATA]).stderr).toBe(`ckpt: ${rename}\n`);
    expect(twice.ckpt(['list', 'model.ckpt']).stderr).toBe(
      `ckpt: ${INDEX} is missing; only its data file is there; ${rename}\n`,
    );
  });

  it('in other letters is no other file where the whole checkpoint is there', () => {
    expect(spoilt(() => {}).ckpt(['doctor', 'Model.ckpt'])).toMatchObject({
      stderr: 'ckpt: there is no checkpoint at Model.ckpt: no Model.ckpt.index is there; there is model.ckpt\n',
      code: 2,
    });
  });

  it('entirely is an error', () => {
    const message = 'ckpt: there is no checkpoint at nosuch: no nosuch.index is there; there is model.ckpt\n';
    expect(spoilt(() => {}).ckpt(['doctor', 'nosuch'])).toEqual({ stdout: '', stderr: message, code: 2 });
  });
});

/** The commands of a diagnosis, as `--json` gives them. */
function commandsOf(text: string): string[] {
  return (JSON.parse(text) as { diagnoses: { commands: string[] }[] }).diagnoses.flatMap(({ commands }) => commands);
}

describe('the commands help', () => {
  const RENAMES = CASES.filter(({ told }) => told.commands?.[0]?.startsWith('mv ') && !told.commands[0].includes("$'"));
  const perl = shell('perl -v').code === 0;

  it.each(RENAMES.filter(({ path }) => path !== '.'))('against $title', ({ spoil, path = 'model.ckpt' }) => {
    const folder = spoilt((at) => spoil(at));
    for (const line of commandsOf(folder.ckpt(['doctor', path, '--json']).stdout)) {
      expect(folder.shell(line)).toEqual({ stdout: '', stderr: '', code: 0 });
    }
    expect(folder.ckpt(['doctor', 'model.ckpt']).code).toBe(0);
  });

  it.each([
    ['that is stale', 'model_checkpoint_path: "/gone/model.ckpt"\nall_model_checkpoint_paths: "/gone/model.ckpt"\n'],
    ['that names nothing', 'model_checkpoint_path: ""\n'],
    ['that lists what is gone', 'model_checkpoint_path: "model.ckpt"\nall_model_checkpoint_paths: "model.ckpt-0"\n'],
  ])('against a state file %s', (_, text) => {
    const folder = spoilt((at) => writeFileSync(at('checkpoint'), text));
    const commands = commandsOf(folder.ckpt(['doctor', '.', '--json']).stdout);
    expect(commands).toEqual(['ckpt state . --fix']);
    expect(folder.shell(`${commands[0]} -q`).code).toBe(0);
    expect(commandsOf(folder.ckpt(['doctor', '.', '--json']).stdout)).toEqual([]);
    expect(folder.ckpt(['doctor', '.']).code).toBe(0);
  });

  it.skipIf(!perl)('against line ends that were changed in the index and in the data', () => {
    const folder = spoilt((at) => {
      for (const name of [INDEX, DATA]) {
        const text = readFileSync(at(name), 'latin1');
        writeFileSync(at(name), text.replaceAll('\n', '\r\n'), 'latin1');
      }
    });
    for (const name of [INDEX, DATA]) {
      const { stdout } = folder.ckpt(['doctor', 'model.ckpt', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ diagnoses: [{ code: 'line-endings', path: name }] });
      for (const line of commandsOf(stdout)) expect(folder.shell(line)).toEqual({ stdout: '', stderr: '', code: 0 });
    }
    expect(folder.ckpt(['doctor', 'model.ckpt']).code).toBe(0);
  });
});

it('a write that was killed between its renames has put a checkpoint aside: it gets its names back', () => {
  const aside = (kind: number): string => `.tempstate00041943051600000000000${kind}`;
  const folder = spoilt((at) => {
    renameSync(at(INDEX), at(INDEX + aside(2)));
    renameSync(at(DATA), at(DATA + aside(0)));
    writeFileSync(at(DATA), 'new and not whole');
  });
  const { stdout, code } = folder.ckpt(['doctor', 'model.ckpt', '--json']);
  expect(code).toBe(1);
  expect(stdout).toContain('"interrupted-write"');
  expect(commandsOf(stdout)).toEqual([`mv ${DATA + aside(0)} ${DATA}`, `mv ${INDEX + aside(2)} ${INDEX}`]);
  for (const line of commandsOf(stdout)) expect(folder.shell(line).code).toBe(0);
  expect(folder.ckpt(['doctor', 'model.ckpt']).code).toBe(0);
});

it('an unfinished save beside a checkpoint is a note', () => {
  const folder = spoilt((at) => writeFileSync(at(`${INDEX}.tempstate7`), ''));
  const { stdout, code } = folder.ckpt(['doctor', 'model.ckpt']);
  const found = `note: beside model.ckpt is what a save leaves that did not end: ${INDEX}.tempstate7 [leftovers]`;
  const note = {
    found,
    cause: 'a save that was stopped, or one that goes on right now',
    remedy: 'delete them when no program is saving',
    commands: [`rm -r ${INDEX}.tempstate7`],
  };
  expect(stdout.slice(stdout.indexOf('\n') + 1)).toBe(paragraph(note));
  expect(stdout).toMatch(/^model\.ckpt: healthy: /);
  expect(code).toBe(0);
});
