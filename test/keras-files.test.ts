/** Files for Keras, judged by Keras: what it loads predicts the same as the model that gave the weights. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ckpt } from './cli/run.ts';
import { NO_PYTHON, PYTHON, python } from './python.ts';
import { scratch } from './scratch.ts';

const CASES = ['dense', 'convolution', 'attention'];

interface Verdict {
  readonly difference: number;
  readonly optimizer?: boolean;
  readonly variables?: number;
  readonly order?: number;
  readonly names?: number;
}

describe.skipIf(PYTHON === undefined)(`files for Keras${NO_PYTHON}`, () => {
  const verdicts = new Map<string, Verdict>();

  beforeAll(() => {
    const folder = scratch();
    python('keras_models.py', ['make', folder], null);
    const files: [string, string][] = [];
    const convert = (name: string, file: string, args: readonly string[]): void => {
      const { code, stderr } = ckpt(['convert', ...args, '-o', file], { cwd: folder });
      if (code !== 0) throw new Error(`${file}: ${stderr}`);
      files.push([name, file]);
    };
    for (const name of CASES) {
      convert(name, `${name}.keras`, [name, '--like', `${name}-template.keras`]);
      convert(name, `${name}.h5`, [name, '--names']);
      convert(name, `${name}-copy.h5`, [`${name}.h5`]);
      convert(name, `${name}-in-template.h5`, [name, '--names', '--like', `${name}-template.h5`]);
    }
    const answers = python('keras_models.py', ['judge', folder], files) as Verdict[];
    for (const [i, verdict] of answers.entries()) verdicts.set(files[i]?.[1] as string, verdict);
  }, 180_000);

  it.each(CASES)('%s.keras predicts what the model predicted, its optimizer where it was', (name) => {
    const verdict = verdicts.get(`${name}.keras`);
    expect(verdict).toMatchObject({ difference: 0, optimizer: true });
    expect(verdict?.variables).toBeGreaterThan(4);
  });

  it.each(CASES.flatMap((name) => [`${name}.h5`, `${name}-copy.h5`]))('%s loads by order and by names', (file) => {
    expect(verdicts.get(file)).toMatchObject({ difference: 0, order: 0 });
    // Nothing in a checkpoint tells the name of a functional model within the model.
    if (!file.startsWith('attention')) expect(verdicts.get(file)).toMatchObject({ names: 0 });
  });

  it.each(CASES)('%s-in-template.h5 is the whole model with other weights', (name) => {
    expect(verdicts.get(`${name}-in-template.h5`)).toMatchObject({ difference: 0, order: 0, names: 0 });
  });
});
