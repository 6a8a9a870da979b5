import datetime
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.calendar.periods import Period, find_period

TODAY = datetime.date(2021, 3, 20)  # A Saturday.


def days(found: Period | None) -> str:
    """The days found, as "2018-09-01 2018-09-07"; one day once, an open end as "-"."""
    if found is None:
        return "none"
    ends = [day.isoformat() if day else "-" for day in (found.date_from, found.date_to)]
    return " ".join(dict.fromkeys(ends))


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


FAMILIES = {
    "weeks of a month": """
        in the first week of Sept 2018 = 2018-09-01 2018-09-07
        the 2nd week of September 2018 = 2018-09-08 2018-09-14
        during the third week in Sept. 2018 = 2018-09-15 2018-09-21
        in the fourth week of September 2018 = 2018-09-22 2018-09-28
        in the fifth week of September 2018 = 2018-09-29 2018-09-30
        in the last week of November 2018 = 2018-11-24 2018-11-30
        in the final week of November 2018 = 2018-11-24 2018-11-30
        in the opening week of May 2019 = 2019-05-01 2019-05-07
        in the first two weeks of May 2019 = 2019-05-01 2019-05-14
        in the last 10 days of May 2019 = 2019-05-22 2019-05-31
        in the second fortnight of May 2019 = 2019-05-15 2019-05-28
        on the first weekend of May 2019 = 2019-05-04 2019-05-05
        on the last day of May 2019 = 2019-05-31
        on the first Monday of May 2019 = 2019-05-06
        on the last Friday in May 2019 = 2019-05-31
        in the last week of 2018 = 2018-12-25 2018-12-31
        in the first three months of 2019 = 2019-01-01 2019-03-31
        in the last month of 2019 = 2019-12-01 2019-12-31
        in the first weeks of 2020 = 2020-01-01 2020-01-28
        in the second and third weeks of May 2019 = 2019-05-08 2019-05-21
    """,
    "weeks of and beside a day": """
        in the week of 5 March 2019 = 2019-03-04 2019-03-10
        in the week of March 5th, 2019 = 2019-03-04 2019-03-10
        in the week beginning 4 March 2019 = 2019-03-04 2019-03-10
        in the week ending Sunday 10 March 2019 = 2019-03-04 2019-03-10
        on the weekend of 4 May 2019 = 2019-05-04 2019-05-05
        on the morning of 5 March 2019 = 2019-03-05
        in the days following 5 March 2019 = 2019-03-06 -
        in the week before 5 March 2019 = - 2019-03-04
        in the month of May 2019 = 2019-05-01 2019-05-31
    """,
    "halves, thirds and edges": """
        in the second half of April 2019 = 2019-04-16 2019-04-30
        in the first half of April 2019 = 2019-04-01 2019-04-15
        in the latter half of July 2019 = 2019-07-16 2019-07-31
        in the first third of April 2019 = 2019-04-01 2019-04-10
        in the first days of July 2019 = 2019-07-01 2019-07-10
        in the opening days of July 2019 = 2019-07-01 2019-07-10
        in the first few days of July 2019 = 2019-07-01 2019-07-10
        in the early days of July 2019 = 2019-07-01 2019-07-10
        in the last days of July 2019 = 2019-07-21 2019-07-31
        in the closing days of July 2019 = 2019-07-21 2019-07-31
        at the end of February 2019 = 2019-02-21 2019-02-28
        at the very end of July 2019 = 2019-07-21 2019-07-31
        towards the end of July 2019 = 2019-07-21 2019-07-31
        end-July 2019 what = 2019-07-21 2019-07-31
        in the middle of June 2019 = 2019-06-11 2019-06-20
        around mid-March 2020 = 2020-03-11 2020-03-20
        early in June 2019 = 2019-06-01 2019-06-10
        at the start of June 2019 = 2019-06-01 2019-06-10
        in mid to late June 2019 = 2019-06-11 2019-06-30
        in early-to-mid June 2019 = 2019-06-01 2019-06-20
        late in 2019 = 2019-09-01 2019-12-31
        early on in 2019 = 2019-01-01 2019-04-30
        in the latter half of 2019 = 2019-07-01 2019-12-31
        in the latter part of 2019 = 2019-07-01 2019-12-31
        in the third quarter of 2019 = 2019-07-01 2019-09-30
        in the last quarter of 2019 = 2019-10-01 2019-12-31
        in the first and second quarters of 2019 = 2019-01-01 2019-06-30
        in Q3 of 2019 = 2019-07-01 2019-09-30
        towards the end of 2019 = 2019-11-01 2019-12-31
        at the end of 2018 = 2018-11-01 2018-12-31
        end of 2018, what = 2018-11-01 2018-12-31
        at the end of the year 2018 = 2018-11-01 2018-12-31
        at the start of 2019 = 2019-01-01 2019-02-28
        at the beginning of 2020 = 2020-01-01 2020-02-29
        in mid-2019 = 2019-05-01 2019-08-31
        later in 2019 = 2019-07-01 2019-12-31
        in early summer 2019 = 2019-06-01 2019-06-30
        in the early part of the summer of 2019 = 2019-06-01 2019-06-30
        late in the second half of May 2019 = 2019-05-26 2019-05-31
        at the turn of the year 2018/19 = 2018-12-01 2019-01-31
        around the turn of the year 2019 = 2018-12-01 2019-01-31
        in the first half of last year = 2020-01-01 2020-06-30
        at the end of last month = 2021-02-21 2021-02-28
        early last year = 2020-01-01 2020-04-30
    """,
    "dates that are joined": """
        in July and August 2019 = 2019-07-01 2019-08-31
        in August/September 2019 = 2019-08-01 2019-09-30
        in July-August 2019 = 2019-07-01 2019-08-31
        in July – August 2019 = 2019-07-01 2019-08-31
        in July or August 2019 = 2019-07-01 2019-08-31
        in either July or in August 2019 = 2019-07-01 2019-08-31
        in June, July and August 2020 = 2020-06-01 2020-08-31
        in June, July, and August 2020 = 2020-06-01 2020-08-31
        in November 2019 and January 2020 = 2019-11-01 2020-01-31
        in December and January 2020 = 2019-12-01 2020-01-31
        in January and December 2019 = 2019-01-01 2019-12-31
        in July and May 2019 = 2019-05-01 2019-07-31
        from November 2019 into January 2020 = 2019-11-01 2020-01-31
        in March to May 2020 = 2020-03-01 2020-05-31
        from May 2019 to July, what = 2019-05-01 2019-07-31
        from November 2019 to February = 2019-11-01 2020-02-29
        from October to March 2020 = 2019-10-01 2020-03-31
        between 5 May and 7 June 2019 = 2019-05-05 2019-06-07
        between May 5 and June 7, 2019 = 2019-05-05 2019-06-07
        between the 3rd and the 18th of May 2019 = 2019-05-03 2019-05-18
        between early May and mid-June 2019 = 2019-05-01 2019-06-20
        from late 2018 until the end of March 2019 = 2018-09-01 2019-03-31
        from 28 December 2019 to 3 January = 2019-12-28 2020-01-03
        in the second half of April and the first week of May 2019 = 2019-04-16 2019-05-07
        since May 2018 until June 2019 = 2018-05-01 2019-06-30
        after March 2019 and before June 2019 = 2019-04-01 2019-05-31
        in either 2018 or 2019 = 2018-01-01 2019-12-31
        in 2018 and 2019 = 2018-01-01 2019-12-31
        in 2018-19 = 2018-01-01 2019-12-31
        in 2018/19 = 2018-01-01 2019-12-31
        in 2018–2020 = 2018-01-01 2020-12-31
        in 2018, 2019 and 2020 = 2018-01-01 2020-12-31
        from 2018 to 2020 = 2018-01-01 2020-12-31
        between 2018 and 2020 = 2018-01-01 2020-12-31
        over the years 2018 to 2020 = 2018-01-01 2020-12-31
        in spring and summer 2020 = 2020-03-01 2020-08-31
        from May 2019 up to and including July 2019 = 2019-05-01 2019-07-31
        from May 2020 to the present = 2020-05-01 2021-03-20
        between May 2020 and now = 2020-05-01 2021-03-20
        in May 2019 and the following month = 2019-05-01 2019-06-30
        on the 20th and 21st of May 2019 = 2019-05-20 2019-05-21
        on 3, 4 and 5 May 2019 = 2019-05-03 2019-05-05
    """,
    "feasts and seasons": """
        between Christmas and New Year 2018 = 2018-12-25 2018-12-31
        between Christmas and the New Year 2018/19 = 2018-12-25 2018-12-31
        over Christmas 2019 = 2019-12-24 2019-12-26
        on Christmas Day 2019 = 2019-12-25
        on New Year's Day 2020 = 2020-01-01
        on New Year’s Eve 2019 = 2019-12-31
        over the New Year 2020 = 2019-12-31 2020-01-01
        around Christmas 2018 = 2018-12-21 2018-12-29
        before Christmas 2018 = - 2018-12-23
        over Easter 2019 = 2019-04-19 2019-04-22
        during the Spring Festival in 2020 = 2020-01-24 2020-01-30
        over Chinese New Year 2019 = 2019-02-04 2019-02-10
        at Thanksgiving 2018 = 2018-11-22
        last Christmas = 2020-12-24 2020-12-26
        in the summer of last year = 2020-06-01 2020-08-31
        in winter 2018/19 = 2018-12-01 2019-02-28
        in the fall of '19 = 2019-09-01 2019-11-30
    """,
    "openers": """
        over the course of 2019 = 2019-01-01 2019-12-31
        throughout 2019 = 2019-01-01 2019-12-31
        all through March 2020 = 2020-03-01 2020-03-31
        during the whole of 2019 = 2019-01-01 2019-12-31
        in all of 2019 = 2019-01-01 2019-12-31
        sometime in May 2019 = 2019-05-01 2019-05-31
        some time around May 2019 = 2019-05-01 2019-05-31
        at some point in 2019 = 2019-01-01 2019-12-31
        back in May 2019 = 2019-05-01 2019-05-31
        circa May 2019 = 2019-05-01 2019-05-31
        in or around May 2019 = 2019-05-01 2019-05-31
        on or about 5 May 2019 = 2019-05-02 2019-05-08
        around 5 May 2019 = 2019-05-02 2019-05-08
        from March 2020 on = 2020-03-01 -
        from March 2020 onwards = 2020-03-01 -
        from March 2020 on, what = 2020-03-01 -
        in March 2020 or later = 2020-03-01 -
        starting in March 2020 = 2020-03-01 -
        no earlier than March 2020 = 2020-03-01 -
        on or after 5 May 2019 = 2019-05-05 -
        up to and including March 2020 = - 2020-03-31
        up until March 2020 = - 2020-03-31
        no later than 5 May 2019 = - 2019-05-05
        on or before 5 May 2019 = - 2019-05-05
        prior to June 2019 = - 2019-05-31
        ever since June 2019 = 2019-06-01 -
    """,
    "spellings": """
        on Monday 5 March 2018 = 2018-03-05
        on Tuesday, June 4th, 2019 = 2019-06-04
        on Tues. the 4th of June 2019 = 2019-06-04
        on Wed 5 June 2019 = 2019-06-05
        on the 3rd of June 2019 = 2019-06-03
        on the third of June 2019 = 2019-06-03
        on the twenty-first of June 2019 = 2019-06-21
        on 3rd June 2019 = 2019-06-03
        on 3 june, 2019 = 2019-06-03
        on 4 June '19 = 2019-06-04
        on 05-Jun-2019 = 2019-06-05
        on JUNE 4 2019 = 2019-06-04
        in june 2019 = 2019-06-01 2019-06-30
        in Jan. 2019 = 2019-01-01 2019-01-31
        in June, 2019 = 2019-06-01 2019-06-30
        in June of 2019 = 2019-06-01 2019-06-30
        in June '19 = 2019-06-01 2019-06-30
        in 2019-06 = 2019-06-01 2019-06-30
        in 06/2019 = 2019-06-01 2019-06-30
        on 25/12/2019 = 2019-12-25
        on 25.12.2019 = 2019-12-25
        on 5.6.2019 = 2019-06-05
        on 2019/6/5 = 2019-06-05
        in the year 2019 = 2019-01-01 2019-12-31
    """,
    "relative to today": """
        last night = 2021-03-19
        three days ago = 2021-03-17
        a few days ago = 2021-03-14 2021-03-19
        a day or two ago = 2021-03-17 2021-03-19
        a week ago = 2021-03-10 2021-03-16
        two months ago = 2021-01-01 2021-01-31
        a year ago = 2020-01-01 2020-12-31
        last Friday = 2021-03-19
        last Saturday = 2021-03-13
        on Monday = 2021-03-15
        on Monday last week = 2021-03-08
        this Tuesday = 2021-03-16
        last weekend = 2021-03-13 2021-03-14
        last week = 2021-03-08 2021-03-14
        this week = 2021-03-15 2021-03-21
        earlier this month = 2021-03-01 2021-03-20
        earlier this year = 2021-01-01 2021-03-20
        last quarter = 2020-10-01 2020-12-31
        last summer = 2020-06-01 2020-08-31
        last winter = 2020-12-01 2021-02-28
        in March last year = 2020-03-01 2020-03-31
        on 5 March last year = 2020-03-05
        over the past year = 2020-03-20 2021-03-20
        in the last few weeks = 2021-02-20 2021-03-20
        late last May = 2020-05-21 2020-05-31
        since three days ago = 2021-03-17 -
    """,
}
CASES = [line.strip().split(" = ") for lines in FAMILIES.values() for line in lines.strip().splitlines()]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_families_of_dates(text: str, expected: str) -> None:
    found = find_period(f"What was said {text}?" if not text.endswith("what") else text, TODAY)
    assert days(found) == expected
    assert found is not None and found.adverbial, found


LEANING = {
    "in late June 2018": """
        that month = 2018-06-01 2018-06-30
        in the same month = 2018-06-01 2018-06-30
        that year = 2018-01-01 2018-12-31
        that summer = 2018-06-01 2018-08-31
        earlier that month = 2018-06-01 2018-06-20
        later that year = 2018-07-01 2018-12-31
        late that year = 2018-09-01 2018-12-31
        at the end of that year = 2018-11-01 2018-12-31
        in the first half of that month = 2018-06-01 2018-06-15
        in March of that year = 2018-03-01 2018-03-31
        the month after = 2018-07-01 2018-07-31
        the following month = 2018-07-01 2018-07-31
        in the next month = 2018-07-01 2018-07-31
        a month later = 2018-07-01 2018-07-31
        roughly a month later = 2018-07-01 2018-07-31
        in the month after that = 2018-07-01 2018-07-31
        two months later = 2018-08-01 2018-08-31
        a few months later = 2018-07-01 2018-12-27
        the month before = 2018-05-01 2018-05-31
        a month earlier = 2018-05-01 2018-05-31
        in the previous month = 2018-05-01 2018-05-31
        the following March = 2019-03-01 2019-03-31
        the next June = 2019-06-01 2019-06-30
        the previous March = 2018-03-01 2018-03-31
        in early March of the following year = 2019-03-01 2019-03-10
        the following year = 2019-01-01 2019-12-31
        a year later = 2019-01-01 2019-12-31
        the year before = 2017-01-01 2017-12-31
        in June = 2018-06-01 2018-06-30
        in march = 2018-03-01 2018-03-31
        in May = 2018-05-01 2018-05-31
        in September = 2018-09-01 2018-09-30
        on 5 September = 2018-09-05
        since September = 2018-09-01 -
        before June = - 2018-05-31
        in early July = 2018-07-01 2018-07-10
        in the last week of July = 2018-07-25 2018-07-31
        between July and September = 2018-07-01 2018-09-30
        in July and August = 2018-07-01 2018-08-31
        from November to February = 2018-11-01 2019-02-28
        over Christmas = 2018-12-24 2018-12-26
        in the autumn = 2018-09-01 2018-11-30
        the day after = 2018-07-01
        in the following two weeks = 2018-07-01 2018-07-14
        the March after = 2019-03-01 2019-03-31
        the same month in 2019 = 2019-06-01 2019-06-30
        in the same month a year later = 2019-06-01 2019-06-30
        a month or so later = 2018-07-01 2018-07-31
        in the two months before that = 2018-04-21 2018-06-20
        in the next three months = 2018-07-01 2018-09-30
        at Christmas = 2018-12-24 2018-12-26
        over the rest of that year = 2018-07-01 2018-12-31
        soon afterwards = 2018-07-01 2018-07-10
        in June 2019 = 2019-06-01 2019-06-30
        last month = 2021-02-01 2021-02-28
    """,
    "on 5 March 2019": """
        that day = 2019-03-05
        that week = 2019-03-04 2019-03-10
        the next day = 2019-03-06
        a day later = 2019-03-06
        the day after = 2019-03-06
        the day before = 2019-03-04
        the previous day = 2019-03-04
        later that week = 2019-03-06 2019-03-10
        later that month = 2019-03-06 2019-03-31
        the following week = 2019-03-06 2019-03-16
        a week later = 2019-03-06 2019-03-16
        the week after = 2019-03-06 2019-03-16
        a couple of weeks after = 2019-03-06 2019-03-26
        a few days later = 2019-03-06 2019-03-11
        some days earlier = 2019-02-27 2019-03-04
        in the days that followed = 2019-03-06 2019-03-11
        over the following days = 2019-03-06 2019-03-11
        the following Friday = 2019-03-08
        until that Friday = - 2019-03-08
        the Friday before = 2019-03-01
        the morning after = 2019-03-06
        two or three days later = 2019-03-06 2019-03-10
        a week or two later = 2019-03-06 2019-03-26
        the previous Friday = 2019-03-01
        in December = 2019-12-01 2019-12-31
        on June 5th = 2019-06-05
        in the first days of that month = 2019-03-01 2019-03-10
    """,
    "in May 2019": """
        later that month = 2019-05-21 2019-05-31
        earlier that year = 2019-01-01 2019-04-30
    """,
    "in December 2019": """
        in January = 2020-01-01 2020-01-31
        in February = 2020-02-01 2020-02-29
        in June = 2019-06-01 2019-06-30
        the next month = 2020-01-01 2020-01-31
        that winter = 2019-12-01 2020-02-29
    """,
    "in 2019": """
        in June = 2019-06-01 2019-06-30
        that year = 2019-01-01 2019-12-31
        two years later = 2021-01-01 2021-12-31
    """,
    "since May 2019": """
        that month = 2019-05-01 2019-05-31
        a month later = 2019-06-01 2019-06-30
    """,
}
LEANING_CASES = [
    (anchor, *line.strip().split(" = ")) for anchor, lines in LEANING.items() for line in lines.strip().splitlines()
]


@pytest.mark.parametrize(("anchor", "text", "expected"), LEANING_CASES)
def test_words_that_lean_on_an_earlier_question(anchor: str, text: str, expected: str) -> None:
    earlier = find_period(anchor, TODAY)
    for question in (f"What was said {text}?", f"And {text}, what did he say?"):
        found = find_period(question, TODAY, earlier)
        assert days(found) == expected, question
        assert found is None or found.adverbial


STAND_ALONE = re.compile(r"2019|last month|on Friday|previous (?!day)")


@pytest.mark.parametrize("text", [text for _, text, _ in LEANING_CASES if not STAND_ALONE.search(text)])
def test_they_are_no_dates_alone(text: str) -> None:
    assert find_period(f"What was said {text}?", TODAY) is None


@pytest.mark.parametrize(
    ("text", "precision", "opened_by"),
    [
        ("between 2018 and 2020", "year", "between"),
        ("from 2018 to 2020", "year", "between"),
        ("in 2018 and May 2019", "year", "in"),
        ("in July and August 2019", "month", "in"),
        ("in the first week of May 2019", "part", "in"),
        ("on 5 and 6 May 2019", "day", "on"),
        ("in the first half of 2019", "season", "in"),
        ("over the course of 2019", "year", "over"),
        ("up to and including May 2019", "month", "up to and including"),
        ("last year", "year", ""),
    ],
)
def test_the_coarsest_date_and_the_word_before_are_told(text: str, precision: str, opened_by: str) -> None:
    found = find_period(f"What was said {text}?", TODAY)
    assert found is not None and (found.precision, found.opened_by) == (precision, opened_by)


def test_a_time_goes_before_a_name() -> None:
    found = find_period("What was said of the 2022 Winter Olympics in July 2021?", TODAY)
    assert days(found) == "2021-07-01 2021-07-31"


@pytest.mark.parametrize(
    "text",
    [
        "What of the 2022 Winter Olympics?",
        "What is the view on Trump's 2019 visit?",
        "the deadly June 2020 fight with Indian soldiers",
        "May 2019 summit in Osaka",
        "patent filings total 2019",
        "At the start of the 2019 trade talks, what was said?",
        "at the end of the May 2019 summit",
        "in the May 2019 attack on the embassy",
        "after the 2019 withdrawal of troops",
        "What of the summer 2019 games?",
        "the Chinese New Year 2020 gala",
        "in the 2019-20 season",
        "What was said about last year's summit?",
        "the vote of last month",
    ],
)
def test_a_date_inside_a_name_is_not_adverbial(text: str) -> None:
    found = find_period(text, TODAY)
    assert found is not None and not found.adverbial


def test_before_and_after_an_event_that_its_month_names_is_around_it() -> None:
    assert days(find_period("What was the rate after the July 2019 cut?", TODAY)) == "2019-07-01 2019-07-31"
    assert days(find_period("hiring ahead of the September 2016 decision", TODAY)) == "2016-09-01 2016-09-30"
    later = find_period("What was the rate after July 2019?", TODAY)
    assert later is not None and (later.date_from, later.date_to) == (datetime.date(2019, 8, 1), None)


@pytest.mark.parametrize("anchor", [None, "on 5 March 2019", "in 2019"])
@pytest.mark.parametrize(
    "text",
    [
        "on 30 February 2021",
        "February 30, 2021",
        "in the week of 31 June 2019",
        "in the fifth week of February 2019",
        "3/4/21",
        "3/4/2019",
        "may he go?",
        "march on the capital",
        "in second place",
        "the may family",
        "Did Theresa May say so?",
        "He said that May would go.",
        "What did Jan Egeland say?",
        "the fall of Kabul",
        "in the Winter Olympics",
        "resolution 2231",
        "Resolution 1929 and 2018",
        "the 2000 km border",
        "Air Force One",
        "G20",
        "5G",
        "COVID-19",
        "the 1990-like",
        "the last half of the talks",
        "the last week of the talks",
        "the day after the summit",
        "the week before he left",
        "a week earlier than planned",
        "at the same time, he said",
        "at the time of the attack",
        "the same day as the vote",
        "the next round",
        "on the 5th round of talks",
        "the 19th National Congress",
        "recently",
        "as late as",
        "as late as May 2019",
        "more than two years ago",
        "tomorrow",
        "next month",
    ],
)
def test_what_is_no_date_is_none(text: str, anchor: str | None) -> None:
    assert find_period(text, TODAY, find_period(anchor, TODAY) if anchor else None) is None


WORDS = """
    early mid late the of in on and or to - – / , 's from between since until before after first second third last final
    opening week weeks month months year day days quarter half weekend Monday Friday 5 30 31 29 3rd 20th May March June
    Sept. Dec 2018 2019 1999 2099 1900 '19 2018-19 2018-12 2019-06-05 Christmas New Year's Eve Easter summer winter that
    same following next previous this past ago later earlier a few couple several some 399 two today yesterday end start
    middle midway through around about no than prior up including onwards turn 25/12/2019 3/4/21 resolution Q2 H1 rest
    course whole just shortly eve now
""".split()
ANCHORS = [None] + [
    Period(0, 1, first, last, "day", True)
    for first, last in [
        (datetime.date(2019, 3, 5), datetime.date(2019, 3, 5)),
        (datetime.date(2018, 1, 1), datetime.date(2020, 12, 31)),
        (datetime.date(1900, 1, 1), None),
        (None, datetime.date(2099, 12, 31)),
        (None, None),
        (datetime.date.min, datetime.date.min),
        (datetime.date.max, datetime.date.max),
    ]
]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join),
    st.dates(),
    st.sampled_from(ANCHORS),
)
def test_any_words_make_days_in_order_or_none(text: str, today: datetime.date, anchor: Period | None) -> None:
    found = find_period(text, today, anchor)
    if found is not None:
        assert 0 <= found.start < found.end <= len(text)
        assert found.date_from or found.date_to
        assert not (found.date_from and found.date_to) or found.date_from <= found.date_to
