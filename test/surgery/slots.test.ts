import { describe, expect, it } from 'vitest';
import { addPrefixRule, mapRule } from '../../src/surgery/name-rules.ts';
import { withSlots } from '../../src/surgery/slots.ts';
import { mapOf } from './small-maps.ts';

function renamed(names: readonly string[], pairs: Readonly<Record<string, string>>): string[] {
  return names.map(withSlots(mapOf(...names), mapRule(new Map(Object.entries(pairs)))));
}

describe('slots of name-based checkpoints', () => {
  it('of Mesh TensorFlow, which are joined to their variable, go with it too', () => {
    expect(renamed(['a/x', 'a/x_slot_vr', 'a/x_slot'], { 'a/x': 'b/y' })).toEqual(['b/y', 'b/y_slot_vr', 'a/x_slot']);
  });

  it.each([
    'Adam',
    'Adam_1',
    'Adam_12',
    'Momentum',
    'RMSProp',
    'RMSProp_1',
    'Adagrad',
    'Adadelta',
    'Adadelta_1',
    'Ftrl',
    'Ftrl_1',
    'ExponentialMovingAverage',
    'adam_m',
    'adam_v',
    'biased',
    'local_step',
  ])('%s goes with its variable', (slot) => {
    expect(renamed(['a/x', `a/x/${slot}`], { 'a/x': 'b/y' })).toEqual(['b/y', `b/y/${slot}`]);
  });

  it('go with their slots', () => {
    const names = ['x', 'x/Adam', 'x/Adam/ExponentialMovingAverage'];
    expect(renamed(names, { x: 'y' })).toEqual(['y', 'y/Adam', 'y/Adam/ExponentialMovingAverage']);
  });

  it('go with a variable whose scope stands twice', () => {
    const names = ['bn/mean', 'bn/bn/mean/biased', 'bn/bn/mean/local_step', 'a/b/c', 'a/b/a/b/c/biased'];
    expect(renamed(names, { 'bn/mean': 'norm/mu', 'a/b/c': 'd/e/f' })).toEqual([
      'norm/mu',
      'norm/norm/mu/biased',
      'norm/norm/mu/local_step',
      'd/e/f',
      'd/e/d/e/f/biased',
    ]);
  });

  it('stay when their variable stays, is not there, or is no tensor', () => {
    expect(renamed(['x', 'x/Adam', 'y'], { y: 'z' })).toEqual(['x', 'x/Adam', 'z']);
    expect(renamed(['x/Adam'], { x: 'z' })).toEqual(['x/Adam']);
    expect(renamed(['x', 'x/Adamant', 'x/adam', 'xAdam', 'Adam'], { x: 'z' })).toEqual([
      'z',
      'x/Adamant',
      'x/adam',
      'xAdam',
      'Adam',
    ]);
  });

  it('are left to a rule that names them', () => {
    expect(renamed(['x', 'x/Adam', 'x/Adam_1'], { x: 'y', 'x/Adam': 'm' })).toEqual(['y', 'm', 'y/Adam_1']);
    const names = ['x', 'x/Adam'];
    expect(names.map(withSlots(mapOf(...names), addPrefixRule('p/')))).toEqual(['p/x', 'p/x/Adam']);
  });
});
