import type { StampCause } from './cause.ts'

const commit = /(?<![0-9A-Za-z])(?:[0-9a-f]{40}|(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,12})(?![0-9A-Za-z])/g

export const commitStamp: StampCause = {
  id: 'commit-stamp',
  title: 'a commit that the build writes into the file',
  mask: (literal) => literal.replace(commit, '«commit»'),
}
