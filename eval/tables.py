"""Evaluations and comparisons -> tables to read at a glance, in plain text or as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

from eval.comparison import Comparison
from eval.results import OVERALL, Evaluation, Judged, Shown
from eval.statistics import Difference, Figure, mean_with_interval

SYSTEM_COLUMNS = ("nDCG@10", "Hit@1", "Hit@5", "MRR@10", "Recall@20", "answered", "refused")
KIND_COLUMNS = ("nDCG@10", "Hit@1", "Hit@5", "MRR@10", "gold quotes hit", "word F1")
INSTITUTION_COLUMNS = ("nDCG@10", "Hit@5")
PASSAGE_COLUMNS = ("passages nDCG@10", "passages Hit@1", "passages Hit@5", "passages MRR@10", "passages Recall@20")
QUOTE_ROWS = ("gold quotes hit", "word precision", "word recall", "word F1")
CITATION_ROWS = ("verbatim", "right speaker", "right date", "right outlet")
_NONE = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """A title, a head and rows of words, the first column to the left and the others to the right."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self, markdown: bool = False) -> str:
        """The table as lines that end in line breaks."""
        # As wide as the widest cell of each column.
        widths = [max(len(row[at]) for row in (self.head, *self.rows)) for at in range(len(self.head))]
        lines = [_line(self.head, widths, markdown)]
        if markdown:
            # `:---` for what stands to the left, `---:` for the rest.
            rule = [":" + "-" * (widths[0] - 1), *("-" * (width - 1) + ":" for width in widths[1:])]
            lines.append(f"| {' | '.join(rule)} |")
        lines += [_line(row, widths, markdown) for row in self.rows]
        title = f"**{self.title}**\n\n" if markdown else f"{self.title}\n"
        return title + "".join(f"{line}\n" for line in lines)


def systems_table(evaluations: Sequence[Evaluation]) -> Table:
    """A row a system: ranking over exchanges with the interval of nDCG@10, then answering and refusing."""
    first = evaluations[0]
    head = ("", "nDCG@10", "95%", *SYSTEM_COLUMNS[1:], "AUROC")
    rows = []
    for each in evaluations:
        figures = each.figures[OVERALL]
        values = [value_text(figures.get(column)) for column in SYSTEM_COLUMNS]
        curve = _number(each.refusals.auroc) if each.refusals else _NONE
        rows.append((each.name, values[0], interval_text(figures.get("nDCG@10")), *values[1:], curve))
    answerable = sum(each.answerable for each in first.asked)
    title = f"Exchanges: {answerable} answerable and {len(first.asked) - answerable} unanswerable questions"
    return Table(title, head, tuple(rows))


def kinds_table(evaluation: Evaluation) -> Table:
    """A row a kind of question."""
    rows = []
    for group, figures in evaluation.figures.items():
        # A kind's own questions; of OVERALL all.
        asked = [each for each in evaluation.asked if group in (OVERALL, each.kind)]
        if not any(each.answerable for each in asked):
            continue
        values = [value_text(figures.get(column)) for column in KIND_COLUMNS]
        count = str(sum(each.answerable for each in asked))
        rows.append((group, count, values[0], interval_text(figures.get("nDCG@10")), *values[1:]))
    return Table(f"By kind, {evaluation.name}", ("kind", "n", "nDCG@10", "95%", *KIND_COLUMNS[1:]), tuple(rows))


def institutions_table(evaluation: Evaluation) -> Table:
    """A row an institution that holds an answer, where several do."""
    rows = []
    names = dict.fromkeys(each.institution for each in evaluation.asked if each.answerable)
    for name in names if len(names) > 1 else ():
        asked = [each for each in evaluation.asked if each.answerable and each.institution == name]
        conferences = [each.conference for each in asked]
        gain, hit = (
            mean_with_interval([each.measures.get(column, 0.0) for each in asked], conferences)
            for column in INSTITUTION_COLUMNS
        )
        rows.append((name or "not known", str(len(asked)), value_text(gain), interval_text(gain), value_text(hit)))
    head = ("institution", "n", INSTITUTION_COLUMNS[0], "95%", *INSTITUTION_COLUMNS[1:])
    return Table(f"By institution, {evaluation.name}", head, tuple(rows))


def figures_table(evaluation: Evaluation, title: str, measures: Sequence[str]) -> Table:
    """A row a measure, over all questions it applies to."""
    figures = evaluation.figures[OVERALL]
    rows = [
        (measure, value_text(figures[measure]), interval_text(figures[measure]), str(figures[measure].count))
        for measure in measures
        if measure in figures
    ]
    return Table(title, ("", "mean", "95%", "n"), tuple(rows))


def understanding_table(evaluation: Evaluation) -> Table:
    """Precision and recall of the filters understood, by field."""
    rows = [
        (field, *(_number(numbers[name]) for name in ("precision", "recall", "f1")))
        for field, numbers in evaluation.understanding.items()
    ]
    return Table("Filters understood", ("filter", "precision", "recall", "F1"), tuple(rows))


def refusals_table(evaluation: Evaluation) -> Table:
    """How well refusing works, at the shipped threshold and at any."""
    refusals, figures = evaluation.refusals, evaluation.figures[OVERALL]
    rows = [
        ("answerable answered", value_text(figures.get("answered"))),
        ("unanswerable refused", value_text(figures.get("refused"))),
    ]
    if refusals is not None:
        rows += [
            (name, _number(number))
            for name, number in (
                ("refusal precision", refusals.precision),
                ("refusal recall", refusals.recall),
                ("refusal F1", refusals.f1),
                ("AUROC", refusals.auroc),
                ("nAUC", refusals.nauc),
            )
        ]
    return Table("Refusals", ("", "value"), tuple(row for row in rows if row[1] != _NONE))


def latency_table(evaluation: Evaluation) -> Table:
    """Milliseconds by stage."""
    shares = list(next(iter(evaluation.latency_ms.values()), {}))
    rows = [(stage, *(f"{laps[share]:.1f}" for share in shares)) for stage, laps in evaluation.latency_ms.items()]
    return Table("Latency, ms a question", ("stage", *shares), tuple(rows))


def evaluation_tables(evaluation: Evaluation) -> list[Table]:
    """Every table of one evaluation but that of systems; those with nothing to say are left out."""
    tables = [
        kinds_table(evaluation),
        institutions_table(evaluation),
        figures_table(evaluation, "Passages", PASSAGE_COLUMNS),
        figures_table(evaluation, "Quotes", (*QUOTE_ROWS, *CITATION_ROWS)),
        understanding_table(evaluation),
        refusals_table(evaluation),
        latency_table(evaluation),
    ]
    return [table for table in tables if table.rows]


def differences_table(comparison: Comparison) -> Table:
    """A row a measure: A, B, the difference with its interval, p, and questions won, lost and tied."""
    rows = [
        (measure, _number(difference.a), _number(difference.b), *_told(difference))
        for measure, difference in comparison.differences.items()
    ]
    head = ("", "A", "B", "B - A", "95%", "p", "won/lost/tied")
    return Table(f"A = {comparison.a}, B = {comparison.b}, {comparison.shared} questions", head, tuple(rows))


def ablation_table(against: Sequence[Comparison]) -> Table:
    """A row a variation: how far what is shipped (B) is above it in nDCG@10."""
    rows = [(each.a, *_told(each.differences["nDCG@10"])) for each in against]
    title = f"nDCG@10 of {against[0].b} less that of" if against else "nDCG@10"
    return Table(title, ("", "difference", "95%", "p", "won/lost/tied"), tuple(rows))


def changed_text(comparison: Comparison) -> str:
    """The questions that changed most, with what each system returned."""
    parts = []
    for a, b in comparison.changed:
        before, after = a.measures.get("nDCG@10", 0.0), b.measures.get("nDCG@10", 0.0)
        parts.append(
            f"{a.id} ({a.kind}) nDCG@10 {before:.3f} -> {after:.3f} ({after - before:+.3f})\n"
            f"  {a.question}\n  wanted {_first(a.wanted)}\n  A      {_returned(a)}\n  B      {_returned(b)}\n"
        )
    return "\n".join(parts)


def _line(row: Sequence[str], widths: Sequence[int], markdown: bool) -> str:
    cells = [row[0].ljust(widths[0]), *(word.rjust(width) for word, width in zip(row[1:], widths[1:], strict=True))]
    return f"| {' | '.join(cells)} |" if markdown else "  ".join(cells).rstrip()


def value_text(figure: Figure | None) -> str:
    return _NONE if figure is None else _number(figure.value)


def interval_text(figure: Figure | None) -> str:
    return _NONE if figure is None or figure.low == figure.high else f"{figure.low:.3f}–{figure.high:.3f}"


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:.3f}"


def _told(difference: Difference) -> tuple[str, str, str, str]:
    """B less A, its interval, p, and questions won, lost and tied."""
    gain = difference.figure
    score = f"{difference.wins}/{difference.losses}/{difference.ties}"
    return f"{gain.value:+.3f}", f"{gain.low:+.3f} to {gain.high:+.3f}", f"{difference.p:.4f}", score


def _returned(asked: Judged) -> str:
    if asked.error is not None:
        return f"error: {asked.error}"
    if asked.quotes:
        return ("" if asked.answered else "refused; nearest: ") + _first(asked.quotes)
    return asked.ranking[0][0] if asked.ranking else "nothing"


def _first(shown: Sequence[Shown]) -> str:
    if not shown:
        return "nothing"
    words = " ".join(shown[0].text.split())
    return f"{shown[0].exchange_id}: {words if len(words) <= 100 else words[:99] + '…'}"
