"""What stands above the words -> the day, the institution, the main speaker and the id of a transcript."""

import datetime
import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from rag.calendar.printed import find_date, find_month_day, find_slashed, find_stamp
from rag.language.institutions import institution_of
from rag.language.names import folded, known_person, person_in
from rag.reading.layout import Layout
from rag.reading.markup import Page
from rag.reading.offices import hosts
from rag.reading.parts import Turn
from rag.reading.people import person_of
from rag.transcript import Oddity, Speaker

# "Foreign Ministry Spokesperson Ms. Hua Chunying's", "Spokesman Geng Shuang holds"
_SPEAKER = re.compile(
    r"\b(?P<office>(?:(?i:foreign ministry)\s++)?(?i:spokes(?:person|man|woman)))\s++(?:(?:Mr|Ms|Mrs)\.?\s++)?"
    r"(?P<name>[^\W\d_][\w.-]*+(?:\s++[A-Z][\w.-]*+){1,3}?)"
    r"(?=['\u2019`]|\s++(?i:on|at|of|in|holds?|gives?|hosts?|meets?|takes?|answers?|regular|remarks?)\b|\s*+(?:[,:(]|$))"
)
# "12:37 P.M. EDT", "The White House"
_MONTH_FIRST = re.compile(r"\b\d{1,2}:\d\d [AP]\.?M\.? ?\(?[ECMP][SD]?T\b|\bthe white house\b", re.IGNORECASE)
_NEAREST = datetime.timedelta(days=1)


def date_of(
    layout: Layout, page: Page | None, source: str, origins: dict[str, str], oddities: list[Oddity]
) -> datetime.date | None:
    """The day of a conference: as the file says of itself, by its title, else by what stands elsewhere on it."""
    line = layout.titles[0].line if layout.titles else 0
    titled = find_date(layout.title) or _slashed(layout, line, oddities)
    if layout.front.date:
        origins["date"] = "the front matter"
        if titled and titled != layout.front.date:
            message = f"The front matter says {layout.front.date}, the title {titled}; the front matter is believed."
            oddities.append(Oddity(line, "dates-differ", message))
        return layout.front.date
    if titled:
        origins["date"] = "the title"
        printed = layout.printed_date
        if printed and abs((printed - titled).days) > 30:
            message = f"The title says {titled}, the line under it {printed}; the title is believed."
            oddities.append(Oddity(line, "dates-differ", message))
        return titled
    day = find_month_day(layout.title)
    for when, where in _dates_told(layout, page, source):
        whole = day.near(when) if day else when
        if whole:
            origins["date"] = f"the title's day, the year from {where}" if day else where
            message = f"The title gives no whole date; {whole} is from {where}."
            oddities.append(Oddity(line, "date-outside-title", message))
            return whole
    for stamp in page.stamps if page and day else ():
        # A picture's name is no date of the page; of a conference's own picture it settles the year of the title's day.
        taken = find_stamp(stamp.rsplit("/", 1)[-1])
        whole = day.near(taken) if day and taken else None
        if whole and taken and abs(taken - whole) <= _NEAREST:
            origins["date"] = "the title's day, the year from the name of a picture on the page"
            message = f"The title gives no year; {whole.year} is from the name of a picture of that day."
            oddities.append(Oddity(line, "date-outside-title", message))
            return whole
    origins["date"] = "unknown: neither the title nor the page gives one"
    oddities.append(Oddity(line, "no-date", "Neither the title nor the page gives a whole date."))
    return None


def _slashed(layout: Layout, line: int, oddities: list[Oddity]) -> datetime.date | None:
    """The title's `9/11/2013`: the month first where the page shows that it is American, or the day can be no month."""
    both = find_slashed(layout.title)
    if len(both) < 2:
        return both[0] if both else None
    month_first, day_first = both
    printed = layout.printed_date
    for date in both:
        if printed and abs((printed - date).days) <= 1:
            return date
    if any(_MONTH_FIRST.search(item.text[:300]) for item in (*layout.head, *layout.body[:3], *layout.furniture[-5:])):
        return month_first
    message = f"The title's date may be {month_first} or {day_first}; neither is taken."
    oddities.append(Oddity(line, "ambiguous-date", message))
    return None


def _dates_told(layout: Layout, page: Page | None, source: str) -> Iterator[tuple[datetime.date, str]]:
    """Dates that the page gives elsewhere than in its title, the surest first."""
    told: list[tuple[datetime.date | None, str]] = [(layout.printed_date, "a date line of the page")]
    title = layout.titles[0].start if layout.titles else 0
    above = [item for item in layout.furniture if layout.front.end <= item.start < title]
    told += [
        (find_date(item.text), "a line above the words") for item in (*above, *layout.head) if len(item.text) < 200
    ]
    # A place and a day: `Frankfurt am Main, 7 March 2024`.
    first = takewhile(lambda item: len(item.text) < 80 and not item.text.endswith((".", "?", "!")), layout.body[:4])
    told += [(find_date(item.text), "a line above the words") for item in first]
    told += [(find_date(date), "the page's header") for date in (page.dates if page else ())]
    if layout.body:
        opening = layout.body[0].text[:200]
        told.append((find_date(opening) if re.match(r"\s*+On\b", opening) else None, "its first sentence"))
    told.append((find_stamp(source) if "/" in source else None, "the page's address"))
    return ((date, where) for date, where in told if date)


def institution_from(
    layout: Layout, page: Page | None, source: str, given: str | None, origins: dict[str, str]
) -> str | None:
    """The institution that a transcript is of: as given, by its site, as the file names it, by its title."""
    if given:
        origins["institution"] = "the command line"
        return given
    addresses = [address for address in (source, layout.front.address) if address and address.startswith("http")]
    above = " ".join([layout.title, *(item.text for item in layout.head if len(item.text) < 200)])
    named = layout.front.institution or (page.site if page else None)
    known = next((of for address in addresses if (of := institution_of(address, ""))), None)
    known = known or (named and institution_of(None, named)) or institution_of(None, above)
    if known:
        origins["institution"] = "the site or the title"
        return known
    if named:
        origins["institution"] = "the front matter" if layout.front.institution else "the name of the site"
        small = re.sub(r" (?:Of|The|And|For)\b", lambda word: word[0].lower(), named.title())
        return small if named.isupper() else named
    origins["institution"] = "unknown: no site, title or head names one"
    return None


def speakers_of(title: str) -> tuple[str, ...]:
    """The spokesperson whom a title names by that office."""
    found = _SPEAKER.search(title)
    return (found["name"],) if found else ()


def main_speaker(
    layout: Layout, turns: Sequence[Turn], who: Mapping[str, Speaker], origins: dict[str, str], oddities: list[Oddity]
) -> Speaker | None:
    """Whom the conference is of: the spokesperson of its title, else who says the most."""
    said = Counter[Speaker]()
    for turn in turns:
        if turn.role == "answer" and turn.person and not hosts(turn.person):
            said[who.get(turn.person, Speaker(turn.person))] += len(turn.text)
    found = _SPEAKER.search(layout.title)
    titled = found["name"] if found else None
    name = (known_person(titled) or titled) if titled else (None if layout.habits.strict else person_in(layout.title))
    if name:
        origins["spokesperson"] = "the title"
        names = {speaker.name for speaker in said}
        if names and name not in names:
            message = f"The title names {name}, the answers {', '.join(sorted(names))}."
            oddities.append(Oddity(0, "speakers-differ", message))
        return Speaker(name, folded(found["office"]) if found else None)
    told = None if said else person_of(layout.title)
    if told:
        origins["spokesperson"] = "the title"
        return told
    if said:
        origins["spokesperson"] = "the labels of the answers"
        places = {speaker: _place_in(layout.title, speaker) for speaker in said}
        return min(said, key=lambda speaker: (places[speaker], -said[speaker]))
    origins["spokesperson"] = "unknown: neither the title nor a label names one"
    oddities.append(Oddity(0, "no-spokesperson", "Neither the title nor a label names the spokesperson."))
    return None


def _place_in(title: str, speaker: Speaker) -> int:
    """Where a title names a speaker; far behind its end where it doesn't."""
    place = title.casefold().find(speaker.name.split()[-1].casefold())
    return place if place >= 0 else len(title)


def make_id(date: datetime.date | None, spokesperson: str | None, title: str, raw: bytes) -> str:
    """The id for people: `2021-03-18-zhao-lijian`."""
    who = _slug(spokesperson or "") or _slug(" ".join(title.split()[:8]))[:50].strip("-")
    return f"{date.isoformat() if date else 'undated'}-{who or hashlib.sha256(raw).hexdigest()[:8]}"


def _slug(words: str) -> str:
    plain = (
        unicodedata.normalize("NFKD", words.replace("'", "").replace("’", "")).encode("ascii", "ignore").decode("ascii")
    )
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
