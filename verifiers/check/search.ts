/**
 * Finds which members of a set make the difference, with as few experiments as bisection needs: `differs` is asked about
 * subsets, and it is known that the whole set differs.
 *
 * @param suspects members to which something points already; the others are tried first, all together
 * @returns groups of members; each by itself makes a difference, and a group of several only does so together
 */
export async function findCulprits<Member>(options: {
  members: readonly Member[]
  suspects: ReadonlySet<Member>
  differs: (subset: readonly Member[]) => Promise<boolean>
}): Promise<Member[][]> {
  const { members, suspects, differs } = options
  const others = members.filter((member) => !suspects.has(member))
  const pointedAt = members.filter((member) => suspects.has(member))
  return await searchIn(others.length === 0 || pointedAt.length === 0 ? halvesOf(members) : [others, pointedAt])

  /** Of two parts that differ together. */
  async function searchIn([left, right]: [readonly Member[], readonly Member[]]): Promise<Member[][]> {
    if (left.length === 0 || right.length === 0) {
      const all = [...left, ...right]
      return all.length > 1 ? await searchIn(halvesOf(all)) : (await differs(all)) ? [all] : []
    }
    const inLeft = await searchUnknown(left)
    // Where the left part makes no difference the right one does, and its own parts are asked at once.
    const inRight = inLeft.length > 0 ? await searchUnknown(right) : await searchKnown(right)
    const found = [...inLeft, ...inRight]
    return found.length > 0 ? found : [await smallestTogether([...left, ...right])]
  }
  async function searchUnknown(part: readonly Member[]): Promise<Member[][]> {
    if (!(await differs(part))) return []
    return part.length === 1 ? [[...part]] : await searchIn(halvesOf(part))
  }
  async function searchKnown(part: readonly Member[]): Promise<Member[][]> {
    if (part.length === 1) return (await differs(part)) ? [[...part]] : []
    const [left, right] = halvesOf(part)
    const inLeft = await searchUnknown(left)
    return [...inLeft, ...(inLeft.length > 0 ? await searchUnknown(right) : await searchKnown(right))]
  }
  /** No part differs by itself: leaves out what can be left out. */
  async function smallestTogether(all: Member[]): Promise<Member[]> {
    let needed = all
    for (const member of all) {
      const without = needed.filter((one) => one !== member)
      if (without.length > 0 && (await differs(without))) needed = without
    }
    return needed
  }
}

function halvesOf<Member>(members: readonly Member[]): [readonly Member[], readonly Member[]] {
  const half = Math.floor(members.length / 2)
  return [members.slice(0, half), members.slice(half)]
}
