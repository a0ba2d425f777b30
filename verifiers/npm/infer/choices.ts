/** What inference decides otherwise than it would by itself, because an attempt has shown that it should. */
export type Choices = {
  /**
   * How far the lockfile is followed. `repaired`: without the entries that cannot be had any more; `ignored`: not at all.
   */
  lockfile?: 'repaired' | 'ignored'
  /** Shows the registry as it is now: it may be a mirror that has taken in what is needed only later. */
  registryNow?: boolean
  /** Takes dependencies whose peers do not fit, as npm up to 6 did. */
  looselyPeered?: boolean
  /** Which of the ways to build, counted from 0, the likeliest first. */
  build?: number
  /** Installs what the project is developed with in the lowest versions that it asks for. */
  lowest?: boolean
  /** Installs, of what the project is developed with, only what its build names; or all of it, where that would be left out by itself. */
  needed?: boolean
  /** Leaves out, of what the project is developed with, what the registry has never had. */
  without?: readonly string[]
  /** Builds where there is a compiler of C, if anything in the source may call one. */
  compiler?: boolean
  /**
   * Installs, of a workspace, only what the package, its root, and what it needs of the same source ask for, and builds
   * nothing else; or all of it, where that would be left out by itself.
   */
  focused?: boolean
  /** Builds as on a developer's machine, where the build asks whether it is in CI. */
  outsideCi?: boolean
  /** Builds with the clock of the time when it was published. */
  clock?: boolean
  /** Builds what the publishing job builds with the version that package.json had one commit earlier. */
  earlierVersion?: boolean
  /** Builds without what the job that publishes runs. */
  withoutJob?: boolean
  /** Goes on past what fails of a build, where what it leaves may be all that was published. */
  pastFailures?: boolean
  /** Takes the long-term Node of now: dependencies that are those of now may need it. */
  nodeNow?: boolean
  /** Takes a Node of a lower line than this one: what builds does not start on it. */
  nodeBelow?: number
  /** Packs the package's own folder, whatever names another. */
  ownFolder?: boolean
  /** Gives files the modes that they had on the publisher's disk, where no one umask gives them. */
  diskModes?: boolean
  /** Gives files the times that they had on the publisher's disk, for packers that write them down. */
  diskTimes?: boolean
  /** Builds as the owner that files had on the publisher's disk, for packers that write it down. */
  diskOwner?: boolean
  /** Gives files the line ends of Windows that they had on the publisher's disk, and what is built those that compilers write there. */
  diskLineEnds?: boolean
  /** Packs package.json with its dependencies in the published order. */
  manifestOrder?: boolean
  /** Gives the build more memory than is usual, where the machine has it. */
  roomy?: boolean
  /** Runs installation scripts of these dependencies, as far as what the build names leads to them. */
  scripted?: readonly { name: string; through: readonly string[] }[]
  /** Installs only types that this line of TypeScript can read, `4.9`. */
  readableTo?: string
  /** Runs what formats, where publishing runs it after what builds. */
  formatted?: boolean
  /** Runs what writes documents anew with what formats. */
  documents?: boolean
  /** Builds what is built by scripts that check, where publishing runs these. */
  checked?: boolean
  /** Takes away the tarball that the build has packed itself. */
  withoutTarball?: boolean
  /** Published files that the build is to leave as the source has them, below the package's folder. */
  keep?: readonly string[]
}
