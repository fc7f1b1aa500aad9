/** The contract of every format, kept by HDF5. */
import { hdf5 } from '../../../src/formats/hdf5/index.ts';
import { describeFormat } from '../contract.ts';

describeFormat(hdf5, { layout: 'as given' });
