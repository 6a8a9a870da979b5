"""The title and the lines above the words -> the last names that they give, and what they say of each.

Whom they give an office answers, and who is said to interview somebody asks; of all others only the name is told.
"""

import re
from collections.abc import Iterator

from rag.reading.cast import Part
from rag.reading.offices import holds_office, names_outlet
from rag.reading.people import office_beside

_CAPITALISED = re.compile(r"[A-Z][\w'\u2019-]+")
# "Ann Doe interviews the Minister", "an interview with Jo Roe by Ann Doe", "Jo Roe interviewed by Ann Doe"
_INTERVIEWER = re.compile(
    r"(?<![\w'\u2019-])(?P<one>[A-Z][\w'\u2019-]++) (?i:interviews) "
    r"(?!(?i:with|on|at|in|by|and|of|to|from|for)\b)(?=[A-Z]|the\b)"
    r"|\b(?i:interview)(?:(?i:ed)\b|\b[^\n]{0,200}?\b(?i:with|of)\b)(?P<of>[^\n]{0,200}?)\b(?i:by) "
    r"(?P<other>[A-Z][\w.'\u2019-]*+(?: [A-Z][\w.'\u2019-]*+){0,5})"
)
_LONGEST = 4000


def find_named(title: str, head: str) -> dict[str, Part]:
    """The words of a title and a head that may be last names, in small letters, and the part that each is told to play.

    >>> told = find_named("Ann Doe interviews Jo Roe, Minister for Ports", "")
    >>> told["doe"], told["roe"], told["jo"]
    ('asks', 'answers', 'unclear')
    """
    text = f"{title}\n{head}"
    named: dict[str, Part] = {word.casefold(): "unclear" for word in _CAPITALISED.findall(text)}
    named |= {name.casefold(): "asks" for name in _interviewers(title)}
    for found in _CAPITALISED.finditer(text[:_LONGEST]):
        if holds_office(office_beside(text, found.start(), found.end()) or ""):
            named[found[0].casefold()] = "answers"
    return named


def _interviewers(title: str) -> Iterator[str]:
    for found in _INTERVIEWER.finditer(title):
        # Of an interview with an outlet, `by Jo Roe` says who gives it.
        if not names_outlet(found["of"] or ""):
            yield (found["one"] or found["other"]).split()[-1]
