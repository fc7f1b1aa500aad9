/**
 * Where a variable lives, as TensorFlow spells it: `/job:ps/replica:0/task:7/device:GPU:0`, each part optional.
 * Source: tensorflow/python/framework/device_spec.py.
 */
import { UsageError } from '../errors.ts';

export interface DeviceSpec {
  readonly job?: string | undefined;
  readonly replica?: number | undefined;
  readonly task?: number | undefined;
  readonly deviceType?: string | undefined;
  readonly deviceIndex?: number | undefined;
}

/** Device types that may be named without `device:` before them. */
const SHORT_TYPES: ReadonlySet<string> = new Set(['CPU', 'GPU', 'TPU', 'CUSTOM', 'XLA_CPU', 'XLA_GPU']);

function refuse(spec: string, why: string): UsageError {
  return new UsageError(`'${spec}' names no device: ${why}; devices are named like /job:ps/task:7/device:GPU:0`);
}

/** An integer as Python's `int` reads it. */
function integerOf(text: string, spec: string): number {
  if (!/^\s*[-+]?\d+(?:_\d+)*\s*$/.test(text)) throw refuse(spec, `'${text}' is no whole number`);
  return Number(text.replaceAll('_', ''));
}

/** The parts of a spec; throws {@link UsageError} for what TensorFlow refuses. */
export function parseDevice(spec: string): DeviceSpec {
  if (typeof spec !== 'string')
    throw new UsageError(`a device is a text, or a function that gives one, not ${typeof spec}`);
  const parts: { -readonly [Part in keyof DeviceSpec]: DeviceSpec[Part] } = {};
  const setType = (type: string, index: string | undefined): void => {
    if (parts.deviceType !== undefined) throw refuse(spec, 'it has two device types');
    parts.deviceType = type === 'cpu' || type === 'gpu' ? type.toUpperCase() : type;
    if (index !== undefined && index !== '*') parts.deviceIndex = integerOf(index, spec);
  };
  for (const field of spec.split('/')) {
    const [key = '', value = '', index] = field.split(':');
    const count = field.split(':').length;
    if (count === 2 && key === 'job') parts.job = value;
    else if (count === 2 && key === 'replica') parts.replica = integerOf(value, spec);
    else if (count === 2 && key === 'task') parts.task = integerOf(value, spec);
    else if (count <= 2 && SHORT_TYPES.has(key.toUpperCase()))
      setType(key.toUpperCase(), count === 2 ? value : undefined);
    else if (count === 3 && key === 'device') setType(value, index);
    else if (key !== '') throw refuse(spec, `it has a part '${field}'`);
  }
  return parts;
}

/** The text of a spec, in TensorFlow's order. */
export function formatDevice({ job, replica, task, deviceType, deviceIndex }: DeviceSpec): string {
  return [
    job === undefined ? '' : `/job:${job}`,
    replica === undefined ? '' : `/replica:${replica}`,
    task === undefined ? '' : `/task:${task}`,
    deviceType === undefined ? '' : `/device:${deviceType}:${deviceIndex ?? '*'}`,
  ].join('');
}

/** A spec with what `over` says put over it. */
export function mergeDevices(under: DeviceSpec, over: DeviceSpec): DeviceSpec {
  return {
    job: over.job ?? under.job,
    replica: over.replica ?? under.replica,
    task: over.task ?? under.task,
    deviceType: over.deviceType ?? under.deviceType,
    deviceIndex: over.deviceIndex ?? under.deviceIndex,
  };
}
