/** `ckpt strip-non-trainable` and `ckpt strip-optimizer`: what goes, how that is known, and what is said of it. */
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { lines } from './run.ts';
import { type Folder, folderWith, refused } from './surgery-folder.ts';

const VALUE = '/.ATTRIBUTES/VARIABLE_VALUE';
const TRAINED = [
  'encoder/hidden/bias',
  'encoder/hidden/kernel',
  'encoder/norm/gamma',
  'output/bias',
  'output/kernel',
].map((name) => `net/${name}`);
const STATISTICS = ['net/encoder/norm/moving_mean', 'net/encoder/norm/moving_variance'];
const NEEDED =
  "ckpt: inference needs the batch-norm statistics that were left out; --keep '/moving_mean|moving_variance/' keeps them";
const WAYS = '--keep keeps them, ckpt drop takes them out first, --graph names a .meta or a SavedModel that knows';

/** What is said of the model in fixtures/graphs/tf1-ref-variables, known in one way. */
const classes = (how: string): string[] => [
  `ckpt: optimizer hyperparameters (beta1_power, beta2_power): 2 tensors, 8 B left out (${how})`,
  `ckpt: steps (global_step): 1 tensor, 8 B left out (${how})`,
  `ckpt: optimizer slots (Adam): 10 tensors, 240 B left out (${how})`,
];
const moreClasses = (how: string): string[] => [
  `ckpt: moving averages (ExponentialMovingAverage): 5 tensors, 120 B left out (${how})`,
  `ckpt: batch-norm statistics (moving_mean, moving_variance): 2 tensors, 32 B left out (${how})`,
];
const EXACT = 'declared: not in trainable_variables of model.ckpt.meta';
const GUESSED = 'names: guessed';

let folder: Folder;
const run = (command: string, ...args: string[]) => folder.ckpt([command, ...args]);
const strip = (...args: string[]) => run('strip-non-trainable', ...args);

describe('strip-non-trainable, with a graph', () => {
  beforeEach(() => {
    folder = folderWith('graphs/tf1-ref-variables/model.ckpt');
  });
  const putAway = (): void => {
    mkdirSync(join(folder.path, 'away'));
    renameSync(join(folder.path, 'model.ckpt.meta'), join(folder.path, 'away/model.ckpt.meta'));
  };

  it('keeps what the .meta says is trained, and tells each class that goes', async () => {
    const before = await folder.digests('model.ckpt');
    expect(strip('model.ckpt', '-o', 'out')).toEqual({
      stdout: lines('out'),
      stderr: lines(
        ...classes(EXACT),
        ...moreClasses(EXACT),
        NEEDED,
        'ckpt: model.ckpt.meta stays behind: the graph in it wants the tensors that are left out; build the variables in code, and tf.compat.v1.train.Saver(variables).restore(session, "out") restores them',
        'out: 5 of 25 tensors kept, 408 B saved; 120 B copied',
      ),
      code: 0,
    });
    const after = await folder.digests('out');
    expect(after).toEqual(Object.fromEntries(TRAINED.map((name) => [name, before[name]])));
  });

  it('guesses from names where there is no graph, and says so', () => {
    putAway();
    expect(strip('model.ckpt', '-o', 'out')).toEqual({
      stdout: lines('out'),
      stderr: lines(
        ...classes(GUESSED),
        ...moreClasses(GUESSED),
        NEEDED,
        'ckpt: 25 of 25 tensors judged by name alone; --graph takes a .meta or a SavedModel that knows, --evidence declared refuses to guess',
        'out: 5 of 25 tensors kept, 408 B saved; 120 B copied',
      ),
      code: 0,
    });
    expect(folder.names('out')).toEqual(TRAINED);
  });

  it('takes the graph from elsewhere', () => {
    putAway();
    const { stderr, code } = strip(
      'model.ckpt',
      '-o',
      'out',
      '--graph',
      'away/model.ckpt.meta',
      '--evidence',
      'declared',
    );
    expect({ code, first: stderr.split('\n')[0] }).toEqual({ code: 0, first: classes(EXACT)[0] });
    expect(folder.names('out')).toEqual(TRAINED);
  });

  it('refuses to guess where it is told to, and names what is not decided', () => {
    putAway();
    expect(run('subset', 'model.ckpt', ...TRAINED.slice(0, 2), '-o', 'two', '-q').code).toBe(0);
    expect(strip('two', '-o', 'out', '--evidence', 'declared')).toEqual(
      refused(
        `nothing that --evidence declared allows tells whether these 2 tensors are trained: ${TRAINED.slice(0, 2).join(', ')}; ${WAYS}, --evidence allows weaker evidence`,
      ),
    );
    expect(strip('model.ckpt', '-o', 'out', '--evidence', 'object-graph').stderr).toMatch(
      /whether these 25 tensors are trained: beta1_power, .*\/Adam_1 and 5 more; /,
    );
    expect(folder.files().some((name) => name.startsWith('out'))).toBe(false);
  });

  it('keeps what it is told to', () => {
    const { stderr, code } = strip('model.ckpt', '--keep', '/moving_/', '--keep', 'global_step', '-o', 'out');
    expect({ code, needed: stderr.includes('inference needs') }).toEqual({ code: 0, needed: false });
    expect(folder.names('out')).toEqual(['global_step', ...TRAINED.slice(0, 3), ...STATISTICS, ...TRAINED.slice(3)]);
    expect(strip('model.ckpt', '--keep', 'global_stop', '-o', 'x')).toEqual(
      refused('no tensor matches global_stop; the nearest names are global_step'),
    );
  });

  it('shows the plan, with the same sentences', () => {
    const plan = strip('model.ckpt', '-o', 'out', '--dry-run', '--json');
    const { dropped, notes, bytesDropped } = JSON.parse(plan.stdout) as {
      dropped: unknown[];
      notes: string[];
      bytesDropped: number;
    };
    expect({ dropped: dropped.length, bytesDropped }).toEqual({ dropped: 20, bytesDropped: 408 });
    expect(notes.slice(0, 3).map((note) => `ckpt: ${note}`)).toEqual(classes(EXACT));
    expect(strip('model.ckpt', '-o', 'out', '--dry-run').stderr).toContain('nothing was written, because of --dry-run');
    expect(folder.files()).toEqual(['model.ckpt.data-00000-of-00001', 'model.ckpt.index', 'model.ckpt.meta']);
  });

  it('chains', () => {
    const line = 'ckpt strip-optimizer model.ckpt -o a -q | ckpt strip-non-trainable - -o b -q | ckpt list - --names';
    expect(folder.shell(line).stdout).toBe(lines(...TRAINED));
  });

  it.each([
    [
      ['-o', 'out', '--evidence', 'best'],
      "option '--evidence <kind>' argument 'best' is invalid. Allowed choices are declared, object-graph, names.",
    ],
  ])('refuses %j', (args, message) => {
    expect(strip('model.ckpt', ...args)).toEqual({
      stdout: '',
      stderr: lines(`ckpt: ${message}`, '(see ckpt strip-non-trainable --help)'),
      code: 2,
    });
  });
});

describe('strip-optimizer', () => {
  beforeEach(() => {
    folder = folderWith('graphs/tf1-ref-variables/model.ckpt', 'v2/object-based-keras/model');
  });

  it('keeps what inference needs, moving averages too', () => {
    expect(run('strip-optimizer', 'model.ckpt', '-o', 'out')).toEqual({
      stdout: lines('out'),
      stderr: lines(
        ...classes(EXACT),
        'ckpt: model.ckpt.meta stays behind: the graph in it wants the tensors that are left out; build the variables in code, and tf.compat.v1.train.Saver(variables).restore(session, "out") restores them',
        'out: 12 of 25 tensors kept, 256 B saved; 272 B copied',
      ),
      code: 0,
    });
    const averages = TRAINED.map((name) => `${name}/ExponentialMovingAverage`);
    expect(folder.names('out').sort()).toEqual([...TRAINED, ...averages, ...STATISTICS].sort());
  });

  it('keeps the steps with --keep-step, and says when there is nothing to do', () => {
    expect(run('strip-optimizer', 'model.ckpt', '--keep-step', '-o', 'out', '-q').code).toBe(0);
    expect(folder.names('out')).toContain('global_step');
    expect(run('strip-optimizer', 'out', '--keep-step', '-o', 'again')).toEqual({
      stdout: lines('again'),
      stderr: lines(
        'ckpt: there is nothing of an optimizer to leave out',
        'ckpt: 13 of 13 tensors judged by name alone; --graph takes a .meta or a SavedModel that knows',
        'again: 13 of 13 tensors kept; 280 B copied',
      ),
      code: 0,
    });
  });

  it('goes by the object graph, which follows', () => {
    expect(run('strip-optimizer', 'model', '-o', 'out')).toEqual({
      stdout: lines('out'),
      stderr: lines(
        'ckpt: steps (_iterations): 1 tensor, 8 B left out (object-graph: its optimizers show it)',
        'ckpt: optimizer hyperparameters (_learning_rate): 1 tensor, 4 B left out (object-graph: its optimizers show it)',
        'ckpt: optimizer slots (momentum, velocity): 12 tensors, 232 B left out (object-graph: its optimizers show it)',
        'out: 9 of 23 tensors kept, 244 B saved; 1.62 KiB copied',
      ),
      code: 0,
    });
    const graph = folder.ckpt(['print', 'out', '_CHECKPOINTABLE_OBJECT_GRAPH']).stdout;
    expect(graph).toContain(`optimizer/_trainable_variables/0${VALUE}`);
    expect(graph).not.toContain('optimizer/_variables/2');
  });

  it('writes what verify finds sound', () => {
    expect(folder.shell('ckpt strip-optimizer model -o out -q | ckpt verify - -q').code).toBe(0);
  });
});

describe('what an object graph leaves open', () => {
  it('is refused by name, and kept where one says so', () => {
    folder = folderWith('v2/object-based/ckpt-1');
    const [slash, bias, kernel] = ['net/tables/a.Sb', 'shared/bias', 'shared/kernel'].map((path) => path + VALUE);
    expect(strip('ckpt-1', '-o', 'out')).toEqual(
      refused(`nothing tells whether these 3 tensors are trained: ${slash}, ${bias}, ${kernel}; ${WAYS}`),
    );
    expect(strip('ckpt-1', '--keep', 'shared/', '--keep', `${slash}`, '-o', 'out', '-q').code).toBe(0);
    expect(folder.names('out')).toEqual([
      '_CHECKPOINTABLE_OBJECT_GRAPH',
      `net/layers/0/bias${VALUE}`,
      `net/layers/0/kernel${VALUE}`,
      slash,
      bias,
      kernel,
    ]);
  });

  it('is nothing where no tensor is trained', () => {
    folder = folderWith('v2/object-based/ckpt-1');
    expect(run('subset', 'ckpt-1', 'save_counter/', '-o', 'counter', '-q').code).toBe(0);
    expect(strip('counter', '-o', 'out')).toEqual(
      refused('no tensor of counter would be left; --keep says what is to stay'),
    );
  });
});
