import type { StampCause } from './cause.ts'

/** RFC 9562 */
const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/gi

/** In names of chunks and assets (`main.3f2a1b0c.js`), of scoped styles (`data-v-7ba5bd90`) and of CSS modules. */
const contentHash =
  /(?<=[\w)}][.-])(?=[0-9a-f]*[0-9])[0-9a-f]{8,32}(?=\.(?:chunk\.|min\.)?(?:js|mjs|cjs|css|map|json|svg|png|jpg|woff2?|wasm)\b)/g
const scope = /\bdata-v-[0-9a-f]{8}\b/g
const module = /(?<=_[A-Za-z][\w-]{0,40}_)(?=[a-z0-9]*[0-9])[a-z0-9]{5}(?=_[0-9]{1,5}\b)/g

export const randomId: StampCause = {
  id: 'random-id',
  title: 'an identifier that is random, or a hash of what differs elsewhere',
  mask: (literal) =>
    literal.replace(uuid, '«id»').replace(contentHash, '«id»').replace(scope, 'data-v-«id»').replace(module, '«id»'),
}
