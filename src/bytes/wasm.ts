/** WebAssembly modules over a memory that is shared with them; all of it throws where the host has no WebAssembly or SIMD. */

/** Never grows, so views of it stay valid. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** What is used of WebAssembly, whose types otherwise come only with those of browsers. */
interface WebAssemblyApi {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Memory: new (pages: { initial: number; maximum: number }) => WasmMemory;
  readonly Instance: new (module: object, imports: { env: { memory: WasmMemory } }) => { readonly exports: unknown };
}

const api = (): WebAssemblyApi => (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

/** Modules by their base64: each is compiled once. */
const compiled = new Map<string, object>();

function decodeBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** A memory of so many pages of 64 KiB. */
export function wasmMemory(pages: number): WasmMemory {
  return new (api().Memory)({ initial: pages, maximum: pages });
}

/** What a module exports that works in a memory. */
export function wasmExports(base64: string, memory: WasmMemory): unknown {
  const { Module, Instance } = api();
  let module = compiled.get(base64);
  if (module === undefined) {
    module = new Module(decodeBase64(base64));
    compiled.set(base64, module);
  }
  return new Instance(module, { env: { memory } }).exports;
}
