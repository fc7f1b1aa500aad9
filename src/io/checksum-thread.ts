/** The second thread: takes units of a checksum task until none is left. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ChecksumTask, ChecksumWorker } from './checksum-task.ts';

const worker = new ChecksumWorker(workerData as ChecksumTask);
while (worker.step());
worker.close();
parentPort?.postMessage('done');
