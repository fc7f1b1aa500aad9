/** What is loaded when a file of the format is opened or checked. */
export { openDamagedSafetensors, openSafetensors } from './open.ts';
export { verifySafetensors } from './verify.ts';
