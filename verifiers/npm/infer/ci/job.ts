import type { ManagerName } from '../managers.ts'
import { asRecord, asText } from './yaml.ts'

/** What somebody asked for of a tool, and where: a version, a range, a tag, or a file that says it. */
export type ToolRequest = VersionRequest | { kind: 'file'; path: string; from: string }

export type VersionRequest = { kind: 'version'; spec: string; from: string }

/** The same of a package manager. */
export type ManagerRequest = VersionRequest & { manager: ManagerName }

export type CiCommand = {
  /** Shell text, one or more lines. */
  run: string
  /** Folder of the source that it runs in, `''` for its root. */
  directory: string
  /** What is set for it alone, where the value is written out. */
  variables?: Record<string, string>
  /** Whether it stands in a script of the project, where programs of the dependencies can be called. */
  ofScript?: boolean
}

/** One job of a CI file, reduced to what can decide a rebuild. */
export type CiJob = {
  /** Path of the file and name of the job, for evidence: `.gitlab-ci.yml job "deploy"`. */
  from: string
  node: ToolRequest[]
  /** Package managers that actions of others set up for it. */
  managers?: ManagerRequest[]
  commands: CiCommand[]
  /** Actions of others that it uses, `owner/name@ref`, and how many of the commands come before each. */
  actions: { name: string; after: number }[]
  /** What it sets for all of its commands, where the value is written out. */
  variables: Record<string, string>
  /** Flags of clean-publish, where an action has it leave what is published in another folder. */
  cleaning?: string[]
  /** Set where the CI system itself publishes, without a command. */
  publishes: boolean
}

/** Version of a Docker image of Node: `node:16.13-alpine`, `cimg/node:18.17.1`, `registry.example/library/node:20`. */
export function nodeOfImage(image: string, from: string): ToolRequest[] {
  const tag = /(?:^|\/)node:([^@\s]+)(?:@|$)/.exec(image.slice(0, 512))?.[1]
  if (tag === undefined) return []
  // What follows names the system around it: `-alpine3.20`, `-bookworm-slim`.
  const spec = tag.replace(/(?!^)-[a-z][a-z0-9.-]*$/, '')
  return [{ kind: 'version', spec, from: `${from} image ${image}` }]
}

/** `${{ startsWith(github.ref, 'refs/tags/v') && 'release' || '' }}` */
const ofTag =
  /^\$\{\{\s*(?:startsWith\(\s*github\.ref\s*,\s*'refs\/tags\/v?'\s*\)|github\.ref_type\s*==\s*'tag'|github\.event_name\s*==\s*'release')\s*&&\s*'([^']{1,256})'\s*\|\|\s*'[^']{0,256}'\s*\}\}$/

/** What a job that publishes was started by is the release: the one of two values that it has then. */
function atRelease(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (ofTag.exec(text.slice(0, 4096))?.[1] ?? text)
}

/** Variables whose value is a literal: nothing that the CI system would have put in. */
export function literalVariables(env: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env)
      .slice(0, 100)
      .flatMap(([name, value]) => {
        const text = atRelease(asText(value) ?? asText(asRecord(value).value))
        const isLiteral = text !== undefined && text.length <= 4096 && !/\$|\0/.test(text)
        return isLiteral && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? [[name, text]] : []
      }),
  )
}
