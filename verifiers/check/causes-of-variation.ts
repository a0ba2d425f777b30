import type { VariationId } from '../model/check.ts'
import type { Difference } from '../model/comparison.ts'

/** What a finding is about: one thing that is varied, or nothing at all. */
export type Blamed = VariationId | 'nothing'

type Pattern = {
  pattern: RegExp
  /** What a line that has it does, in a few words. */
  says: string
  /** Hardly ever there for another reason. */
  direct: boolean
}

type Knowledge = {
  title: string
  advice: string
  /** Ids of causes of differences that point at it. */
  causes: string[]
  patterns: Pattern[]
}

const direct = (pattern: RegExp, says: string): Pattern => ({ pattern, says, direct: true })
const indirect = (pattern: RegExp, says: string): Pattern => ({ pattern, says, direct: false })

/** A variable of the environment, as scripts of each kind read it. */
function reads(names: string, says: string): Pattern {
  const name = `(?:${names})`
  return direct(
    new RegExp(
      `\\benv(?:\\.${name}\\b|\\[["'\`]${name}["'\`]\\])|\\$\\{?${name}\\b|\\{[^}]*\\b${name}\\b[^}]*\\}\\s*=\\s*process\\.env`,
    ),
    says,
  )
}

const readsClock = direct(
  /\bnew Date(?:\(\s*\)|\b(?!\s*\())|\bDate\.now\(|(?<![.\w])Date\(\)|\bmoment(?:\.utc)?\(\s*\)|\bdayjs(?:\.utc)?\(\s*\)|\bTemporal\.Now\b|\$\(\s*date\b|`date\b|\bdate\s+(?:-u\s+)?["']?\+|\bgrunt\.template\.today\b|<%=?[^%]*\b(?:moment|today|now|Date)\b|__DATE__|\{\{\s*(?:date|now)\b/,
  'reads the clock',
)

export const knowledge: Record<Blamed, Knowledge> = {
  clock: {
    title: 'The output depends on the clock.',
    advice:
      'Leave the time of the build out, or take it from SOURCE_DATE_EPOCH (seconds), which the recipe sets to the time of the commit.',
    causes: ['build-time', 'generated-date', 'image-metadata', 'version-stamp', 'random-id'],
    patterns: [
      readsClock,
      indirect(/\b(?:mtime|birthtime|ctime)(?:Ms)?\b/, 'reads the time of a file'),
      indirect(/[bB]anner\w*\(|\bbanner\s*[:=]/, 'makes a banner'),
      indirect(/\btimestamp|\bbuild(?:Date|Time)|\bdate\b/i, 'names a date'),
    ],
  },
  timezone: {
    title: 'The output depends on the time zone.',
    advice: 'Write times in UTC: toISOString() or the getUTC… methods instead of local ones.',
    causes: ['build-time', 'generated-date', 'version-stamp'],
    patterns: [
      direct(
        /\.toLocale(?:Date|Time)?String\(|\.getTimezoneOffset\(|\.get(?:FullYear|Month|Date|Day|Hours|Minutes)\(|\.to(?:Date|Time)String\(|\bDateTimeFormat\b/,
        'uses local time',
      ),
      reads('TZ', 'reads the time zone'),
      direct(
        /\bgrunt\.template\.(?:today|date)\b|\bmoment(?:\.utc)?\(|\bdayjs\(|\bdate\s+["']?\+/,
        'formats local time',
      ),
      indirect(readsClock.pattern, 'reads the clock'),
    ],
  },
  locale: {
    title: 'The output depends on the locale.',
    advice:
      'Name the locale: localeCompare(other, "en"), new Intl.NumberFormat("en"), or sort by code points with a plain comparison.',
    causes: ['locale', 'key-order', 'member-order'],
    patterns: [
      direct(
        /\.localeCompare\((?![^)]*,)|\.toLocale(?:String|DateString|TimeString|UpperCase|LowerCase)\(\s*\)|\bIntl\.\w+\(\s*\)/,
        'goes by the locale of the machine',
      ),
      reads('LANG|LC_[A-Z]+|LANGUAGE', 'reads the locale'),
      indirect(/\.localeCompare\(|\.toLocale\w+\(|\bIntl\./, 'uses a locale'),
      indirect(/(?:^|[|;&"'\s])sort(?:\s|$)/, 'sorts'),
    ],
  },
  umask: {
    title: 'The output depends on the umask.',
    advice: 'Set the permissions that are packed by hand, instead of taking those that files happen to have.',
    causes: ['mode', 'permissions'],
    patterns: [
      direct(/\bumask\s*\(|(?:^|[;&|\s])umask\s/, 'reads the umask'),
      direct(/\.mode\b|\bstat -c|\bls -l/, 'reads permissions of files'),
      indirect(/\b(?:archiver|tar|zip|jszip|yazl|adm-zip)\b/, 'packs files'),
    ],
  },
  user: {
    title: 'The output depends on who builds.',
    advice: 'Leave the name of the user out.',
    causes: ['user-host', 'owners'],
    patterns: [
      direct(/\buserInfo\b|\bwhoami\b|\bgetuid\b|\bgeteuid\b|\busername\(|\bid -u/, 'asks who builds'),
      reads('USER|LOGNAME|USERNAME', 'reads the name of the user'),
      indirect(/\b(?:archiver|tar)\b/, 'packs files with their owner'),
    ],
  },
  home: {
    title: 'The output depends on the home folder.',
    advice: 'Leave paths below the home folder out.',
    causes: ['build-path'],
    patterns: [
      direct(/\bhomedir\b/, 'asks for the home folder'),
      reads('HOME|USERPROFILE', 'reads the home folder'),
      indirect(/["'\s]~\//, 'names the home folder'),
    ],
  },
  hostname: {
    title: 'The output depends on the name of the machine.',
    advice: 'Leave the name of the machine out.',
    causes: ['user-host'],
    patterns: [
      direct(
        /\.hostname\b|\bhostname\(|\$\(\s*hostname\b|`hostname\b|\buname\s+-|\/etc\/hostname\b/,
        'asks for the name of the machine',
      ),
      reads('HOSTNAME|HOST', 'reads the name of the machine'),
    ],
  },
  path: {
    title: 'The output depends on the folder that is built in.',
    advice: 'Write paths relative to the project: path.relative(root, file).',
    causes: ['build-path', 'source-map-paths', 'random-id', 'variable-names', 'code'],
    patterns: [
      direct(
        /\bprocess\.cwd\(|\b__dirname\b|\b__filename\b|\bimport\.meta\.(?:url|dirname|filename)\b|\$\{?PWD\b|\$\(\s*pwd|\brequire\.resolve\(/,
        'has the path of the folder',
      ),
      direct(
        /\b(?:fullPaths|moduleIds|namedModules|filename:\s*true|sourceRoot|absolute)\b/,
        'decides how paths are written',
      ),
      indirect(/\bpath\.(?:resolve|join)\(|\bresolve\(/, 'makes a path'),
    ],
  },
  processors: {
    title: 'The output depends on the number of processors.',
    advice: 'Give the number of workers a fixed value, or put what they return into a fixed order.',
    causes: [],
    patterns: [
      direct(
        /\bcpus\(|\bavailableParallelism\b|\bnproc\b|\bhardwareConcurrency\b|\/proc\/(?:cpuinfo|stat)\b/,
        'counts processors',
      ),
      indirect(/\bparallel\b|\bconcurrency\b|\bworkers?\b|\bmaxWorkers\b|\bthreads?\b/i, 'works in parallel'),
    ],
  },
  order: {
    title: 'The output depends on the order in which the disk lists files.',
    advice: 'Sort what a folder lists before it is used.',
    causes: ['file-order', 'member-order', 'key-order', 'order'],
    patterns: [
      direct(
        /\bopendir(?:Sync)?\b|\bls\s+-U|\bfind\s+[\w./"'$-]+|\bos\.(?:listdir|scandir|walk)\b/,
        'lists files as the disk does',
      ),
      indirect(/\breaddir(?:Sync)?\b|\bglob(?:by|Sync)?\b|\bfast-glob\b|\*\*?\//, 'lists files'),
    ],
  },
  terminal: {
    title: 'The output depends on the terminal.',
    advice: 'Do not format what is written to a file by the size or the colours of a terminal.',
    causes: [],
    patterns: [
      direct(
        /\b(?:stdout|stderr|stdin)\.(?:columns|rows|isTTY)\b|\bgetWindowSize\b|\bgetColorDepth\b|\btput\b/,
        'asks for the terminal',
      ),
      reads('COLUMNS|LINES|TERM', 'reads the size or the kind of the terminal'),
    ],
  },
  ci: {
    title: 'The output depends on whether CI is set.',
    advice:
      'Build the same everywhere, or say in the recipe which it is: variables in reproof.yaml. Releases are then made with that value only.',
    causes: ['missing', 'extra', 'source-map'],
    patterns: [
      reads('CI|CONTINUOUS_INTEGRATION|GITHUB_ACTIONS|TRAVIS|CIRCLECI', 'asks whether it runs in CI'),
      direct(/\b(?:is-ci|ci-info|std-env|isCI|is-in-ci)\b/, 'asks whether it runs in CI'),
    ],
  },
  variables: {
    title: 'The output depends on variables of the machine.',
    advice: 'Do not read them, or say in the recipe what they are: variables in reproof.yaml.',
    causes: ['version-stamp'],
    patterns: [
      reads(
        'EDITOR|VISUAL|PAGER|SHELL|HOSTNAME|BUILD_NUMBER|BUILD_ID|XDG_RUNTIME_DIR|NO_COLOR',
        'reads a variable of the machine',
      ),
      indirect(
        /\{\s*\.\.\.process\.env|JSON\.stringify\(\s*process\.env\s*\)|(?:^|[;&|"'\s])env(?:\s*[|>]|$)/,
        'takes all variables',
      ),
      indirect(/\bprocess\.env\b/, 'reads a variable'),
    ],
  },
  nothing: {
    title: 'The output differs from build to build, with nothing varied.',
    advice:
      'Look for random values, and for results that are taken in the order in which they happen to be ready: push() after an await, Promise.all over functions that write.',
    causes: [],
    patterns: [
      direct(
        /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\brandomInt\b|\bgetRandomValues\b|\bnanoid\b|\buuid(?:v[147])?\b|\bmkdtemp(?:Sync)?\b|\bprocess\.(?:pid|hrtime)\b|\bperformance\.now\b|\$RANDOM\b|\/dev\/u?random\b|\bmktemp\b/,
        'takes a value that is never the same',
      ),
      direct(/\bPromise\.(?:all|allSettled|race|any)\b/, 'does things at the same time'),
      readsClock,
      indirect(
        /\bsetTimeout\b|\.forEach\(\s*async|\.map\(\s*async|\bparallel\b|\bworkers?\b|&\s*$/i,
        'does things at the same time',
      ),
    ],
  },
}

/** What the causes of differences point at. */
export function suspectsIn(differences: readonly Difference[]): Set<VariationId> {
  const causes = new Set(differences.map(({ cause }) => cause))
  const suspects = new Set<VariationId>()
  for (const [id, { causes: pointing }] of Object.entries(knowledge)) {
    if (id !== 'nothing' && pointing.some((cause) => causes.has(cause))) suspects.add(id as VariationId)
  }
  return suspects
}
