"""The frame of a report: one HTML file that loads nothing, to be read by day, by night and on paper.

All text that comes from data goes through `escaped`.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from string import Template

STYLE = """
:root{color-scheme:light dark;--paper:#faf9f6;--card:#fff;--ink:#1d1f23;--soft:#676c75;--line:#e4e1da;
--then:#a9b0bb;--now:#1f6f8b;--moved:#c8441b;--good:#2f7d4f;--wash:#f3efe8;--alarm:#fbeae3;--calm:#e6f2ea}
@media (prefers-color-scheme:dark){:root{--paper:#14161a;--card:#1c1f25;--ink:#e9e7e2;--soft:#9aa0aa;
--line:#2e323a;
--then:#5d6573;--now:#58b4d1;--moved:#ff8a5c;--good:#6fcf97;--wash:#23272e;--alarm:#3a241b;--calm:#1c3126}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:1040px;margin:0 auto;padding:44px 24px 72px}
header{display:flex;flex-wrap:wrap;gap:12px 20px;align-items:center;margin-bottom:6px}
h1{font-size:30px;line-height:1.2;letter-spacing:-.02em;margin:0;font-weight:680}
h2{font-size:13px;letter-spacing:.08em;text-transform:uppercase;color:var(--soft);margin:44px 0 14px;
font-weight:620}
h3{font-size:19px;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere}
p{margin:0 0 8px}
.soft,.facts{color:var(--soft)}
.facts{margin:0 0 8px;overflow-wrap:anywhere}
.pill{padding:5px 14px;border-radius:99px;font-weight:620;font-size:14px;background:var(--calm);
color:var(--good)}
.pill.alarm{background:var(--alarm);color:var(--moved)}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:22px 24px;
margin:0 0 16px;
break-inside:avoid}
.split{display:grid;grid-template-columns:minmax(210px,1fr) 2.3fr;gap:20px 32px;align-items:start}
.figure{font-size:34px;font-weight:680;letter-spacing:-.03em;line-height:1.15;margin:12px 0 0}
.figure.alarm{color:var(--moved)}
.limit{color:var(--soft);margin:0 0 12px}
ul{margin:10px 0 0;padding:0;list-style:none}
li{padding:7px 0 0;font-size:14px;overflow-wrap:anywhere}
.tag{display:inline-block;font-size:12px;color:var(--soft);background:var(--wash);border-radius:6px;
padding:1px 8px;
margin-left:8px;font-weight:500;vertical-align:3px;letter-spacing:0}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{fill:var(--soft);font-size:12px;font-family:inherit}
svg .name{fill:var(--ink);font-size:13px}
.then{fill:var(--then);fill-opacity:.55}
.now{fill:var(--now);fill-opacity:.22;stroke:var(--now);stroke-width:2;stroke-linejoin:round}
.bar{fill:var(--now)}
.alarmed .now{fill:var(--moved);stroke:var(--moved)}
.alarmed .bar,.bar.alarm{fill:var(--moved)}
.dot{fill:var(--now);fill-opacity:.6;stroke:var(--now);stroke-opacity:.8}
.dot.hollow{fill:var(--card)}
.axis{stroke:var(--line)}
.threshold{stroke:var(--ink);stroke-dasharray:3 4;stroke-opacity:.65}
.key{display:flex;flex-wrap:wrap;gap:4px 20px;font-size:13px;color:var(--soft);margin:10px 0 0}
.key i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:7px;vertical-align:-1px}
.key .k-then{background:var(--then)}.key .k-now{background:var(--now)}.alarmed .key .k-now{
background:var(--moved)}
details{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:0 24px}
summary{cursor:pointer;padding:16px 0;font-weight:600}
.stable{display:grid;grid-template-columns:repeat(auto-fill,minmax(270px,1fr));gap:22px 28px;
padding:6px 0 24px}
.stable h3{font-size:15px}
.stable p{font-size:13px;color:var(--soft);margin:0 0 6px}
footer{margin-top:48px;padding-top:16px;border-top:1px solid var(--line);color:var(--soft);font-size:13px}
footer b{color:var(--ink);font-weight:600}
@media (max-width:720px){main{padding:28px 16px}.split{grid-template-columns:1fr}h1{font-size:25px}}
"""

PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>$title</title>
<style>$style</style>
</head>
<body><main>
$body
</main></body>
</html>
""")


def render(title: str, body: Iterable[str]) -> str:
    """The page; `title` is text, `body` is HTML."""
    return PAGE.substitute(title=escaped(title), style=STYLE, body="\n".join(body))


def escaped(text: object) -> str:
    return escape(str(text), quote=True)


def heading(title: str, verdict: str, is_alarm: bool, facts: Iterable[str]) -> str:
    """The top: what this is, what came out in a pill, and the facts below it. All are texts."""
    told = " · ".join(escaped(fact) for fact in facts if fact)
    pill = f'<span class="pill{" alarm" if is_alarm else ""}">{escaped(verdict)}</span>'
    return f'<header><h1>{escaped(title)}</h1>{pill}</header>\n<p class="facts">{told}</p>'


def figure(value: float) -> str:
    """A number as people read it: three significant digits, thousands apart."""
    if abs(value) >= 1e9:
        return f"{value:.2e}"
    if 0 < abs(value) < 0.001:
        return "< 0.001" if value > 0 else "> -0.001"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
