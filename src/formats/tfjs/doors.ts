/** What is loaded when a model is opened or checked. */
export { openDamagedTfjs, openTfjs } from './open.ts';
export { verifyTfjs } from './verify.ts';
