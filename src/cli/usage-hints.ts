/** What somebody may have meant whose arguments the parser refuses: a path without a command, another tool's word, files for a pattern. */
import { existsSync } from 'node:fs';
import type { NameError } from '../index.ts';
import { shellWord } from '../text.ts';

/** Words of other tools, and what is called so here. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  strip: 'strip-non-trainable or strip-optimizer',
  show: 'print',
  cat: 'print',
  view: 'print',
  inspect: 'list or print_tensors',
  inspect_checkpoint: 'print_tensors',
  summary: 'info',
  check: 'verify',
  validate: 'verify',
  fsck: 'verify',
  compare: 'diff',
  export: 'convert',
  filter: 'subset',
  keep: 'subset',
  extract: 'subset',
  remove: 'drop',
  delete: 'drop',
  combine: 'merge',
  quantize: 'cast',
};

const isPath = (word: string): boolean =>
  existsSync(word) || existsSync(`${word}.index`) || /[/\\]|\.(?:ckpt|index|meta|safetensors|npz|npy|h5)\b/.test(word);

/** A line for a word that is no command; nothing where nothing tells. */
function forUnknown(word: string, args: readonly string[]): string {
  const other = Object.hasOwn(OTHER_WORDS, word) ? OTHER_WORDS[word] : undefined;
  if (other !== undefined) return `\n(Did you mean ${other}?)`;
  if (!isPath(word)) return '';
  const rest = args.slice(args.indexOf(word));
  return `\n(Did you mean ckpt list ${rest.map(shellWord).join(' ')}?)`;
}

/** Options of other tools, and of other commands, and what does so here. */
const OTHER_OPTIONS: Readonly<Record<string, string>> = {
  '--prefix': '--add-prefix or --strip-prefix',
  '--exclude': "'!PATTERN', which leaves names out",
  '--except': "'!PATTERN', which leaves names out",
  '--include': 'PATTERN behind the checkpoint',
  '--pattern': 'PATTERN behind the checkpoint',
  '--filter': 'PATTERN behind the checkpoint',
  '--regex': '/PATTERN/ behind the checkpoint',
  '--in': 'CHECKPOINT without an option',
  '--input': 'CHECKPOINT without an option',
  '--checkpoint': 'CHECKPOINT without an option',
  '--out': '-o',
  '--overwrite': '--force',
};
const DTYPE = /^(?:bf16|f16|fp16|f32|fp32|half|b?float\d+(?:_\w+)?|u?int\d+)$/;

/** A line for an option that is none of the command; nothing where nothing tells. */
function forOption(option: string): string {
  const other = Object.hasOwn(OTHER_OPTIONS, option) ? OTHER_OPTIONS[option] : undefined;
  if (other !== undefined) return `\n(Did you mean ${other}?)`;
  return /^-[^-]./.test(option) ? `\n(Did you mean -- ${shellWord(option)}, a name that begins with -?)` : '';
}

/** A message of the parser with what somebody may have meant, where something tells. */
export function withUsageHint(message: string, args: readonly string[]): string {
  const word = /^unknown command '(.*)'/s.exec(message)?.[1];
  // What is there is no misspelt command.
  if (word !== undefined && isPath(word)) return message.replace(/\n\(Did you mean .*\)/, '') + forUnknown(word, args);
  if (word !== undefined) return message.includes('(Did you mean') ? message : message + forUnknown(word, args);
  const option = /^unknown option '(.*)'/s.exec(message)?.[1];
  if (option !== undefined) return message.includes('(Did you mean') ? message : message + forOption(option);
  const dtype = /^option '--to <\w+>' argument '(.*)' is invalid/s.exec(message)?.[1] ?? '';
  if (DTYPE.test(dtype)) return `${message}\n(Did you mean --dtype ${dtype}?)`;
  return message + forArguments(message, args);
}

function forArguments(message: string, args: readonly string[]): string {
  if (!message.startsWith('too many arguments')) return '';
  const pair = args.find((argument) => /^[^-=][^=]*=[^=]+$/.test(argument) && !existsSync(argument));
  if (pair !== undefined && args[0] === 'rename') return `\n(Did you mean --map ${shellWord(pair)}?)`;
  const output = outputMeant(args);
  if (output !== undefined) return `\n(Did you mean -o ${shellWord(output)}?)`;
  return args.filter((argument) => existsSync(argument)).length > 1 ? `\n(${QUOTE})` : '';
}

const WRITES_ONE = ['convert', 'rename', 'strip-optimizer', 'strip-non-trainable', 'ema'];

/** What stands last, as in `cp`, of a command that takes one checkpoint and writes one: what is not there is to be written. */
function outputMeant(args: readonly string[]): string | undefined {
  const [before = '', last = ''] = args.slice(-2);
  const isFree = !existsSync(last) && !existsSync(`${last}.index`);
  const isNamed = args.some((argument) => /^(-o|--output)/.test(argument));
  const isValue = before.startsWith('-') || last.startsWith('-');
  return WRITES_ONE.includes(args[0] ?? '') && isFree && !isNamed && !isValue ? last : undefined;
}

const QUOTE = 'see whether the shell put files in the place of a pattern: quote it';

/** The same for a name that no tensor has. */
export function nameHint({ names }: NameError): string {
  const [first] = names.missing ?? [];
  return first !== undefined && existsSync(first) ? `; ${first} is a file: ${QUOTE}` : '';
}
