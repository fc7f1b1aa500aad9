/**
 * V8's compiled forms of the command line's code, kept on the machine of the user for a version of V8 that the package has
 * none for: in the user's folder for caches, written once each, under a temporary name first. Nothing that goes wrong here is
 * told: without a form the code is compiled as ever.
 *
 * V8 looks at the head of a form alone, and would run what a bad disk made of the rest. So each lies there twice, and both must
 * be equal; and a folder that somebody else may write to is not used.
 */
const { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');

/** Others than the owner may not write. */
const WRITABLE_BY_OTHERS = 0o022;

/** The folder for caches, by the rules of each system; undefined where there is none. */
function cacheFolder() {
  const { env, platform } = process;
  if (platform === 'win32') return env.LOCALAPPDATA;
  if (env.XDG_CACHE_HOME?.startsWith('/')) return env.XDG_CACHE_HOME;
  if (!env.HOME?.startsWith('/')) return undefined;
  return platform === 'darwin' ? `${env.HOME}/Library/Caches` : `${env.HOME}/.cache`;
}

/** Whether a file or folder is the user's own. */
function isOwn(path) {
  if (process.platform === 'win32') return true;
  const stats = lstatSync(path);
  return stats.uid === process.getuid() && (stats.mode & WRITABLE_BY_OTHERS) === 0 && !stats.isSymbolicLink();
}

/** The build ends each chunk with the digest of its text, so that no form is taken for another edition's. */
const DIGEST = /\/\/([0-9a-f]{16})$/;
/** What a command is called; it decides which functions of a chunk have run, and so are in its form. */
const COMMAND = /^[a-z][a-z_-]{0,31}$/;

class Forms {
  constructor(folder, command) {
    this.folder = folder;
    this.command = command;
  }

  pathOf(name, text) {
    const digest = DIGEST.exec(text.slice(-'//'.length - 16))?.[1];
    if (digest === undefined) throw new Error(`${name} does not end with its digest`);
    return `${this.folder}/${name.slice(0, -'.cjs'.length)}.${this.command}.${digest}.cache`;
  }

  /** The form of a chunk with this text; undefined where none is kept, or none that is whole. */
  read(name, text) {
    try {
      const path = this.pathOf(name, text);
      if (!isOwn(this.folder) || !isOwn(path)) return undefined;
      const twice = readFileSync(path);
      const half = twice.length / 2;
      const [form, again] = [twice.subarray(0, half), twice.subarray(half)];
      return half > 0 && form.equals(again) ? form : undefined;
    } catch {
      return undefined;
    }
  }

  write(name, text, script) {
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      if (!isOwn(this.folder)) return;
      const path = this.pathOf(name, text);
      const temporary = `${path}.${process.pid}`;
      const form = script.createCachedData();
      try {
        writeFileSync(temporary, Buffer.concat([form, form]), { flag: 'wx', mode: 0o600 });
        renameSync(temporary, path);
      } catch {
        rmSync(temporary, { force: true });
        return;
      }
      this.removeOlder(name, path);
    } catch {
      // the next start compiles again
    }
  }

  /** Forms of earlier editions of a chunk. */
  removeOlder(name, path) {
    const start = `${name.slice(0, -'cjs'.length)}${this.command}.`;
    for (const file of readdirSync(this.folder)) {
      const isOlder = file.startsWith(start) && file.endsWith('.cache');
      if (isOlder && `${this.folder}/${file}` !== path) rmSync(`${this.folder}/${file}`, { force: true });
    }
  }
}

/**
 * The forms kept for a version of V8 and a command; undefined where none may be kept. Flags of V8 are in the head of a form, so
 * that each set of flags would throw out what the other kept: with any, nothing is kept.
 */
exports.formsFor = (running, command) => {
  const { env, execArgv } = process;
  const folder = cacheFolder();
  if (folder === undefined || execArgv.length > 0 || env.NODE_OPTIONS || env.NODE_DISABLE_COMPILE_CACHE)
    return undefined;
  return COMMAND.test(command) ? new Forms(`${folder}/ckpt/${running.replaceAll(' ', '-')}`, command) : undefined;
};
