/** Packs the package, unpacks it where nothing else is, and installs it where somebody would use it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { REPOSITORY } from './fixtures.ts';

export interface InstalledPackage {
  /** All of it; the name is easy to get wrong in a shell, a URL or an import. */
  readonly folder: string;
  readonly tarball: string;
  /** The package unpacked, with no other package near. */
  readonly alone: string;
  /** A folder that has installed it. */
  readonly consumer: string;
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env) {
  const { stdout, stderr, status } = spawnSync(program, args, { cwd, env, encoding: 'utf8', timeout: 100_000 });
  return { stdout, stderr, code: status };
}

/** Every file under a directory. */
export function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

/** Installs from the registry or npm's cache; where neither can be had, with this repository's own copies. */
function install({ tarball, alone, consumer }: InstalledPackage): void {
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', tarball];
  if (run('npm', args, consumer).code === 0) return;
  rmSync(join(consumer, 'node_modules'), { recursive: true, force: true });
  mkdirSync(join(consumer, 'node_modules/.bin'), { recursive: true });
  for (const name of readdirSync(join(REPOSITORY, 'node_modules')).filter((entry) => !entry.startsWith('.'))) {
    symlinkSync(join(REPOSITORY, 'node_modules', name), join(consumer, 'node_modules', name));
  }
  cpSync(alone, join(consumer, 'node_modules/ckpt'), { recursive: true });
  symlinkSync('../ckpt/bin/ckpt.js', join(consumer, 'node_modules/.bin/ckpt'));
}

/** Packs what is built, and installs it in a new folder. */
export function packAndInstall(): InstalledPackage {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ckpt package 100% #')));
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: REPOSITORY,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [description] = Object.values<{ filename: string }>(JSON.parse(packed));
  const installed = {
    folder,
    tarball: join(folder, description?.filename ?? ''),
    alone: join(folder, 'package'),
    consumer: join(folder, 'consumer'),
  };
  execFileSync('tar', ['xzf', installed.tarball, '-C', folder]);
  mkdirSync(installed.consumer);
  writeFileSync(join(installed.consumer, 'package.json'), '{ "private": true, "type": "module" }');
  install(installed);
  return installed;
}
