/** For the pages about attestations. */
export const inspectionStyles = `
.contents { display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; padding: 0; list-style: none }
.card { border: 1px solid var(--line); border-left-width: 5px; border-radius: 6px; padding: .7rem 1rem; margin: .8rem 0; background: var(--raised) }
.card.critical, .card.high { border-left-color: var(--bad) }
.card.medium { border-left-color: var(--warn) }
.card ul { padding-left: 1.2rem; margin: .3rem 0 }
.card li { margin: .15rem 0 }
.todo { margin: .25rem 0; font-weight: 500 }
.trust { border: 1px solid currentcolor; border-radius: 6px; padding: .5rem .9rem; background: var(--warn-ground); color: var(--warn) }
.trust.good { background: var(--good-ground); color: var(--good) }
.trust.bad { background: var(--bad-ground); color: var(--bad) }
.loud { border: 3px solid var(--bad); border-radius: 6px; padding: .8rem 1rem; background: var(--bad-ground); color: var(--bad); font-size: 1.15rem }
.statement { border-top: 1px solid var(--line); padding-top: .8rem; margin-top: 1rem }
.group { border: 1px solid var(--line); border-radius: 6px; padding: .2rem .9rem; margin: .6rem 0 }
.role { font-weight: 600 }
.dependencies { font-size: .875rem }
.dependencies { table-layout: fixed }
.dependencies th, .dependencies td { overflow-wrap: anywhere }
.dependencies th:nth-child(1) { width: 26% } .dependencies th:nth-child(2) { width: 13% } .dependencies th:nth-child(3) { width: 14% }
.dependencies th:nth-child(4) { width: 25% } .dependencies th:nth-child(5) { width: 22% }
.version { font-weight: 400; color: var(--quiet) }
.digest { font-family: var(--mono); font-size: .7rem; color: var(--quiet) }
.links summary { padding: 0; color: var(--quiet) }
.filter { border: 1px solid var(--line); border-radius: 6px; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; padding: .4rem .9rem; margin: .6rem 0 }
input[type=search] { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--quiet); border-radius: 4px; padding: .25rem .5rem; width: min(24rem, 70vw) }
#searching label { font-weight: 500 }
#searching input { margin: 0 .6rem }
.counts { display: flex; flex-wrap: wrap; gap: .4rem .8rem; padding: 0; list-style: none }
main:has(#show-marked:checked) .dependencies tbody tr:not(.marked),
main:has(#show-scripts:checked) .dependencies tbody tr:not(.scripts),
main:has(#show-direct:checked) .dependencies tbody tr:not(.direct) { display: none }
main:is(:has(#show-marked:checked), :has(#show-scripts:checked), :has(#show-direct:checked)) .group::details-content { content-visibility: visible; block-size: auto }
[hidden] { display: none !important }
@media (max-width: 50rem) {
  .dependencies, .dependencies tbody { display: block }
  .dependencies thead { display: none }
  .dependencies tr { display: block; border-bottom: 1px solid var(--line); padding: .4rem 0 }
  .dependencies th, .dependencies td { display: block; border: 0; padding: .1rem 0; width: auto !important }
}
@media print { .filter, #searching { display: none } }
`
