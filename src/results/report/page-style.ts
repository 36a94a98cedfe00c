/** The style sheet of {@link reportPage}: system type, one accent, colours from the reader's light or dark setting. */
export const pageStyle = `
:root { --paper: #fff; --ink: #1b2430; --quiet: #5b6776; --line: #d8dee6; --wash: #f3f6f9; --accent: #0b6e99; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12171d; --ink: #e4e9ef; --quiet: #9aa7b5; --line: #2c3641; --wash: #1a212a; --accent: #5cb8e0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 62rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
p, ul { margin: .6rem 0; max-width: 44rem; }
ul { padding-left: 1.2rem; }
.lead { font-size: 1.1rem; }
.research { display: inline-block; padding: .3rem .7rem; border-left: 3px solid var(--accent); background: var(--wash);
  font-size: .9rem; color: var(--quiet); }
.table { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--quiet); font-size: .9rem; padding-bottom: .4rem; }
th, td { padding: .4rem .8rem; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { font-weight: 600; color: var(--quiet); vertical-align: bottom; }
tr > th:first-child { text-align: left; padding-left: 0; position: sticky; left: 0; background: var(--paper);
  font-weight: 500; min-width: 9rem; }
.stressed > * { font-weight: 700 !important; }
.below { display: block; font-size: .82em; color: var(--quiet); font-weight: 400; white-space: nowrap; }
.figures { display: grid; gap: 1.25rem; margin: 1rem 0; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); }
.figures.small { grid-template-columns: 1fr 1fr; gap: .8rem; }
@media (min-width: 40rem) { .figures.small { grid-template-columns: repeat(4, 1fr); } }
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; max-width: 30rem; color: var(--ink); background: transparent; }
figure img { display: block; width: 100%; height: auto; border-radius: 3px; }
figcaption { font-size: .86rem; color: var(--quiet); margin-top: .35rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .5rem 1rem; margin: 1rem 0; font-size: .92rem; }
.facts dt { color: var(--quiet); font-size: .85em; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
details { margin: .8rem 0; }
summary { cursor: pointer; color: var(--accent); }
pre { overflow-x: auto; background: var(--wash); padding: .8rem; font-size: .78rem; line-height: 1.4; border-radius: 3px; }
footer { margin-top: 3rem; padding-top: .75rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .9rem; }
@media print {
  :root { --paper: #fff; --ink: #000; --quiet: #444; --line: #bbb; --wash: #f4f4f4; --accent: #0b6e99; }
  @page { size: A4; margin: 15mm; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  figure, tr, .facts > div { break-inside: avoid; }
  h2 { break-after: avoid; }
  .figures { grid-template-columns: 1fr 1fr; }
  .figures.small { grid-template-columns: repeat(4, 1fr); }
  .table { overflow: visible; }
  th, td { padding: .25rem .45rem; }
  details { display: none; }
}
`;
