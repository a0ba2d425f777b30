/** What is being made at this moment, by what it is; of one command, which may do several things at once. */
export type InFlight = Map<string, Promise<unknown>>

/**
 * The result of `make`, or of whoever is making the same at this moment. Only saves work: where nothing is shared, or
 * another process does the same, it is done twice.
 */
export async function sharing<Result>(
  inFlight: InFlight | undefined,
  key: string,
  make: () => Promise<Result>,
): Promise<Result> {
  // Whoever has the same key has the same `make`.
  const others = inFlight?.get(key) as Promise<Result> | undefined
  if (others) return await others
  const made = make()
  inFlight?.set(key, made)
  try {
    return await made
  } finally {
    inFlight?.delete(key)
  }
}
