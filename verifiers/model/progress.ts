/** What a long job tells whoever started it. Nothing below `cli/` prints; it reports. */
export type Progress = (event: ProgressEvent) => void

export type ProgressEvent =
  | { type: 'stage'; stage: Stage; state: 'started' | 'finished' | 'resumed'; detail?: string }
  /** The current activity inside the stage, one short line; replaced by the next one. */
  | { type: 'activity'; stage: Stage; text: string; done?: number; total?: number }
  /** Worth keeping in the run's report: something was tried and did not work, and the job goes on. */
  | { type: 'notice'; stage: Stage; text: string }
  /** Output of a build step, verbatim bytes. */
  | { type: 'output'; stage: Stage; chunk: Uint8Array }

export type Stage = 'artifact' | 'source' | 'environment' | 'recipe' | 'rebuild' | 'comparison'
