/** What is loaded when a file of the format is opened or checked. */
export { openDamagedHdf5, openHdf5 } from './open.ts';
export { verifyHdf5 } from './verify.ts';
