import { archiveComment } from './container/archive-comment.ts'
import { compression } from './container/compression.ts'
import { encoding } from './container/encoding.ts'
import { endPadding } from './container/end-padding.ts'
import { entryComments } from './container/entry-comments.ts'
import { entryCompression } from './container/entry-compression.ts'
import { entryExtraFields } from './container/entry-extra-fields.ts'
import { entryHeaders } from './container/entry-headers.ts'
import { entryOrder } from './container/entry-order.ts'
import { entryOwners } from './container/entry-owners.ts'
import { entryPermissions } from './container/entry-permissions.ts'
import { entryTimes } from './container/entry-times.ts'
import { folderEntries } from './container/folder-entries.ts'
import { nestedArchives } from './container/nested-archives.ts'
import type { ContainerPass } from './pass.ts'

export const containerPasses: readonly ContainerPass[] = [
  compression,
  entryOrder,
  entryTimes,
  entryOwners,
  entryPermissions,
  folderEntries,
  endPadding,
  entryCompression,
  entryExtraFields,
  entryHeaders,
  entryComments,
  archiveComment,
  nestedArchives,
  encoding,
]
