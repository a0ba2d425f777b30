import { defineConfig } from 'vitest/config'

// Three suites by what they need: nothing (unit), a sandbox or a local server (integration), real packages over the
// real registries (e2e). `npm test` runs the first, which takes about a minute; .ci/run runs all three.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{action,cli,verifiers,attestations,tools}/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{action,cli,verifiers,attestations,fixtures}/**/*.integration.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
          // It imports JSON in the way of bundlers.
          server: { deps: { inline: ['@actions/workflow-parser'] } },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['fixtures/e2e/**/*.e2e.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          maxWorkers: 1,
          fileParallelism: false,
        },
      },
    ],
  },
})
