/**
 * Properties that only say how something looks that is seen all the same, and what prefixers write for older browsers, without
 * the prefix. What is not named here can hide, cover, move or add something.
 */
const looks = new Set(
  [
    'color fill stroke stroke-width stroke-linecap stroke-linejoin caret-color accent-color color-scheme print-color-adjust color-adjust',
    'forced-color-adjust scrollbar-color scrollbar-width tap-highlight-color text-fill-color',
    'background background-attachment background-blend-mode background-color background-image background-origin',
    'background-position background-position-x background-position-y background-repeat background-size',
    'border-radius border-collapse border-spacing box-shadow text-shadow box-sizing box-decoration-break',
    'outline outline-color outline-offset outline-style outline-width',
    'font font-family font-size font-weight font-style font-stretch font-variant font-variant-caps font-variant-ligatures',
    'font-variant-numeric font-feature-settings font-kerning font-optical-sizing font-synthesis font-smoothing osx-font-smoothing',
    'text-align text-align-last text-decoration text-decoration-color text-decoration-line text-decoration-skip',
    'text-decoration-skip-ink text-decoration-style text-decoration-thickness text-underline-offset text-underline-position',
    'text-transform text-overflow text-rendering text-size-adjust text-wrap text-wrap-style text-justify hyphens line-break tab-size',
    'white-space white-space-collapse word-break word-wrap overflow-wrap word-spacing letter-spacing line-height vertical-align',
    'padding margin gap row-gap column-gap grid-gap grid-row-gap grid-column-gap columns column-count column-width column-rule',
    'column-rule-color column-rule-style column-rule-width column-fill column-span aspect-ratio object-fit',
    'width height min-width min-height max-width max-height',
    'inline-size block-size min-inline-size min-block-size max-inline-size max-block-size',
    'flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap flex-pack flex-align flex-item-align flex-line-pack',
    'flex-order flex-preferred-size flex-positive flex-negative order',
    'box-flex box-pack box-align box-direction box-orient box-lines box-ordinal-group',
    'align-content align-items align-self justify-content justify-items justify-self place-content place-items place-self',
    'grid-template-columns grid-template-rows grid-auto-columns grid-auto-rows grid-auto-flow float clear table-layout caption-side',
    'list-style list-style-type list-style-position cursor user-select touch-action resize appearance will-change',
    'transition transition-delay transition-duration transition-property transition-timing-function scroll-behavior',
    'overscroll-behavior overflow-scrolling overflow-anchor image-rendering interpolation-mode',
    'break-after break-before break-inside page-break-after page-break-before page-break-inside orphans widows',
  ].flatMap((names) => names.split(' ')),
)

/** Longhands of sides and corners: `margin-left`, `border-top-color`, `border-start-end-radius`. */
const ofSides =
  /^(?:margin|padding|border|scroll-margin|scroll-padding)(?:-(?:top|right|bottom|left|block|inline|start|end|color|style|width|radius))*$/

/** What stands in quotes there is the name of a font. */
const ofFonts = /^font(?:-family|-feature-settings)?$/
const ofColours = /^(?:color|background|background-color|fill|text-fill-color)$/
const ofSizes = /^(?:font|font-size|line-height|(?:(?:min|max)-)?(?:width|height|inline-size|block-size))$/
const ofSpaces = /^(?:letter|word)-spacing$/
const ofOffsets = /^(?:box-shadow|text-shadow|outline.*|(?:border-|word-|letter-)spacing|(?:.*-)?gap|vertical-align)$/

/** An alpha of at most a fifth, or one that is worked out. */
const faint =
  /\/(?:\d|[1-4]\d|5[01])\)|(?<![\w-])(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color)a?\([^;]{0,400}[,/](?:calc|var|min|max|clamp)\(/
/** Of nine pixels and of a third of a letter at most, or worked out. */
const tiny =
  /(?<![\w.#-])(?:0(?![\d.])|0?\.[0-3]\d*|\d?(?:\.\d+)?(?:px|pt|mm|%)|[\d.]+e-)|\b(?:calc|min|max|clamp|var)\(/
/** What no size of a window and no patience brings back. */
const away =
  /(?<![\w-])-\s?(?:\d{3}|\d{2,}(?:\.\d+)?(?:%|v[a-z]|r?em|r?ch|r?lh|cm|in|pc))|(?<![\w.#-])(?:(?!100v)\d{3,}(?:\.\d+)?(?:v[a-z]|r?em|r?ch|r?lh|cm|in|pc)|\d{4,}(?!\d|ms)|[\d.]+e\+?\d|\d{2,}(?:\.\d+)?s(?!\w))/
const far = /(?<![\w.#-])(?:\d{3,}(?:\.\d+)?(?:px|pt|mm|%|v[a-z])|[5-9]\d(?:\.\d+)?(?:%|v[a-z]))/
const overlapping = /(?<![\w-])-(?:[1-9]|0?\.[3-9])/

/**
 * Whether a declaration only says how something looks that is seen all the same; its value is plain, and in small letters.
 */
export function isLook(property: string, value: string): boolean {
  const isOfSides = ofSides.test(property)
  if (!looks.has(property) && !isOfSides) return false
  if (/["']/.test(value) && !ofFonts.test(property)) return false
  if (/(?<![\w-])(?:attr|env|if|--[\w-]+)\(/.test(value)) return false
  if (ofColours.test(property) && faint.test(value)) return false
  // What lies behind the text, and how round a box is.
  if (property.startsWith('background') || property.endsWith('radius')) return true
  if (ofSizes.test(property) && tiny.test(value)) return false
  if (ofSpaces.test(property) && overlapping.test(value)) return false
  return !away.test(value) && !((isOfSides || ofOffsets.test(property)) && far.test(value))
}
