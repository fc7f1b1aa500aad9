/** Trees on narrow terminals: nothing is wider than they are, and nothing is left out. */
import { expect, it } from 'vitest';
import { scopeLines } from '../../src/cli/render/scope-lines.ts';
import { textWidth } from '../../src/cli/terminal/text-width.ts';
import type { ScopeNode } from '../../src/roles.ts';

const leaf = (label: string): ScopeNode => ({
  label,
  parameters: 96,
  bytes: 384,
  tensors: 1,
  times: 4,
  dtype: 'float32',
  shape: [8, 12],
  children: [],
});

it.each([24, 32, 40])('of %i columns', (width) => {
  const scope: ScopeNode = { ...leaf('embedding'), times: 1, children: [leaf('Momentum'), leaf('{0..3}')] };
  const root: ScopeNode = { ...leaf(''), dtype: undefined, shape: undefined, children: [scope] };
  const lines = scopeLines(root, 5, { expand: false, width });
  for (const line of lines) expect(textWidth(line), line).toBeLessThanOrEqual(width);
  const told = lines.join(' ').replace(/[│├└─\s]+/g, ' ');
  expect(told).toContain('96 parameters with its own float32[8,12], 384 B');
  expect(told.match(/\(4 alike\)/g)).toHaveLength(2);
});
