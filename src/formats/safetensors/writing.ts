/** What writing needs, loaded together when it is first asked for. */
export { planSafetensors } from './plan.ts';
export { planRenamedSafetensors } from './plan-rename.ts';
export { streamSafetensors } from './stream.ts';
