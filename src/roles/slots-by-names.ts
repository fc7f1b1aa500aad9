/**
 * What the slots in a checkpoint say of its variables, where names are all there is: a variable with slots is trained; where
 * others have slots and one has none, nothing tells. And what lies below variables as slots do is one, whatever it is called.
 */
import { type Shape, sameShape } from '../tensor/shape.ts';
import { IS_TRAINED, slotRole } from './guessed-role.ts';
import type { KnownNames } from './known-names.ts';
import { ListedSlots } from './listed-slots.ts';
import type { RoleFacts, RoleOf, TensorRole, Trainable } from './role.ts';
import { isDigit, OF_AVERAGES, withoutNumber } from './role-words.ts';
import { beforePart, behindScopes, type NamedSlot } from './slot-names.ts';
import { SlotsByShape } from './slots-by-shape.ts';
import { slotsByWords } from './slots-by-words.ts';
import { sourceOfTarget } from './target-networks.ts';
import { layerOf } from './trained-layers.ts';

/** So many variables have something of one name below them where that is no accident. */
const FEWEST_ALIKE = 2;

/** A layer of Keras in the key of an object. */
const KERAS_LAYER = /(?:^|\/)(?:layer(?:_with_weights)?-\d|_?layers\/\d|_operations\/\d)/;

const KEPT = 'an optimizer keeps a slot for it';
const NOT_KEPT = 'optimizers keep slots for other variables, and none for it';
/** Said where the numbers of slots leave open whether all variables have some. */
export const LEFT_OPEN = 'nothing tells whose the slots of optimizers are, and whether it has any';
const IS_TARGET = 'its network is called the target of another, which is there';
const IS_FROZEN = 'the optimizer keeps slots for other layers, and none for its own';
const NONE_OF_SHAPE = 'an optimizer keeps slots for variables of other shapes, and none of its shape';
const IN_LISTS = 'the lists of an optimizer leave no other variable for a slot';
const IN_NO_LIST = 'it is in no list of an optimizer';
const BY_WORD = 'it has the name and the shape of a variable, and a word with it';
const ALIKE = 'variables have what is called so, in their shapes';

/** What a slot is called that is in the list of all variables of an optimizer. */
export const OWN_LIST = 'variables';

export class SlotsByNames {
  /** Variables that have slots. */
  readonly #kept = new Set<string>();
  /** What lies below variables in their shapes, by its last word. */
  readonly #words = new Set<string>();
  #hasSlots = false;
  #trainedLayers: ReadonlySet<string> | undefined;
  /** Whether there are slots of which nothing tells whose they are. */
  #hasUnlinked = false;
  /** Whether there are lists of optimizers of Keras. */
  #hasLists = false;
  #lists: ListedSlots | undefined;
  #shapes: SlotsByShape | undefined;
  /** Slots that words before or behind the names of their variables tell. */
  readonly #byWords: ReadonlyMap<string, NamedSlot>;
  readonly #judged = new Map<TensorRole, Readonly<Record<string, TensorRole>>>();

  constructor(
    readonly names: KnownNames,
    readonly roleOf: RoleOf,
  ) {
    this.#byWords = slotsByWords(names);
    const below = new Map<string, Set<string>>();
    names.each((name, facts) => this.#read(name, facts, below));
    for (const [word, variables] of below) {
      if (variables.size < FEWEST_ALIKE) continue;
      this.#hasSlots = true;
      this.#words.add(word);
      for (const variable of variables) this.#kept.add(variable);
    }
  }

  #read(name: string, facts: RoleFacts, below: Map<string, Set<string>>): void {
    const told = this.roleOf(name, facts);
    const byWord = told.role === 'weight' ? this.#byWords.get(name) : undefined;
    this.#hasLists ||= told === IS_TRAINED || told.slot === OWN_LIST;
    // An average says nothing of who trains its variable, and what is kept to have it without bias neither.
    if (byWord?.kind === 'ema' || OF_AVERAGES.has(told.slot ?? '')) return;
    if (byWord?.of !== undefined) this.#kept.add(byWord.of);
    else if (told.role === 'slot' && told.of !== undefined) this.#kept.add(told.of);
    else if (told.role === 'slot') this.#hasUnlinked = true;
    else if (told.role === 'weight' && told.trainable === 'yes' && told !== IS_TRAINED) {
      const found = this.#below(name, facts.shape);
      if (found !== undefined) {
        const word = withoutNumber(found.slot);
        below.set(word, (below.get(word) ?? new Set<string>()).add(found.of));
      }
    }
    this.#hasSlots ||= told === IS_TRAINED || told.role === 'slot' || byWord !== undefined;
  }

  /** The variable that a name lies right below, where it has the same shape. */
  #below(name: string, shape: Shape): { readonly of: string; readonly slot: string } | undefined {
    const at = name.lastIndexOf('/');
    if (at < 0) return undefined;
    const mayBe = this.names.endIn(name.slice(name.lastIndexOf('/', at - 1) + 1, at));
    if (!mayBe && !isDigit(name.charCodeAt(at - 1))) return undefined;
    const path = name.slice(0, at);
    const of = (mayBe ? behindScopes(path, this.names) : undefined) ?? beforePart(path, shape, this.names);
    const base = of === undefined ? undefined : this.names.shapeOf(of);
    if (of === undefined || base === undefined || !sameShape(base, shape)) return undefined;
    return { of, slot: name.slice(at + 1) };
  }

  /** What slots make of the role of a weight by its name alone. */
  judged(name: string, facts: RoleFacts, role: TensorRole): TensorRole {
    const byWord = this.#byWords.get(name);
    if (byWord !== undefined) return slotRole(byWord, BY_WORD);
    if (role.trainable !== 'yes') return role;
    if (role === IS_TRAINED) return role;
    if (this.#kept.has(name)) return this.#changed(role, 'yes', KEPT);
    const source = name.includes('arget') ? this.#sourceOf(name) : undefined;
    if (source !== undefined && sameShape(this.names.shapeOf(source) ?? [], facts.shape))
      return this.#changed(role, 'no', IS_TARGET);
    if (!this.#hasSlots) return role;
    const below = this.#below(name, facts.shape);
    if (below !== undefined && this.#words.has(withoutNumber(below.slot)))
      return slotRole({ ...below, kind: 'slot' }, ALIKE);
    if (this.#isFrozen(name)) return this.#changed(role, 'no', IS_FROZEN);
    const listed = this.#hasLists && this.#kept.size === 0 ? this.lists.trained(name) : undefined;
    if (listed !== undefined) return this.#changed(role, listed, listed === 'yes' ? IN_LISTS : IN_NO_LIST);
    const told = this.#hasUnlinked && this.#kept.size === 0 ? this.#byShape(name, facts) : 'unknown';
    if (told === 'yes') return role;
    const isOpen = this.#shapes?.isOpen === true;
    return this.#changed(role, told, told === 'no' ? NONE_OF_SHAPE : isOpen ? LEFT_OPEN : NOT_KEPT);
  }

  /** What the lists of optimizers of Keras tell. */
  get lists(): ListedSlots {
    this.#lists ??= new ListedSlots(this.names, this.roleOf);
    return this.#lists;
  }

  /** The variable of which a name is the copy in a target network. */
  #sourceOf(name: string): string | undefined {
    return sourceOfTarget(name, (other) => this.names.has(other));
  }

  /** The only variable that a slot may belong to of which no name tells whose it is. */
  variableOf({ shape }: RoleFacts): string | undefined {
    return this.#kept.size === 0 ? this.#slotsByShape.variableOf(shape.join()) : undefined;
  }

  #byShape(name: string, { shape }: RoleFacts): Trainable {
    return this.#slotsByShape.trained(name, shape.join());
  }

  get #slotsByShape(): SlotsByShape {
    this.#shapes ??= new SlotsByShape(this.names, (other, facts) =>
      this.#byWords.has(other) ? undefined : this.roleOf(other, facts),
    );
    return this.#shapes;
  }

  /** Whether Keras' one optimizer keeps slots for other layers, and none for that of a variable. */
  #isFrozen(name: string): boolean {
    if (this.#kept.size === 0 || this.#hasUnlinked || this.names.optimizerScopes.size !== 1) return false;
    if (this.names.counters > 1) return false;
    if (name.includes('.ATTRIBUTES/') && !KERAS_LAYER.test(name)) return false;
    this.#trainedLayers ??= new Set([...this.#kept].map(layerOf));
    return layerOf(name) !== '' && !this.#trainedLayers.has(layerOf(name));
  }

  /** One role for all variables that it is told of: there are many variables and few roles. */
  #changed(role: TensorRole, trainable: Trainable, because: string): TensorRole {
    const known = this.#judged.get(role)?.[because];
    if (known !== undefined) return known;
    const changed = Object.freeze({ ...role, trainable, because });
    this.#judged.set(role, { ...this.#judged.get(role), [because]: changed });
    return changed;
  }
}
