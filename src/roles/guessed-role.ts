/** Roles that are guessed from names and dtypes, made once each. */
import type { Role, RoleFacts, TensorRole, Trainable } from './role.ts';
import type { NamedSlot } from './slot-names.ts';

/** What is known by name and dtype. */
export function guessedRole(role: Role, trainable: Trainable, because: string): TensorRole {
  return Object.freeze({ role, trainable, evidence: 'names', because });
}

/** Of what Keras lists as trained, whatever else is known. */
export const IS_TRAINED = guessedRole('weight', 'yes', 'its key lies in _trainable_variables');
const PLAIN_WEIGHT: TensorRole = guessedRole('weight', 'yes', 'nothing in its name says otherwise');
const NO_FLOAT = guessedRole('weight', 'no', 'it holds no real numbers');
const UNREADABLE = guessedRole('weight', 'unknown', 'its dtype is not known');
export const NO_NUMBERS = guessedRole('bookkeeping', 'no', 'it holds no numbers');

/** What each word says, made once. */
const ROLE_OF_WORD = new Map<string, TensorRole>();

export function roleOfWord(word: string, role: Role): TensorRole {
  const key = `${role} ${word}`;
  let told = ROLE_OF_WORD.get(key);
  if (told === undefined) {
    told = guessedRole(role, 'no', `its name ends in ${word}`);
    ROLE_OF_WORD.set(key, told);
  }
  return told;
}

/** The role of a tensor that no word speaks of. */
export function roleByDType({ dtype }: Pick<RoleFacts, 'dtype'>): TensorRole {
  switch (dtype.kind) {
    case 'float':
    case 'complex':
      return PLAIN_WEIGHT;
    case 'string':
    case 'variant':
      return NO_NUMBERS;
    case 'unknown':
      return UNREADABLE;
    default:
      return NO_FLOAT;
  }
}

export function slotRole({ of, slot, kind }: NamedSlot, because: string, optimizer?: string): TensorRole {
  return {
    role: kind,
    ...(of === undefined ? {} : { of }),
    slot,
    ...(optimizer === undefined ? {} : { optimizer }),
    trainable: 'no',
    evidence: 'names',
    because,
  };
}
