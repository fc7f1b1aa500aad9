/** The keys of JSON documents as a page for people: a section a document, a row a key. */

const typeOf = (schema) => {
  if (schema.$ref !== undefined) return schema.$ref.replace(/^.*\//, '').toLowerCase();
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(', ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  return (
    { string: 'text', boolean: 'true or false', integer: 'whole number' }[schema.type] ?? schema.type ?? 'anything'
  );
};

/** A description stands at a schema, or at what it may be besides null. */
const aboutOf = (schema) =>
  schema.description ?? (schema.anyOf ?? []).find((choice) => choice.description)?.description;

function rowsOf(schema, definitions, path = '') {
  const rows = (path === '' ? (schema.anyOf ?? []) : []).flatMap((one) => rowsOf(one, definitions));
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    const full = path + key;
    const missing = (schema.required ?? []).includes(key) ? '' : ', may be missing';
    rows.push(`| \`${full}\` | ${typeOf(value)}${missing} | ${(aboutOf(value) ?? '').replaceAll('|', '\\|')} |`);
    for (const one of [value, ...(value.anyOf ?? [])]) {
      const items = one.type === 'array' ? one.items : undefined;
      const inner = items?.$ref === undefined ? items : undefined;
      // What stands in the list of a document of several is told above.
      if (inner !== undefined && key !== 'checkpoints')
        for (const choice of [inner, ...(inner.anyOf ?? [])]) rows.push(...rowsOf(choice, definitions, `${full}[].`));
      if (one.properties !== undefined) rows.push(...rowsOf(one, definitions, `${full}.`));
    }
    if (value.$ref !== undefined)
      rows.push(...rowsOf(definitions[value.$ref.replace(/^.*\//, '')], definitions, `${full}.`));
  }
  return rows;
}

/** The sections of all documents; those of one shape share one. */
export function pageOf(documents) {
  const sections = new Map();
  for (const { name, commands, about, schema } of documents) {
    const { title: _, $id: __, ...shape } = schema;
    const key = JSON.stringify([about, shape]);
    const section = sections.get(key) ?? { names: [], commands: [], about, schema };
    section.names.push(name);
    section.commands.push(...commands);
    sections.set(key, section);
  }
  return [...sections.values()]
    .map(({ names, commands, about, schema }) => {
      const rows = [...new Set(rowsOf(schema, schema.$defs ?? {}))];
      const files = names.map((name) => `[${name}](../schemas/${name}.schema.json)`).join(', ');
      const calls = commands.map((command) => (command.startsWith('OUT') ? `\`${command}\`` : `\`ckpt ${command}\``));
      return [
        `## ${calls.join(', ')}`,
        '',
        `${about} Schema: ${files}.`,
        '',
        '| key | value | |',
        '|---|---|---|',
        ...rows,
        '',
      ].join('\n');
    })
    .join('\n');
}
