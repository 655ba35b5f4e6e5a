// SPDX-License-Identifier: Apache-2.0

package diagram

// The looks. Colours are given twice, for light and for dark mode; nothing else differs. Text over
// arrows has an outline in the colour of the page, so that both stay readable.

// style is the style sheet of the picture.
const style = `
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, "DejaVu Sans",
  sans-serif; fill: #1f2328; }
.state, .label { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono",
  monospace; }
.title { font-size: 17px; font-weight: 600; }
.caption { font-size: 13px; fill: #59636e; }
.name { font-size: 13px; font-weight: 600; }
.number { font-size: 12px; fill: #818b98; }
.event { font-size: 13px; font-weight: 600; }
.detail { font-size: 12px; fill: #59636e; }
.state { font-size: 11px; }
.label { font-size: 9.5px; fill: #424a53; paint-order: stroke; stroke: #ffffff; stroke-width: 4px;
  stroke-linejoin: round; }
.piece { font-weight: 700; }
.page { fill: #ffffff; stroke: #d1d9e0; }
.shade { fill: #ffebe9; }
.lane { stroke: #b7bfc8; stroke-width: 2; fill: none; }
.waits { stroke-dasharray: 3 4; }
.arrow { stroke: #6e7781; stroke-width: 1.3; fill: none; }
.open { stroke-dasharray: 6 3; }
.head { fill: #6e7781; }
.cross { stroke: #cf222e; stroke-width: 2; fill: none; }
.dot { fill: #6e7781; stroke: #ffffff; stroke-width: 1.5; }
.chip { fill: #f6f8fa; stroke: #8c959f; }
.chip.good { fill: #dafbe1; stroke: #1a7f37; }
.chip.wait { fill: #fff8c5; stroke: #bf8700; stroke-dasharray: 4 2; }
.chip.bad { fill: #ffebe9; stroke: #cf222e; stroke-width: 2; }
text.good, .piece.good { fill: #1a7f37; }
text.wait, .piece.wait { fill: #9a6700; }
text.bad, .piece.bad { fill: #cf222e; }
.arrow.good { stroke: #1a7f37; }
.head.good, .dot.good { fill: #1a7f37; }
.arrow.bad { stroke: #cf222e; stroke-width: 1.8; }
.head.bad, .dot.bad { fill: #cf222e; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.caption, .detail { fill: #9198a1; }
.number { fill: #767e88; }
.label { fill: #c5ccd3; stroke: #0d1117; }
.page { fill: #0d1117; stroke: #3d444d; }
.shade { fill: #2d1315; }
.lane { stroke: #484f58; }
.arrow { stroke: #8b949e; }
.head { fill: #8b949e; }
.cross { stroke: #f85149; }
.dot { fill: #8b949e; stroke: #0d1117; }
.chip { fill: #161b22; stroke: #6e7681; }
.chip.good { fill: #12261e; stroke: #3fb950; }
.chip.wait { fill: #272115; stroke: #bb8009; }
.chip.bad { fill: #3c1618; stroke: #f85149; }
text.good, .piece.good { fill: #3fb950; }
text.wait, .piece.wait { fill: #d29922; }
text.bad, .piece.bad { fill: #ff7b72; }
.arrow.good { stroke: #3fb950; }
.head.good, .dot.good { fill: #3fb950; }
.arrow.bad { stroke: #f85149; }
.head.bad, .dot.bad { fill: #f85149; }
}
`
