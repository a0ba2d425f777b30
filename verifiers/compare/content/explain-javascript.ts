import { compilersThatDiffer } from '../causes/compiler.ts'
import { explainData, explainStamps, type Stamp, stampEvidence } from '../causes/stamps.ts'
import { hasInvisible } from './alarms.ts'
import { otherBabelHelpers } from './babel-helpers.ts'
import { alarmsOfCode } from './code-alarms.ts'
import { type Part, partOf, type Side, sideOf } from './code-parts.ts'
import { isReadByTools, namesModule } from './comment-alarms.ts'
import { sameButForCompiler } from './compiler-shapes.ts'
import { beyondExcuse, mayBeExcused } from './excuses.ts'
import { type Change, clippedPair, type Explanation, placeOf, shownChanges } from './explanation.ts'
import { differingSides, isLargeProgram } from './large-program.ts'
import { lineBreaksMatter, sameLineBreaks } from './line-breaks.ts'
import { onlyOrderDiffers } from './moved-statements.ts'
import { withNamedModules } from './numbered-modules.ts'
import { sameNormalForm } from './same-normal-form.ts'
import { sameSyntax, sameTrees } from './same-syntax.ts'
import { diffSequences, type Hunk } from './sequence-diff.ts'
import { isCompared, isGivenToStamp, isGivenToVersion, isOperand } from './stamp-place.ts'
import type { Tree } from './syntax.ts'
import { areReadRight, haveSameDeclarations } from './syntax-check.ts'
import { unknownComments } from './unknown-comments.ts'
import { unseenByTrees } from './unseen-by-trees.ts'

/**
 * Why two versions of a program differ, token by token: white space is nothing, a literal can be a stamp, a short name
 * can be the minifier's choice, and what only the published side can do is named.
 *
 * @param options.isTyped that it is TypeScript
 */
export function explainJavaScript(published: string, rebuilt: string, { isTyped = false } = {}): Explanation {
  if (!isLargeProgram(published, rebuilt)) {
    const [a, b] = [published, rebuilt].map((text) => sideOf(text, undefined, isTyped)) as [Side, Side]
    return explainSides(a, b)
  }
  const sides = differingSides(published, rebuilt)
  if (sides === undefined) return notUnderstood
  const said = explainSides(sides.a, sides.b, true)
  // The part can begin within a string or a comment, so that nothing is sure to be one of them.
  return beyondExcuse(said, said)
}

function explainSides(a: Side, b: Side, isLarge = false): Explanation {
  const said = judgeAll(a, b, isLarge)
  if (said.severity !== 'suspicious' || isLarge) return said
  const [one, other] = [withNamedModules(a), withNamedModules(b)]
  if (one === undefined || other === undefined) return said
  const named = judgeAll(one, other, false)
  if (named.severity === 'suspicious') return said
  const { changes, count } = said
  const besides = one.text === other.text ? '' : ` ${named.summary}`
  const summary = `The modules of the bundle have other numbers, by which nothing else knows them.${besides}`
  const cause = one.text === other.text ? 'file-order' : named.cause
  return { cause, severity: 'unexplained', summary, ...(changes && { changes }), ...(count !== undefined && { count }) }
}

function judgeAll(a: Side, b: Side, isLarge: boolean): Explanation {
  const said = judgeSides(a, b, isLarge)
  if (isLarge || !mayBeExcused(said)) return said
  const { evidence } = said
  const suspicious = (cause: string, summary: string) => beyondExcuse(said, { cause, summary })
  if (hiddenBetween(a) > hiddenBetween(b)) {
    return suspicious('invisible-characters', 'The published code has invisible characters between its tokens.')
  }
  const unseen = unseenByTrees(a, b)
  if (unseen !== undefined) return suspicious('code', unseen)
  if (!byTrees.has(said.cause) && !evidence?.sameForm && lineBreaksMatter(a, b)) {
    const summary = 'The code differs, and its lines end where that changes what the tokens mean.'
    return suspicious('line-breaks', summary)
  }
  if ((a.syntax() === undefined) !== (b.syntax() === undefined)) {
    return suspicious(
      'code',
      'Only one of the two is a program that can be read; the other one does not run, or is another one.',
    )
  }
  if (areReadRight(a, b)) return said
  return suspicious(
    'code',
    'The code differs, and where its comments and strings begin and end cannot be told for sure, so that any of it could run.',
  )
}

/** Where the trees of both were compared, or the line ends were looked at already. */
const byTrees = new Set(['formatting', 'variable-names'])

/** How many characters that nobody sees stand between the tokens. */
export function hiddenBetween({ text, tokens }: Side): number {
  const gaps = [...tokens, { start: text.length }].map(({ start }, at) => text.slice(tokens[at - 1]?.end ?? 0, start))
  return [...gaps.join('').replace(/[\t\n\r\f ]/g, '')].filter(hasInvisible).length
}

function judgeSides(a: Side, b: Side, isLarge: boolean): Explanation {
  const hunks = diffSequences(a.words, b.words)
  if (hunks.length === 0) return formattingOnly(a, b)
  const stamps: PlacedStamp[] = []
  const all = hunks.map((hunk) => explainHunk(hunk, a, b, stamps))
  const changes = [...all.filter(({ alarms }) => alarms?.length), ...all.filter(({ alarms }) => !alarms?.length)]
  const shown = { changes: changes.slice(0, shownChanges), count: changes.length }
  const onlyStampsDiffer = all.every(({ causes }) => causes !== undefined)
  if (onlyStampsDiffer && stamps.every(({ place }) => place === 'comment')) return explainByStamps(stamps, shown)
  // Whose names they are, and which helpers there are, only the whole file tells.
  const same = isLarge ? undefined : sameSyntax(a, b)
  if (same === 'other names') {
    const summary =
      'The code is the same but for names of variables that nothing else knows, as another run or version of a minifier chooses them.'
    return { cause: 'variable-names', severity: 'unexplained', summary, ...shown }
  }
  if (same === 'same') {
    const onlyComments = hunks.every((hunk) => areComments(a, hunk.published) && areComments(b, hunk.rebuilt))
    const summary = onlyComments
      ? 'The code is the same; what its comments say differs.'
      : 'The code is the same, written otherwise: quotes, semicolons, parentheses, numbers or comments.'
    return { cause: 'formatting', severity: 'unexplained', summary, ...shown }
  }
  if (!isLarge && sameButForCompiler(a, b)) {
    const summary = 'The code is the same but for what another version of TypeScript writes around it.'
    return { cause: 'another-compiler', severity: 'unexplained', summary, ...shown }
  }
  if (!isLarge && sameNormalForm(a, b)) {
    const summary =
      'The code does the same in the same order, written otherwise, as another version of a compiler or minifier writes it.'
    return { cause: 'another-compiler', severity: 'unexplained', summary, ...shown, evidence: { sameForm: true } }
  }
  if (!isLarge && onlyOrderDiffers(a, b)) {
    const summary = 'The same functions and exports stand in another order, which means nothing for them.'
    return { cause: 'file-order', severity: 'unexplained', summary, ...shown }
  }
  const alarms = [...new Set(all.flatMap((change) => change.alarms ?? []))]
  if (alarms.length > 0) {
    const compilers = compilersThatDiffer(a.text, b.text)
    const helpers = isLarge ? [] : otherBabelHelpers(a, b)
    return {
      cause: compilers === undefined && helpers.length === 0 ? 'code' : 'another-compiler',
      severity: 'suspicious',
      summary: `What differs in the published code: ${alarms.slice(0, 8).join(', ')}.`,
      ...shown,
      evidence: {
        alarms: alarms.slice(0, 64),
        ...(compilers && { compilers }),
        ...(helpers.length > 0 && { otherHelpersOfBabel: helpers.slice(0, 64) }),
        ...(!isLarge && !stamps.some(isValue) && hiddenComments(alarms, a, b)),
      },
    }
  }
  if (onlyStampsDiffer) return explainByStamps(stamps, shown)
  if (!isLarge && !haveSameDeclarations(a, b)) {
    const summary = 'Variables are declared by other words, so that others see them, or see them earlier.'
    return { cause: 'code', severity: 'suspicious', summary, ...shown }
  }
  // What else differs makes no stamp of a value that nothing shows to be one.
  if (stamps.some(isValue)) return explainByStamps(stamps, shown, 'and in what is no code')
  const summary = `The code differs in ${all.length === 1 ? 'one place' : `${all.length} places`}.`
  return { cause: 'content', severity: 'unexplained', summary, ...shown }
}

/** For a cause to look for in the source, where nothing else differs that could mean anything. */
function hiddenComments(alarms: readonly string[], a: Side, b: Side): { comments?: string[] } {
  const onlyComments = alarms.every((alarm) => alarm.endsWith(' in a comment') && !alarm.startsWith('invisible'))
  if (!onlyComments || hiddenBetween(a) > hiddenBetween(b)) return {}
  if (lineBreaksMatter(a, b) || !haveSameDeclarations(a, b) || !areReadRight(a, b)) return {}
  const comments = unknownComments(a, b)
  return comments ? { comments } : {}
}

const notUnderstood: Explanation = {
  cause: 'content',
  severity: 'suspicious',
  summary: 'The program is so large, and differs in so much of it, that it is not looked into.',
}

/** `named`: the name that it is given to says that it is one. */
type PlacedStamp = Stamp & { place: 'comment' | 'named' | 'value' }

const isValue = ({ place }: PlacedStamp) => place === 'value'

/**
 * In a comment a stamp is nothing; in a string or number it may be a condition, until something confirms what it is.
 *
 * @param besides what else differs, which nothing confirms
 */
function explainByStamps(
  stamps: PlacedStamp[],
  shown: Pick<Explanation, 'changes' | 'count'>,
  besides?: string,
): Explanation {
  const plain = stamps.map(({ place: _, ...stamp }) => stamp)
  const evidence = { ...stampEvidence(plain), ...(besides !== undefined && { besides }) }
  const [first = 'stamp'] = evidence.causes
  const summary = `The code differs only in stamps that the build writes: ${evidence.causes.join(', ')}.`
  if (stamps.every(({ place }) => place === 'comment')) {
    const data = explainData(plain, 'The comments differ')
    if (data) return { ...data, ...shown }
    return { cause: first, severity: 'benign', summary, ...shown, evidence }
  }
  if (!stamps.some(isValue)) {
    return { cause: first, severity: 'unexplained', summary, ...shown, evidence }
  }
  // A digest reads like a commit and a limit like a time: until something confirms it, it is a value that differs.
  return {
    cause: first,
    severity: 'suspicious',
    summary: `The code differs in values that have the form of stamps (${evidence.causes.join(', ')}), but nothing shows that they are.`,
    ...shown,
    evidence,
  }
}

function areComments({ tokens }: Side, [from, to]: Hunk['published']): boolean {
  return tokens.slice(from, to).every(({ kind }) => kind === 'comment')
}

/** A line end between two tokens can end a statement (ECMA-262, 12.10), so that its absence is not nothing. */
function formattingOnly(a: Side, b: Side): Explanation {
  const same = sameLineBreaks(a, b)
  if (lineBreaksMatter(a, b) && sameSyntax(a, b) !== 'same') {
    const summary = 'The code is the same token by token, but its lines end where that changes what the tokens mean.'
    return { cause: 'line-breaks', severity: 'suspicious', summary }
  }
  if (haveOtherTrees(a, b)) {
    const summary = 'The code is the same token by token, but what stands between them makes another program of it.'
    return { cause: 'code', severity: 'suspicious', summary }
  }
  return {
    cause: 'formatting',
    severity: same ? 'benign' : 'unexplained',
    summary: `The code is the same token by token; only the white space between ${same ? 'them differs' : 'them and the line ends differ'}.`,
  }
}

/** Whether a parser reads both, and as two programs: whatever our tokens do not see, their trees tell. */
function haveOtherTrees(a: Side, b: Side): boolean {
  const [here, there] = [a.syntax()?.root, b.syntax()?.root]
  if (here === undefined || there === undefined) return false
  return !sameTrees(here as Tree, there as Tree, (one, other) => one.name === other.name)
}

function explainHunk(hunk: Hunk, a: Side, b: Side, stamps: PlacedStamp[]): Change {
  const left = partOf(hunk.published, a)
  const right = partOf(hunk.rebuilt, b)
  const anchor =
    left.tokens.length > 0 || right.tokens.length === 0 ? { side: a, part: left } : { side: b, part: right }
  const { side, part } = anchor
  const found = stampsOf(left, right, a, b)
  if (found) stamps.push(...found)
  const causes = found && [...new Set(found.flatMap((stamp) => stamp.causes))]
  const alarms = causes === undefined ? alarmsOfCode(left, right, a, b) : []
  const [shownLeft, shownRight] = clippedPair(left.text, right.text)
  return {
    ...placeOf(side.text, part.start),
    published: shownLeft,
    rebuilt: shownRight,
    before: a.text.slice(Math.max(0, left.start - 40), left.start),
    after: a.text.slice(left.end, left.end + 40),
    ...(causes && { causes }),
    ...(alarms.length > 0 && { alarms }),
  }
}

const literals = new Set(['string', 'template', 'number', 'comment'])

function stampsOf(left: Part, right: Part, a: Side, b: Side): PlacedStamp[] | undefined {
  if (left.tokens.length !== right.tokens.length) return undefined
  const stamps: PlacedStamp[] = []
  for (const [index, token] of left.tokens.entries()) {
    const [published, rebuilt] = [left.words[index] ?? '', right.words[index] ?? '']
    if (published === rebuilt) continue
    if (token.kind !== right.tokens[index]?.kind || !literals.has(token.kind)) return undefined
    if (token.kind === 'comment' && (isReadByTools(published) || namesModule(published))) return undefined
    const causes = explainStamps(published, rebuilt)?.map(({ id }) => id)
    if (causes === undefined) return undefined
    const named = isGivenToStamp(causes, left.from + index, a) && isGivenToStamp(causes, right.from + index, b)
    const place = token.kind === 'comment' ? 'comment' : named ? 'named' : 'value'
    const operand = place === 'value' && isOperand(left.from + index, a)
    const compared = operand && isCompared(left.from + index, a)
    const unnamed = place === 'value' && !isGivenToVersion(causes, left.from + index, a)
    const flags = { ...(operand && { operand }), ...(compared && { compared }), ...(unnamed && { unnamed }) }
    stamps.push({ causes, published, rebuilt, place, ...flags })
  }
  return stamps
}
