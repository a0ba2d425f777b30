import type { ContainerPass } from '../pass.ts'

export const endPadding: ContainerPass = {
  kind: 'container',
  id: 'end-padding',
  version: 1,
  formats: ['npm', 'sdist', 'crate', 'gem', 'deb', 'tar'],
  causes: ['end-padding', 'tar-no-end', 'tar-partial-block'],
  changes: 'How many zero blocks follow the last entry.',
  safe: 'They are the end of the archive.',
  never: 'Bytes that are not zero, and entries behind them.',
}
