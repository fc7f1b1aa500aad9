/** What writing needs, loaded together when it is first asked for. */
export { planTfjs } from './plan.ts';
export { planRenamedTfjs } from './plan-rename.ts';
