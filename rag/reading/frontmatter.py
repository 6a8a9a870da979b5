"""The YAML at the head of a Markdown file -> what it says of the transcript. Only importer of yaml."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from rag.calendar.printed import find_date
from rag.language.names import folded

_HEAD = re.compile(r"\s{0,20}---[ \t]*\r?\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*$(?:\r?\n)?", re.DOTALL | re.MULTILINE)
_LONGEST = 50_000
_ADDRESSES = ("source_url", "url", "link", "canonical", "permalink", "address")
_SPEAKERS = ("spokesperson", "speakers", "speaker", "creators", "creator", "authors", "author")
_BODY = re.compile(r"\b(?:party|office|department|government|committee|parliament)\b", re.IGNORECASE)
_INSTITUTIONS = ("institution", "organisation", "organization", "publisher", "source", "site")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a file says of itself before its text begins, at `end`."""

    end: int = 0
    title: str = ""
    date: datetime.date | None = None
    address: str | None = None
    speakers: tuple[str, ...] = ()
    institution: str | None = None


def read_front_matter(text: str) -> FrontMatter:
    r"""The front matter of a text; empty where it has none, or none that is YAML.

    >>> read_front_matter("---\ntitle: Doorstop\ndate: 2004-12-02\n---\nHello.").date
    datetime.date(2004, 12, 2)
    """
    found = _HEAD.match(text[:_LONGEST])
    if not found:
        return FrontMatter()
    try:
        said = yaml.safe_load(found["yaml"])
    except (yaml.YAMLError, ValueError, RecursionError):
        return FrontMatter()
    if not isinstance(said, dict):
        return FrontMatter()
    plain = {str(key).casefold(): value for key, value in said.items()}
    address = _first(plain, _ADDRESSES)
    return FrontMatter(
        end=found.end(),
        title=_first(plain, ("title", "headline")) or "",
        date=_day(next((plain[key] for key in ("date", "day", "published", "published_time") if key in plain), None)),
        address=address if address and address.startswith(("http://", "https://")) else None,
        speakers=tuple(
            in_order(name) for key in _SPEAKERS for name in _texts(plain.get(key)) if not _BODY.search(name)
        ),
        institution=_first(plain, _INSTITUTIONS),
    )


def in_order(name: str) -> str:
    """A name with its given name first, and without what stands in brackets.

    >>> in_order("Beazley, Kim"), in_order("Binskin, Mark, (Chief of the Defence Force)"), in_order("Jen Psaki")
    ('Kim Beazley', 'Mark Binskin', 'Jen Psaki')
    """
    parts = [part.strip() for part in re.sub(r"\([^()]*\)", "", name).split(",") if part.strip()]
    return f"{parts[1]} {parts[0]}" if len(parts) == 2 else " ".join(parts[:1])


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [folded(each) for each in values if isinstance(each, str) and each.strip()]


def _first(said: Mapping[str, object], keys: tuple[str, ...]) -> str | None:
    return next((text for key in keys for text in _texts(said.get(key))), None)


def _day(value: object) -> datetime.date | None:
    if isinstance(value, datetime.datetime):
        return value.date()
    return value if isinstance(value, datetime.date) else find_date(value) if isinstance(value, str) else None
