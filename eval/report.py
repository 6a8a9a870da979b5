"""Evaluations -> report.html: one page with its drawings inside, light or dark as the reader's screen is."""

from collections.abc import Sequence
from html import escape

from eval.plots import confidence_plot, kinds_plot, latency_plot, refusal_plot
from eval.results import OVERALL, Evaluation, Judged, Shown
from eval.tables import Table, evaluation_tables, systems_table

WORST = 25
_TILES = (
    ("nDCG@10", "ranking of exchanges"),
    ("Hit@1", "first one answers or helps"),
    ("Hit@5", "one of five does"),
    ("gold quotes hit", "of the right words quoted"),
    ("answered", "of the answerable answered"),
    ("refused", "of the unanswerable refused"),
)
_STYLE = """
:root { color-scheme: light dark; --sans: system-ui, -apple-system, "Segoe UI", sans-serif;
  --paper: #fbfaf8; --card: #ffffff; --ink: #1d1c1a; --muted: #6b675f; --grid: #e4e0d8;
  --first: #1f5fae; --second: #c2571a; --third: #4f7a3a; }
@media (prefers-color-scheme: dark) { :root {
  --paper: #16171a; --card: #1e2024; --ink: #eceae4; --muted: #a09c92; --grid: #34363b;
  --first: #74aef0; --second: #f0a064; --third: #97c47c; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 var(--sans); }
main { max-width: 1120px; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
.about { color: var(--muted); margin: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin-top: 1.5rem; }
.tile, figure, .card, details { background: var(--card); border: 1px solid var(--grid); border-radius: 10px; }
.tile { padding: .8rem 1rem; } .tile b { display: block; font-size: 1.7rem; line-height: 1.2; }
.tile span { display: block; color: var(--muted); font-size: .8rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: .75rem;
  align-items: start; }
.below { margin-top: .75rem; }
figure { margin: 0; padding: 1rem; } figcaption { font-weight: 600; margin-bottom: .5rem; }
svg { display: block; width: 100%; height: auto; }
.card { overflow-x: auto; padding: .75rem 1rem 1rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap; border-top: 1px solid var(--grid); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { border: 0; color: var(--muted); font-weight: 500; }
details { margin-top: .5rem; padding: .6rem 1rem; } summary { cursor: pointer; }
summary i { color: var(--muted); font-style: normal; font-size: .85rem; }
details p { margin: .5rem 0; } blockquote { margin: .35rem 0; padding-left: .8rem; border-left: 3px solid var(--grid); }
blockquote.wanted { border-color: var(--third); } blockquote.right { border-color: var(--first); }
blockquote small, .muted { color: var(--muted); }
"""


def report_page(evaluations: Sequence[Evaluation]) -> str:
    """The page for the first of the evaluations, the others beside it where that tells something."""
    first = evaluations[0]
    sections = [_tiles(first), f'<h2>Systems</h2><div class="card">{_table(systems_table(evaluations))}</div>']
    sections.append(f'<h2>At a glance</h2><div class="pair">{"".join(_drawings(evaluations))}</div>')
    # The first table is wide; the others stand in pairs.
    kinds, *others = [f'<div class="card">{_table(table)}</div>' for table in evaluation_tables(first)]
    sections.append(f'<h2>In numbers</h2>{kinds}<div class="pair below">{"".join(others)}</div>')
    sections.append(_worst(first))
    title = escape(f"podium evaluation: {first.about.get('questions', first.name)}")
    about = " · ".join(f"{escape(key)}: {escape(value)}" for key, value in first.about.items())
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f'<body><main><h1>{title}</h1><p class="about">{about}</p>{"".join(sections)}</main></body></html>\n'
    )


def _tiles(evaluation: Evaluation) -> str:
    figures = evaluation.figures[OVERALL]
    tiles = [
        f'<div class="tile"><span>{escape(name)}</span><b>{figures[name].value:.3f}</b>'
        f"<span>{escape(meaning)}<br>{figures[name].low:.3f}–{figures[name].high:.3f}, "
        f"n = {figures[name].count}</span></div>"
        for name, meaning in _TILES
        if name in figures
    ]
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _drawings(evaluations: Sequence[Evaluation]) -> list[str]:
    first = evaluations[0]
    drawings = []
    if "nDCG@10" in first.figures[OVERALL]:
        drawings.append(("nDCG@10 by kind of question", kinds_plot(evaluations)))
    if first.refusals is not None and first.refusals.curve:
        drawings.append(
            ("Refusals: what each threshold would give; the dot is the shipped one", refusal_plot(evaluations))
        )
    if first.refusals is not None:
        drawings.append(("Confidence of answerable and unanswerable questions", confidence_plot(first)))
    if first.latency_ms:
        drawings.append(("Latency by stage", latency_plot(first)))
    return [f"<figure><figcaption>{escape(title)}</figcaption>{svg}</figure>" for title, svg in drawings]


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(word)}</th>" for word in table.head)
    rows = "".join("<tr>" + "".join(f"<td>{escape(word)}</td>" for word in row) + "</tr>" for row in table.rows)
    return f"<table><caption>{escape(table.title)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _worst(evaluation: Evaluation) -> str:
    def badness(asked: Judged) -> tuple[float, str]:
        # The answerable by their ranking, the others by whether they were refused.
        return (asked.measures.get("nDCG@10", asked.measures.get("refused", 0.0)), asked.id)

    worst = [each for each in sorted(evaluation.asked, key=badness) if badness(each)[0] < 1][:WORST]
    if not worst:
        return ""
    return f"<h2>The {len(worst)} questions that went worst</h2>" + "".join(_question(each) for each in worst)


def _question(asked: Judged) -> str:
    score = asked.measures.get("nDCG@10")
    became = "answered" if asked.answered else "refused"
    told = f"{asked.kind}, {became}" + ("" if score is None else f", nDCG@10 {score:.3f}")
    before = "".join(f'<p class="muted">before: {escape(turn)}</p>' for turn in asked.history)
    right = {each.exchange_id for each in asked.wanted if each.grade}
    error = f"<p>error: {escape(asked.error)}</p>" if asked.error else ""
    wanted = (
        "".join(_shown(each, "wanted") for each in asked.wanted) or '<p class="muted">nothing: it is unanswerable</p>'
    )
    shown = "".join(_shown(each, "right" if each.exchange_id in right else "") for each in asked.quotes)
    return (
        f"<details><summary>{escape(asked.question)} <i>{escape(asked.id)} · {escape(told)}</i></summary>"
        f"{before}{error}<p><b>Wanted</b></p>{wanted}"
        f"<p><b>{'Returned' if asked.answered else 'Refused; nearest'}</b></p>{shown}</details>"
    )


def _shown(shown: Shown, kind: str) -> str:
    grade = "" if shown.grade is None else f", grade {shown.grade}"
    by = f" · {shown.by}" if shown.by else ""
    place = escape(f"{shown.exchange_id}{grade}{by}")
    return f'<blockquote class="{kind}">{escape(shown.text)}<br><small>{place}</small></blockquote>'
