/**
 * A bundle under other names: the index is written anew, entry by entry, and the data files stay what they are to the byte,
 * whether they are linked, cloned, copied or left in place.
 */
import { holdFiles } from '../../io/file-identity.ts';
import { fileSize, filesAmong } from '../../io/file-source.ts';
import { behindLink } from '../../io/paths.ts';
import { dataName, indexName, parseDataName } from '../../io/shard-names.ts';
import type { TensorMap } from '../../tensor/tensor.ts';
import { planOf } from '../carry-out.ts';
import type { RenameOptions } from '../format.ts';
import type { FileLayout, WriteLayout } from '../write-layout.ts';
import type { RenamePlan } from '../write-plan.ts';
import { checkTargets } from '../write-targets.ts';
import { checkEntries, type NeededFile } from './check-entries.ts';
import type { Bundle, OpenBundle } from './open.ts';
import { RenamedIndex, type Renamer } from './rename-index.ts';

/** The plan of a layout whose tensors are counted when somebody asks, or when their index is written. */
function renamePlan(layout: WriteLayout, options: RenameOptions, index: RenamedIndex, tensors: TensorMap): RenamePlan {
  const plan = planOf(layout, options);
  return {
    ...plan,
    get tensorCount() {
      return tensors.size;
    },
    write: async (given) => ({ ...(await plan.write(given)), tensors: index.tensors, renamed: index.renamed }),
  };
}

/** The layout that replaces the index of a bundle by one with other names, and closes the bundle; its data files stay as they are. */
function inPlace(bundle: Bundle, index: RenamedIndex): WriteLayout {
  const path = behindLink(bundle.index.path); // of a link, what it points to changes
  return {
    path: bundle.prefix,
    format: 'v2',
    held: () => filesAmong([bundle.index.file]),
    files: [{ path, kind: 'index', action: 'replace', byteLength: undefined, compose: (sink) => index.write(sink) }],
    obsolete: [],
    tensorCount: 0,
    bytesKept: bundle.present.reduce((sum, file) => sum + (fileSize(file.path) ?? 0), 0),
    release: () => bundle.close(),
  };
}

/** The data files of the target, each with all bytes of one that is there. */
function dataFiles(
  bundle: Bundle,
  needed: readonly NeededFile[],
  target: string,
  reuse: RenameOptions['reuse'],
): FileLayout[] {
  return needed.map(({ shard, byteLength }) => {
    const from = bundle.dataPath(shard);
    const path = dataName(target, shard, parseDataName(from)?.shards ?? needed.length);
    return { path, kind: 'data', action: reuse ?? 'copy', byteLength, from };
  });
}

/** The layout of another bundle with the same data files. */
function beside(
  bundle: Bundle,
  index: RenamedIndex,
  target: string,
  { reuse, force, absent, older = () => [] }: RenameOptions,
): WriteLayout {
  const { files: needed, notes } = checkEntries(bundle, { force, absent });
  const shards = needed.map(({ shard }) => shard);
  const inputs = [bundle.index.path, ...bundle.present.map((file) => file.path)];
  const inTheWay = older();
  checkTargets(target, inTheWay, inputs, force === true);
  const files: FileLayout[] = dataFiles(bundle, needed, target, reuse);
  const compose: FileLayout['compose'] = (sink) => index.write(sink);
  files.push({ path: indexName(target), kind: 'index', action: 'write', byteLength: undefined, compose });
  const targets = new Set(files.map((file) => file.path));
  const held = [...filesAmong([bundle.index.file]), ...holdFiles(shards.map((shard) => bundle.dataPath(shard)))];
  return {
    path: target,
    format: 'v2',
    held: () => held,
    notes,
    files,
    obsolete: inTheWay.filter((path) => !targets.has(path)),
    tensorCount: 0,
    contents: async (copied, { verify }) => {
      const { wholeFiles } = await import('./whole-files.ts');
      return wholeFiles(bundle, shards, copied, verify !== false);
    },
  };
}

/**
 * Plans a bundle under other names: `target` with the same data files, or the bundle itself. Throws {@link WriteRefusedError}
 * where something is in the way and `force` is not given.
 */
export function planRenamedBundle(
  { bundle, tensors }: OpenBundle,
  rename: Renamer,
  options: RenameOptions,
): RenamePlan {
  const index = new RenamedIndex(bundle.index, rename);
  const { target } = options;
  const layout = target === undefined ? inPlace(bundle, index) : beside(bundle, index, target, options);
  return renamePlan(layout, options, index, tensors);
}
