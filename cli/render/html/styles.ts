/**
 * How every page looks. Colours are tokens, each pair of text and ground with a contrast of at least 4.5 to 1 in the
 * light and in the dark; nothing is told by colour alone.
 */
export const styles = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f5f6f8; --line: #d4d8de; --text: #1b2027; --quiet: #545d69; --link: #0b57c2;
  --bad: #a3160e; --bad-ground: #fdebe9; --warn: #7a4b00; --warn-ground: #fdf1d8;
  --good: #0c6130; --good-ground: #e2f5e8; --plain: #3d4652; --plain-ground: #e9ecf0;
  --gone: #ffd3ce; --new: #bdeccb;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #13161b; --raised: #1c2027; --line: #39404b; --text: #e4e7ec; --quiet: #a3adba; --link: #86b6ff;
    --bad: #ffa198; --bad-ground: #43181a; --warn: #f2c063; --warn-ground: #3a2b0c;
    --good: #7fdb9b; --good-ground: #12341f; --plain: #c3cad4; --plain-ground: #2a303a;
    --gone: #6e211f; --new: #1a5430;
  }
}
* { box-sizing: border-box }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere }
body > header, body > nav, main, body > footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem }
body > header { padding-top: 1.75rem }
body > footer { margin-top: 3rem; padding-bottom: 2rem; color: var(--quiet); font-size: .875rem }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; margin: 2rem 0 .6rem }
h1 { font-size: 1.7rem; margin-top: 0 }
h2 { font-size: 1.3rem; padding-top: 1.2rem; border-top: 1px solid var(--line) }
h3 { font-size: 1rem; margin: 0 }
p, ul, ol, dl { margin: .6rem 0 }
a { color: var(--link); text-underline-offset: .15em }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px }
:target { outline: 2px solid var(--link); outline-offset: 4px; border-radius: 4px }
.skip { position: absolute; left: -100vw; background: var(--ground); padding: .5rem 1rem; z-index: 1 }
.skip:focus { left: 1rem; top: .5rem }
.permalink { color: var(--quiet); text-decoration: none; font-weight: normal; padding: 0 .3em }
.permalink:hover { color: var(--link) }
.quiet { color: var(--quiet) }
code, pre, .mono { font-family: var(--mono); font-size: .875em }
pre { margin: .4rem 0; padding: .6rem .75rem; background: var(--raised); border-radius: 6px; white-space: pre-wrap; tab-size: 4 }
.point { color: var(--warn); background: var(--warn-ground); border-radius: 3px }
.badge { display: inline-block; padding: .05rem .55rem; border-radius: 1rem; font-size: .8125rem; font-weight: 600; white-space: nowrap; color: var(--plain); background: var(--plain-ground); border: 1px solid currentcolor }
.badge.bad { color: var(--bad); background: var(--bad-ground) }
.badge.warn { color: var(--warn); background: var(--warn-ground) }
.badge.good { color: var(--good); background: var(--good-ground) }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; margin: .6rem 0 }
caption { text-align: left; color: var(--quiet); padding: .2rem 0 }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line) }
th { font-weight: 600; overflow-wrap: normal }
td { overflow-wrap: anywhere }
thead th { color: var(--quiet); font-size: .8125rem }
.scroll { overflow-x: auto }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem }
.facts dt { color: var(--quiet) }
.facts dd { margin: 0 }
details > summary { cursor: pointer; padding: .25rem 0 }
details > summary:hover { color: var(--link) }
del, ins { text-decoration: none; border-radius: 3px; color: inherit }
del { background: var(--gone); box-shadow: inset 0 -2px var(--bad) }
ins { background: var(--new); box-shadow: inset 0 -2px var(--good) }
@media (max-width: 40rem) {
  body { font-size: .9375rem }
  h1 { font-size: 1.4rem }
  dl.facts { grid-template-columns: 1fr; gap: 0 }
  .facts dd { margin-bottom: .5rem }
}
@media print {
  :root { --ground: #fff; --raised: #fff; --text: #000; --quiet: #333 }
  body { font-size: 10pt }
  .skip, .permalink, body > nav { display: none }
  pre { border: 1px solid var(--line) }
  h2, h3, summary { break-after: avoid }
  * { print-color-adjust: exact }
}
`
