/** https://slsa.dev/spec/v1.2/verification_summary */
export const verificationSummaryType = 'https://slsa.dev/verification_summary/v1'

/** docs/rebuild-result/v1.md */
export const rebuildResultType = 'https://reproof.dev/rebuild-result/v1'
