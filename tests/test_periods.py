import datetime

import pytest

from rag.periods import find_period

TODAY = datetime.date(2021, 3, 20)


@pytest.mark.parametrize(
    ("text", "date_from", "date_to"),
    [
        ("What was said on 18 March 2021?", "2021-03-18", "2021-03-18"),
        ("on March 18th, 2021", "2021-03-18", "2021-03-18"),
        ("on 2021-03-18 and after", "2021-03-18", "2021-03-18"),
        ("in March 2021", "2021-03-01", "2021-03-31"),
        ("feb 2020 reaction to it", "2020-02-01", "2020-02-29"),
        ("in late June 2018", "2018-06-21", "2018-06-30"),
        ("in mid-Feb 2019 what", "2019-02-11", "2019-02-20"),
        ("At the end of November 2018, how", "2018-11-21", "2018-11-30"),
        ("in early 2020", "2020-01-01", "2020-04-30"),
        ("in summer 2018", "2018-06-01", "2018-08-31"),
        ("in the winter of 2019", "2019-12-01", "2020-02-29"),
        ("in the first half of 2019", "2019-01-01", "2019-06-30"),
        ("in Q2 2019", "2019-04-01", "2019-06-30"),
        ("in 2019", "2019-01-01", "2019-12-31"),
        ("between July and December 2021", "2021-07-01", "2021-12-31"),
        ("from 3 to 18 May 2019", "2019-05-03", "2019-05-18"),
        ("March 18-20, 2021", "2021-03-18", "2021-03-20"),
        ("since last October", "2020-10-01", None),
        ("since May 2019", "2019-05-01", None),
        ("before 1 May 2019", None, "2019-04-30"),
        ("after March 2019", "2019-04-01", None),
        ("until March 2019", None, "2019-03-31"),
        ("yesterday", "2021-03-19", "2021-03-19"),
        ("last month", "2021-02-01", "2021-02-28"),
        ("last March", "2020-03-01", "2020-03-31"),
        ("this year", "2021-01-01", "2021-12-31"),
        ("in the past two weeks", "2021-03-06", "2021-03-20"),
    ],
)
def test_days_are_read_as_people_write_them(text: str, date_from: str | None, date_to: str | None) -> None:
    found = find_period(text, TODAY)
    assert found is not None and found.adverbial, found
    iso = [None if day is None else day.isoformat() for day in (found.date_from, found.date_to)]
    assert iso == [date_from, date_to]


@pytest.mark.parametrize(
    "text",
    [
        "What of the 2022 Winter Olympics?",
        "What is the view on Trump's 2019 visit?",
        "the deadly June 2020 fight with Indian soldiers",
        "May 2019 summit in Osaka",
        "patent filings total 2019",
    ],
)
def test_a_date_inside_a_name_is_not_adverbial(text: str) -> None:
    found = find_period(text, TODAY)
    assert found is not None and not found.adverbial


@pytest.mark.parametrize("text", ["on 30 February 2021", "3/4/21", "may he go?", "resolution 2231", "the 1990-like"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert find_period(text, TODAY) is None
