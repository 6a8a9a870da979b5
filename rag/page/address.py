"""The address of an ask page: every state of it is one, so that it can be shared, reloaded and gone back to."""

import calendar
import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Noun:
    """Those by whom a question is narrowed: the address's parameter, what pages call one, a filter, a chip, a page.

    `beside` are those who are counted on the page of one.
    """

    parameter: str
    one: str
    legend: str
    chip: str
    did: str
    placeholder: str
    beside: tuple[str, ...]


NOUNS = {
    "spokespeople": Noun(
        "spokesperson",
        "Spokesperson",
        "Who spoke",
        "said by",
        "Spoke in",
        "What did %s say about …?",
        ("institutions", "outlets", "reporters"),
    ),
    "institutions": Noun(
        "institution",
        "Institution",
        "Where",
        "said at",
        "Held",
        "What was said at %s about …?",
        ("spokespeople", "outlets", "reporters"),
    ),
    "outlets": Noun(
        "outlet",
        "Outlet",
        "Which outlet asked",
        "asked by",
        "Asked in",
        "What was %s told about …?",
        ("spokespeople", "reporters"),
    ),
    "reporters": Noun(
        "reporter",
        "Reporter",
        "Which reporter asked",
        "asked by",
        "Asked in",
        "What was %s told about …?",
        ("spokespeople", "outlets"),
    ),
}


@dataclass(frozen=True, slots=True)
class AskAddress:
    """What the page asks: the question, the earlier ones of the conversation, the filters that were set by hand.

    `undated` is whether what has no date stands beside the days; `understand` whether the question's words make filters
    too. Dates are as the address has them, unread.
    """

    q: str = ""
    earlier: tuple[str, ...] = ()
    date_from: str = ""
    date_to: str = ""
    spokespeople: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    reporters: tuple[str, ...] = ()
    undated: bool = False
    understand: bool = True

    def __str__(self) -> str:
        """`/?q=Who+paid%3F&spokesperson=Hua+Chunying`."""
        pairs = [("h", each) for each in self.earlier] + ([("q", self.q)] if self.q else []) + list(self.filters())
        if not self.understand:
            pairs.append(("understand", "false"))
        return f"/?{urlencode(pairs)}" if pairs else "/"

    def filters(self) -> Iterator[tuple[str, str]]:
        """The filters as the address writes them."""
        yield from (("date_from", self.date_from),) if self.date_from else ()
        yield from (("date_to", self.date_to),) if self.date_to else ()
        yield from (("undated", "true"),) if self.undated else ()
        for plural, noun in NOUNS.items():
            yield from ((noun.parameter, name) for name in getattr(self, plural))

    @property
    def conversation(self) -> list["AskAddress"]:
        """The earlier questions, each as its own page had it, the filters of today aside."""
        return [AskAddress(q=asked, earlier=self.earlier[:at]) for at, asked in enumerate(self.earlier)]

    def within(self, month: tuple[int, int]) -> "AskAddress":
        """The same question, asked of one month."""
        first = datetime.date(*month, 1)
        last = first.replace(day=calendar.monthrange(*month)[1])
        return replace(self, date_from=first.isoformat(), date_to=last.isoformat(), undated=False)

    def said_by(self, spokesperson: str) -> "AskAddress":
        """The same question, asked of one who spoke."""
        return replace(self, spokespeople=(spokesperson,))

    def asking(self, question: str) -> "AskAddress":
        """The same filters, another question, nothing before it."""
        return replace(self, q=question, earlier=(), understand=True)
