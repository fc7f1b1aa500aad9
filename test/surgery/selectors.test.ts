/** The grammar of patterns: names, globs, scopes, regular expressions, exclusion; and what matches nothing. */
import { describe, expect, it } from 'vitest';
import { NameError, UsageError } from '../../src/errors.ts';
import { NamePatterns } from '../../src/surgery/name-patterns.ts';
import { nearestNames } from '../../src/surgery/nearest-names.ts';
import { type Selection, selected } from '../../src/surgery/selectors.ts';
import { dtypeOf } from '../../src/tensor/dtype.ts';
import { type TensorMap, tensorOfBytes } from '../../src/tensor/tensor.ts';

const tensorOf = (dtype: string, length: number): ReturnType<typeof tensorOfBytes> =>
  tensorOfBytes(dtypeOf(dtype), [length], new Uint8Array(length * dtypeOf(dtype).width));

const MAP: TensorMap = new Map([
  ['a[0]', tensorOf('float32', 1)],
  ['conv/bias', tensorOf('float32', 10)],
  ['conv/kernel', tensorOf('float32', 100)],
  ['conv/kernel/Adam', tensorOf('float32', 100)],
  ['conv_1/kernel', tensorOf('float16', 100)],
  ['global_step', tensorOf('int64', 1)],
  ['layer10/w', tensorOf('float32', 5)],
  ['layer2/w', tensorOf('float32', 5)],
  ['!odd', tensorOf('uint8', 1)],
  ['/slash/', tensorOf('uint8', 1)],
]);

const namesOf = (selection: Selection): string[] => [...selected(selection, MAP)].map(([name]) => name);
const chosen = (...patterns: string[]): string[] => namesOf({ patterns });

describe('patterns', () => {
  it.each([
    [[], [...MAP.keys()]],
    [['conv/kernel'], ['conv/kernel']],
    [['conv/*'], ['conv/bias', 'conv/kernel']],
    [['conv/**'], ['conv/bias', 'conv/kernel', 'conv/kernel/Adam']],
    [['**/kernel'], ['conv/kernel', 'conv_1/kernel']],
    [['**kernel'], ['conv/kernel', 'conv_1/kernel']],
    [['conv*/kernel'], ['conv/kernel', 'conv_1/kernel']],
    [['*'], ['a[0]', 'global_step', '!odd']],
    [['conv/'], ['conv/bias', 'conv/kernel', 'conv/kernel/Adam']],
    [['conv*/'], ['conv/bias', 'conv/kernel', 'conv/kernel/Adam', 'conv_1/kernel']],
    [['layer?/w'], ['layer2/w']],
    [['layer[0-9]*/w'], ['layer10/w', 'layer2/w']],
    [['conv[!/]1/kernel'], ['conv_1/kernel']],
    [['/^layer\\d+\\//'], ['layer10/w', 'layer2/w']],
    [['/ADAM/i'], ['conv/kernel/Adam']],
    [['/w$/g'], ['layer10/w', 'layer2/w']],
    [
      ['!**/kernel*', '!/Adam$/'],
      ['a[0]', 'conv/bias', 'global_step', 'layer10/w', 'layer2/w', '!odd', '/slash/'],
    ],
    [
      ['conv/', '!conv/bias'],
      ['conv/kernel', 'conv/kernel/Adam'],
    ],
    [['a[0]'], ['a[0]']],
    [['!a[0]', 'a*'], []],
    [['!odd'], ['!odd']],
    [['!!odd', '*odd'], []],
    [['/slash/'], ['/slash/']],
  ])('%j', (patterns, names) => {
    expect(chosen(...patterns)).toEqual(names);
  });

  it.each([
    ['conv/kernal', 'no tensor matches conv/kernal; the nearest names are conv/kernel'],
    ['Global_Step', 'the nearest names are global_step'],
    ['zzzzzzzzz/**', 'no tensor matches zzzzzzzzz/**; there are a[0], conv/bias, conv/kernel and 7 more'],
    ['/^zzz/', 'no tensor matches /^zzz/'],
    ['*kernel', "no tensor matches *kernel; * stops at a /, ** does not: '**kernel'"],
    ['!*kernel', "no tensor matches !*kernel; * stops at a /, ** does not: '!**kernel'"],
    ['conv', "no tensor matches conv; it is a scope: write 'conv/'; the nearest names are conv/"],
    ['kernel', "no tensor matches kernel; names end in it: write '**/kernel'; the nearest names are conv/kernel"],
    ['conv/{bias,kernel}', "braces mean nothing in patterns: write 'conv/bias' 'conv/kernel'"],
    ['!c{onv,}/bia*', "braces mean nothing in patterns: write '!conv/bia*' '!c/bia*'"],
    ['conv/kernel:0', 'no tensor matches conv/kernel:0; what a graph calls conv/kernel:0 is stored as conv/kernel'],
    ['!conv/biass', 'no tensor matches !conv/biass; the nearest names are conv/bias'],
    ['', 'no tensor matches '],
  ])('%j matches nothing, and that is said', (pattern, message) => {
    expect(() => chosen('conv/bias', pattern)).toThrow(NameError);
    expect(() => chosen('conv/bias', pattern)).toThrow(message);
  });

  it.each(['/(/', '[z-a]', '/a/dd'])('%s is no pattern', (pattern) => {
    expect(() => chosen(pattern)).toThrow(UsageError);
  });
});

describe('other choices', () => {
  it('by dtype and by size, both ends included', () => {
    expect(namesOf({ patterns: [], dtypes: ['int64', 'float16'] })).toEqual(['conv_1/kernel', 'global_step']);
    expect(namesOf({ patterns: [], minBytes: 200, maxBytes: 400 })).toEqual([
      'conv/kernel',
      'conv/kernel/Adam',
      'conv_1/kernel',
    ]);
    expect(namesOf({ patterns: ['conv/'], maxBytes: 40 })).toEqual(['conv/bias']);
    expect(namesOf({ patterns: [], dtypes: [] })).toEqual([...MAP.keys()]);
  });
});

describe('nearest names', () => {
  it('are few edits away, or hold what was typed', () => {
    expect(nearestNames('kernel', MAP.keys())).toEqual(['conv/kernel', 'conv_1/kernel', 'conv/kernel/Adam']);
    expect(nearestNames('layer3/w', MAP.keys())).toEqual(['layer2/w', 'layer10/w']);
    expect(nearestNames('unlike anything', MAP.keys())).toEqual([]);
    expect(nearestNames('x'.repeat(1000), MAP.keys())).toEqual([]);
  });
});

describe('patterns of users', () => {
  it('match in time that the name bounds, however they repeat', () => {
    const long: TensorMap = new Map([[`${'a/'.repeat(2000)}x`, tensorOf('float32', 1)]]);
    expect([...selected({ patterns: [`${'**/'.repeat(8)}x`] }, long)]).toHaveLength(1);
    expect(() => [...selected({ patterns: [`${'*a'.repeat(20)}*/${'**/'.repeat(8)}b`] }, long)]).toThrow(NameError);
  });

  it.each(['/(a+)+(?=b)/', '/(a|aa)*\\1/', '/(x(a|b)?)+$/i'])('%s has no bound, and is refused', (pattern) => {
    expect(() => chosen(pattern)).toThrow(/may take for ever/);
  });

  it('are compiled and matched once for all names: exact ones are looked up', () => {
    const names = Array.from({ length: 20_000 }, (_, i) => `layer_${i}/kernel`);
    const map: TensorMap = new Map(names.map((name) => [name, tensorOf('float32', 1)]));
    let asked = 0;
    const counting = {
      keys: () => map.keys(),
      entries: () => map.entries(),
      [Symbol.iterator]: () => map[Symbol.iterator](),
      has: (name: string) => {
        asked++;
        return map.has(name);
      },
    } as unknown as TensorMap;
    expect([...selected({ patterns: names }, counting)]).toHaveLength(names.length);
    expect(asked).toBe(0);
  });
});

describe('tensors that have other names', () => {
  const VALUE = '/.ATTRIBUTES/VARIABLE_VALUE';
  const tensors: TensorMap = new Map(
    ['optimizer/list/0', 'optimizer/m/0', 'net/mean'].map((path) => [path + VALUE, tensorOf('float32', 1)]),
  );
  const names: readonly (readonly [string, string])[] = [
    ['net/dense/kernel', `optimizer/list/0${VALUE}`],
    ['dense/kernel', `optimizer/list/0${VALUE}`],
    ['adam/dense_kernel_m', `optimizer/m/0${VALUE}`],
    ['net/mean', `net/mean${VALUE}`],
    ['gone', 'not/there'],
  ];
  const others = {
    each: (visit: (name: string, key: string) => void) => {
      for (const [name, key] of names) visit(name, key);
    },
    isShared: true,
    otherPathsOf: () => [],
  };
  const taken = (...patterns: string[]): string[] =>
    [...selected({ patterns, others }, tensors)].map(([name]) => name.replace(VALUE, ''));

  it('are taken by any of them, and left out by any', () => {
    expect(taken('net/**')).toEqual(['optimizer/list/0', 'net/mean']);
    expect(taken('dense/kernel')).toEqual(['optimizer/list/0']);
    expect(taken('net/mean')).toEqual(['net/mean']);
    expect(taken('/adam/')).toEqual(['optimizer/m/0']);
    expect(taken('optimizer/**', '!net/')).toEqual(['optimizer/m/0']);
    expect(() => taken('gone')).toThrow(NameError);
    expect(() => taken('dense/kernal')).toThrow(/nearest names are .*dense\/kernel/);
  });

  it('say by which name they were taken', () => {
    const patterns = new NamePatterns(['net/**', 'optimizer/m/**'], tensors, others);
    expect([...patterns.takenOtherwise()]).toEqual([[`optimizer/list/0${VALUE}`, 'net/dense/kernel']]);
    expect(patterns.wants('net/dense/kernel') && !patterns.wants('dense/kernel')).toBe(true);
  });
});
