import csv
import datetime
import hashlib
import itertools
import os
import re
import textwrap
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import BadInput, UnreadableTranscript
from rag.intake.addresses import read_addresses
from rag.reading.files import LARGEST_FILE
from rag.reading.reading import Reading, read, read_file
from rag.transcript import Exchange

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SEEDS = ROOT / "seeds"
TITLE = "Foreign Ministry Spokesperson Zhao Lijian's Regular Press Conference on March 18, 2021"


def of(text: str, name: str = "made-up.txt") -> Reading:
    return read(text.encode(), name)


def conference(*paragraphs: str) -> Reading:
    return of("\n\n".join((TITLE, *paragraphs)) + "\n")


def words(reading: Reading, exchange: Exchange) -> tuple[str | None, list[str]]:
    text = reading.transcript.text
    asked = None if exchange.question is None else exchange.question.cut(text)
    return asked, [span.cut(text) for span in exchange.answer]


def told(reading: Reading) -> list[tuple[str | None, str | None, list[str]]]:
    """Of each exchange: the label, the question's words, the answer's paragraphs."""
    return [(exchange.label, *words(reading, exchange)) for exchange in reading.transcript.exchanges]


def kinds(reading: Reading) -> set[str]:
    return {oddity.kind for oddity in reading.oddities}


def assert_nothing_is_lost(reading: Reading) -> None:
    """Every character is in an exchange, in its label, in the furniture, in the remainder, or blank; in one only."""
    transcript = reading.transcript
    places = [(span.start, span.end) for exchange in transcript.exchanges for span in exchange.spans]
    places += [(span.start, span.end) for span in (*reading.remainder, *reading.furniture)]
    places.sort()
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(places))
    outside, place = [], 0
    for start, end in [*places, (len(transcript.text), len(transcript.text))]:
        outside.append(transcript.text[place:start].strip("\ufeff\u200b \t\r\n\f\v\x00\xa0\u2002\u2003\u3000"))
        place = end
    for left in filter(None, outside):
        assert re.fullmatch(r"[()\[\]（）]|(?:[)\].]*\s*)?[(\[]?.{1,70}[:：][\s\u200b]*", left, re.DOTALL), left


def rows(table: str) -> dict[str, list[dict[str, str]]]:
    by_page: dict[str, list[dict[str, str]]] = {}
    with (HERE / table).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            by_page.setdefault(row["page"], []).append(row)
    return by_page


def row(page: str, reading: Reading, exchange: Exchange) -> dict[str, str]:
    """An exchange as the hand-checked tables have it: five words from each end of the question and of the answer."""
    question, answer = words(reading, exchange)
    asked = (question or "").split()
    first, last = (answer[0].split(), answer[-1].split()) if answer else ([], [])
    return {
        "page": page,
        "number": str(exchange.number),
        "kind": exchange.kind,
        "outlet": exchange.outlet or "",
        "question_first": " ".join(asked[:5]),
        "question_last": " ".join(asked[-5:]),
        "answer_first": " ".join(first[:5]),
        "answer_last": " ".join(last[-5:]),
    }


@pytest.mark.parametrize(
    ("number", "date", "spokesperson", "questions"),
    [
        ("000", "2021-03-18", "Zhao Lijian", 12),
        ("001", "2021-12-24", "Zhao Lijian", 12),
        ("002", "2021-01-28", "Zhao Lijian", 8),
        ("003", "2021-02-26", "Wang Wenbin", 13),
        ("004", "2021-07-20", "Zhao Lijian", 9),
    ],
)
def test_each_seed_is_read_as_the_hand_made_table_has_it(
    number: str, date: str, spokesperson: str, questions: int
) -> None:
    path = next(SEEDS.glob(f"{number}_*.txt"))
    reading = read_file(path)
    transcript = reading.transcript
    assert transcript.id == f"{date}-{spokesperson.lower().replace(' ', '-')}"
    assert transcript.title.replace("\u2019", "'").startswith(
        f"Foreign Ministry Spokesperson {spokesperson}'s Regular Press Conference"
    )
    assert (str(transcript.date), transcript.spokesperson, transcript.sources) == (
        date,
        spokesperson,
        (path.name,),
    )
    assert transcript.text == path.read_bytes().decode("utf-8")
    assert transcript.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [row(path.stem, reading, exchange) for exchange in transcript.exchanges] == rows("seeds.tsv")[path.stem]
    assert sum(exchange.kind == "question" for exchange in transcript.exchanges) == questions
    assert {exchange.spokesperson for exchange in transcript.exchanges} == {spokesperson}
    assert reading.oddities == ()
    assert_nothing_is_lost(reading)


def test_the_gold_pages_are_read_exactly_as_they_were_checked_by_hand(material: Path) -> None:
    gold = rows("gold_pages.tsv")
    assert len(gold) == 30
    for page, expected in gold.items():
        reading = read_file(material / "archive" / "html" / f"{page}.html")
        assert [row(page, reading, exchange) for exchange in reading.transcript.exchanges] == expected


def test_nothing_of_the_archive_is_lost_and_every_date_and_speaker_is_found(material: Path) -> None:
    pages = sorted((material / "archive" / "html").iterdir())
    addresses = read_addresses(material / "archive" / "pages.tsv")
    started = time.perf_counter()
    readings = [read_file(page, addresses[page.name]) for page in pages]
    seconds = time.perf_counter() - started
    count = Counter(exchange.kind for reading in readings for exchange in reading.transcript.exchanges)
    assert count["question"] + 54 == pytest.approx(2_276, rel=0.01)
    for page, reading in zip(pages, readings, strict=True):
        assert_nothing_is_lost(reading)
        assert reading.transcript.date is not None
        assert reading.transcript.spokesperson is not None
        assert reading.transcript.sources == (addresses[page.name],)
        assert words_of_the_body(page) <= Counter(reading.transcript.text.split())
        reported = " ".join(oddity.message for oddity in reading.oddities)
        assert all(span.cut(reading.transcript.text)[:40] in reported for span in reading.remainder)
    assert seconds < 60


def words_of_the_body(page: Path) -> Counter[str]:
    """The words of the page's text block, by a way of its own: its markup's lines, with the tags cut out."""
    html = page.read_text("utf-8")
    body = html[html.index('<div class="content">') : html.index('id="Appendix_article"')].rsplit("<div", 1)[0]
    body = re.sub(r"<[Pp/]{1,2}[ >][^>]*>?|<BR>", " ", body)
    text = re.sub(r"<[^>]+>", "", body)
    for entity, sign in (("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, sign)
    return Counter(text.split())


def test_every_quote_of_the_questions_stands_in_an_answer(material: Path) -> None:
    wanted: dict[str, list[str]] = {}
    for part in sorted((material / "questions").glob("*.jsonl")):
        for transcript, quote in re.findall(
            r'"transcript": "(\w+)", "quote": "((?:[^"\\]|\\.)*)"', part.read_text("utf-8")
        ):
            wanted.setdefault(transcript, []).append(
                re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), quote).replace('\\"', '"')
            )
    assert sum(map(len, wanted.values())) > 150
    for name, quotes in wanted.items():
        page = next(p for p in (material / "archive" / "html" / f"{name}.html", SEEDS / f"{name}.txt") if p.exists())
        transcript = read_file(page).transcript
        answers = [" ".join(" ".join(s.cut(transcript.text) for s in e.answer).split()) for e in transcript.exchanges]
        for quote in quotes:
            assert any(" ".join(quote.split()) in answer for answer in answers), (name, quote)


def test_a_follow_up_belongs_to_the_outlet_and_the_exchange_before_it() -> None:
    reading = conference(
        "Bloomberg News: One?",
        "Zhao Lijian: Yes.",
        "Follow-up:\xa0Two?",
        "Zhao Lijian: No.",
        "AFP: Three?",
        "Zhao Lijian: So.",
    )
    first, second, third = reading.transcript.exchanges
    assert (first.outlet, first.label, first.follows) == ("Bloomberg", "Bloomberg News", None)
    assert (second.outlet, second.label, second.follows) == ("Bloomberg", "Follow-up", 1)
    assert (third.outlet, third.follows) == ("AFP", None)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("Q:", "A:"),
        ("Q :", "A :"),
        ("Q\uff1a", "A\uff1a"),
        ("Q:\xa0", "A:\xa0"),
        ("Question:", "Answer:"),
        ("Q1:", "A1:"),
        ("Q. ", "A. "),
        ("Journalist:", "Spokesperson:"),
    ],
)
def test_every_style_of_labels_gives_the_same_exchanges(asked: str, answered: str) -> None:
    reading = conference(
        f"{asked}As I asked?",
        f"{answered}As I said.",
        "Second paragraph.",
        f"{asked} And then?",
        f"{answered} Then not.",
    )
    assert [entry[1:] for entry in told(reading)] == [
        ("As I asked?", ["As I said.", "Second paragraph."]),
        ("And then?", ["Then not."]),
    ]
    assert {exchange.spokesperson for exchange in reading.transcript.exchanges} == {"Zhao Lijian"}
    assert {exchange.outlet for exchange in reading.transcript.exchanges} == {None}


def test_consecutive_lines_are_paragraphs_too() -> None:
    reading = of(f"{TITLE}\nQ: One?\nA: Yes.\nMore.\nQ: Two?\nA: No.\n")
    assert told(reading) == [("Q", "One?", ["Yes.", "More."]), ("Q", "Two?", ["No."])]


def test_a_file_of_narrow_lines_has_whole_paragraphs() -> None:
    long = (
        "The two sides will keep in close contact on this, and Foreign Minister Wang Yi, State Councilor Yang and"
        " Vice Premier Liu will go."
    )
    paragraphs = [
        "Reuters: What does the Chinese side expect of the talks that will be held in Alaska this week?",
        f"Zhao Lijian: {long}",
        long,
    ]
    reading = of("\n\n".join(textwrap.fill(paragraph, 72) for paragraph in (TITLE, *paragraphs)))
    assert reading.transcript.title == TITLE
    ((_, question, answer),) = told(reading)
    assert (question or "").split()[-1] == "week?"
    assert [" ".join(part.split()) for part in answer] == [long, long]


def test_words_before_a_colon_are_no_new_speaker() -> None:
    inside = [
        "First, on the economy: it grows.",
        "The facts are: two.",
        "Fact 1: it is so.",
        "Taiwan: a part of China.",
        "I want to say this: no.",
        "At 10:00 a.m. we meet.",
        "CNN: a channel we all know.",
    ]
    reading = conference("Reuters: One?", "Zhao Lijian: Yes.", *inside, "AFP: Two?", "Zhao Lijian: No.")
    assert told(reading) == [("Reuters", "One?", ["Yes.", *inside]), ("AFP", "Two?", ["No."])]


def test_a_speakers_name_inside_a_paragraph_is_no_new_speaker() -> None:
    asked = "A report quotes you. Zhao Lijian: we surrender. Is that right? A: no? Q: yes?"
    assert told(conference(f"Reuters: {asked}", "Zhao Lijian: It is not.")) == [("Reuters", asked, ["It is not."])]


def test_an_outlet_in_no_table_is_believed_where_a_question_belongs_and_reported() -> None:
    reading = conference(
        "Radio Nowhere: One?",
        "Zhao Lijian: Yes.",
        "Taiwan: it is a part of China.",
        "Moon Post: Two?",
        "Zhao Lijian: No.",
    )
    assert told(reading) == [
        ("Radio Nowhere", "One?", ["Yes.", "Taiwan: it is a part of China."]),
        ("Moon Post", "Two?", ["No."]),
    ]
    assert {(oddity.line, oddity.kind) for oddity in reading.oddities} == {
        (3, "unknown-outlet"),
        (7, "unknown-label"),
        (9, "unknown-outlet"),
    }


def test_a_spokesperson_in_no_table_is_known_from_the_title_or_from_the_turns() -> None:
    titled = of(
        "Foreign Ministry Spokesperson Wu Xin's Remarks on May 3, 2024\n\n"
        "Reuters: One?\n\nWu Xin: Yes.\n\nAFP: Two?\n\nWu Xin: No.\n"
    )
    assert titled.transcript.id == "2024-05-03-wu-xin"
    assert [exchange.spokesperson for exchange in titled.transcript.exchanges] == ["Wu Xin", "Wu Xin"]
    untitled = of("Press briefing, 3 May 2024\n\nReuters: One?\n\nWu Xin: Yes.\n\nAFP: Two?\n\nWu Xin: No.\n")
    assert untitled.transcript.spokesperson == "Wu Xin"
    assert [entry[0] for entry in told(untitled)] == ["Reuters", "AFP"]
    assert "unknown-speaker" in kinds(untitled)


def test_two_spokespeople_keep_their_own_words() -> None:
    reading = conference(
        "Hua Chunying: Good afternoon.",
        "Zhao Lijian: Thank you.",
        "Reuters: One?",
        "Zhao Lijian: Yes.",
        "Hua Chunying: And no.",
        "It is so.",
    )
    assert [(exchange.kind, exchange.spokesperson, exchange.follows) for exchange in reading.transcript.exchanges] == [
        ("announcement", "Hua Chunying", None),
        ("announcement", "Zhao Lijian", None),
        ("question", "Hua Chunying", None),
    ]
    asked = reading.transcript.exchanges[-1]
    assert [speaker and speaker.name for speaker in asked.speakers] == ["Zhao Lijian", "Hua Chunying", "Hua Chunying"]
    assert [asked.speaker_at(span.start) for span in asked.answer] == list(asked.speakers)


def test_an_ask_back_and_its_reply_stay_inside_one_exchange() -> None:
    reading = conference(
        "Q: What of the report?",
        "A: Which one?",
        "Journalist: The one of today.",
        "A: I have not read it.",
        "Q: Next?",
        "A: Yes.",
    )
    first, second = reading.transcript.exchanges
    assert words(reading, first) == ("What of the report?", ["Which one?", "I have not read it."])
    assert [span.cut(reading.transcript.text) for span in first.interjections] == ["The one of today."]
    assert second.question is not None


def test_a_journalist_who_asks_something_new_has_an_exchange_of_their_own() -> None:
    reading = conference("Q: One?", "A: Yes.", "Reporter: Something else?", "A: No.")
    assert [entry[:2] for entry in told(reading)] == [("Q", "One?"), ("Reporter", "Something else?")]


def test_stage_notes_and_rows_are_nobodys_words_and_are_reported() -> None:
    reading = conference(
        "Reuters: One?",
        "Zhao Lijian: (Smiling) Do you see now? (Journalist nods)",
        "(The journalist laughed.)",
        "The Party (CPC) says so. (Journalist: No.) I see. (phase one)",
        "***",
        "The regular press conference will be adjourned on Monday.",
    )
    question, closing = reading.transcript.exchanges
    assert words(reading, question)[1] == [
        "Do you see now?",
        "The Party (CPC) says so.",
        "I see. (phase one)",
    ]
    assert [span.cut(reading.transcript.text) for span in question.interjections] == ["No."]
    assert (closing.kind, words(reading, closing)) == (
        "announcement",
        (None, ["The regular press conference will be adjourned on Monday."]),
    )
    assert [span.cut(reading.transcript.text) for span in reading.remainder] == [
        "(Smiling)",
        "(Journalist nods)",
        "(The journalist laughed.)",
        "***",
    ]
    assert {"stage-note", "row-of-signs", "interjection"} <= kinds(reading)
    assert_nothing_is_lost(reading)


def test_questions_raised_after_the_conference_are_questions() -> None:
    reading = conference(
        "Reuters: One?",
        "Zhao Lijian: Yes.",
        "After the press conference, the following question was raised: What about X?",
        "Zhao Lijian: Nothing.",
        "A journalist asked the following questions after the press conference:",
        "AFP: And Y?",
        "Zhao Lijian: Nor that.",
        "Q: And Z?",
        "A: Nor that.",
    )
    assert told(reading) == [
        ("Reuters", "One?", ["Yes."]),
        (None, "What about X?", ["Nothing."]),
        ("AFP", "And Y?", ["Nor that."]),
        ("Q", "And Z?", ["Nor that."]),
    ]
    assert len(reading.remainder) == 2
    assert_nothing_is_lost(reading)


def test_closing_words_are_an_announcement_with_or_without_a_row_before_them() -> None:
    closing = [
        "Due to scheduling reasons, the regular press conference on Friday will be held at 2 p.m.",
        "Have a nice day.",
    ]
    reading = conference("Q: One?", "A: Yes.", "And no.", *closing)
    assert [exchange.kind for exchange in reading.transcript.exchanges] == ["question", "announcement"]
    assert words(reading, reading.transcript.exchanges[1])[1] == closing


def test_an_answer_without_a_label_is_found_and_reported() -> None:
    reading = conference("Q: One?", "It is so.", "And so on.", "Q: Two?", "A: Yes.")
    assert told(reading) == [("Q", "One?", ["It is so.", "And so on."]), ("Q", "Two?", ["Yes."])]
    assert ("answer-without-label", 5) in {(oddity.kind, oddity.line) for oddity in reading.oddities}


def test_a_question_of_several_paragraphs_is_one_span_and_reported() -> None:
    reading = conference("Reuters: First, X?", "Second: what of Y?", "Zhao Lijian: Yes.")
    assert told(reading) == [("Reuters", "First, X?\n\nSecond: what of Y?", ["Yes."])]
    assert "unlabelled-paragraph" in kinds(reading)


def test_a_question_that_nothing_answers_is_reported() -> None:
    reading = conference("Reuters: One?", "Zhao Lijian: Yes.", "AFP: Two?")
    assert reading.transcript.exchanges[1].answer == ()
    assert ("question-without-answer", 7) in {(oddity.kind, oddity.line) for oddity in reading.oddities}


def test_a_question_that_lost_its_label_is_found_between_two_answers() -> None:
    reading = conference("Q: One?", "A: Yes.", "And what about two?", "A: No.")
    assert told(reading) == [("Q", "One?", ["Yes."]), (None, "And what about two?", ["No."])]
    assert "question-without-label" in kinds(reading)


def test_remarks_without_a_question_are_remarks() -> None:
    reading = of(
        "Foreign Ministry Spokesperson Mao Ning's Remarks on the Visit\n2023-06-13 19:00\n\n"
        "China deplores that.\n\nIt does.\n"
    )
    (remarks,) = reading.transcript.exchanges
    assert (remarks.kind, remarks.question, words(reading, remarks)[1]) == (
        "remarks",
        None,
        ["China deplores that.", "It does."],
    )
    assert (reading.transcript.id, reading.origins["date"]) == (
        "2023-06-13-mao-ning",
        "a date line of the page",
    )


@pytest.mark.parametrize(
    ("title", "page", "date", "kind"),
    [
        ("on June14, 2018", "", "2018-06-14", None),
        ("on Sept. 3, 2019", "", "2019-09-03", None),
        ("on 5 May 2022", "", "2022-05-05", None),
        ("on September 10", "<img src='./W020180910804946205592.jpg'>", "2018-09-10", "date-outside-title"),
        ("on September 8", "<img src='./W020180901804946205592.jpg'>", None, "no-date"),
        ("", "<img src='./P020180901587946205592.jpg'>", None, "no-date"),
        ("on December 31", "<p>2020/01/02</p>", "2019-12-31", "date-outside-title"),
        ("on January 5, 2020", "<p>2021-01-05 19:00</p>", "2020-01-05", "dates-differ"),
        ("on February 30, 2021", "", None, "no-date"),
        ("", "", None, "no-date"),
    ],
)
def test_dates_come_from_the_title_then_the_page_and_are_never_made_up(
    title: str, page: str, date: str | None, kind: str | None
) -> None:
    heading = f"Foreign Ministry Spokesperson Geng Shuang's Regular Press Conference {title}"
    reading = of(f"<html><body><h1>{heading}</h1>{page}<p>Q: One?</p><p>A: Yes.</p></body></html>", "t.html")
    assert reading.transcript.date == (datetime.date.fromisoformat(date) if date else None)
    assert reading.transcript.id == f"{date or 'undated'}-geng-shuang"
    assert kinds(reading) == ({kind} if kind else set())


def test_ids_without_a_spokesperson_take_the_title() -> None:
    assert (
        of("Press Briefing on Trade, June 13, 2018\n\nQ: One?\n\nA: Yes.\n").transcript.id
        == "2018-06-13-press-briefing-on-trade-june-13-2018"
    )
    assert of("Q: One?\n\nA: Yes.\n", "Notes of a day.txt").transcript.id == "undated-notes-of-a-day"


def test_menus_and_footers_are_in_no_exchange_and_are_told_apart() -> None:
    text = (
        f"Home\nAbout us\nHOME > News\n{TITLE}\n2021-03-19 10:00\n\nQ: One?\n\nA: Yes.\n\n"
        "Suggest To A Friend\n  Print\nRelated News:\nAnother page of March 17\nCopyright 2021 X\n"
    )
    reading = of(text)
    assert told(reading) == [("Q", "One?", ["Yes."])]
    assert [span.cut(text) for span in reading.furniture] == [
        "Home",
        "About us",
        "HOME > News",
        TITLE,
        "2021-03-19 10:00",
        "Suggest To A Friend",
        "Print",
        "Related News:",
        "Another page of March 17",
        "Copyright 2021 X",
    ]
    assert reading.remainder == ()


def test_an_embassys_page_in_other_markup_reads_the_same() -> None:
    page = f"""<html><head><title>{TITLE}_Embassy of Nowhere</title></head><body>
    <ul><li><a href=/>Home</a><li><a href=/x>About the Embassy</a></ul><table><tr><td>
    <div class=t>Foreign Ministry Spokesperson Zhao Lijian's<br>Regular Press Conference on March 18, 2021</div>
    <div>2021-03-19 10:00</div><div>&nbsp;&nbsp;<b>Reuters:</b>&nbsp;What of vis<span>i</span>t &amp; trade?<br>
    <br><b>Zhao Lijian:</b> It is<br>so.<br><br>&#160;More.</div></table>
    <p><a href=/1>Related page one</a><p>Copyright 2021 Embassy</body></html>"""
    reading = of(page, "embassy.html")
    assert reading.transcript.title == TITLE
    assert (
        reading.transcript.text
        == f"{TITLE}\n\n2021-03-19 10:00\n\nReuters: What of visit & trade?\n\nZhao Lijian: It is so.\n\nMore.\n"
    )
    assert told(reading) == [("Reuters", "What of visit & trade?", ["It is so.", "More."])]


def test_bold_print_tells_a_question_from_an_answer() -> None:
    page = (
        "<b>Q: One?</b><p>It is so.<p><b>Q: Two?</b><p>A: Yes.<p><b>Moon Post: Three?</b><p>A: No."
        "<p>Moon: a word of the answer.<p><b>And four?</b><p>A: So."
    )
    reading = of(f"<html><h1>{TITLE}</h1><p>{page}</html>", "bold.html")
    assert told(reading) == [
        ("Q", "One?", ["It is so."]),
        ("Q", "Two?", ["Yes."]),
        ("Moon Post", "Three?", ["No.", "Moon: a word of the answer."]),
        (None, "And four?", ["So."]),
    ]


def test_a_line_under_a_picture_is_nobodys_words() -> None:
    page = (
        f"<html><h1>{TITLE}</h1><p>Q: One?<p>A: Yes.<p align=center><img src=a.jpg><br>Spokesperson at the rostrum</p>"
        "<p>More.<p>Q: Two?<p>A: No.</html>"
    )
    reading = of(page, "picture.html")
    assert told(reading)[0] == ("Q", "One?", ["Yes.", "More."])
    assert "caption" in kinds(reading)


def test_a_page_that_ends_early_is_read_as_far_as_it_goes_and_reported() -> None:
    reading = of(f"<html><h1>{TITLE}</h1><p>Q: One?</p><p>A: Yes.</p><p>Q: Two is", "cut.html")
    assert [entry[1] for entry in told(reading)] == ["One?", "Two is"]
    assert {"truncated", "question-without-answer"} <= kinds(reading)


def test_marks_and_signs_of_every_plane_keep_their_places() -> None:
    reading = conference(
        "\u200bReuters:\u200f Is \U0001f600 cafe\u0301 \u05d0\u05d1?",
        "Zhao Lijian: \U0001f1e8\U0001f1f3 yes\u200d.",
    )
    assert told(reading) == [("Reuters", "Is \U0001f600 cafe\u0301 \u05d0\u05d1?", ["\U0001f1e8\U0001f1f3 yes\u200d."])]


@pytest.mark.parametrize(
    ("raw", "name", "why"),
    [
        (b"", "empty.txt", "is empty"),
        (b"PK\x03\x04" + b"\x00" * 99, "page.html", "zip"),
        (
            "外交部发言人赵立坚主持例行记者会。记者提问，发言人回答。".encode() * 30,
            "zh.txt",
            "not in English",
        ),
        (
            b"<html><h1>Cake</h1><p>Take the flour of the mill and beat it for an hour.</p></html>",
            "cake.html",
            "no transcript",
        ),
        (b"<html><body></body></html>", "blank.html", "no transcript"),
        (
            ("La Chine a toujours maintenu une position claire sur cette affaire. " * 20).encode(),
            "fr.txt",
            "not in English",
        ),
    ],
)
def test_what_is_no_transcript_is_refused_with_the_reason(raw: bytes, name: str, why: str) -> None:
    with pytest.raises(UnreadableTranscript, match=why) as refused:
        read(raw, name)
    assert refused.value.key == name
    assert refused.value.remedy


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    started = time.perf_counter()
    with pytest.raises(UnreadableTranscript, match="200,000,000 bytes"):
        read_file(path)
    assert time.perf_counter() - started < 5
    with pytest.raises(UnreadableTranscript, match="20,000,001 bytes"):
        read(b"x" * (LARGEST_FILE + 1), "x.txt")


@pytest.mark.parametrize("make", ["missing", "folder", "loop", "pipe"])
def test_what_cannot_be_opened_as_a_file_is_reported(tmp_path: Path, make: str) -> None:
    path = tmp_path / 'it\'s a "n\u00e4me"\n.txt'
    if make == "folder":
        path.mkdir()
    elif make == "loop":
        path.symlink_to(path)
    elif make == "pipe":
        os.mkfifo(path)
    with pytest.raises(UnreadableTranscript, match="can't be read") as refused:
        read_file(path)
    assert refused.value.key == path.name


def test_a_file_that_changes_meanwhile_is_read_as_it_was_at_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{TITLE}\n\nQ: One?\n\nA: Yes.\n")
    real, calls = os.fstat, []

    def changing(descriptor: int) -> os.stat_result:
        calls.append(descriptor)
        if len(calls) == 2:
            path.write_text(f"{TITLE}\n\nQ: Two?\n\nA: Not.\n")
        return real(descriptor)

    monkeypatch.setattr(os, "fstat", changing)
    assert told(read_file(path)) == [("Q", "Two?", ["Not."])]


def test_a_file_that_never_holds_still_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Q: One?\n\nA: Yes.\n")
    real = os.fstat

    def changing(descriptor: int) -> os.stat_result:
        before = real(descriptor)
        path.write_text(path.read_text() + "more\n")
        return before

    monkeypatch.setattr(os, "fstat", changing)
    with pytest.raises(UnreadableTranscript, match="changes while it is read"):
        read_file(path)


def test_addresses_are_found_by_listed_name_and_by_bare_name(tmp_path: Path) -> None:
    listing = tmp_path / "pages.tsv"
    listing.write_text(
        "file\turl\na/t1.html\thttps://x.example/1\nb/t2.html\thttps://x.example/2\nc/t2.html\thttps://x.example/3\n\n"
    )
    addresses = read_addresses(listing)
    assert addresses["t1.html"] == addresses["a/t1.html"] == "https://x.example/1"
    assert addresses["b/t2.html"] != addresses["c/t2.html"]
    assert "t2.html" not in addresses


@pytest.mark.parametrize(
    ("listed", "line"),
    [
        ("", 1),
        ("name\turl\n", 1),
        ("file\turl\na.html\n", 2),
        ("file\turl\na\thttps://x.example/1\nb\tnowhere\n", 3),
        ("file\turl\na\thttp://x\na\thttp://y\n", 3),
        ("file\turl\n\thttp://x\n", 2),
    ],
)
def test_a_malformed_list_of_addresses_names_its_line(tmp_path: Path, listed: str, line: int) -> None:
    listing = tmp_path / "pages.tsv"
    listing.write_text(listed)
    with pytest.raises(BadInput, match=f"line {line}:") as refused:
        read_addresses(listing)
    assert refused.value.remedy


def test_the_address_given_is_the_source_then_the_pages_own_then_the_name() -> None:
    page = '<html><head><link rel="canonical" href="https://own.example/1"></head><p>Q: One?<p>A: Yes.</html>'
    assert read(page.encode(), "a.html", "https://given.example/1").transcript.sources == ("https://given.example/1",)
    assert read(page.encode(), "a.html").transcript.sources == ("https://own.example/1",)
    assert read(b"Q: One?\n\nA: Yes.\n", "a.txt").transcript.sources == ("a.txt",)


LETTERS = st.text(alphabet="abcdefg hij,.\u2019\xa0\U0001f600", min_size=1, max_size=40).filter(str.strip)
PARAGRAPHS = st.one_of(
    LETTERS,
    st.builds(
        "{}{}".format,
        st.sampled_from(
            [
                "Q: ",
                "A: ",
                "Q:",
                "A\uff1a",
                "Reuters: ",
                "AFP : ",
                "Follow-up: ",
                "Journalist: ",
                "Zhao Lijian: ",
                "Hua Chunying:\xa0",
                "Moon Post: ",
                "First: ",
                "Q:",
                "Fact 1: ",
            ]
        ),
        LETTERS,
    ),
    st.builds(
        "{}{}?".format,
        st.sampled_from(["Q: ", "Reuters: ", "Follow-up: ", "Reporter: ", "Moon Post: ", ""]),
        LETTERS,
    ),
    st.sampled_from(
        [
            "***",
            "(Laughs)",
            "(Journalist: No.)",
            "Print",
            "2021-03-18",
            "After the press conference, the following question was raised:",
            "See you tomorrow.",
            "A:",
            "Q:",
        ]
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PARAGRAPHS, max_size=14), st.sampled_from(["\n\n", "\r\n\r\n", "\n", "\r"]), st.booleans())
def test_nothing_is_lost_whatever_the_paragraphs_are(paragraphs: list[str], between: str, titled: bool) -> None:
    body = ["Q: Begin?", "A: Yes.", *paragraphs]
    text = between.join([TITLE, *body] if titled else body)
    reading = of(text)
    assert reading.transcript.text == text
    assert_nothing_is_lost(reading)
    assert [exchange.number for exchange in reading.transcript.exchanges] == list(
        range(1, len(reading.transcript.exchanges) + 1)
    )
    reported = sum(
        oddity.kind in {"stage-note", "row-of-signs", "note", "caption", "unclear-words"} for oddity in reading.oddities
    )
    assert reported >= len(reading.remainder)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(LETTERS, st.lists(LETTERS, min_size=1, max_size=4)), min_size=1, max_size=8))
def test_made_up_conferences_come_back_as_they_were_made(made: list[tuple[str, list[str]]]) -> None:
    paragraphs = []
    for asked, answered in made:
        paragraphs += [
            f"Reuters: Why is the {asked.strip()}?",
            f"Zhao Lijian: It is the {answered[0].strip()}",
            *(f"It is the {part.strip()}" for part in answered[1:]),
        ]
    expected = [
        ("Reuters", f"Why is the {asked.strip()}?", [f"It is the {part.strip()}" for part in answered])
        for asked, answered in made
    ]
    assert told(conference(*paragraphs)) == expected


def test_every_kind_of_oddity_is_in_the_documentation() -> None:
    told_of = set(re.findall(r"`([a-z-]+)`", (ROOT / "docs" / "reading.md").read_text("utf-8")))
    made = set()
    for file in ("reading", "assembly", "turns"):
        source = (ROOT / "rag" / "reading" / f"{file}.py").read_text("utf-8")
        made |= set(re.findall(r"Oddity\(\s*[\w.]+,\s*\"([a-z-]+)\"", source))
        made |= set(re.findall(r"\(\s*\"([a-z]+(?:-[a-z]+)+)\",\s*f?\"", source))
        made |= set(re.findall(r"^    \"([a-z-]+)\": \"A ", source, re.MULTILINE))
    assert len(made) > 20
    assert made <= told_of
