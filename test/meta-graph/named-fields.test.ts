import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NamedFields, type WriteNamed } from '../../src/meta-graph/named-fields.ts';
import { MessageWriter } from '../../src/proto/message-writer.ts';

/** Fields with the name twice in a message, with something behind it, and bytes that could be taken for a name. */
const writes: Readonly<Record<string, WriteNamed>> = {
  one: (writer, name) => writer.message(1, (inner) => inner.text(1, name).text(2, 'aaabbb').text(3, `${name}/Read`)),
  other: (writer, name) => writer.text(5, `^${name}`).int(6, 0x6161).text(7, name),
};

it('writes what is written without it, for names of any length and kind', () => {
  const names = fc.array(
    fc.tuple(fc.constantFrom('one', 'other'), fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é'), maxLength: 6 })),
    { maxLength: 30 },
  );
  fc.assert(
    fc.property(names, (all) => {
      const fields = new NamedFields();
      const [writer, plain] = [new MessageWriter(), new MessageWriter()];
      for (const [kind, name] of all) {
        fields.write(writer, kind, name, writes[kind] as WriteNamed);
        writes[kind]?.(plain, name);
      }
      expect(writer.toBytes()).toEqual(plain.toBytes());
    }),
  );
  const fields = new NamedFields();
  const writer = new MessageWriter();
  const plain = new MessageWriter();
  for (const name of ['x'.repeat(200), 'y'.repeat(200), 'z'.repeat(200)]) {
    fields.write(writer, 'one', name, writes.one as WriteNamed);
    writes.one?.(plain, name);
  }
  expect(writer.toBytes()).toEqual(plain.toBytes());
});
