/** The second thread: takes units of a task until none is left. */
import { workerData } from 'node:worker_threads';
import { crc32Of } from './crc32.ts';
import { type RangeTask, RangeWorker } from './range-task.ts';

const worker = new RangeWorker(workerData as RangeTask, crc32Of);
while (worker.step());
worker.close();
