import { expect, test } from 'vitest'
import { parseChangeLog } from './node-lines.ts'

const log = `# Node.js 21 ChangeLog

<a href="#21.3.0">21.3.0</a><br/>

## 2023-11-30, Version 21.3.0 (Current), @someone

* \\[[\`071e46ae56\`](https://host.example)] - **deps**: upgrade npm to 10.2.4 (npm team)
* \\[[\`071e46ae57\`](https://host.example)] - **deps**: upgrade npm to 10.2.3 (npm team)

## 2023-11-14, Version 21.2.0 (Current), @someone

* \\[[\`1\`](https://host.example)] - **deps**: update undici to 5.27.2

## 2023-10-24, Version 21.1.0 (Current), @someone

* \\[[\`2\`](https://host.example)] - _**Revert**_ "**deps**: upgrade npm to 10.9.9"

## 2023-10-17, Version 21.0.0 (Current), @someone

* \\[[\`3\`](https://host.example)] - **deps**: upgrade npm to 10.2.0 (npm team)

## 2023-10-13, Version 20.8.1 (Current), @someone
`

test('a change log tells days, and the npm of each release from the last upgrade before it', () => {
  expect(parseChangeLog(log, 21)).toEqual([
    { version: '21.3.0', releasedAt: Date.parse('2023-11-30'), npm: '10.2.4' },
    { version: '21.2.0', releasedAt: Date.parse('2023-11-14'), npm: '10.2.0' },
    { version: '21.1.0', releasedAt: Date.parse('2023-10-24'), npm: '10.2.0' },
    { version: '21.0.0', releasedAt: Date.parse('2023-10-17'), npm: '10.2.0' },
  ])
})

test.each(['', 'no change log', '## 2023-13-99, Version x\n', '## '.repeat(1_000_000)])(
  '%# is no change log',
  (text) => {
    expect(parseChangeLog(text, 21)).toEqual([])
  },
)
