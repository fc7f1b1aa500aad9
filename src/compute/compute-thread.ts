/** The second thread of computing: takes units of a task until none is left. */
import { workerData } from 'node:worker_threads';
import { type ComputeTask, ComputeWorker } from './compute-task.ts';

const worker = new ComputeWorker(workerData as ComputeTask);
while (worker.step());
worker.close();
