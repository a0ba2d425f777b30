/** What only the page of a comparison needs: verdict, differences, both sides of a change, the tree. */
export const comparisonStyles = `
.contents { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; list-style: none }
.verdict { font-size: 1.15rem; display: flex; flex-wrap: wrap; gap: .3rem .75rem; align-items: baseline }
.verdict .badge { font-size: 1rem }
.difference { content-visibility: auto; contain-intrinsic-size: auto 7rem; padding: .8rem 0 .6rem 1rem; margin: .8rem 0; border-left: 4px solid var(--line) }
.suspicious > .difference { border-left-color: var(--bad) }
.unexplained > .difference { border-left-color: var(--warn) }
.difference h3 code { font-size: .95rem }
.difference > p { margin: .3rem 0 }
.difference h3:target { outline-offset: -2px; padding: .15rem .3rem }
.sign { display: inline-block; min-width: 1.2em; font-family: var(--mono) }
.tag { font-size: .8125rem; color: var(--quiet) }
.group { margin: .8rem 0 }
.change { margin: .6rem 0 1rem }
.where { margin: 0; font-size: .875rem }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem }
.side { min-width: 0 }
.side > p { margin: .2rem 0 0; font-size: .8125rem }
.side > pre { margin-top: .1rem }
.context { color: var(--quiet) }
.gap { color: var(--quiet); font-weight: bold }
.bytes { white-space: pre; overflow-wrap: normal; overflow-x: auto; font-size: .8125rem }
.compact { columns: 2 22rem; font-size: .875rem; padding-left: 1.2rem }
.tree ul { list-style: none; margin: 0; padding: 0 }
.tree summary { list-style: none; padding: 0 }
.tree summary::-webkit-details-marker { display: none }
.tree details[open] > summary .mark { transform: rotate(90deg) }
.row { display: grid; grid-template-columns: 1.5rem 1fr 1fr; gap: 0 .5rem; padding: .12rem .25rem; border-radius: 3px; margin: 0 }
.row.head { color: var(--quiet); font-size: .8125rem; border-bottom: 1px solid var(--line) }
.row .mark { font-family: var(--mono); text-align: center; font-weight: bold }
.row.changed { background: var(--warn-ground) }
.row.removed { background: var(--bad-ground) }
.row.added { background: var(--good-ground) }
.row.changed .mark { color: var(--warn) }
.row.removed .mark { color: var(--bad) }
.row.added .mark { color: var(--good) }
.row.same { color: var(--quiet) }
.name { font-family: var(--mono); font-size: .875em }
.size { font-size: .8125rem; color: var(--quiet); white-space: nowrap }
.changed .size, .removed .size, .added .size { color: inherit }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
${Array.from({ length: 12 }, (_, index) => `.deep${index + 1} { padding-left: ${((index + 1) * 0.9).toFixed(1)}rem }`).join('\n')}
@media (max-width: 46rem) {
  .sides { grid-template-columns: 1fr; gap: 0 }
  .difference { padding-left: .7rem }
  .bytes { font-size: .6875rem; padding: .5rem }
  ${Array.from({ length: 12 }, (_, index) => `.deep${index + 1} { padding-left: ${((index + 1) * 0.4).toFixed(1)}rem }`).join('\n  ')}
}
@media print {
  .difference { content-visibility: visible }
  .difference { break-inside: avoid-page }
  .suspicious > .difference > details::details-content { content-visibility: visible; height: auto }
}
`
