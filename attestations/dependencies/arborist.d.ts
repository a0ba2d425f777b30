/** What is used of Arborist, which has no types of its own: reading a lockfile, nothing else. */
declare module '@npmcli/arborist' {
  type Edge = {
    name: string
    type: 'prod' | 'dev' | 'optional' | 'peer' | 'peerOptional' | 'workspace'
    to: Node | null
  }

  export type Node = {
    /** Path below the root, `''` for the root itself. */
    location: string
    packageName: string | null
    version: string
    resolved: string | null
    integrity: string | null
    package: Record<string, unknown>
    inBundle: boolean
    isLink: boolean
    isProjectRoot: boolean
    isWorkspace: boolean
    hasInstallScript: boolean | undefined
    /** Where a link leads; the node itself otherwise. */
    target: Node
    edgesOut: Map<string, Edge>
  }

  export default class Arborist {
    constructor(options: { path: string; offline?: boolean })
    loadVirtual(): Promise<Node & { inventory: Map<string, Node> }>
  }
}
