import { expect, test } from 'vitest'
import { explainJavaScript } from './explain-javascript.ts'

const explain = (published: string, rebuilt: string) => {
  const { cause, severity } = explainJavaScript(published, rebuilt)
  return { cause, severity }
}

test.each([
  [
    'declarations of functions',
    'function a(x){return x}\nfunction b(){return a(1)}\nrun();',
    'function b(){return a(1)}\nfunction a(x){return x}\nrun();',
  ],
  [
    'functions in which lines end alike',
    'function b(x){x\n++y}\nfunction a(x){return {\nx\n}}',
    'function a(x){return {\nx\n}}\nfunction b(x){x\n++y}',
  ],
  ['an async generator', 'async function* a(){}\nfunction b(){}', 'function b(){}\nasync function* a(){}'],
])('another order of what has none is named: %s', (_, published, rebuilt) => {
  expect(explain(published, rebuilt)).toEqual({ cause: 'file-order', severity: 'unexplained' })
})

test.each([
  ['calls', 'check();\nrun();', 'run();\ncheck();'],
  [
    'a line end that ends a statement in the other function',
    'function b(x){return x}\nfunction a(x){return\nx}',
    'function a(x){return x}\nfunction b(x){return\nx}',
  ],
  [
    'a function that is declared twice',
    'function a(){return 1}\nfunction a(){return 2}',
    'function a(){return 2}\nfunction a(){return 1}',
  ],
  [
    'a statement beside a moved function',
    'function a(){}\nfunction b(){}\ncheck();run();',
    'function b(){}\nfunction a(){}\nrun();check();',
  ],
  [
    'what is within a function',
    'function a(){check();run()}\nfunction b(){}',
    'function b(){}\nfunction a(){run();check()}',
  ],
  ['imports for their effects', 'import "./a.js";\nimport "./b.js";', 'import "./b.js";\nimport "./a.js";'],
  [
    'exports of other modules',
    'export * from "./a.js";\nexport { b } from "./b.js";',
    'export { b } from "./b.js";\nexport * from "./a.js";',
  ],
  ['one function more', 'function a(){}\nfunction b(){}\nfunction c(){}', 'function b(){}\nfunction a(){}'],
  ['members of a class', 'class A{a(){}b(){}}', 'class A{b(){}a(){}}'],
  ['functions that are values', 'f(function a(){b()},function c(){d()})', 'f(function c(){d()},function a(){b()})'],
])('another order of what has one is suspicious: %s', (_, published, rebuilt) => {
  expect(explain(published, rebuilt).severity).toBe('suspicious')
})
