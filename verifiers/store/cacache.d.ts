declare module 'cacache/lib/content/path.js' {
  /** Where cacache keeps the bytes of this Subresource Integrity string. */
  export default function contentPath(cache: string, integrity: string): string
}

declare module 'cacache/lib/entry-index.js' {
  type Entry = { integrity: string | null; metadata?: unknown }

  /** What is known by a key; all of cacache loads what writes and verifies, too. */
  const index: {
    find(cache: string, key: string): Promise<Entry | null>
    insert(cache: string, key: string, integrity: string, options: { size: number; metadata: unknown }): Promise<Entry>
    delete(cache: string, key: string): Promise<unknown>
  }
  export default index
}
