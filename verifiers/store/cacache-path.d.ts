declare module 'cacache/lib/content/path.js' {
  /** Where cacache keeps the bytes of this Subresource Integrity string. */
  export default function contentPath(cache: string, integrity: string): string
}
