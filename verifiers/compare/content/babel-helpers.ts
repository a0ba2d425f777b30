import { closingBrackets, type Side } from './code-parts.ts'

/** What Babel 7.16 to 7.28 call the functions that they write into what they compile, behind an underscore. */
const names = new Set(
  `AsyncGenerator AwaitValue OverloadYield applyDecoratedDescriptor applyDecs arrayLikeToArray arrayWithHoles
  arrayWithoutHoles assertClassBrand assertThisInitialized asyncGeneratorDelegate asyncIterator asyncToGenerator
  awaitAsyncGenerator callSuper checkInRHS checkPrivateRedeclaration classApplyDescriptorDestructureSet
  classApplyDescriptorGet classApplyDescriptorSet classCallCheck classCheckPrivateStaticAccess
  classCheckPrivateStaticFieldDescriptor classExtractFieldDescriptor classNameTDZError classPrivateFieldDestructureSet
  classPrivateFieldGet classPrivateFieldGet2 classPrivateFieldInitSpec classPrivateFieldLooseBase
  classPrivateFieldLooseKey classPrivateFieldSet classPrivateFieldSet2 classPrivateGetter classPrivateMethodGet
  classPrivateMethodInitSpec classPrivateMethodSet classPrivateSetter classStaticPrivateFieldDestructureSet
  classStaticPrivateFieldSpecGet classStaticPrivateFieldSpecSet classStaticPrivateMethodGet
  classStaticPrivateMethodSet construct createClass createForOfIteratorHelper createForOfIteratorHelperLoose createSuper
  decorate defaults defineAccessor defineEnumerableProperties defineProperties defineProperty dispose extends get
  getPrototypeOf getRequireWildcardCache identity inherits inheritsLoose initializerDefineProperty
  initializerWarningHelper instanceof interopRequireDefault interopRequireWildcard isNativeFunction
  isNativeReflectConstruct iterableToArray iterableToArrayLimit iterableToArrayLimitLoose maybeArrayLike newArrowCheck
  nonIterableRest nonIterableSpread nullishReceiverError objectDestructuringEmpty objectSpread objectSpread2
  objectWithoutProperties objectWithoutPropertiesLoose possibleConstructorReturn readOnlyError regenerator
  regeneratorAsync regeneratorAsyncGen regeneratorAsyncIterator regeneratorDefine regeneratorKeys regeneratorRuntime
  regeneratorValues set setFunctionName setPrototypeOf skipFirstGeneratorNext slicedToArray slicedToArrayLoose
  superPropBase superPropGet superPropSet taggedTemplateLiteral taggedTemplateLiteralLoose tdz temporalRef
  temporalUndefined toArray toConsumableArray toPrimitive toPropertyKey toSetter tsRewriteRelativeImportExtensions
  typeof unsupportedIterableToArray using usingCtx wrapAsyncGenerator wrapNativeSuper wrapRegExp writeOnlyError`.split(
    /\s+/,
  ),
)

/** One helper by another text could have been changed by anybody; a release of Babel changes several. */
const fewest = 2

/**
 * The functions that both programs have under the name of a helper of Babel, and each by another text, as another release of
 * Babel writes them; none where there are few.
 */
export function otherBabelHelpers(a: Side, b: Side): string[] {
  const [left, right] = [helpersIn(a), helpersIn(b)]
  const others = [...left].flatMap(([name, text]) => {
    const other = right.get(name)
    return other === undefined || other === text ? [] : [name]
  })
  return others.length < fewest ? [] : others
}

/** `function _classCallCheck(…) {…}` outside of all other brackets. */
function helpersIn({ words }: Side): Map<string, string> {
  const closing = closingBrackets(words)
  const found = new Map<string, string>()
  for (let index = 0; index < words.length; index++) {
    const name = words[index] === 'function' ? words[index + 1] : undefined
    if (name?.startsWith('_') && names.has(name.slice(1)) && words[index + 2] === '(') {
      const body = (closing[index + 2] ?? words.length) + 1
      const end = words[body] === '{' ? closing[body] : undefined
      if (end !== undefined) found.set(name, words.slice(index, end + 1).join(' '))
    }
    const word = words[index] ?? ''
    // What stands in brackets is no helper.
    if (word === '(' || word === '[' || word === '{') index = closing[index] ?? words.length
  }
  return found
}
