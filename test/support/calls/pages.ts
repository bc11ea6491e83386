// Memory whose address is known: WebAssembly's begins with a page, and behind it nothing is mapped.

// Neither Node's types nor our lib have it.
const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: MemoryConstructor } })
  .WebAssembly;
type MemoryConstructor = new (size: { initial: number }) => { readonly buffer: ArrayBuffer };

/** The unit that WebAssembly's memory comes in. */
export const chunkBytes = 65_536;

/** So much memory, all zero, from the beginning of a page to the end of what is mapped. */
export function pages(chunks: number): ArrayBuffer {
  return new Memory({ initial: chunks }).buffer;
}
