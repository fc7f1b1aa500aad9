/** Every name of the library's face has an example in its docstring, and the examples do what they say. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Tensor, tensorFrom, writeCheckpoint } from '../src/index.ts';
import { FIXTURES } from './cli/run.ts';
import { REPOSITORY } from './fixtures.ts';
import { scratch } from './scratch.ts';

const SRC = join(REPOSITORY, 'src');

/** Rooms whose names have examples of their own: errors say when they are thrown, the engine has a guide and programs. */
const ELSEWHERE = /^\.\/(engine\/|errors\.ts)/;

interface Exported {
  readonly name: string;
  readonly file: string;
}

/** The values that the root exports, with the file that declares each. */
function exportedValues(): Exported[] {
  const text = readFileSync(join(SRC, 'index.ts'), 'utf8');
  return [...text.matchAll(/^export \{([^}]*)\} from '([^']+)';/gms)].flatMap(([, names = '', file = '']) =>
    names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type ') && !ELSEWHERE.test(file))
      .map((name) => ({ name, file: join(SRC, file) })),
  );
}

/** The example in the docstring of a declaration; undefined where there is none. */
function exampleOf({ name, file }: Exported): string | undefined {
  const text = readFileSync(file, 'utf8');
  const declared = new RegExp(`^export (?:async )?(?:function\\*?|const|class) ${name}\\b`, 'm').exec(text);
  const before = text.slice(0, declared?.index ?? 0);
  const comment = before.slice(before.lastIndexOf('/**'));
  if (!/\*\/\s*$/.test(comment)) return undefined;
  const example = comment.split('@example\n')[1];
  return example
    ?.replace(/\s*\*\/\s*$/, '')
    .split('\n')
    .map((line) => line.replace(/^ \* ?/, ''))
    .join('\n');
}

const EXAMPLES = exportedValues().map((exported) => ({ ...exported, example: exampleOf(exported) }));

/** What an example may name without a word: everything public. */
function importsOf(example: string): string {
  const doors = ['index', 'graph', 'roles', 'history', 'text'];
  const used = new Set(example.match(/\b[A-Za-z_]\w*\b/g));
  return doors
    .map((door) => {
      const text = readFileSync(join(SRC, `${door}.ts`), 'utf8');
      const names = [...text.matchAll(/^export \{([^}]*)\}/gms)].flatMap(([, list = '']) =>
        list
          .split(',')
          .map((name) => name.trim())
          .filter((name) => used.has(name)),
      );
      return names.length === 0
        ? ''
        : `import { ${names.join(', ')} } from 'ckpt${door === 'index' ? '' : `/${door}`}';\n`;
    })
    .join('');
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i / 8);

/** A model of names, with its optimizer's slots and its averages. */
function modelOfNames(): Map<string, Tensor> {
  const weights = tensorFrom(numbers(6), { shape: [3, 2] });
  const biases = tensorFrom(numbers(2));
  const names = ['', '/Adam', '/Adam_1', '/ExponentialMovingAverage'];
  return new Map([
    ['global_step', tensorFrom(1000n)],
    ['net/embedding', tensorFrom(numbers(8), { shape: [4, 2] })],
    ...names.map((slot): [string, Tensor] => [`net/weights${slot}`, weights]),
    ...names.map((slot): [string, Tensor] => [`net/biases${slot}`, biases]),
    ['vocabulary', tensorFrom(['a', 'b', 'c', 'd'])],
  ]);
}

/** A folder with what an example speaks of: checkpoints of names and of objects, and words in a list. */
async function fill(folder: string): Promise<void> {
  mkdirSync(folder);
  await writeCheckpoint(join(folder, 'model.ckpt'), modelOfNames());
  await writeCheckpoint(join(folder, 'later.ckpt'), modelOfNames());
  await writeCheckpoint(join(folder, 'other.ckpt'), new Map([['head/weights', tensorFrom(numbers(4))]]));
  cpSync(join(FIXTURES, 'v2/object-based'), join(folder, 'tf2'), { recursive: true });
}

/** A folder in which `ckpt` can be imported. */
function consumer(): string {
  const folder = scratch();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(REPOSITORY, join(folder, 'node_modules/ckpt'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

describe('the docstring', () => {
  it.each(EXAMPLES)('of $name has an example', ({ example }) => {
    expect(example).toBeDefined();
  });
});

describe('the examples', () => {
  const folder = consumer();
  const programs = EXAMPLES.flatMap(({ name, example }) =>
    example === undefined ? [] : [{ name, text: `${importsOf(example)}${example}\nexport {};\n` }],
  );

  it('compile under strict', () => {
    for (const { name, text } of programs) writeFileSync(join(folder, `${name}.ts`), text);
    const compilerOptions = {
      ...{ module: 'nodenext', target: 'es2022', lib: ['es2023', 'dom'], types: [] },
      ...{ strict: true, noEmit: true, skipLibCheck: true },
    };
    const files = programs.map(({ name }) => `${name}.ts`);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const tsc = join(REPOSITORY, 'node_modules/.bin/tsc');
    expect(spawnSync(tsc, ['-p', folder], { encoding: 'utf8' }).stdout).toBe('');
  });

  it('run to their end', async () => {
    for (const { name, text } of programs) {
      await fill(join(folder, name));
      writeFileSync(join(folder, name, 'example.mjs'), text);
    }
    const names = JSON.stringify(programs.map(({ name }) => name));
    const program = `
      console.log = () => {};
      for (const name of ${names}) {
        process.chdir(${JSON.stringify(folder)} + '/' + name);
        await import('./' + name + '/example.mjs').catch((error) => console.error(name + ': ' + error.stack));
      }`;
    writeFileSync(join(folder, 'all.mjs'), program);
    expect(spawnSync(process.execPath, [join(folder, 'all.mjs')], { encoding: 'utf8' }).stderr).toBe('');
  });
});
