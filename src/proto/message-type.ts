/**
 * Types of messages as data: the fields that we want, each with its number and kind. One description serves both
 * encodings, binary and text; a field that it does not name is passed over and never becomes an object.
 */

/** What stands in a field. An `int` beyond 2^53 is rounded. */
export type Kind = 'text' | 'bytes' | 'int' | 'bool' | Enumeration | MessageType<Fields>;

/** Numbers by the names that stand for them in text. */
export type Enumeration = ReadonlyMap<string, number>;

/** Field number `id`, read as a `T`. */
export interface Field<T> {
  readonly id: number;
  readonly kind: Kind;
  readonly repeated: boolean;
  /** What a message without the field has. */
  initial: () => T;
}

/** Fields by name; the name in a `.proto` file is the same with underscores. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** A decoded message. */
export type MessageOf<F extends Fields> = { readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never };

/** A field with its name, and whether its values have a length before them. */
export interface NamedField extends Field<unknown> {
  readonly name: string;
  readonly isDelimited: boolean;
}

export class MessageType<F extends Fields> {
  readonly all: readonly NamedField[];
  readonly byId: ReadonlyMap<number, NamedField>;
  #byTextName: ReadonlyMap<string, string> | undefined;

  constructor(readonly fields: F) {
    this.all = Object.entries(fields).map(([name, { id, kind, repeated, initial }]) => {
      const isDelimited = kind === 'text' || kind === 'bytes' || isMessageKind(kind);
      return { name, id, kind, repeated, initial, isDelimited };
    });
    this.byId = new Map(this.all.map((field) => [field.id, field]));
  }

  /** Names of fields as they are spelled in text. */
  get byTextName(): ReadonlyMap<string, string> {
    this.#byTextName ??= new Map(
      this.all.map(({ name }) => [name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), name]),
    );
    return this.#byTextName;
  }

  /** The field of a type that has but one. */
  get only(): NamedField {
    return this.all[0] as NamedField;
  }

  /** A message in which every field has its default. */
  initial(): MessageOf<F> {
    const message: Record<string, unknown> = {};
    for (const { name, initial } of this.all) message[name] = initial();
    return message as MessageOf<F>;
  }
}

function single<T>(id: number, kind: Kind, initial: () => T): Field<T> {
  return { id, kind, repeated: false, initial };
}

export const text = (id: number): Field<string> => single(id, 'text', () => '');
export const bytes = (id: number): Field<Uint8Array> => single(id, 'bytes', () => new Uint8Array(0));
export const int = (id: number): Field<number> => single(id, 'int', () => 0);
export const bool = (id: number): Field<boolean> => single(id, 'bool', () => false);
export const enumeration = (id: number, names: Enumeration): Field<number> => single(id, names, () => 0);

/** A message that may be absent. */
export function message<F extends Fields>(id: number, type: MessageType<F>): Field<MessageOf<F> | undefined> {
  return single(id, type as unknown as MessageType<Fields>, () => undefined);
}

const NOTHING: MessageType<Fields> = new MessageType({});

/** A message or a string that is walked to, and not decoded with the message around it. */
export const part = (id: number): Field<unknown> => single(id, NOTHING, () => undefined);

/** Any number of them; packed or not. */
export function repeated<T>(field: Field<T>): Field<readonly NonNullable<T>[]> {
  return { id: field.id, kind: field.kind, repeated: true, initial: () => [] };
}

/** Whether a field's values are messages. */
export function isMessageKind(kind: Kind): kind is MessageType<Fields> {
  return kind instanceof MessageType;
}
