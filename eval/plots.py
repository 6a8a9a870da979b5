"""Evaluations -> SVG drawings that follow the page's light or dark colours. The only file that imports matplotlib."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator

from eval.results import OVERALL, Evaluation

# Stand-ins that the page's CSS variables take the place of once drawn.
INK, MUTED, GRID, FIRST, SECOND, THIRD = "#010101", "#020202", "#030303", "#040404", "#050505", "#060606"
_VARIABLES = {INK: "ink", MUTED: "muted", GRID: "grid", FIRST: "first", SECOND: "second", THIRD: "third"}
_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "podium",
    "font.family": "sans-serif",
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": GRID,
    "xtick.color": MUTED,
    "ytick.color": INK,
    "grid.color": GRID,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "legend.frameon": False,
}
SYSTEM_COLOURS = (FIRST, SECOND, THIRD)


@dataclass(slots=True)
class Drawing:
    """An SVG in the making: draw on `axes`, then read `svg`."""

    label: str
    axes: Axes
    svg: str = field(default="", init=False)


def kinds_plot(evaluations: Sequence[Evaluation]) -> str:
    """nDCG@10 by kind of question: the first system with its interval, the others as dots beside it."""
    first = evaluations[0]
    groups = [group for group, figures in first.figures.items() if "nDCG@10" in figures]
    places = np.arange(len(groups))[::-1]
    with _drawing("nDCG@10 by kind of question", height=0.9 + 0.42 * len(groups)) as drawing:
        axes = drawing.axes
        # From the last to the first, so that the first is drawn over the others.
        for at, each in reversed(list(enumerate(evaluations[:3]))):
            figures = [each.figures[group]["nDCG@10"] for group in groups]
            colour, shift = SYSTEM_COLOURS[at], 0.22 * at
            means = [figure.value for figure in figures]
            # (2, groups): how far the interval reaches to the left and to the right of the mean.
            ends = [[f.value - f.low for f in figures], [f.high - f.value for f in figures]]
            axes.errorbar(
                means,
                places - shift + 0.11 * (min(len(evaluations), 3) - 1),
                xerr=np.maximum(ends, 0) if at == 0 else None,
                fmt="o" if at == 0 else "D",
                markersize=7 if at == 0 else 5,
                color=colour,
                elinewidth=2,
                label=each.name,
            )
        counts = [first.figures[group]["nDCG@10"].count for group in groups]
        axes.set_yticks(places, [f"{group} ({count})" for group, count in zip(groups, counts, strict=True)])
        axes.set_xlim(0, 1.02)
        axes.set_xlabel("nDCG@10, with 95% interval")
        axes.grid(axis="x")
        _legend(axes, backwards=True)
    return drawing.svg


def refusal_plot(evaluations: Sequence[Evaluation]) -> str:
    """The operating curve: unanswerable refused against answerable answered, and where each system stands on it."""
    with _drawing("Refusals: the operating curve") as drawing:
        axes = drawing.axes
        for at, each in enumerate(evaluations[:3]):
            if each.refusals is None or not each.refusals.curve:
                continue
            # From answering everything to answering nothing.
            answered = [1.0, *(point[1] for point in each.refusals.curve), 0.0]
            refused = [0.0, *(point[2] for point in each.refusals.curve), 1.0]
            colour = SYSTEM_COLOURS[at]
            axes.plot(answered, refused, color=colour, linewidth=2.5 if at == 0 else 1.5, label=each.name)
            stands = each.figures[OVERALL]
            axes.plot([stands["answered"].value], [stands["refused"].value], "o", color=colour, markersize=9)
        axes.plot([0, 1], [1, 0], linestyle=":", color=MUTED, linewidth=1)
        axes.set_xlim(0, 1.02)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("share of answerable questions answered")
        axes.set_ylabel("share of unanswerable refused")
        axes.grid()
        _legend(axes)
    return drawing.svg


def confidence_plot(evaluation: Evaluation) -> str:
    """How sure podium was of answerable and of unanswerable questions, as shares of each."""
    sure = [each.confidence for each in evaluation.asked if each.answerable]
    unsure = [each.confidence for each in evaluation.asked if not each.answerable]
    with _drawing("Confidence, answerable against unanswerable") as drawing:
        axes = drawing.axes
        # The same for both, over all that was given.
        bins = [float(edge) for edge in np.histogram_bin_edges(sure + unsure, bins=20)]
        for values, colour, label in ((sure, FIRST, "answerable"), (unsure, SECOND, "unanswerable")):
            if values:
                weights = np.full(len(values), 1 / len(values))
                named = f"{label} ({len(values)})"
                axes.hist(values, bins=bins, weights=weights, color=colour, alpha=0.55, label=named)
        axes.set_xlabel("confidence")
        axes.set_ylabel("share of questions")
        axes.grid(axis="y")
        _legend(axes)
    return drawing.svg


def latency_plot(evaluation: Evaluation) -> str:
    """Milliseconds by stage: a dot at the median, a line to the 90th percentile, a tick at the 99th."""
    stages = list(evaluation.latency_ms)
    places = np.arange(len(stages))[::-1]
    with _drawing("Latency by stage", height=0.9 + 0.42 * len(stages)) as drawing:
        axes = drawing.axes
        for place, stage in zip(places, stages, strict=True):
            # A logarithmic axis has no 0.
            laps = {share: max(value, 0.01) for share, value in evaluation.latency_ms[stage].items()}
            axes.plot([laps["p50"], laps["p90"]], [place, place], color=FIRST, linewidth=3)
            axes.plot([laps["p50"]], [place], "o", color=FIRST, markersize=8)
            axes.plot([laps["p99"]], [place], "|", color=FIRST, markersize=13, markeredgewidth=2)
        axes.set_yticks(places, stages)
        axes.set_ylim(-0.6, len(stages) - 0.4)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.minorticks_off()
        axes.set_xlabel("milliseconds (log): median, 90th, 99th percentile")
        axes.grid(axis="x")
    return drawing.svg


@contextmanager
def _drawing(label: str, height: float = 3.6) -> Iterator[Drawing]:
    with matplotlib.rc_context(_STYLE):  # type: ignore[arg-type]
        canvas = Canvas(figsize=(6.4, height), layout="constrained")
        axes = canvas.add_subplot()
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        drawing = Drawing(label, axes)
        yield drawing
        written = io.StringIO()
        canvas.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    drawing.svg = _inline(written.getvalue(), label)


def _legend(axes: Axes, backwards: bool = False) -> None:
    handles, labels = axes.get_legend_handles_labels()
    if backwards:
        handles, labels = handles[::-1], labels[::-1]
    axes.legend(
        handles, labels, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, handletextpad=0.4, columnspacing=1.4
    )


def _inline(svg: str, label: str) -> str:
    """The drawing alone, coloured by the page, its ids its own on the page."""
    svg = svg[svg.index("<svg") :]
    # What stands above the drawing, when it was made, and how large: the page says that.
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(
        r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', rf'<svg viewBox="\1" role="img" aria-label="{label}">', svg, count=1
    )
    for colour, name in _VARIABLES.items():
        svg = svg.replace(colour, f"var(--{name})")
    # `id="p1"` -> `id="latency-by-stage-p1"`, and all that point to it: drawings on one page share no name.
    own = re.sub(r"\W+", "-", label).lower()
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{own}-\1"', svg)
    svg = re.sub(r'xlink:href="#([^"]+)"', rf'href="#{own}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{own}-\1)", svg)
    # `font: 11px DejaVu Sans, sans-serif` -> `font: 11px var(--sans)`
    return re.sub(r"font: ([\d.]+)px [^;\"]*", r"font: \1px var(--sans)", svg)
