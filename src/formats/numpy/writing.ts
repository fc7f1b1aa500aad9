/** What writing needs, loaded together when it is first asked for. */
export { planNpy } from './plan-npy.ts';
export { planNpz } from './plan-npz.ts';
export { planRenamedArrays } from './plan-rename.ts';
export { streamNpy, streamNpz } from './stream.ts';
