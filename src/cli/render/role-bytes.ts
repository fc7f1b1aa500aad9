/** The role of tensor after tensor, for lines that are made as bytes. */

import type { Roles, TensorRole } from '../../index.ts';
import { LastVariable, type QuickRole, SOME_AVERAGE, SOME_SLOT } from '../../roles.ts';
import { nameOfFacts, type TensorFacts } from '../../text.ts';
import { jsonString } from '../terminal/escape.ts';
import { type ByteLines, ByteWords } from './byte-lines.ts';

const ENCODER = new TextEncoder();
const JSON_SLOT_OF = ENCODER.encode(',"slotOf":"');
const JSON_SLOT = ENCODER.encode('","slot":"');

/** The members for JSON that say what a tensor is for. */
export function roleJson({ role, trainable, evidence, of, slot }: TensorRole): string {
  let json = `,"role":"${role}","trainable":"${trainable}","evidence":"${evidence}"`;
  if (of !== undefined) json += `,"slotOf":${jsonString(of)}`;
  if (slot !== undefined) json += `,"slot":${jsonString(slot)}`;
  return json;
}

export class RoleBytes {
  /** Of roles that come again and again: those that are frozen stand for many tensors. */
  readonly #jsonWords = new ByteWords<TensorRole>(roleJson);
  readonly #variable = new LastVariable();

  readonly #quick: QuickRole;

  constructor(readonly roles: Roles) {
    this.#quick = roles.quick ?? (() => undefined);
  }

  /** The role; whose slot it is, is left open where the name as bytes does not tell. */
  roleOf(facts: TensorFacts, name?: string): TensorRole {
    return this.#quick(facts) ?? this.roles.roleOf(name ?? nameOfFacts(facts), facts);
  }

  putJson(lines: ByteLines, facts: TensorFacts): void {
    const role = this.#quick(facts);
    if (role === SOME_SLOT || role === SOME_AVERAGE) this.#putSlot(lines, role, facts);
    else if (role === undefined) this.#putWhole(lines, facts);
    else {
      this.#variable.name.keep(facts);
      this.#putRole(lines, role);
    }
  }

  #putWhole(lines: ByteLines, facts: TensorFacts): void {
    this.#putRole(lines, this.roles.roleOf(nameOfFacts(facts), facts));
  }

  #putRole(lines: ByteLines, role: TensorRole): void {
    if (Object.isFrozen(role)) lines.put(this.#jsonWords.of(role));
    else lines.text(roleJson(role));
  }

  #putSlot(lines: ByteLines, role: TensorRole, facts: TensorFacts): void {
    const { bytes, length } = this.#variable.name;
    if (!this.#variable.isOwnerOf(facts)) {
      this.#putWhole(lines, facts);
      return;
    }
    lines.put(this.#jsonWords.of(role));
    lines.put(JSON_SLOT_OF);
    lines.put(bytes, length);
    lines.put(JSON_SLOT);
    lines.range(facts.nameBytes, this.#variable.slotStart, this.#variable.slotEnd);
    lines.byte(0x22);
  }
}
