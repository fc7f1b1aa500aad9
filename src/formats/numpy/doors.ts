/** What is loaded when a file of these formats is opened or checked. */
export { openNpy } from './open-npy.ts';
export { openNpz } from './open-npz.ts';
export { verifyNpy, verifyNpz } from './verify.ts';
