/** `ckpt/roles`: what each tensor is for, how that is known, and sums by role and scope. */

export { optimizerOf } from './inspect/optimizers-by-slots.ts';
export { type ParameterCount, parameterCount } from './inspect/parameter-count.ts';
export {
  type OptimizerSlots,
  type RoleSummary,
  type RoleTotals,
  RoleTotalsOf,
  roleSummaryOf,
  type WeightTotals,
} from './inspect/role-totals.ts';
export { parametersOf, type ScopeNode, ScopeTree, scopeTree } from './inspect/tree.ts';
export { LastVariable } from './roles/last-variable.ts';
export { SOME_AVERAGE, SOME_SLOT } from './roles/name-bytes.ts';
export { rolesByNames } from './roles/name-role.ts';
export { EVIDENCE, type Evidence, type QuickRole, ROLES, type Role, type RoleFacts } from './roles/role.ts';
export type { StrippedTotals } from './surgery/strip.ts';
