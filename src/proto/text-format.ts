/**
 * Protocol buffers' text format, read without a schema: fields in order, each with a name and a string, a bare word or
 * number, or a message. Accepts what any writer has ever produced: both quotes, adjacent strings, comments, `:` with or
 * without blanks, `,` and `;` between fields, lists in brackets, messages in braces or angles.
 */
import { decodeBytes, encodeText } from '../bytes/text.ts';
import { closeOf, TextScanner } from './text-scanner.ts';

export type TextValue =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'message'; readonly fields: readonly TextField[] };

export interface TextField {
  readonly name: string;
  readonly value: TextValue;
}

/** Deeper nesting than this is no message that anybody wrote. */
export const MOST_DEPTH = 100;

/** Fields up to `close`, or to the end of the text. */
function fieldsOf(scanner: TextScanner, close: string, depth: number): TextField[] {
  if (depth > MOST_DEPTH) throw scanner.corrupt('too many messages inside each other');
  const fields: TextField[] = [];
  for (let name = scanner.name(close); name !== undefined; name = scanner.name(close)) {
    if (scanner.takeIf('[') === undefined) fields.push({ name, value: textValue(scanner, depth) });
    else {
      for (; scanner.takeIf(']') === undefined; scanner.takeIf(','))
        fields.push({ name, value: textValue(scanner, depth) });
    }
  }
  return fields;
}

function textValue(scanner: TextScanner, depth: number): TextValue {
  const open = scanner.takeIf('{<');
  if (open !== undefined) return { kind: 'message', fields: fieldsOf(scanner, closeOf(open), depth + 1) };
  const bytes = scanner.strings();
  return bytes === undefined ? { kind: 'word', word: scanner.word() } : { kind: 'bytes', bytes };
}

/** The fields of a message in text format; throws `CorruptError`. */
export function parseTextFormat(text: string): TextField[] {
  return fieldsOf(new TextScanner(decodeBytes(encodeText(text))), '', 0);
}
