"""The page's style: light, and dark where the reader prefers it."""

STYLE = """
:root{--bg:#fbfbfa;--card:#fff;--ink:#1c2126;--soft:#667079;--edge:#e3e6e8;--grid:#eceeef;--bad:#c8322b;
--s0:#2463c4;--s1:#c2690c;--s2:#12806a;--s3:#8a4bbf;--s4:#b0356f;--s5:#6b7a12}
@media(prefers-color-scheme:dark){:root{--bg:#14171a;--card:#1c2024;--ink:#e6e9eb;--soft:#98a2aa;--edge:#2d3338;
--grid:#282d32;--bad:#ff776c;--s0:#74a7ff;--s1:#f0a252;--s2:#4fc7a8;--s3:#c198f0;--s4:#f08ab5;--s5:#bccb58}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:2rem 1.25rem 4rem;background:var(--bg);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header{display:flex;align-items:baseline;gap:1rem;flex-wrap:wrap}
h1{margin:0;font-size:1.6rem;letter-spacing:-.01em}h2{font-size:1.1rem;margin:2.25rem 0 .75rem}
h3{font-size:.9rem;margin:.5rem 0 .25rem}
header p,footer,.none,summary span,dt,figcaption{color:var(--soft)}header p{margin:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;list-style:none;
margin:1.25rem 0 0;padding:0}
.tiles li,figure,details,.none,.failed{background:var(--card);border:1px solid var(--edge);border-radius:10px}
.tiles li{padding:.75rem 1rem;color:var(--soft);font-size:.85rem}
.tiles b{display:block;color:var(--ink);font-size:1.45rem;font-weight:600;font-variant-numeric:tabular-nums}
figure{margin:0 0 .75rem;padding:.75rem 1rem .5rem}
figcaption{display:flex;justify-content:space-between;gap:1rem;flex-wrap:wrap;font-size:.85rem;margin-bottom:.25rem}
.legend{display:flex;gap:.25rem 1rem;flex-wrap:wrap}
.key::before{content:"";display:inline-block;width:.7rem;height:.2rem;border-radius:1px;margin-right:.4rem;
vertical-align:middle;background:currentColor}
svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font-size:11px}
.grid{stroke:var(--grid);fill:none}.limit{stroke:var(--bad);stroke-dasharray:5 4;fill:none;opacity:.8}
.line{fill:none;stroke:currentColor;stroke-width:1.8;stroke-linejoin:round}.dot{fill:currentColor}
.dot.mark{fill:var(--bad);stroke:var(--card);stroke-width:1.5}
.s0{color:var(--s0)}.s1{color:var(--s1)}.s2{color:var(--s2)}.s3{color:var(--s3)}.s4{color:var(--s4)}.s5{color:var(--s5)}
.none,.failed{padding:.75rem 1rem;margin:0}.failed{color:var(--bad)}details .none{border:0}
details{margin:0 0 .5rem;padding:0 1rem}summary{cursor:pointer;padding:.6rem 0;font-weight:500}
summary span{font-weight:400;margin-left:.5rem;font-variant-numeric:tabular-nums}
details[open]{padding-bottom:1rem}summary:focus-visible{outline:2px solid var(--s0);outline-offset:2px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0 0 .75rem;font-size:.9rem}
dd{margin:0;overflow-wrap:anywhere}.scroll{overflow:auto;max-height:24rem}
#models .scroll{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:0 1rem}
table{border-collapse:collapse;width:100%;font-size:.85rem}
th,td{padding:.35rem .75rem .35rem 0;text-align:left;white-space:nowrap;border-bottom:1px solid var(--grid)}
th{position:sticky;top:0;background:var(--card);color:var(--soft);font-weight:500}
.number{font-variant-numeric:tabular-nums}.null{color:var(--soft)}code{font-size:.9em}footer{margin-top:3rem;font-size:.85rem}
@media print{body{max-width:none}details{break-inside:avoid}}
"""
