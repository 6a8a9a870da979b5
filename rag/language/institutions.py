"""Institutions: the sites and words by which they are known, and who held an office of theirs on a day."""

import datetime
import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit


def institution_of(address: str | None, words: str) -> str | None:
    """The institution whose site an address is of, else the one that the words of a title or a head name.

    >>> institution_of("http://en.kremlin.ru/events/1", ""), institution_of(None, "THE WHITE HOUSE")
    ('Kremlin', 'White House')
    """
    host = (urlsplit(address).hostname or "") if address else ""
    folded = f" {' '.join(words.casefold().split())} "
    for name, known in _table()["institutions"].items():
        # en.kremlin.ru is of kremlin.ru, notkremlin.ru is not.
        if any(host == site or host.endswith(f".{site}") for site in known["sites"]):
            return str(name)
    return next(
        (
            str(name)
            for name, known in _table()["institutions"].items()
            if any(word in folded for word in known["words"])
        ),
        None,
    )


def office_holder(office: str, institution: str | None, date: datetime.date | None) -> str | None:
    """Who held an office on that day, where the table knows.

    >>> office_holder("President", "White House", datetime.date(2020, 4, 6))
    'Donald Trump'
    """
    if institution is None or date is None:
        return None
    for held in _table()["held"]:
        same = held["office"].casefold() == office.casefold() and institution in held["institutions"]
        if same and held["from"] <= date < held.get("to", datetime.date.max):
            return str(held["person"])
    return None


def called(words: str) -> str | None:
    """The full name of somebody who is called by office and last name.

    >>> called("CHAIR POWELL"), called("Chair Roe")
    ('Jerome Powell', None)
    """
    return _called().get(words.casefold())


def names_in_questions(institution: str) -> tuple[str, ...]:
    """By what people name an institution: its one name and the others of the table."""
    return (institution, *_of(institution).get("called", ()))


def state_names(institution: str) -> tuple[str, ...]:
    """The names of the state that an institution is of, none where the table has none."""
    return tuple(_of(institution).get("state", ()))


def speaks_for(institution: str) -> tuple[str, ...]:
    """The names of the state for which an institution speaks: a foreign ministry does, a central bank does not."""
    return state_names(institution) if _of(institution).get("speaks") else ()


def said_in_questions(office: str) -> str:
    """A pattern of how people name an office.

    >>> said_in_questions("Chairman")
    'chair(?:man|woman|person)?|chief'
    """
    for each in _table()["offices"]:
        if re.fullmatch(each["held"], office, re.IGNORECASE):
            return str(each["said"])
    return re.escape(office)


def worked_at(last_name: str) -> frozenset[str]:
    """The institutions at which somebody of that last name held an office of the table."""
    held = (each for each in _table()["held"] if each["person"].split()[-1].casefold() == last_name.casefold())
    return frozenset(institution for each in held for institution in each["institutions"])


def _of(institution: str) -> dict[str, Any]:
    found: dict[str, Any] = _table()["institutions"].get(institution, {})
    return found


@cache
def _called() -> dict[str, str]:
    return {words.casefold(): name for words, name in _table()["called"].items()}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files("rag.language").joinpath("institutions.toml").read_text("utf-8"))
