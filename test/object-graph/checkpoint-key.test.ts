import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  escapeLocalName,
  formatKey,
  movedPath,
  namesOf,
  parentPath,
  parseKey,
  staysRestorable,
  unescapeLocalName,
} from '../../src/object-graph/checkpoint-key.ts';

describe('keys of object-based checkpoints', () => {
  it('fall into path, slot and attribute', () => {
    expect(parseKey('m/w/.ATTRIBUTES/VARIABLE_VALUE')).toEqual({
      path: 'm/w',
      slot: undefined,
      attribute: 'VARIABLE_VALUE',
    });
    expect(parseKey('m/w/.OPTIMIZER_SLOT/a/opt/m/.ATTRIBUTES/VARIABLE_VALUE')).toEqual({
      path: 'm/w',
      slot: { optimizer: 'a/opt', name: 'm' },
      attribute: 'VARIABLE_VALUE',
    });
    expect(parseKey('/.ATTRIBUTES/x')?.path).toBe('');
    expect(parseKey('net1//.ATTRIBUTES/x')?.path).toBe('net1');
    expect(parseKey('t/.ATTRIBUTES/a....b..Sc/d')?.attribute).toBe('a....b..Sc/d');
    expect(parseKey('dense/kernel')).toBeUndefined();
    expect(parseKey('x.ATTRIBUTES/y')).toBeUndefined();
  });

  it('come back from their parts', () => {
    for (const key of ['m/w/.ATTRIBUTES/V', 'm/w/.OPTIMIZER_SLOT/o/m/.ATTRIBUTES/V', '/.ATTRIBUTES/V']) {
      expect(formatKey(parseKey(key)!)).toBe(key);
    }
  });

  it('escape names so that no two are one, and none is a keyword', () => {
    expect(escapeLocalName('a/b')).toBe('a.Sb');
    expect(escapeLocalName('x.y')).toBe('x..y');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', 'S', 'a') }), (name) => {
        const escaped = escapeLocalName(name);
        expect(unescapeLocalName(escaped)).toBe(name);
        expect(escaped).not.toContain('/');
        expect(escaped.startsWith('.ATTRIBUTES')).toBe(false);
      }),
    );
  });

  it('move with the object that holds them', () => {
    expect(movedPath('a/b/c', 'a/b', 'x')).toBe('x/c');
    expect(movedPath('a/b', 'a/b', 'x/y')).toBe('x/y');
    expect(movedPath('a/bc', 'a/b', 'x')).toBeUndefined();
    expect(movedPath('a', '', 'x')).toBe('x/a');
    expect(movedPath('a/b', 'a', '')).toBe('b');
    expect([parentPath('a/b'), parentPath('a'), parentPath('')]).toEqual(['a', '', undefined]);
    expect([namesOf(''), namesOf('a/b')]).toEqual([[], ['a', 'b']]);
  });

  it('serve TensorFlow only while they end alike', () => {
    expect(staysRestorable('a/.ATTRIBUTES/V', 'b/c/.ATTRIBUTES/V')).toBe(true);
    expect(staysRestorable('a/.ATTRIBUTES/V', 'b/.ATTRIBUTES/W')).toBe(false);
    expect(staysRestorable('a/.ATTRIBUTES/V', 'b')).toBe(false);
    expect(staysRestorable('odd', 'b')).toBe(true);
  });
});
