import { expect, test } from 'vitest'
import { alarmsOfDeclarations } from './declaration-alarms.ts'

const declared = 'export declare function a(): void;\n'

const honest: Record<string, [published: string, rebuilt: string]> = {
  'a version, which is a stamp': [
    'export declare const version = "1.2.3";\n',
    'export declare const version = "1.2.2";\n',
  ],
  'a constant as a type': ['export declare const K = 1;\n', 'export declare const K: 1;\n'],
  'an enum, formatted otherwise': ["declare enum A {\n  a = 'x',\n}\n", 'declare enum A { a = "x" /* first */ }\n'],
  'enums in another order': [
    'declare enum A { a = 0 }\ndeclare enum B { a = 0 }\n',
    'declare enum B { a = 0 }\ndeclare enum A { a = 0 }\n',
  ],
  'words in a comment': ['/** Any module, never unknown. */\nexport {};\n', 'export {};\n'],
  ...Object.fromEntries(
    [
      'export = x;',
      'export {};',
      'export default x;',
      'export default x.y;',
      'export * from "./x";',
      'export type { A } from "./x";',
      'export import x = y.z;',
      'import type { A } from "./x";',
      'import x from\n  "./x" with { type: "json" };',
      '"use client";',
      'declare const\n  a: string,\n  b: string;',
      'export type F =\n  | (() => void)\n  | { (): void };',
      'export type C<T> = T extends (infer U)[]\n  ? U\n  : T',
      'export type C<T> = T\n  extends string ? 1 : 2',
      'export interface A<T = (a: string) => void>\n  extends B<{ a: T }>\n{\n  (): void\n  new (): A\n}',
      'export function f<T = string>(a: T): { a: T }\nexport function f(): asserts x is { a: 1 };',
      'export default class A<T = {}> { m<U = T>(): { a: U }; [Symbol.iterator](): X; readonly b = 1 }',
      'export abstract class A extends B implements C { constructor(); abstract m(): void }',
      'export const a: <T = string>() => T',
      'export namespace N { const a: string; function f(): void }',
      'declare namespace N { let a: string\n  function f(): `${string}/x`\n}',
      'export declare class A { private x; get y(): string }',
    ].map((statement) => [statement, [`${declared}${statement}\n`, declared]]),
  ),
}

/** What another declaration is about is looked at, too; here only what is no declaration counts. */
const ofOthers = new Set(['another module', 'values that a compiler writes into programs'])

test.each(Object.entries(honest))('takes for a declaration what is one: %s', (_, [published, rebuilt]) => {
  expect(
    alarmsOfDeclarations(published, rebuilt).filter((alarm) => !ofOthers.has(alarm) || published.includes('version')),
  ).toEqual([])
})

const hostile = ['enum a {', 'const a = 1,', 'namespace a {', 'export class a { [', 'type a = <', 'as b ', '`${', 'a\n']

test.each(hostile)('takes time in proportion to hostile declarations: %s', (text) => {
  const long = text.repeat(300_000 / text.length)
  expect(alarmsOfDeclarations(long, `${long} b`)).toBeInstanceOf(Array)
})
