import { ASN1Obj, type X509Certificate } from '@sigstore/core'

/** In DER, without the octet string around it. */
export type Extensions = Map<string, Buffer>

/** Those that are understood here or by Node and the library, and may therefore be critical. */
const understood = new Set([
  '2.5.29.14', // subject key identifier
  '2.5.29.15', // key usage
  '2.5.29.17', // subject alternative name
  '2.5.29.19', // basic constraints
  '2.5.29.35', // authority key identifier
  '2.5.29.37', // extended key usage
  '1.3.6.1.4.1.11129.2.4.2', // promises of certificate logs
])

/**
 * What a certificate says beyond its key. The library takes the first of several, and looks at none as critical.
 * RFC 5280 section 4.2: "A certificate MUST NOT include more than one instance of a particular extension"; one that is
 * critical and not understood "MUST" lead to rejection.
 *
 * @throws where a certificate breaks that
 */
export function extensionsOf({ extensions }: X509Certificate): Extensions {
  const found: Extensions = new Map()
  for (const { subs } of extensions) {
    const [id, criticality] = [subs[0]?.toOID(), subs.length > 2 ? subs[1]?.toBoolean() : false]
    const value = subs.at(-1)?.value
    if (id === undefined || value === undefined) throw new Error('an extension in it is incomplete')
    if (found.has(id)) throw new Error(`it has the extension ${id} twice`)
    if (criticality && !understood.has(id)) throw new Error(`nobody here understands its critical extension ${id}`)
    found.set(id, value)
  }
  return found
}

export type AlternativeName = { kind: 'uri' | 'email' | 'username' | 'unknown'; text: string }

const userName = '1.3.6.1.4.1.57264.1.7'

/**
 * RFC 5280 section 4.2.1.6. The library drops the highest bit of each byte, so that another letter becomes the expected.
 * @throws when one is no text
 */
export function alternativeNamesIn(extensions: Extensions): AlternativeName[] {
  const value = extensions.get('2.5.29.17')
  if (!value) return []
  return parsed(value).subs.map((one): AlternativeName => {
    const is = (number: number) => one.tag.isContextSpecific(number)
    if (is(6)) return { kind: 'uri', text: textOf(one.value) }
    if (is(1)) return { kind: 'email', text: textOf(one.value) }
    const [id, wrapped] = one.subs
    const text = wrapped?.subs[0]?.value
    if (is(0) && text && id?.toOID() === userName) return { kind: 'username', text: textOf(text) }
    return { kind: 'unknown', text: '' }
  })
}

/** A name of one kind that looks like one of another would be taken for it by whoever compares texts. */
export function isPlausible({ kind, text }: AlternativeName): boolean {
  if (kind === 'uri') return /^[a-z][a-z0-9+.-]*:/i.test(text)
  if (kind === 'email') return text.includes('@') && !text.includes('://')
  return kind === 'username' && text !== '' && !text.includes('://')
}

/** @throws when it is not UTF-8 */
export const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(bytes)

/** @throws when it is not DER, or there is more behind it */
export function parsed(value: Buffer): ASN1Obj {
  const object = ASN1Obj.parseBuffer(Buffer.from(value))
  if (!object.toDER().equals(value)) throw new Error('an extension in it is not written in DER')
  return object
}
