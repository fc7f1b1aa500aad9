/**
 * A recipe out of its text, YAML or JSON. A step is written `- cast: {dtype: bfloat16}`, `- step: cast` with its keys beside it,
 * or, where it needs no keys, as its name alone. What is wrong is told with line and column.
 */
import * as v from 'valibot';
import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { UsageError } from '../errors.ts';
import { nearestNames } from '../surgery/nearest-names.ts';
import { keysOf, type Recipe, RecipeSchema, STEP_NAMES } from './recipe-schema.ts';
import { keepPlace } from './step-places.ts';

type Path = readonly (string | number)[];

/** A recipe's text is small; a reader of YAML is slow, and takes aliases for what they are. */
const MOST_TEXT = 1 << 20;

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list',
  Object: 'a map of keys',
};

/** What should have stood there, in words. */
function wantedBy({ type, expected }: v.BaseIssue<unknown>): string {
  if (type === 'integer') return 'a whole number';
  if (expected === null) return 'something else';
  const names = [...expected.matchAll(/"([^"]*)"/g)].map(([, name]) => name);
  if (names.length > 0) return `one of ${names.join(', ')}`;
  const kinds = expected.replace(/^\(|\)$/g, '').split(' | ');
  return kinds.map((kind) => WORDS[kind] ?? kind).join(' or ');
}

class RecipeReader {
  readonly #lines = new LineCounter();
  readonly #document;

  constructor(
    readonly text: string,
    readonly source: string,
  ) {
    if (text.length > MOST_TEXT) throw new UsageError(`${source} is no recipe: it has ${text.length} characters`);
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: true });
    const [error] = this.#document.errors;
    if (error !== undefined) throw this.#refusal(error.pos[0], error.message);
  }

  #place(offset = 0): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.source}:${line}:${col}`;
  }

  #refusal(offset: number | undefined, message: string, where = ''): UsageError {
    return new UsageError(`${this.#place(offset)}: ${where === '' ? '' : `${where}: `}${message}`);
  }

  /** Where the key or the value of a path stands. */
  #offsetOf(path: Path): number | undefined {
    let node: unknown = this.#document.contents;
    let offset = isNode(node) ? node.range?.[0] : undefined;
    for (const key of path) {
      if (isMap(node)) {
        const pair = node.items.find(
          (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
        );
        if (pair === undefined) break;
        offset = (pair.key as Node).range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        if (isNode(node)) offset = node.range?.[0] ?? offset;
      } else break;
    }
    return offset;
  }

  read(): Recipe {
    const value: unknown = this.#plain();
    if (Array.isArray(value)) return this.#checked({ steps: value }, []);
    if (typeof value !== 'object' || value === null) {
      throw this.#refusal(0, 'a recipe is a list of steps, or has them under steps');
    }
    return this.#checked(value as Record<string, unknown>, ['steps']);
  }

  #plain(): unknown {
    try {
      return this.#document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      throw this.#refusal(0, (error as Error).message);
    }
  }

  /** Brings every step to one form; `inFile` turns a path in that form back into the one in the text. */
  #checked(value: Record<string, unknown>, stepsAt: Path): Recipe {
    const wrapped: (string | undefined)[] = [];
    const steps = Array.isArray(value.steps)
      ? value.steps.map((step: unknown, i) => {
          const [plain, key] = this.#step(step, [...stepsAt, i]);
          wrapped.push(key);
          return plain;
        })
      : value.steps;
    const result = v.safeParse(RecipeSchema, { ...value, ...(steps === undefined ? {} : { steps }) });
    const inFile = (part: Path): Path => {
      if (part[0] !== 'steps') return part;
      const [, number, ...rest] = part;
      if (number === undefined) return stepsAt;
      const key = wrapped[Number(number)];
      return [...stepsAt, number, ...(key === undefined ? [] : [key]), ...rest];
    };
    if (result.success) {
      if (result.output.steps.length === 0) throw this.#refusal(this.#offsetOf(stepsAt), 'the recipe has no steps');
      for (const [i, step] of result.output.steps.entries()) {
        const at = [...stepsAt, i];
        keepPlace(step, (key) => this.#place(this.#offsetOf(key.length === 0 ? at : inFile(['steps', i, ...key]))));
      }
      return result.output;
    }
    // A key that is not known says more than the one that is missing because of it.
    const issue = result.issues.find(({ expected }) => expected === 'never') ?? result.issues[0];
    const path = (issue.path ?? []).map(({ key }) => key as string | number);
    throw this.#issue(issue, path, inFile(path), steps);
  }

  #step(step: unknown, at: Path): readonly [plain: unknown, wrappedIn: string | undefined] {
    const isName = (name: unknown): boolean => STEP_NAMES.some((known) => known === name);
    if (typeof step === 'string') {
      if (!isName(step)) throw this.#unknownStep(step, at);
      return [{ step }, undefined];
    }
    if (typeof step !== 'object' || step === null || Array.isArray(step)) return [step, undefined];
    if ('step' in step) {
      if (!isName(step.step)) throw this.#unknownStep(String(step.step), [...at, 'step']);
      return [step, undefined];
    }
    const entries = Object.entries(step);
    const bare = entries.filter(([key, value]) => value === null && isName(key));
    if (bare.length === 1 && entries.length > 1) {
      // The keys stand below the name as if they were its neighbours: `- cast:` and, as far in, `dtype: bfloat16`.
      const [[name]] = bare as [[string, null]];
      return [{ step: name, ...Object.fromEntries(entries.filter(([key]) => key !== name)) }, undefined];
    }
    const [[name = '', keys = {}] = []] = entries as [string, unknown][];
    if (entries.length !== 1) {
      const hint = 'a step is written as - cast: {dtype: bfloat16}, or has a key called step';
      throw this.#refusal(this.#offsetOf(at), hint, `steps[${at.at(-1)}]`);
    }
    if (!isName(name)) throw this.#unknownStep(name, [...at, name]);
    if (keys === null) return [{ step: name }, name];
    if (typeof keys !== 'object' || Array.isArray(keys)) {
      throw this.#refusal(this.#offsetOf([...at, name]), `the keys of ${name} are wanted, as in {select: x}`, name);
    }
    return [{ step: name, ...keys }, name];
  }

  #unknownStep(name: string, at: Path): UsageError {
    const near = nearestNames(name, STEP_NAMES);
    const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : `there are ${STEP_NAMES.join(', ')}`;
    return this.#refusal(this.#offsetOf(at), `there is no step called ${name}; ${hint}`);
  }

  #issue(issue: v.BaseIssue<unknown>, path: Path, inFile: Path, steps: unknown): UsageError {
    const step =
      path[0] === 'steps' && Array.isArray(steps) ? (steps[Number(path[1])] as { step?: string }) : undefined;
    const name = step?.step;
    const key = String(path.at(-1) ?? '');
    const where = name === undefined ? path.join('.') : [name, ...path.slice(2)].join('.');
    const isKeyIssue = issue.type === 'strict_object';
    if (isKeyIssue && issue.expected === 'never') {
      const keys = name === undefined ? ['inputs', 'steps'] : keysOf(name);
      const message = `there is no key called ${key}; ${name ?? 'a recipe'} takes ${keys.join(', ')}`;
      return this.#refusal(this.#offsetOf(inFile), message);
    }
    if (isKeyIssue) return this.#refusal(this.#offsetOf(inFile.slice(0, -1)), `${name ?? 'a recipe'} needs ${key}`);
    const received = issue.received === 'undefined' ? 'nothing' : issue.received;
    return this.#refusal(this.#offsetOf(inFile), `${wantedBy(issue)} is wanted, not ${received}`, where);
  }
}

/** Reads a recipe; throws {@link UsageError} with line and column for what is none. */
export function readRecipe(text: string, source: string): Recipe {
  return new RecipeReader(text, source).read();
}
