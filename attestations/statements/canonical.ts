import { json } from '@sigstore/core'

/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }

/**
 * The one text of a value: keys sorted, no white space, `undefined` left out.
 * https://www.rfc-editor.org/rfc/rfc8785
 */
export function canonicalJson(value: unknown): string {
  return json.canonicalize(plain(value))
}

/** As JSON.parse would give it back, in an object whose keys are its own. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
