/** The contract of every format, kept by V2. */
import { v2 } from '../../../src/formats/v2/index.ts';
import { describeFormat } from '../contract.ts';

describeFormat(v2, { layout: 'as given' });
