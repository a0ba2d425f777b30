import type { StampCause } from './cause.ts'

/** Where people and CI services keep what they build: home folders, runners' work folders, temporary folders. */
const folder =
  /(?:file:\/\/)?(?:\/(?:home|Users|root|builds?|github|__w|workspace|var|tmp|private|opt|app|srv|mnt|work|drone|codebuild|usr\/src)|[A-Za-z]:[\\/]{1,2}(?:Users|a|agent|build|work|src|projects?|dev))(?:[\\/]{1,2}(?!\.\.)(?:[a-z0-9_.@+-]{1,40}|[A-Za-z_.@+-]{1,24}|[A-Za-z0-9_.@+-]{1,10})){0,8}?(?=[\\/]{1,2}(?:node_modules|src|lib|dist|build|out|packages|index)\b)/g

export const buildPath: StampCause = {
  id: 'build-path',
  title: 'the folder that was built in',
  mask: (literal) => literal.replace(folder, '«folder»'),
}
