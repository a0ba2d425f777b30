import { z } from 'zod'
import { Problem } from '../verifiers/model/problem.ts'
import { answered, askGitHub, type GitHub, listed, refusedBy } from './github.ts'

const commentSchema = z.object({
  id: z.int(),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullish(),
})

const permission = 'pull-requests: write'
const what = 'the comment on the pull request'

/** Who a job’s own token writes as. */
const bot = 'github-actions[bot]'

/** What a comment of this kind begins with, which nobody sees. */
export function markerOf(kind: string): string {
  return `<!-- reproof: ${kind} -->`
}

/**
 * Writes the one comment of this kind, or changes the one that is there. Whoever may comment can write such a marker, so that
 * only comments of the token’s own name are changed.
 *
 * @returns whether there is one now; an unneeded one is not begun.
 * @throws {Problem} ATTESTATIONS_UNREACHABLE, IDENTITY_MISSING
 */
export async function keepComment(
  github: GitHub,
  { pullRequest, kind, text, needed }: { pullRequest: number; kind: string; text: string; needed: boolean },
): Promise<boolean> {
  const marker = markerOf(kind)
  const path = `/issues/${pullRequest}/comments`
  const all = await listed(github, `${path}?per_page=100`, commentSchema, { what, permission })
  const self = await loginOf(github)
  const own = all.find(({ body, user }) => user?.login === self && body?.startsWith(marker))
  const body = { body: `${marker}\n${text}` }
  if (own?.body === body.body) return true
  if (!own && !needed) return false
  const answer = own
    ? await askGitHub(github, `/issues/comments/${own.id}`, { what, permission, method: 'PATCH', body })
    : await askGitHub(github, path, { what, permission, method: 'POST', body })
  if (answer.status >= 400) throw refusedBy(answer, what, permission)
  return true
}

/** The owner of a personal token; the token of a job has no user. */
async function loginOf(github: GitHub): Promise<string> {
  try {
    const answer = await askGitHub(github, `${github.api}/user`, { what, permission })
    return answer.status === 200 ? answered(answer, z.object({ login: z.string() }), what).login : bot
  } catch (error) {
    if (error instanceof Problem && error.details.status === 403) return bot
    throw error
  }
}
