import { mark } from './mark.ts'
import type { ContentPass } from './pass.ts'

const date = /^date: \d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}:\d{2}(?:\.\d{1,9})? (?:Z|[+-]\d{2}:\d{2}))?$/gm

export const gemMetadataDate: ContentPass = {
  kind: 'content',
  id: 'gem-metadata-date',
  version: 2,
  formats: ['gem'],
  changes: 'In the metadata of a gem the date of the build is taken out.',
  safe: 'RubyGems shows it and decides nothing by it (Gem::Specification#date).',
  never: 'Any other line, a value that is no date, and metadata that has the line twice or not at all.',
  apply({ path, text }) {
    if (path !== 'metadata' || !text.startsWith('--- !ruby/object:Gem::Specification\n')) return undefined
    const found = text.match(date) ?? []
    if (found.length !== 1) return undefined
    return { text: text.replace(date, `date: ${mark}`), changed: found[0] }
  },
}
