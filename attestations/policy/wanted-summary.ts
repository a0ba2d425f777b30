/** What is expected of a verification summary, beyond its signature and its subject. */
export type WantedSummary = {
  /** `verifier.id`: it has to be one that the signer is trusted for. */
  verifier?: string
  resourceUri?: string
  /** Levels that it must list. */
  levels?: string[]
}

/** Whether anything is expected that only a verification summary says. */
export const asksForSummary = ({ verifier, resourceUri, levels = [] }: WantedSummary): boolean =>
  verifier !== undefined || resourceUri !== undefined || levels.length > 0
