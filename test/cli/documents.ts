/** The JSON documents that the command line prints, held against the schemas that are published of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { expect } from 'vitest';
import { REPOSITORY } from '../fixtures.ts';

const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
const compiled = new Map<string, ValidateFunction>();

function validatorOf(name: string): ValidateFunction {
  let validator = compiled.get(name);
  if (validator === undefined) {
    const schema = JSON.parse(readFileSync(join(REPOSITORY, `schemas/${name}.schema.json`), 'utf8'));
    validator = ajv.compile(schema);
    compiled.set(name, validator);
  }
  return validator;
}

/** Fails unless a document is as the schema of this name says, to the last key. */
export function checkDocument(name: string, document: unknown): void {
  const validate = validatorOf(name);
  if (!validate(document)) expect.fail(`${name}: ${ajv.errorsText(validate.errors)}`);
}

const checkOf =
  (name: string) =>
  (document: unknown): void =>
    checkDocument(name, document);

export const listDocument = checkOf('list');
export const treeDocument = checkOf('tree');
export const infoDocument = checkOf('info');
export const doctorDocument = checkOf('doctor');
export const verifyDocument = checkOf('verify');
