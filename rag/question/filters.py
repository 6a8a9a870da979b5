"""What may be asked for: filters, their names held against an archive's own, and how they are said."""

import datetime
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz import process

from rag.archive.archive import Archive
from rag.credit import MONTHS, say_date
from rag.errors import BadInput, UnknownName
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
        undated=filters.undated,
    )


def _known(name: str, names: Sequence[str], key: str) -> str:
    by_fold = {known.casefold(): known for known in names}
    alias = outlet_name(name) if key == "outlets" else known_person(name) or name
    found = by_fold.get(" ".join(name.split()).casefold()) or by_fold.get(alias.casefold())
    if found is not None:
        return found
    near = [match[0] for match in process.extract(name[:80], names, limit=3, score_cutoff=60)]
    raise UnknownName(name, near, names[:8], key=f"filters.{key}")


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
    if filters.date_from or filters.date_to:
        said = "" if parts else "said "
        parts.append(f"{said}{_days_in_words(filters)}{' or undated' if filters.undated else ''}")
    return ", ".join(parts)


def _days_in_words(filters: Filters) -> str:
    """`in March 2021`, `on 18 March 2021`, `since 18 March 2021`."""
    first, last = filters.date_from, filters.date_to
    if first is None or last is None:
        return f"since {say_date(first)}" if first else f"until {say_date(last)}"
    if first == last:
        return f"on {say_date(first)}"
    whole = first.year == last.year and first.day == 1 and last.day == monthrange(last.year, last.month)[1]
    if whole and first.month == last.month:
        return f"in {MONTHS[first.month - 1]} {first.year}"
    if whole and (first.month, last.month) == (1, 12):
        return f"in {first.year}"
    return f"from {say_date(first)} to {say_date(last)}"
