import re
from html.parser import HTMLParser

import pytest

from eval.measures import Counts
from eval.report import report_page
from eval.results import Evaluation, Judged, Shown, summarise
from eval.tables import Table, evaluation_tables, kinds_table, systems_table


def asked(name: str, answerable: bool, confidence: float, value: float = 0.5) -> Judged:
    measures = {"nDCG@10": value, "Hit@1": 1.0, "answered": 1.0} if answerable else {"refused": 0.0}
    return Judged(
        id=name,
        question=f"What of <{name}> & co?",
        kind="fact" if answerable else "unanswerable",
        conference=name,
        answerable=answerable,
        answered=True,
        confidence=confidence,
        measures=measures,
        filters={"date_from": Counts(right=1)},
        quotes=[Shown(exchange_id="t/1", text="<script>alert(1)</script>")],
        wanted=[Shown(exchange_id="t/1", text="wanted words", grade=2)] if answerable else [],
        timings_ms={"encode": 9.0, "total": 10.0},
    )


@pytest.fixture
def evaluation() -> Evaluation:
    questions = [asked(f"q{at}", True, 0.4 + at / 20, at / 8) for at in range(8)]
    return summarise("fused", {"questions": "set.jsonl"}, [*questions, *(asked(f"u{at}", False, 0.3) for at in "ab")])


class Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.drawings = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.drawings += tag == "svg"
        for name, value in attrs:
            if name == "id":
                self.ids.append(str(value))
            if name in ("src", "href", "xlink:href"):
                self.links.append(str(value))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_is_well_formed(evaluation: Evaluation) -> None:
    page = Page(report_page([evaluation, evaluation]))
    assert page.open == [] and page.drawings == 4
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert len(page.ids) == len(set(page.ids))


def test_the_page_follows_the_screen(evaluation: Evaluation) -> None:
    page = report_page([evaluation])
    assert "prefers-color-scheme: dark" in page
    drawings = "".join(re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL))
    assert set(re.findall(r"#0[0-9a-f]0[0-9a-f]0[0-9a-f]", drawings)) == set()
    used = set(re.findall(r"var\(--(\w+)\)", drawings))
    assert {"ink", "muted", "grid", "first", "second"} <= used
    assert used <= set(re.findall(r"--(\w+):", page))


def test_what_was_said_is_never_markup(evaluation: Evaluation) -> None:
    page = report_page([evaluation])
    assert "<script>" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "What of &lt;q0&gt; &amp; co?" in page


def test_the_page_shows_the_numbers_and_the_worst_questions(evaluation: Evaluation) -> None:
    page = report_page([evaluation])
    assert "0.438" in page and evaluation.figures["overall"]["nDCG@10"].value == pytest.approx(0.4375)
    worst = re.findall(r"<i>(\w+) · ", page)
    assert worst[:3] == ["q0", "ua", "ub"] and "q7" in worst


def test_an_evaluation_of_rankings_alone_has_a_page_too(evaluation: Evaluation) -> None:
    bare = [each.model_copy(update={"timings_ms": {}, "filters": {}}) for each in evaluation.asked if each.answerable]
    page = Page(report_page([summarise("run", {}, bare)]))
    assert page.drawings == 1 and page.open == []


def test_a_table_is_text_or_markdown() -> None:
    table = Table("Title", ("", "n"), (("one", "1"), ("eleven", "11")))
    assert table.text() == "Title\n         n\none      1\neleven  11\n"
    assert table.text(markdown=True) == (
        "**Title**\n\n|        |  n |\n| :----- | -: |\n| one    |  1 |\n| eleven | 11 |\n"
    )


def test_tables_say_what_was_measured(evaluation: Evaluation) -> None:
    systems = systems_table([evaluation])
    assert systems.title == "Exchanges: 8 answerable and 2 unanswerable questions"
    assert dict(zip(systems.head, systems.rows[0], strict=True))["AUROC"] == "1.000"
    kinds = kinds_table(evaluation)
    assert [row[:3] for row in kinds.rows] == [("overall", "8", "0.438"), ("fact", "8", "0.438")]
    titles = [table.title for table in evaluation_tables(evaluation)]
    assert titles == ["By kind, fused", "Filters understood", "Refusals", "Latency, ms a question"]
