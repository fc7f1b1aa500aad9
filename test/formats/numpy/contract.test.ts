/** The contract of every format, kept by numpy's two. */
import { describe } from 'vitest';
import { npy, npz } from '../../../src/formats/numpy/index.ts';
import { describeFormat } from '../contract.ts';

describe('npz', () => describeFormat(npz, { layout: 'as given' }));
describe('npy', () => describeFormat(npy, { layout: 'apart' }));
