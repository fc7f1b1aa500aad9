/** The package as somebody gets it: what is in the tarball, and that it works where it is installed. */
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture, REPOSITORY } from './fixtures.ts';
import { filesIn, packAndInstall, run } from './package-install.ts';

const CHECKPOINT = fixture('v2/sharded/sharded.ckpt');
const NAMES = 'dense/bias\ndense/kernel\nembedding\nflags\nnames\nstep\n';
const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));

const bin = (name: string): string => join(REPOSITORY, 'node_modules/.bin', name);

let folder: string;
let tarball: string;
let alone: string;
let consumer: string;
beforeAll(() => {
  ({ folder, tarball, alone, consumer } = packAndInstall());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the tarball', () => {
  it('holds what a user needs, and nothing else', () => {
    expect(readdirSync(alone).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'maps',
      'package.json',
      'schemas',
    ]);
    expect(readdirSync(join(alone, 'bin')).sort()).toEqual(['ckpt.js', 'compiled-forms.js', 'package.json']);
    const dist = filesIn(join(alone, 'dist'));
    expect(dist.filter((path) => !/^cli\/[\w.-]+\.(cjs|cache)$|^[\w/-]+\.(js|d\.ts)$/.test(path))).toEqual([
      'LICENSES.txt',
      'cli/LICENSES.txt',
      'cli/compiled-for.txt',
    ]);
    expect(dist).toEqual(expect.arrayContaining(['cli/core.cache', 'cli/print.cache', 'cli/rename.cache']));
    expect(dist.filter((path) => path.startsWith('cli/') && path.endsWith('.ts'))).toEqual([]);
    expect(readFileSync(join(alone, 'bin/ckpt.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('imports only files that are there, and packages that it names', () => {
    const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    for (const path of filesIn(join(alone, 'dist')).filter((name) => /\.(js|d\.ts)$/.test(name))) {
      const text = readFileSync(join(alone, 'dist', path), 'utf8');
      for (const [, specifier = ''] of text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)) {
        if (specifier.startsWith('node:')) continue;
        if (!specifier.startsWith('.')) {
          expect(dependencies).toContain(/^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0]);
          continue;
        }
        const target = join(alone, 'dist', dirname(path), specifier);
        const file = path.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target;
        expect({ path, specifier, there: existsSync(file) }).toEqual({ path, specifier, there: true });
      }
    }
  });

  it('names neither folders nor users of the machine that built it', () => {
    for (const path of filesIn(alone)) {
      const text = readFileSync(join(alone, path), 'latin1');
      expect({ path, leaks: text.includes(REPOSITORY) }).toEqual({ path, leaks: false });
    }
  });

  it('satisfies publint', () => {
    const { stdout, code } = run(bin('publint'), [tarball, '--strict'], folder);
    expect({ stdout, code }).toEqual({ stdout: expect.stringContaining('All good!'), code: 0 });
  });

  it('has types that resolve, as arethetypeswrong sees it', () => {
    const { stdout, code } = run(bin('attw'), [tarball, '--profile', 'esm-only', '--format', 'json'], folder);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).analysis.problems.filter(({ kind }: { kind: string }) => !IGNORED.has(kind))).toEqual([]);
  });
});

/** What a package of ES modules alone cannot offer: resolution as in Node 10, and `require` without warning. */
const IGNORED = new Set(['NoResolution', 'CJSResolvesToESM']);

describe('the command', () => {
  it('runs by npx in a folder that has installed the package', () => {
    expect(run('npx', ['--no-install', 'ckpt', 'list', CHECKPOINT, '--names'], consumer)).toMatchObject({
      stdout: NAMES,
      code: 0,
    });
  });

  it('runs with no other package near', () => {
    for (const args of [
      ['list', CHECKPOINT, '--names'],
      ['list', CHECKPOINT, '--sha256'],
      ['tree', CHECKPOINT],
      ['info', CHECKPOINT],
      ['verify', CHECKPOINT],
    ]) {
      expect(run(process.execPath, [join(alone, 'bin/ckpt.js'), ...args], folder).code).toBe(0);
    }
  });

  it('runs through symbolic links to the package and to the command', () => {
    symlinkSync(alone, join(folder, 'linked'), 'dir');
    symlinkSync(join(folder, 'linked/bin/ckpt.js'), join(folder, 'ckpt-command'));
    for (const path of ['linked/bin/ckpt.js', 'ckpt-command']) {
      const env = { ...process.env, NODE_OPTIONS: '' };
      expect(run(join(folder, path), ['list', CHECKPOINT, '--names'], folder, env)).toEqual({
        stdout: NAMES,
        stderr: '',
        code: 0,
      });
    }
  });

  it.each([
    ['missing', (path: string) => rmSync(path)],
    ['empty', (path: string) => writeFileSync(path, '')],
    ['noise', (path: string) => writeFileSync(path, Buffer.alloc(100_000, 0x5a))],
    ['cut off', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, 5000))],
    [
      'of another version of V8',
      (path: string) =>
        writeFileSync(
          path,
          readFileSync(path).map((byte, i) => (i >= 4 && i < 8 ? byte ^ 0xff : byte)),
        ),
    ],
  ])('runs when the compiled form is %s', (what, spoil) => {
    const copy = join(folder, `cache ${what}`);
    cpSync(alone, copy, { recursive: true });
    spoil(join(copy, 'dist/cli/core.cache'));
    expect(run(process.execPath, [join(copy, 'bin/ckpt.js'), 'list', CHECKPOINT, '--names'], folder)).toEqual({
      stdout: NAMES,
      stderr: '',
      code: 0,
    });
  });

  describe('under a V8 that the package has no compiled forms for', () => {
    const folderOf = (name: string): string => {
      const copy = join(folder, name);
      cpSync(alone, copy, { recursive: true });
      writeFileSync(join(copy, 'dist/cli/compiled-for.txt'), 'another V8');
      return copy;
    };
    const listing = (copy: string, cache: string): unknown => {
      const env = { PATH: process.env.PATH, XDG_CACHE_HOME: cache };
      return run(process.execPath, [join(copy, 'bin/ckpt.js'), 'list', CHECKPOINT, '--names'], folder, env);
    };
    const right = { stdout: NAMES, stderr: '', code: 0 };
    const kept = (cache: string): string[] => (existsSync(cache) ? filesIn(cache) : []);

    it('keeps its own, once, in a folder of the user', () => {
      const [copy, cache] = [folderOf('own forms'), join(folder, 'cache of forms')];
      expect(listing(copy, cache)).toEqual(right);
      const files = kept(cache);
      expect(files).toHaveLength(1);
      expect(files[0]).toMatch(/^ckpt\/[\w.-]+\/core\.list\.[0-9a-f]{16}\.cache$/);
      const path = join(cache, files[0] as string);
      const { mtimeMs, mode } = statSync(path);
      expect(mode & 0o777).toBe(0o600);
      expect(listing(copy, cache)).toEqual(right);
      expect(statSync(path).mtimeMs).toBe(mtimeMs);
    });

    it.each([
      ['changed in one byte', (bytes: Buffer) => bytes.with(bytes.length / 4, (bytes[bytes.length / 4] as number) ^ 1)],
      ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 3)],
      ['empty', (bytes: Buffer) => bytes.subarray(0, 0)],
    ])('does not run one that is %s, and makes it anew', (what, spoil) => {
      const [copy, cache] = [folderOf(`forms ${what}`), join(folder, `cache ${what} forms`)];
      listing(copy, cache);
      const path = join(cache, kept(cache)[0] as string);
      const sound = readFileSync(path);
      writeFileSync(path, spoil(sound));
      expect(listing(copy, cache)).toEqual(right);
      expect(readFileSync(path).length).toBeGreaterThan(sound.length / 2);
      expect(readFileSync(path).subarray(0, sound.length / 2)).not.toEqual(spoil(sound).subarray(0, sound.length / 2));
    });

    it.skipIf(process.platform === 'win32')(
      'uses no folder that others may write to, and says nothing where it has none',
      () => {
        const [copy, cache] = [folderOf('forms of nobody'), join(folder, 'open cache')];
        listing(copy, cache);
        const path = join(cache, kept(cache)[0] as string);
        chmodSync(dirname(path), 0o777);
        writeFileSync(path, 'not a form');
        expect(listing(copy, cache)).toEqual(right);
        expect(readFileSync(path, 'utf8')).toBe('not a form');
        expect(listing(copy, '/dev/null')).toEqual(right);
        expect(listing(copy, 'relative')).toEqual(right);
      },
    );
  });

  it.for([22, 24])('runs under Node %i, whose V8 is another', (version, { skip }) => {
    if (process.env.CKPT_OTHER_NODES === undefined) skip('set CKPT_OTHER_NODES=1 to fetch other versions of Node');
    const npx = ['-y', '--prefer-offline', '--package', `node@${version}`, '--'];
    const found = run('npx', [...npx, 'node', '--version'], folder);
    if (!found.stdout?.startsWith(`v${version}.`)) skip(`Node ${version} cannot be had here`);
    for (const args of [
      ['list', CHECKPOINT, '--names'],
      ['verify', '-q', CHECKPOINT],
    ]) {
      const there = run('npx', [...npx, 'node', join(alone, 'bin/ckpt.js'), ...args], folder);
      const here = run(process.execPath, [join(alone, 'bin/ckpt.js'), ...args], folder);
      expect({ stdout: there.stdout, code: there.code }).toEqual({ stdout: here.stdout, code: 0 });
    }
  });
});

describe('the library', () => {
  it.each(['', '/graph', '/roles', '/history', '/text'])('shows by ckpt%s what the source does', async (door) => {
    const program = `console.log(JSON.stringify(Object.keys(await import('ckpt${door}')).sort()))`;
    const { stdout, code } = run(process.execPath, ['--input-type=module', '-e', program], consumer);
    expect(code).toBe(0);
    const source = await import(`../src/${door === '' ? 'index' : door.slice(1)}.ts`);
    expect(JSON.parse(stdout)).toEqual(Object.keys(source).sort());
  });

  it('has one of everything, whichever door it is seen through', () => {
    const program = `
      import { NotACheckpointError, openCheckpoint } from 'ckpt';
      import { openDamagedCheckpoint } from 'ckpt/history';
      for (const open of [openCheckpoint, openDamagedCheckpoint]) {
        await open('nowhere').catch((error) => console.log(error instanceof NotACheckpointError, error.name));
      }`;
    const { stdout } = run(process.execPath, ['--input-type=module', '-e', program], consumer);
    expect(stdout).toBe('true NotACheckpointError\ntrue NotACheckpointError\n');
  });

  it('reads and writes a checkpoint', () => {
    writeFileSync(
      join(consumer, 'program.mjs'),
      `import { openCheckpoint, sha256Of, writeCheckpoint, verifyCheckpoint } from 'ckpt';
const { tensors } = await openCheckpoint(process.argv[2]);
await writeCheckpoint('copy.ckpt', new Map([...tensors].filter(([name]) => name.startsWith('dense/'))));
for await (const finding of verifyCheckpoint('copy.ckpt')) console.log(finding);
for (const [name, tensor] of (await openCheckpoint('copy.ckpt')).tensors) console.log(name, (await sha256Of(name, tensor)).slice(0, 8));`,
    );
    expect(run(process.execPath, ['program.mjs', CHECKPOINT], consumer)).toEqual({
      stdout: 'dense/bias 8e628779\ndense/kernel e2c0a715\n',
      stderr: '',
      code: 0,
    });
  });

  it.each([
    ['nodenext', 'nodenext'],
    ['bundler', 'esnext'],
  ])('has types for moduleResolution %s, under strict, with the types of the web alone', (moduleResolution, module) => {
    writeFileSync(
      join(consumer, 'program.ts'),
      `import { type OpenedCheckpoint, CkptError, type Finding, openCheckpoint, type Tensor, type TensorMap, verifyCheckpoint } from 'ckpt';
const checkpoint: OpenedCheckpoint = await openCheckpoint('model.ckpt');
const tensors: TensorMap = checkpoint.tensors;
const shapes: (readonly number[])[] = [...tensors.values()].map((tensor: Tensor) => tensor.shape);
export async function findings(): Promise<Finding[]> {
  const found: Finding[] = [];
  try { for await (const finding of verifyCheckpoint('model.ckpt')) found.push(finding); }
  catch (error) { if (error instanceof CkptError && error.code === 'CORRUPT') return []; throw error; }
  return found;
}
// @ts-expect-error a shape holds numbers
export const wrong: string = shapes[0][0];`,
    );
    const compilerOptions = {
      module,
      moduleResolution,
      target: 'es2022',
      lib: ['es2022', 'dom'],
      types: [],
      strict: true,
      noEmit: true,
    };
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    expect(run(bin('tsc'), ['-p', '.'], consumer)).toMatchObject({ stdout: '', code: 0 });
  });
});
