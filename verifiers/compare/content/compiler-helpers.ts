import { createHash } from 'node:crypto'
import type { Side } from './code-parts.ts'

/**
 * The helpers that TypeScript 3.9 to 5.9 write into what they compile, by the sha256 (its first 128 bits) of their tokens,
 * one a line, without the semicolon at the end. Read from the compilers themselves; one that differs in a single token is
 * not known.
 */
const known: Record<string, readonly string[]> = {
  __addDisposableResource: ['b7eeb7e4567f023ce5b7d47f586a4aab', '78524bfd8890b9978630ca4bebc60544'],
  __assign: ['cd76a5ee33ab6c09ca21bf01ee5ebdc8'],
  __asyncDelegator: ['b836dbf2c800f7c6f2e26339061c893c', 'd1da59fdf01d7a51ef23d1e8c20b6d38'],
  __asyncGenerator: [
    'e1ecd95459bb9b51ab43e1b4d6920c0d',
    '40043541bd64ecaa2c5f80a6fd7048ef',
    '6a202b2920069bfd88192cfa59ca858d',
  ],
  __asyncValues: ['9a27c1195b15cdc74622b454f70879db'],
  __await: ['508cd4d3bc09ea50e549642f31f709da'],
  __awaiter: ['744fb54d3d1180dd3d439075428538f3'],
  __classPrivateFieldGet: ['7068e159c1426ff3e022de5e73ba2be8', '7a0f99420b11dca63bba43d970d84e00'],
  __classPrivateFieldIn: ['11ab3b9a7e762c61ce2fbaf4d8f8751b'],
  __classPrivateFieldSet: ['bfe09f759b88d3f249b9f35f5dd4c392', '00eaea94ed6334ad5483ee1a3f6c323a'],
  __createBinding: ['a199b0fe1324045f841e0a615aa654d3', '2db918a132170adf088fdfb06e0a0458'],
  __decorate: ['8f11a95339eb0e54c6af9d055b6ade6d'],
  __disposeResources: ['52fd4e816bec928c501e65aaad80aa1b', 'd22e78d5a250e14f57b646eebe0f8945'],
  __esDecorate: ['5a0de8338ea1a8ed43f9cb1a8499b3d7', '2013661b1c2ac75ba8dec39b6eee35a4'],
  __exportStar: ['9c1b37ca27a254d0038e4ffcbed32cf7', '36e4a0293b7bc4f9bee124c1df3954b7'],
  __extends: [
    '1d88c1360741dcf6be72e5c8d8b85181',
    '0842600c14684d6fc4bcd1e665495eb5',
    'd6993b18fa72aa76e2a37e5744605759',
  ],
  __generator: [
    'ff2de862e339c57dc095564cd0876480',
    'e8974de55bdd2c2bf6357f9ac80533c3',
    '3f2613d3f3d88f4dbf30d62c5c8ea0ef',
  ],
  __importDefault: ['1e65599c27f973e79f79c31d25d9c80c'],
  __importStar: [
    'c65b61f54e04b2bbd74ed5a81acd7d95',
    'e1aa32b6d92a7ba9eaa263214b6ba03a',
    'f1340c727f8be958f350cf6fe62cad3a',
  ],
  __makeTemplateObject: ['6e48f8978d4900d58f3a4788b7105812'],
  __metadata: ['4a49bf72ff74858de6c4ab334ab1d666'],
  __param: ['a98b6294fc8c9e0ba2294e21bd540d0f'],
  __propKey: ['2029bddeae61e4252c8f4e74ec18183f'],
  __read: ['f70f11d7f530a55be167808b6ca2582b'],
  __rest: ['3091afa1a5db33d8c4f9177aedf24a6f'],
  __rewriteRelativeImportExtension: ['66393d0a5841f583a3efe4b2b314d3f5'],
  __runInitializers: ['f833fb1c358133dbeb5c10cf785385e5'],
  __setFunctionName: ['bda885a7e68e0c3cd7603178f4edeb82'],
  __setModuleDefault: ['e2e7f19831e83cb8f848b8d063eee050'],
  __spread: ['4a5921916b390ea2453a9b02a751c03c'],
  __spreadArray: ['f8e31a5fe6d5694e9c08f723c6162dde', '848077e71d8e12e055ce1fcb7d8a1e92'],
  __spreadArrays: ['54bd697a9d958c493fcb652408f80aa0'],
  __syncRequire: ['a92de039aaf38111294963c30460f8e4'],
  __values: ['de254fe35dbbee7f09e2f50c2140e4c7'],
}

export function isHelper(name: string): boolean {
  return Object.hasOwn(known, name)
}

/** Longest helper that is looked at, in tokens. */
const longest = 1500

/**
 * Indexes of the tokens behind each known helper, by the index of its first. A helper stands between statements of the
 * file itself: `var __awaiter = …;`.
 */
export function knownHelpers({ words }: Pick<Side, 'words'>): Map<number, number> {
  const helpers = new Map<number, number>()
  let depth = 0
  for (const [index, word] of words.entries()) {
    if ('({['.includes(word)) depth++
    else if (')}]'.includes(word)) depth--
    if (depth !== 0 || word !== 'var' || words[index + 2] !== '=') continue
    const digests = Object.hasOwn(known, words[index + 1] ?? '') ? known[words[index + 1] ?? ''] : undefined
    const end = digests && endOfStatement(words, index)
    if (end === undefined) continue
    const digest = createHash('sha256').update(words.slice(index, end).join('\n')).digest('hex').slice(0, 32)
    if (digests?.includes(digest)) helpers.set(index, words[end] === ';' ? end + 1 : end)
  }
  return helpers
}

/** Index of the semicolon that ends the statement, outside of all brackets. */
function endOfStatement(words: readonly string[], start: number): number | undefined {
  let depth = 0
  for (let index = start; index < Math.min(words.length, start + longest); index++) {
    const word = words[index] ?? ''
    if (word === '(' || word === '{' || word === '[') depth++
    else if (word === ')' || word === '}' || word === ']') depth--
    else if (word === ';' && depth === 0) return index
    if (depth < 0) return undefined
  }
  return undefined
}
