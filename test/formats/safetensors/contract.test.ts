/** The contract of every format, kept by safetensors. */
import { safetensors } from '../../../src/formats/safetensors/index.ts';
import { describeFormat } from '../contract.ts';

describeFormat(safetensors, { layout: 'by name' });
