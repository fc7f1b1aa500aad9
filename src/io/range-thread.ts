/** The second thread: takes units of a task until none is left. */
import { workerData } from 'node:worker_threads';
import { crc32 } from './crc32.ts';
import { type RangeTask, RangeWorker } from './range-task.ts';

const worker = new RangeWorker(workerData as RangeTask, crc32);
while (worker.step());
worker.close();
