const place = /^([^/]+\.dist-info)\/(licenses\/)?(.+)$/

/**
 * Where builders after PEP 639 put a licence that those before it put beside the metadata, and the other way round.
 * https://peps.python.org/pep-0639/#add-license-files
 */
export function otherLicencePlace(path: string): string | undefined {
  const [, folder, isBelow, name = ''] = place.exec(path) ?? []
  const plain = name.slice(name.lastIndexOf('/') + 1)
  if (folder === undefined || !/^(?:licen[cs]e|copying|notice|authors)(?:[-._].{0,60})?$/i.test(plain)) return undefined
  return isBelow === undefined ? `${folder}/licenses/${name}` : `${folder}/${name}`
}
