/** The second thread: takes units of a task until none is left. */
import { workerData } from 'node:worker_threads';
import { type RunTask, RunWorker } from './run-task.ts';

const worker = new RunWorker(workerData as RunTask);
while (worker.step());
worker.close();
