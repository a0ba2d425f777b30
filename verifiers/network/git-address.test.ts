import { expect, test } from 'vitest'
import { abbreviatedAddress, gitAddress, repositoryAsked } from './git-address.ts'

const commit = 'c0ffee'.padEnd(40, '0')
const github = { repository: 'https://github.com/owner/name', commit }

test.each([
  [`git+ssh://git@github.com/owner/name.git#${commit}`, github],
  [`git+https://github.com/owner/name.git#${commit}`, github],
  [`git://github.com/owner/name.git#${commit}`, github],
  [`git@github.com:owner/name.git#${commit}`, github],
  [`github:owner/name#${commit}`, github],
  [`https://github.com/owner/name.git#${commit}`, github],
  [`https://github.com/owner/name.git#commit=${commit}`, github],
  [`https://codeload.github.com/owner/name/tar.gz/${commit}`, github],
  [`https://codeload.github.com/owner/name/tar.gz/${commit}#0123`, github],
  [`https://github.com/owner/name/archive/${commit}.tar.gz`, github],
  [`gitlab:owner/name#${commit}`, { repository: 'https://gitlab.com/owner/name', commit }],
  [
    `https://gitlab.com/api/v4/projects/owner%2Fname/repository/archive.tar.gz?ref=${commit}`,
    { repository: 'https://gitlab.com/owner/name', commit },
  ],
  [`https://bitbucket.org/owner/name/get/${commit}.tar.gz`, { repository: 'https://bitbucket.org/owner/name', commit }],
  [`git+ssh://git@code.example.test/a/b.git#${commit}`, { repository: 'https://code.example.test/a/b', commit }],
])('%s names a commit', (address, expected) => {
  expect(gitAddress(address)).toEqual(expected)
})

test.each([
  ['github:owner/name#c0ffee0', { repository: 'https://github.com/owner/name', commit: 'c0ffee0' }],
  ['github:owner/name#c0ffee', undefined],
  ['github:owner/name#main', undefined],
  ['github:owner/name#v1.0.0', undefined],
  ['github:owner/name', undefined],
  ['gitlab:owner/name#c0ffee0', undefined],
  ['github:owner/../name#c0ffee0', undefined],
  ['git+ssh://git@github.com/owner/name.git#c0ffee0', undefined],
])('%s names a commit by its first characters, or none', (address, expected) => {
  expect(abbreviatedAddress(address)).toEqual(expected)
})

test.each([
  'git+ssh://git@github.com/owner/name.git#main',
  'git+ssh://git@github.com/owner/name.git',
  'github:owner/name#v1.0.0',
  'github:owner/name#semver:^1.0.0',
  `github:owner/name#${commit.slice(1)}`,
  `https://packages.example.test/name/-/name-1.0.0.tgz#${commit}`,
  `https://codeload.github.com/owner/name/tar.gz/main`,
  `https://codeload.github.com.example.test/owner/name/tar.gz/${commit}`,
  `https://codeload.github.com/owner/../tar.gz/${commit}/x`,
  `file:../name.git#${commit}`,
  '1.0.0',
  '',
  `git+ssh://${'a'.repeat(5000)}/b.git#${commit}`,
])('%.80s names none', (address) => {
  expect(gitAddress(address)).toBeUndefined()
})

test.each([
  ['https://github.com/owner/name.git/info/refs?service=git-upload-pack', 'https://github.com/owner/name'],
  ['https://github.com/owner/name/git-upload-pack', 'https://github.com/owner/name'],
  [`https://codeload.github.com/owner/name/tar.gz/${commit}`, 'https://github.com/owner/name'],
  ['https://github.com/owner/name/git-receive-pack', undefined],
  ['https://packages.example.test/name', undefined],
])('%s asks for %s', (url, repository) => {
  expect(repositoryAsked(new URL(url))).toBe(repository)
})
