const extensions = ['.js', '.json', '.node']

/**
 * The file that Node loads by the same specifier once `path` is not there, where one of `paths` is: `./a` is `a.js`, then
 * `a.json`, `a.node`, `a/package.json`, `a/index.js` and so on (Node, "All together" in modules: CommonJS).
 */
export function loadedInstead(path: string, paths: ReadonlySet<string>): string | undefined {
  const extension = extensions.find((one) => path.endsWith(one)) ?? ''
  const stem = extension === '' ? path : path.slice(0, -extension.length)
  const inFolder = ['package.json', ...extensions.map((one) => `index${one}`)]
  const names = [...extensions.map((one) => `${stem}${one}`), ...inFolder.map((name) => `${stem}/${name}`)]
  if (stem.endsWith('/index') && extension !== '') {
    const folder = stem.slice(0, -'/index'.length)
    names.push(...extensions.map((one) => `${folder}${one}`))
  }
  return names.find((name) => name !== path && paths.has(name))
}
