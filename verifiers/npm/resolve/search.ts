import { z } from 'zod'
import { Problem } from '../../model/problem.ts'
import type { RegistryOptions } from '../configuration.ts'
import type { FetchLimits } from './fetch.ts'
import { fetchDocument, invalidAnswer } from './packument.ts'

/** `@scope`, or the name of a user of the registry. */
export type PackagesOf = { scope: string } | { maintainer: string }

/** https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md#get-v1search */
const answerSchema = z.object({
  objects: z
    .array(
      z.object({
        package: z.object({
          name: z.string().max(214),
          version: z.string().max(256),
          maintainers: z
            .array(z.object({ username: z.string().max(256) }))
            .max(10_000)
            .catch([]),
        }),
      }),
    )
    .max(1000),
  total: z.int().nonnegative(),
})

const pageSize = 250

/** How deep a registry's search goes. */
const mostPackages = 5000

/**
 * The packages of a scope or of a maintainer, each at the version that the registry's search names, by name. What the
 * search finds besides is left out.
 *
 * @throws {Problem} USAGE, SEARCH_UNAVAILABLE where the registry has no search, and those of `fetchDocument`
 */
export async function searchPackages(
  whose: PackagesOf,
  context: { registry: RegistryOptions; limits: FetchLimits; signal: AbortSignal },
): Promise<{ name: string; version: string }[]> {
  const { query, isTheirs, what } = questionOf(whose)
  const found = new Map<string, { name: string; version: string }>()
  for (let from = 0, total = 1; from < total; from += pageSize) {
    const answer = await ask(new URLSearchParams({ text: query, size: `${pageSize}`, from: `${from}` }), what, context)
    for (const { package: one } of answer.objects)
      if (isTheirs(one)) found.set(one.name, { name: one.name, version: one.version })
    total = answer.objects.length === 0 ? 0 : answer.total
    if (total > mostPackages) {
      throw new Problem('USAGE', `${what} are ${total}, more than the ${mostPackages} that a search can list.`, {
        hint: 'Name those that matter in a file, and give it with --list.',
      })
    }
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

type Found = z.infer<typeof answerSchema>['objects'][number]['package']

function questionOf(whose: PackagesOf): { query: string; isTheirs: (one: Found) => boolean; what: string } {
  if ('scope' in whose) {
    const scope = whose.scope.replace(/^@/, '').replace(/\/\*?$/, '')
    if (!/^[a-z0-9~._-]{1,213}$/.test(scope))
      throw new Problem('USAGE', `"${whose.scope}" is no scope, such as @npmcli.`)
    const isTheirs = ({ name }: Found) => name.startsWith(`@${scope}/`)
    return { query: `scope:${scope}`, isTheirs, what: `the packages of @${scope}` }
  }
  const { maintainer } = whose
  if (!/^[A-Za-z0-9~._-]{1,214}$/.test(maintainer)) {
    throw new Problem('USAGE', `"${maintainer}" is no name that a user of a registry can have.`)
  }
  const isTheirs = ({ maintainers }: Found) => maintainers.some(({ username }) => username === maintainer)
  return { query: `maintainer:${maintainer}`, isTheirs, what: `the packages of ${maintainer}` }
}

async function ask(
  query: URLSearchParams,
  what: string,
  context: Parameters<typeof searchPackages>[1],
): Promise<z.infer<typeof answerSchema>> {
  const document = await fetchDocument({ ...context, url: `/-/v1/search?${query}`, what }).catch((error: unknown) => {
    if (error instanceof Problem && noSearch.has(Number(error.details.status))) {
      throw new Problem('SEARCH_UNAVAILABLE', `The registry of your npm configuration offers no search for ${what}.`, {
        hint: 'Name the packages in a file, one a line, and give it with --list.',
        cause: error,
      })
    }
    throw error
  })
  const answer = answerSchema.safeParse(document)
  if (!answer.success) throw invalidAnswer(what, 'is not what a search answers', answer.error)
  return answer.data
}

/** Not found, no such method, gone, not made. */
const noSearch: ReadonlySet<number> = new Set([404, 405, 410, 501])
