"""The lines of a file -> which of them is the title: a heading, or one that names the occasion, the person, the day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.calendar.printed import date_line, find_date, find_month_day
from rag.language.names import folded, person_in
from rag.reading.furniture import CRUMBS
from rag.reading.habits import Habits
from rag.reading.labels import find_label

# "Regular Press Conference", "Q&A", "Wang Yi takes questions"
OCCASION = re.compile(
    r"(?:press|news|media) (?:conference|session|availability)|briefing(?! room)|spokes(?:person|man|woman)|remarks?\b"
    r"|statement|transcript|hearing\b|q\s?&\s?a|interview|doorst[eo]p|earnings call"
    r"|^(?>.*?answers?\b).*questions?|takes? questions?|meets? the press",
    re.IGNORECASE | re.MULTILINE,
)
_SENTENCE_END = re.compile(r"""[.?!…。！？]["'”’)\]]*$""")
_DEEPEST = 3_000


@dataclass(frozen=True, slots=True)
class TitleLine:
    """A line that may be the title: its words, whether it is a heading, and the share of it that is a link."""

    text: str
    heading: bool = False
    linked: float = 0.0


def title_place(lines: Sequence[TitleLine], head: str, habits: Habits) -> tuple[int, int]:
    """Where the title stands, as a half-open range of lines; empty when no line is one."""
    best, place = 1.0, (0, 0)
    for number, line in enumerate(lines[:_DEEPEST]):
        score = _score(line, head)
        if score >= best:
            best, place = score, (number, number + 1)
        if number + 1 < len(lines) and len(line.text) < 150:
            joined = TitleLine(f"{line.text} {lines[number + 1].text}", line.heading, line.linked)
            if not find_date(line.text) and not date_line(lines[number + 1].text):
                both = _score(joined, head) - 0.5
                if both > max(best, score, _score(lines[number + 1], head)):
                    best, place = both, (number, number + 2)
        label = find_label(line.text, habits=habits)
        if label and label.kind != "unknown" and not OCCASION.search(label.printed):
            break
    return place


def _score(line: TitleLine, head: str) -> float:
    words = folded(line.text)
    if len(words) > 300 or CRUMBS.search(words) or line.linked > 0.5 or words.endswith(("?", "!", ";")):
        return 0
    same = bool(head) and (words == head or (len(words) > 15 and words in head))
    score = 2.0 * same + 1.0 * line.heading
    if OCCASION.search(words):
        score += (
            1
            + (person_in(words) is not None)
            + 1.5 * (find_date(words) is not None or find_month_day(words) is not None)
        )
    return score - 1.5 * (_SENTENCE_END.search(words) is not None)
