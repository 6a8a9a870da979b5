"""What may be asked for: filters, their names held against an archive's own, and how they are said."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz import process

from rag.archive.archive import Archive
from rag.credit import say_date
from rag.errors import BadInput
from rag.language.names import known_person, outlet_name


@dataclass(frozen=True, slots=True)
class Filters:
    """What an answer must satisfy; an empty field lets everything through. Dates are inclusive.

    `undated` lets through what has no date as well: whether it was said in "June 2014" nobody can tell.
    """

    date_from: datetime.date | None = None
    date_to: datetime.date | None = None
    spokespeople: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    reporters: tuple[str, ...] = ()
    undated: bool = field(default=False, kw_only=True)

    def or_else(self, other: "Filters") -> "Filters":
        """These filters, each field that is empty here taken from `other`; the two dates go together."""
        dated = self if self.date_from or self.date_to else other
        return Filters(
            dated.date_from,
            dated.date_to,
            self.spokespeople or other.spokespeople,
            self.outlets or other.outlets,
            self.institutions or other.institutions,
            self.reporters or other.reporters,
            undated=dated.undated,
        )


NO_FILTERS = Filters()


def check_dates(filters: Filters) -> None:
    """BadInput for reversed dates."""
    if filters.date_from and filters.date_to and filters.date_from > filters.date_to:
        raise BadInput(
            f"date_from {filters.date_from} is after date_to {filters.date_to}.",
            key="filters.date_from",
            remedy="Swap the two dates.",
        )


def check_filters(filters: Filters, archive: Archive) -> Filters:
    """The filters with names as the archive spells them; BadInput for an unknown name or reversed dates."""
    check_dates(filters)
    return Filters(
        filters.date_from,
        filters.date_to,
        tuple(_known(name, archive.spokespeople, "spokespeople") for name in filters.spokespeople),
        tuple(_known(name, archive.outlets, "outlets") for name in filters.outlets),
        tuple(_known(name, archive.institutions, "institutions") for name in filters.institutions),
        tuple(_known(name, archive.reporters, "reporters") for name in filters.reporters),
    )


def _known(name: str, names: Sequence[str], key: str) -> str:
    by_fold = {known.casefold(): known for known in names}
    alias = outlet_name(name) if key == "outlets" else known_person(name) or name
    found = by_fold.get(" ".join(name.split()).casefold()) or by_fold.get(alias.casefold())
    if found is not None:
        return found
    near = [match[0] for match in process.extract(name[:80], names, limit=3, score_cutoff=60)]
    listed = ", ".join(near or names[:8]) or "none"
    raise BadInput(
        f"{name[:80]!r} is not among this archive's {key}.",
        key=f"filters.{key}",
        remedy=f"{'Did you mean' if near else 'It has'}: {listed}{'?' if near else '.'}",
    )


def in_words(filters: Filters) -> str:
    """The filters as a person would say them; an empty string where there are none."""
    parts = []
    at = " at " + " or ".join(filters.institutions) if filters.institutions else ""
    if filters.spokespeople or at:
        by = " by " + " or ".join(filters.spokespeople) if filters.spokespeople else ""
        parts.append(f"said{by}{at}")
    if filters.outlets or filters.reporters:
        by = " or ".join(filters.reporters)
        of = " or ".join(filters.outlets)
        parts.append("asked by " + " of ".join(each for each in (by, of) if each))
    if filters.date_from and filters.date_from == filters.date_to:
        parts.append("on " + say_date(filters.date_from))
    elif filters.date_from and filters.date_to:
        parts.append(f"from {say_date(filters.date_from)} to {say_date(filters.date_to)}")
    elif filters.date_from:
        parts.append("since " + say_date(filters.date_from))
    elif filters.date_to:
        parts.append("until " + say_date(filters.date_to))
    return ", ".join(parts)
