/** What writing needs, loaded together when it is first asked for. */
export { planHdf5File } from './plan.ts';
export { planRenamedHdf5 } from './plan-rename.ts';
