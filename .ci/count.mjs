/**
 * Counts vitest's reports in a folder: prints `passed failed skipped`, after a line on stderr for each test that was
 * skipped. A test that ran twice counts once, and one that was skipped counts not at all when its file ran again with what
 * it needs. A run that failed without a failed test (`NAME.failed` is there, but its report has none) counts as a failure.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const folder = process.argv[2];
/** By test: how it went, and its file. */
const statuses = new Map();
let failedRuns = 0;

const isDone = (outcome) => outcome === 'passed' || outcome === 'failed';

/** Each test of a report under a name that is its alone, and files that failed before any test. */
function* testsOf(report) {
  for (const { name: file, status, assertionResults } of report.testResults) {
    const seen = new Map();
    for (const { fullName, status: outcome } of assertionResults) {
      const count = (seen.get(fullName) ?? 0) + 1;
      seen.set(fullName, count);
      yield [`${relative('.', file)}: ${fullName}${count > 1 ? ` (${count})` : ''}`, outcome, file];
    }
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed'))
      yield [relative('.', file), 'failed', file];
  }
}

const names = new Set(readdirSync(folder).map((name) => name.replace(/\.(json|failed)$/, '')));
for (const name of ['install', 'all', 'full', 'tensorflow'].filter((known) => names.has(known))) {
  const path = join(folder, `${name}.json`);
  const tests = existsSync(path) ? [...testsOf(JSON.parse(readFileSync(path, 'utf8')))] : [];
  const files = new Set(tests.map(([, , file]) => file));
  for (const [test, { outcome, file }] of statuses) {
    if (files.has(file) && !isDone(outcome)) statuses.delete(test);
  }
  for (const [test, outcome, file] of tests) {
    if (statuses.has(test) && !isDone(outcome)) continue;
    if (statuses.get(test)?.outcome !== 'failed') statuses.set(test, { outcome, file });
  }
  const someFailed = tests.some(([, outcome]) => outcome === 'failed');
  if (existsSync(join(folder, `${name}.failed`)) && !someFailed) failedRuns++;
}

const count = (wanted) => [...statuses.values()].filter(({ outcome }) => outcome === wanted).length;
const passed = count('passed');
const failed = count('failed');
for (const [test, { outcome }] of statuses) {
  if (!isDone(outcome)) console.error(`SKIPPED: ${test}`);
}
console.log(passed, failed + failedRuns, statuses.size - passed - failed);
