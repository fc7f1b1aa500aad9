/** Every command, as it is run on what an attacker made; `name` is a tensor of it, or any name. */

export interface Attacked {
  readonly args: (path: string, name: string) => readonly string[];
  /** Whether stdout is one JSON document where there is any. */
  readonly json?: boolean;
}

const asJson = (args: Attacked['args']): Attacked => ({
  args: (path, name) => [...args(path, name), '--json'],
  json: true,
});
const plain = (args: Attacked['args']): Attacked => ({ args });

export const READING: readonly Attacked[] = [
  plain((path) => ['list', path]),
  plain((path) => ['list', path, '--long', '--sha256']),
  plain((path) => ['list', path, '--tsv']),
  plain((path) => ['list', path, '--names']),
  plain((path) => ['tree', path]),
  plain((path) => ['info', path]),
  plain((path) => ['verify', path]),
  plain((path) => ['doctor', path]),
  plain((path) => ['print', path, '**']),
  plain((path) => ['print_tensors', '--file_name', path, '--all_tensors']),
  plain((path, name) => ['dump', path, name, '--to', 'csv']),
  plain((path) => ['state', path]),
  plain((path) => ['latest', path]),
  plain((path) => ['stats', path]),
  asJson((path) => ['list', path, '--sha256']),
  asJson((path) => ['tree', path]),
  asJson((path) => ['info', path]),
  asJson((path) => ['verify', path]),
  asJson((path) => ['doctor', path]),
  asJson((path) => ['print', path, '**']),
  asJson((path, name) => ['print', path, `${name}[0]`]),
  asJson((path) => ['stats', path]),
  asJson((path) => ['diff', path, path, '--values']),
  asJson((path) => ['match', path, path]),
  asJson((path) => ['state', path]),
  asJson((path) => ['latest', path, '--finite']),
];

/** Those that write, where `-o` is said in addition. */
export const WRITING: readonly Attacked[] = [
  plain((path) => ['rename', path, '--add-prefix', 'x/']),
  plain((path) => ['rename', path, '--strip-prefix', 'a/', '--dry-run']),
  plain((path) => ['subset', path, '**']),
  plain((path) => ['drop', path, 'a*']),
  plain((path) => ['merge', path, path, '--prefix-each', 'p/,q/']),
  plain((path) => ['merge', path, path, '--on-conflict', 'identical']),
  plain((path) => ['convert', path, '--to', 'v1']),
  plain((path) => ['convert', path, '--to', 'v2']),
  plain((path) => ['convert', path, '--names']),
  plain((path) => ['convert', path, '--to', 'safetensors', '--drop-unsupported']),
  plain((path) => ['convert', path, '--to', 'npz', '--drop-unsupported']),
  plain((path) => ['cast', path, '--dtype', 'float16']),
  plain((path) => ['average', path, path]),
  plain((path) => ['ema', path]),
  plain((path, name) => ['set', path, `${name}=0`]),
  plain((path) => ['resize', path, '**', '--size', '5']),
  plain((path, name) => ['concat', path, `${name}{n}`, '--as', 'c']),
  plain((path, name) => ['split', path, name, '--into', '2', '--as', 'part_{n}']),
  plain((path) => ['transpose', path, '**', '--perm', '1,0']),
  plain((path) => ['reshape', path, '**', '--shape', '-1']),
  plain((path) => ['partition', path, '**', '--into', '2']),
  plain((path) => ['partition', path, '**', '--merge-slices']),
  plain((path) => ['strip-optimizer', path]),
  plain((path) => ['strip-non-trainable', path]),
  plain((path) => ['doctor', path, '--salvage']),
  asJson((path) => ['rename', path, '--add-prefix', 'x/']),
  asJson((path) => ['strip-optimizer', path]),
];
