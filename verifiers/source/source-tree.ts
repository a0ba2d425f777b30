import { Problem } from '../model/problem.ts'

export type SourceEntry = {
  /** From the source's root, with forward slashes. */
  path: string
  kind: 'file' | 'executable' | 'symlink' | 'submodule'
}

/** What a source contains, wherever it is kept: a commit, or an archive that was unpacked. Folders are not listed. */
export type SourceTree = {
  list(): Promise<SourceEntry[]>
  /**
   * The bytes of files, several with as few requests as can be; `too-large` past the limit, in bytes. What is missing in
   * the answer does not exist, or is a link or a folder.
   */
  readMany(paths: string[], limit: number): Promise<Map<string, FileReading>>
}

export type FileReading = Buffer | 'too-large'

/**
 * One file; `undefined` where there is none of that name, or it is a link or a folder.
 *
 * @throws {Problem} SOURCE_TOO_LARGE
 */
export async function readSourceFile(tree: SourceTree, path: string, limit: number): Promise<Buffer | undefined> {
  const reading = (await tree.readMany([path], limit)).get(path)
  if (reading !== 'too-large') return reading
  throw new Problem(
    'SOURCE_TOO_LARGE',
    `The file ${JSON.stringify(path)} of the source is larger than ${limit} bytes.`,
    {
      hint: 'Nobody writes such a file by hand; look at it before going on.',
      details: { path, limit },
    },
  )
}
