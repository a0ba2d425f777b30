/**
 * Programs of which each release may write the same program with other code: compilers, bundlers and minifiers, and the
 * parts of them that are released by themselves and write code.
 */
export const codeWriters: ReadonlySet<string> = new Set([
  '@babel/core',
  '@babel/generator',
  '@babel/helpers',
  '@swc/core',
  'babel-core',
  'browser-pack',
  'browserify',
  'clean-css',
  'csso',
  'esbuild',
  'microbundle',
  'rolldown',
  'rollup',
  'rollup-plugin-dts',
  'sass',
  'terser',
  'typescript',
  'uglify-es',
  'uglify-js',
  'webpack',
])
