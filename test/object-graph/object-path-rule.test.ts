import { describe, expect, it } from 'vitest';
import { NameError } from '../../src/errors.ts';
import { objectPathRule, objectPathsRule, withGraphSlots } from '../../src/object-graph/object-path-rule.ts';
import { graphOf, keysOf, VALUE } from './small-graphs.ts';

const NET = graphOf(
  { model: { encoder: { w: null }, encoders: { w: null } }, train: { opt: { iter: null } }, alias: '@model/encoder' },
  [['model/encoder/w', 'train/opt', 'm']],
);
const SLOT = (path: string, optimizer: string): string => `${path}/.OPTIMIZER_SLOT/${optimizer}/m${VALUE}`;

describe('renaming by object', () => {
  it('moves the values below the object and the slots of its variables', () => {
    expect(
      keysOf(NET)
        .map(objectPathRule(NET, 'model/encoder', 'model/body'))
        .sort(),
    ).toEqual(
      [
        `model/body/w${VALUE}`,
        SLOT('model/body/w', 'train/opt'),
        `model/encoders/w${VALUE}`,
        `train/opt/iter${VALUE}`,
      ].sort(),
    );
  });

  it('moves the slots that an optimizer keeps, wherever its path begins', () => {
    const key = SLOT('model/encoder/w', 'train/opt');
    expect(objectPathRule(NET, 'train/opt', 'adam')(key)).toBe(SLOT('model/encoder/w', 'adam'));
    expect(objectPathRule(NET, '/train/', 'fit')(key)).toBe(SLOT('model/encoder/w', 'fit/opt'));
    expect(objectPathRule(NET, '', 'all')(key)).toBe(SLOT('all/model/encoder/w', 'all/train/opt'));
    expect(objectPathRule(NET, 'train', '')(key)).toBe(SLOT('model/encoder/w', 'opt'));
  });

  it('moves one variable, and leaves names of another form', () => {
    const rule = objectPathRule(NET, 'model/encoder/w', 'model/encoder/v');
    expect(rule(`model/encoder/w${VALUE}`)).toBe(`model/encoder/v${VALUE}`);
    expect(rule('model/encoder/w')).toBe('model/encoder/w');
    expect(rule('_CHECKPOINTABLE_OBJECT_GRAPH')).toBe('_CHECKPOINTABLE_OBJECT_GRAPH');
  });

  it('moves several at once, the deepest rule first', () => {
    const swap = objectPathsRule(
      NET,
      new Map([
        ['model/encoder', 'model/encoders'],
        ['model/encoders', 'model/encoder'],
      ]),
    );
    expect(swap(`model/encoders/w${VALUE}`)).toBe(`model/encoder/w${VALUE}`);
    expect(swap(`model/encoder/w${VALUE}`)).toBe(`model/encoders/w${VALUE}`);
    const nested = objectPathsRule(
      NET,
      new Map([
        ['model', 'net'],
        ['model/encoder', 'net/body'],
      ]),
    );
    expect(nested(`model/encoder/w${VALUE}`)).toBe(`net/body/w${VALUE}`);
    expect(nested(`model/encoders/w${VALUE}`)).toBe(`net/encoders/w${VALUE}`);
  });

  it('refuses paths that lead nowhere, saying how far they go', () => {
    expect(() => objectPathRule(NET, 'model/encodr/w', 'x')).toThrow(NameError);
    expect(() => objectPathRule(NET, 'model/encodr/w', 'x')).toThrow(
      'no object lies at model/encodr/w; the path ends at model, and it has encoder, encoders',
    );
    expect(() => objectPathRule(NET, 'nothing', 'x')).toThrow(/ends at the root, and it has model, train, alias/);
  });

  it('refuses further names of an object, saying where its values are', () => {
    expect(() => objectPathRule(NET, 'alias', 'x')).toThrow(
      'no values are stored under alias; they are stored under model/encoder',
    );
  });
});

describe('slots that follow a rule on keys', () => {
  it('go after their variable and after their optimizer', () => {
    const names = new Map([
      [`model/encoder/w${VALUE}`, `model/body/v${VALUE}`],
      [`train/opt/iter${VALUE}`, `fit/adam/iter${VALUE}`],
    ]);
    const rule = withGraphSlots(NET, (key) => names.get(key) ?? key);
    expect(rule(SLOT('model/encoder/w', 'train/opt'))).toBe(SLOT('model/body/v', 'fit/adam'));
    expect(rule(`model/encoder/w${VALUE}`)).toBe(`model/body/v${VALUE}`);
    expect(rule(`model/encoders/w${VALUE}`)).toBe(`model/encoders/w${VALUE}`);
  });

  it('are left to the rule where it names them, and stay where nothing moves', () => {
    expect(withGraphSlots(NET, (key) => `p/${key}`)(SLOT('a', 'b'))).toBe(`p/${SLOT('a', 'b')}`);
    expect(withGraphSlots(NET, (key) => key)(SLOT('model/encoder/w', 'train/opt'))).toBe(
      SLOT('model/encoder/w', 'train/opt'),
    );
  });

  it('stay with an optimizer of which only a part moved', () => {
    const graph = graphOf({ w: null, opt: { a: null, b: null } }, [['w', 'opt', 'm']]);
    const rule = withGraphSlots(graph, (key) => key.replace('opt/a', 'other/a'));
    expect(rule(SLOT('w', 'opt'))).toBe(SLOT('w', 'opt'));
  });
});
