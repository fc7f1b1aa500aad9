/** All that writes V1, loaded together when something is to be written. */
export { planTables } from './plan.ts';
export { planRenamedTables } from './plan-rename.ts';
