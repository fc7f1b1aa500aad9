/**
 * What Keras 2 wrote of its layers beside a SavedModel: a JSON text for each, which says whether the layer is trained. It is
 * data here: no class that it names is ever looked for.
 */
import { CorruptError } from '../errors.ts';
import type { EncodedMessage } from '../proto/encoded-message.ts';
import { KERAS_METADATA, KERAS_NODE } from './meta-graph-types.ts';

/** A layer's metadata takes kilobytes. */
const MOST_CHARACTERS = 2 ** 24;
const MOST_LAYERS = 2 ** 22;

/** Whether a layer's metadata says that it is not trained; text that is no JSON says nothing. */
export function isFrozen(metadata: string): boolean {
  if (metadata.length > MOST_CHARACTERS || !metadata.includes('"trainable"')) return false;
  try {
    const parsed: unknown = JSON.parse(metadata);
    return typeof parsed === 'object' && parsed !== null && 'trainable' in parsed && parsed.trainable === false;
  } catch {
    return false;
  }
}

/** Numbers of the objects of the SavedModel that a `keras_metadata.pb` calls not trained; throws `CorruptError`. */
export function frozenLayers(metadata: EncodedMessage): Set<number> {
  const frozen = new Set<number>();
  for (const [, node] of metadata.fields(KERAS_METADATA)) {
    const { nodeId, metadata: text } = node.decode(KERAS_NODE);
    if (!isFrozen(text)) continue;
    frozen.add(nodeId);
    if (frozen.size > MOST_LAYERS) throw new CorruptError('too many layers', { where: 'keras metadata' });
  }
  return frozen;
}
