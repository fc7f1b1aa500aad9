/** Files for Keras, judged by Keras: what it loads predicts the same as the model that gave the weights. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ckpt } from './cli/run.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';

const CASES = ['dense', 'convolution'];

interface Verdict {
  readonly difference: number;
  readonly optimizer?: boolean;
  readonly variables?: number;
}

describe.skipIf(PYTHON === undefined)(`files for Keras${NO_PYTHON}`, () => {
  const verdicts = new Map<string, Verdict>();

  beforeAll(() => {
    const folder = scratch();
    python('keras_models.py', ['make', folder], null);
    const files = CASES.map((name) => {
      const file = `${name}.keras`;
      const { code, stderr } = ckpt(['convert', name, '--like', `${name}-template.keras`, '-o', file], { cwd: folder });
      if (code !== 0) throw new Error(`${join(folder, name)}: ${stderr}`);
      return [name, file];
    });
    const answers = python('keras_models.py', ['judge', folder], files) as Verdict[];
    for (const [i, verdict] of answers.entries()) verdicts.set(files[i]?.[1] as string, verdict);
  }, 180_000);

  it.each(CASES)('%s.keras predicts what the model predicted, its optimizer where it was', (name) => {
    const verdict = verdicts.get(`${name}.keras`);
    expect(verdict).toMatchObject({ difference: 0, optimizer: true });
    expect(verdict?.variables).toBeGreaterThan(4);
  });
});
