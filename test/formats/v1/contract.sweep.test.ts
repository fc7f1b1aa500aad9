/** The contract of every format, kept by V1. */
import { v1 } from '../../../src/formats/v1/index.ts';
import { describeFormat } from '../contract.ts';

describeFormat(v1, { layout: 'by name' });
