/** https://slsa.dev/spec/v1.2/verification_summary */
export const verificationSummaryType = 'https://slsa.dev/verification_summary/v1'
