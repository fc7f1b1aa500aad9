/** Surgery by the library, on checkpoints that library_surgery.py saved: node library-surgery.mjs FOLDER. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import {
  merge,
  openCheckpoint,
  rename,
  renameCheckpoint,
  rolesOf,
  stripOptimizer,
  subset,
  verifyCheckpoint,
  withPrefix,
  writeCheckpoint,
} from '../../dist/index.js';

const folder = process.argv[2];
const at = (name) => join(folder, name);
const isSlot = (name) => /\/(_variables|Adam|Adam_1)(\/|$)/.test(name);

async function write(name, tensors, options) {
  await writeCheckpoint(at(name), tensors, options);
  await check(name);
}

async function check(name) {
  for await (const { severity, message } of verifyCheckpoint(at(name))) {
    if (severity === 'damage') throw new Error(`${name}: ${message}`);
  }
}

async function stripped(checkpoint) {
  const { roleOf } = await rolesOf(checkpoint);
  return stripOptimizer(checkpoint.tensors, roleOf, { keepStep: false, keep: () => false }).tensors;
}

const names = await openCheckpoint(at('names'));
await write(
  'names-renamed',
  rename(names.tensors, (name) => name.replace(/^net\//, 'model/')),
);
await write('names-subset', new Map([...names.tensors].filter(([name]) => !isSlot(name))));
await write('names-stripped', await stripped(names));
await write('names-v1', names.tensors, { format: 'v1' });
const other = await openCheckpoint(at('other-names'));
await write('names-merged', merge([withPrefix(names.tensors, 'a/'), withPrefix(other.tensors, 'b/')]));

const keras = await openCheckpoint(at('keras-1'));
const otherKeras = await openCheckpoint(at('other-keras-1'));
await write(
  'keras-renamed',
  rename(keras.tensors, (name) => name.replace(/^model\//, 'net/').replace(/^optimizer\//, 'adam/')),
);
await renameCheckpoint(at('keras-1'), (name) => name.replace(/^optimizer\//, 'adam/'), { target: at('keras-moved') });
await check('keras-moved');
await write(
  'keras-subset',
  subset(keras.tensors, (name) => !isSlot(name)),
);
await write('keras-filtered', new Map([...keras.tensors].filter(([name]) => !isSlot(name) && !name.startsWith('_'))));
await write('keras-stripped', await stripped(keras));
await write('keras-merged', merge([withPrefix(keras.tensors, 'left/'), withPrefix(otherKeras.tensors, 'right/')]));

const saved = await openCheckpoint(at('saved-model'));
for (const [name, tensors] of [
  ['saved-model-same', saved.tensors],
  ['saved-model-stripped', await stripped(saved)],
]) {
  cpSync(at('saved-model'), at(name), { recursive: true });
  await writeCheckpoint(join(at(name), 'variables/variables'), tensors, { force: true });
  await check(name);
}
await write(
  'saved-model-renamed',
  rename(saved.tensors, (name) => name.replace(/^w\//, 'weights/')),
);
await write('saved-model-merged', merge([saved.tensors, withPrefix(otherKeras.tensors, 'keras/')]));
