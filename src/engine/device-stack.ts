/**
 * The devices that are open around a variable, and the one that comes of them: the innermost spec decides first, those around
 * it fill in what it leaves open. Source: `Graph._apply_device_functions` in tensorflow/python/framework/ops.py and
 * tensorflow/python/training/device_setter.py.
 */
import { UsageError } from '../errors.ts';
import { formatDevice, mergeDevices, parseDevice } from './device-spec.ts';

/** What a device function is asked about: the op behind a variable, with the device that inner specs gave it. */
export interface PlacedOp {
  readonly name: string;
  /** `VarHandleOp` for every variable. */
  readonly type: string;
  readonly device: string;
}

/** Gives the device of an op; it sees what inner specs gave, and should keep it. */
export type DeviceFunction = (op: PlacedOp) => string;

/** A spec, a function, or null, inside which outer ones do not count. */
export type Device = string | DeviceFunction | null;

export class DeviceStack {
  readonly #open: (DeviceFunction | null)[] = [];

  push(device: Device | undefined): void {
    this.#open.push(placing(device));
  }

  pop(): void {
    this.#open.pop();
  }

  /** The device of an op that is made now. */
  place(name: string, type: string): string {
    let device = '';
    for (let i = this.#open.length - 1; i >= 0; i--) {
      const place = this.#open[i];
      if (place === null || place === undefined) break;
      device = place({ name, type, device });
    }
    return device;
  }
}

function placing(device: Device | undefined): DeviceFunction | null {
  if (device === null || device === undefined) return null;
  if (typeof device === 'function') return (op) => checked(device(op));
  const spec = parseDevice(device);
  if (formatDevice(spec) === '') return (op) => op.device;
  return (op) => formatDevice(mergeDevices(spec, parseDevice(op.device)));
}

function checked(device: unknown): string {
  if (device === null || device === undefined) return '';
  if (typeof device === 'string') return device;
  throw new UsageError(`a device function gives a text, not ${typeof device}`);
}

export interface ReplicaDeviceSetterOptions {
  /** How many tasks the job of parameter servers has; with none nothing is placed. */
  readonly psTasks?: number | undefined;
  /** `/job:ps` unless said otherwise. */
  readonly psDevice?: string | undefined;
  /** `/job:worker` unless said otherwise. */
  readonly workerDevice?: string | undefined;
  /** Chooses the task of an op; round robin unless said otherwise. */
  readonly psStrategy?: ((op: PlacedOp) => number) | undefined;
}

/**
 * A device function that deals variables out to the tasks of a job of parameter servers, one after the other, as
 * `tf.compat.v1.train.replica_device_setter` does.
 *
 * @example device(replicaDeviceSetter({ psTasks: 8 }), () => new Variable(zeros([10]))); // /job:ps/task:0, then task:1
 */
export function replicaDeviceSetter(options: ReplicaDeviceSetterOptions = {}): DeviceFunction | null {
  const { psTasks = 0, psDevice = '/job:ps', workerDevice = '/job:worker' } = options;
  if (!Number.isInteger(psTasks) || psTasks < 0) throw new UsageError(`psTasks is a whole number, not ${psTasks}`);
  if (psTasks === 0) return null;
  const [ps, worker] = [parseDevice(psDevice), parseDevice(workerDevice)];
  let next = 0;
  const roundRobin = (): number => next++ % psTasks;
  const strategy = options.psStrategy ?? roundRobin;
  return (op) => {
    const current = parseDevice(op.device);
    if (psDevice === '' || op.type !== 'VarHandleOp') return formatDevice(mergeDevices(worker, current));
    const ours = ps.job !== undefined && (current.job === undefined || current.job === '' || current.job === ps.job);
    return formatDevice(mergeDevices(ours ? { ...ps, task: strategy(op) } : ps, current));
  };
}
