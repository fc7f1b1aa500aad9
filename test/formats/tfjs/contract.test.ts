/** The contract of every format, kept by the weights of TensorFlow.js. */
import { tfjs } from '../../../src/formats/tfjs/index.ts';
import { describeFormat } from '../contract.ts';

describeFormat(tfjs, { layout: 'as given' });
