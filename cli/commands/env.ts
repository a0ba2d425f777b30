import { join } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../context.ts'
import { renderJson } from '../render/json.ts'

const variants = ['base', 'build'] as const
const architectures = ['amd64', 'arm64'] as const

type Options = { architecture?: string; json?: boolean }

export function registerEnv(program: Command, context: CliContext): void {
  const env = program.command('env')
  const architectureFlag = '--architecture <name>'
  const oneArchitecture = `${architectures.join(' or ')} (default: this machine's)`

  env
    .command('show')
    .description('list the images of this version, or the packages that one is made of')
    .argument('[variant]', variants.join(' or '))
    .option(architectureFlag, oneArchitecture)
    .option('--json', 'print it as JSON')
    .action((variant: string | undefined, options: Options) => show(variant, options, context))

  env
    .command('build')
    .description('assemble an image from its lock, unless it is there already')
    .argument('[variant]', variants.join(' or '), 'base')
    .option(architectureFlag, oneArchitecture)
    .option('--json', 'print what there is now as JSON')
    .action(async (variant: string, options: Options) => {
      const { image, rootFolder } = await assemble(variant, options, context)
      context.write(options.json ? renderJson({ ...image, rootFolder }) : `${image.digest}\n${rootFolder}\n`)
    })

  env
    .command('export')
    .description('write an image as an OCI layout, which podman, skopeo and others load')
    .argument('<folder>', 'a folder that is empty or not there yet')
    .option('--variant <name>', variants.join(' or '), 'base')
    .option(architectureFlag, oneArchitecture)
    .option('--json', 'print what was written as JSON')
    .action(async (into: string, options: Options & { variant: string }) => {
      const { image, exportTo } = await assemble(options.variant, options, context)
      const folder = await exportTo(into)
      context.write(options.json ? renderJson({ ...image, folder }) : `${image.digest}\n${folder}\n`)
    })

  env
    .command('lock')
    .description('resolve the packages anew, assemble their images and record both; for whoever maintains the locks')
    .option(architectureFlag, `${architectures.join(' or ')} (default: both)`)
    .option('--locks <folder>', 'where seeds.json, images.json and the locks are (default: those of reproof itself)')
    .option('--json', 'print what was written as JSON')
    .action((options: Options & { locks?: string }) => refresh(options, context))
}

async function show(variant: string | undefined, options: Options, context: CliContext): Promise<void> {
  const [{ describeLock }, { renderLock, renderLocks }] = await Promise.all([
    import('../../verifiers/environment/describe-lock.ts'),
    import('../render/environment.ts'),
  ])
  const folder = imagesFolder(context)
  if (variant !== undefined) {
    const choice = { variant: await variantOf(variant), architecture: await architectureOf(options), folder }
    const lock = await describeLock(choice)
    return context.write(options.json ? renderJson(lock) : renderLock(lock, context))
  }
  const wanted = options.architecture === undefined ? architectures : [await architectureOf(options)]
  const locks = await Promise.all(
    wanted.flatMap((architecture) => variants.map((one) => describeLock({ variant: one, architecture, folder }))),
  )
  context.write(options.json ? renderJson(locks) : renderLocks(locks, context))
}

async function assemble(variant: string, options: Options, context: CliContext) {
  const [{ ensureImage }, { openContext }] = await Promise.all([
    import('../../verifiers/environment/image.ts'),
    import('../open-context.ts'),
  ])
  return ensureImage({
    variant: await variantOf(variant),
    architecture: await architectureOf(options),
    folder: imagesFolder(context),
    ...(await openContext(context)),
  })
}

async function refresh(options: Options & { locks?: string }, context: CliContext): Promise<void> {
  const [{ writeLocks }, { openContext }, { renderWritten }] = await Promise.all([
    import('../../verifiers/environment/write-locks.ts'),
    import('../open-context.ts'),
    import('../render/environment.ts'),
  ])
  const opened = await openContext(context)
  const wanted = options.architecture === undefined ? architectures : [await architectureOf(options)]
  const written = []
  for (const architecture of wanted) {
    const where = { folder: imagesFolder(context), ...(options.locks !== undefined && { locks: options.locks }) }
    written.push(...(await writeLocks({ ...opened, ...where, variants: [...variants], architecture })))
  }
  context.write(options.json ? renderJson(written) : renderWritten(written, context))
}

function imagesFolder({ cacheFolder }: CliContext): string {
  return join(cacheFolder, 'images')
}

async function variantOf(variant: string) {
  const { choice } = await import('../context.ts')
  return choice('The variant', variant, variants)
}

async function architectureOf({ architecture }: Options) {
  if (architecture !== undefined) {
    const { choice } = await import('../context.ts')
    return choice('--architecture', architecture, architectures)
  }
  const { hostArchitecture } = await import('../../verifiers/environment/architecture.ts')
  return hostArchitecture(process.arch)
}
