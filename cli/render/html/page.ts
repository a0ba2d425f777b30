import { createHash } from 'node:crypto'
import { version } from '../../version.ts'
import { type Content, type Html, html, markupOf } from './html.ts'
import { styles } from './styles.ts'

export type Page = {
  /** Of the window, and what a bookmark is called. */
  title: string
  /** The banner: the `h1` and what a reader must see first. */
  header: Html
  /** Links to the sections of the page; omitted for a page of one screen. */
  contents?: readonly { id: string; title: Content }[]
  main: Html
  /** CSS that only this page needs. From our own code only: it is not escaped. */
  styles?: string
  /** A script that makes a page nicer that is whole without it. From our own code only: it is not escaped. */
  script?: string
}

/**
 * A whole page in one file, which asks nobody for anything and runs nothing: its content security policy allows the one
 * style sheet that is in it, and a script of ours where it has one, by their digests, and nothing else.
 *
 * The kit, for all of our pages:
 * - {@link html} makes markup from a template; all that is interpolated is escaped. `verbatim` is for text of files.
 * - `parts.ts` has sections with permalinks, badges, tables, facts and folds; `permalinkId` makes ids that stay the same.
 * - Landmarks (banner, navigation, main, contentinfo) and the link that skips to the main part are made here.
 *
 *     const page = renderPage({
 *       title: 'ms@2.1.3',
 *       header: html`<h1>ms@2.1.3</h1>`,
 *       contents: [{ id: 'packages', title: 'Packages' }],
 *       main: section({ id: 'packages', title: 'Packages', body: table({ … }) }),
 *     })
 */
export function renderPage({ title, header, contents = [], main, styles: more = '', script }: Page): string {
  const style = styles + more
  const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  const scripts = script === undefined ? '' : ` script-src ${digest(script)};`
  // https://www.w3.org/TR/CSP3/#meta-element: it holds for what follows it, so that it is the first that can load anything.
  const policy = `default-src 'none'; style-src ${digest(style)};${scripts} base-uri 'none'; form-action 'none'`
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>`
  const body = html`</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>${header}</header>
${contents.length > 0 && html`<nav aria-label="On this page"><ul class="contents">${contents.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`}
<main id="main" tabindex="-1">
${main}
</main>
<footer><p>Made by reproof ${version}. This page is one file; it loads nothing and ${script === undefined ? 'runs no script' : 'runs one script, which searches it'}.</p></footer>
`
  const end = `${script === undefined ? '' : `<script>${script}</script>\n`}</body>\n</html>\n`
  return `${markupOf(page)}${style}${markupOf(body)}${end}`
}
