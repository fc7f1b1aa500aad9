/** A variable remembers the device that it was placed on; a sharded save makes a file of each device. */
import assert from 'node:assert/strict';
import { device, initializeAllVariables, replicaDeviceSetter, Saver, Variable, zeros } from 'ckpt';

const v = device('/job:ps/task:7', () => new Variable(zeros([10]), { name: 'v' }));

const [w1, w2, w3] = device(replicaDeviceSetter({ psTasks: 2 }), () => [
  new Variable(zeros([4]), { name: 'w1' }),
  new Variable(zeros([4]), { name: 'w2' }),
  new Variable(zeros([4]), { name: 'w3' }),
]);

assert.equal(v.device, '/job:ps/task:7');
assert.deepEqual([w1?.device, w2?.device, w3?.device], ['/job:ps/task:0', '/job:ps/task:1', '/job:ps/task:0']);

initializeAllVariables();
await new Saver(undefined, { sharded: true }).save('./model.ckpt'); // three data files, one for each task
