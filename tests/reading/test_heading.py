import datetime

import pytest
from conferences import kinds, of


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


@pytest.mark.parametrize(
    ("title", "foot", "date", "kind"),
    [
        ("Press Briefing, 7/20/2011", "", "2011-07-20", None),
        ("Press Briefing, 9/11/2013", "END 3:01 P.M. EST", "2013-09-11", None),
        ("Press Briefing, 9/11/2013", "", None, "ambiguous-date"),
    ],
)
def test_a_date_in_slashes_is_read_the_american_way_only_where_the_page_shows_that_it_is(
    title: str, foot: str, date: str | None, kind: str | None
) -> None:
    reading = of("\n\n".join([title, "MR. ROE: Hello.", "Q  One?", "MR. ROE: Yes.", "Q  Two?", "MR. ROE: No.", foot]))
    assert str(reading.transcript.date) == str(date)
    assert (kind in kinds(reading)) == (kind is not None)


def test_front_matter_gives_title_date_people_and_institution() -> None:
    front = (
        '---\ntitle: "Doorstop: water"\ndate: "2004-12-02"\ncreators:\n  - "Roe, Jo"\n'
        "institution: Ministry of Water\nsource_url: https://x.example/1\n---\n\n"
    )
    reading = of(f"{front}ROE: Hello.\n\nJOURNALIST: One?\n\nROE: Yes.\n\nJOURNALIST: Two?\n\nROE: No.\n", "a.md")
    transcript = reading.transcript
    assert (transcript.title, str(transcript.date)) == ("Doorstop: water", "2004-12-02")
    assert (transcript.spokesperson, transcript.institution) == ("Jo Roe", "Ministry of Water")
    assert transcript.sources == ("https://x.example/1",)
    assert all(span.start >= len(front) for exchange in transcript.exchanges for span in exchange.spans)


def test_running_heads_and_page_numbers_are_in_no_answer() -> None:
    pages = [f"May 3, 2024\nChair Roe's Press Conference\n{page} of 3\n" for page in (1, 2, 3)]
    said = (
        "CHAIR ROE.  It is a long\n",
        "answer.\nSAM LEE.  Why?\nCHAIR ROE.  So.\nSAM LEE.  When?\n",
        "CHAIR ROE.  Now.\n",
    )
    text = "".join(page + words for page, words in zip(pages, said, strict=True))
    reading = of(text + "SAM LEE.  Why?\nCHAIR ROE.  So.\nANN DOE.  How?\nCHAIR ROE.  So.\n")
    shown = "".join(span.cut(text) for each in reading.transcript.exchanges for span in each.answer)
    assert "Press Conference" not in shown and "of 3" not in shown
    assert str(reading.transcript.date) == "2024-05-03"
