"""The pages for people: templates, style and script, as files beside this one. The only file that imports jinja2."""

import datetime
import hashlib
import re
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from rag.credit import MONTHS, credit_of, say_date
from rag.page.address import NOUNS
from rag.page.bars import WIDTH, month_width, years_of
from rag.transcript import Exchange, Span

# `*`, `[1]`, `<b>`, `~~`
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")
# An empty line: the lines of a file within a paragraph are one line to a reader.
_BREAK = re.compile(r"(?<!\s)\s*\n\s*\n\s*")
# What XML 1.0 has no place for.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# `5%`, `$`, `{`
_TEX = re.compile(r"([\\{}%&$#_~^])")
KINDS = {"podium.css": "text/css", "podium.js": "text/javascript", "favicon.svg": "image/svg+xml"}

# Pages load what stands beside them, run no script of their text's, and post nowhere else.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


@cache
def asset(name: str) -> bytes:
    """The bytes of one of the files that pages load; KeyError."""
    if name not in KINDS:
        raise KeyError(name)
    return (files("rag.page") / "assets" / name).read_bytes()


@cache
def asset_address(name: str) -> str:
    """Its address, with a part that changes when the file does: it may be kept for ever."""
    return f"/assets/{name}?v={hashlib.sha256(asset(name)).hexdigest()[:10]}"


def render(template: str, **values: object) -> str:
    """The page that a template makes of the values, all of them escaped."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("rag.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(asset=asset_address, nouns=NOUNS, width=WIDTH)
    environment.filters.update(
        day=_day,
        field=_field,
        count=_count,
        is_web=is_web,
        pieces=_pieces,
        paragraphs=paragraphs,
        parted=_BREAK.split,
        flowing=flowing,
        turns=_turns,
        month=lambda month: f"{MONTHS[month[1] - 1]} {month[0]}",
        month_width=month_width,
        years=lambda months: years_of(list(months)),
        opening=opening,
        marked=_marked,
        markdown=_markdown,
        tex=_tex,
        xml=lambda text: _NOT_XML.sub("\ufffd", text),
    )
    return environment


def is_web(source: str) -> bool:
    """Whether a transcript's source is a page's address, and not a file's name."""
    return source.startswith(("https://", "http://"))


def _day(date: datetime.date | str | None) -> str:
    return say_date(datetime.date.fromisoformat(date) if isinstance(date, str) else date)


def _field(day: str) -> str:
    """A day of an address as a browser's date field takes it, "" where it is none."""
    try:
        return datetime.date.fromisoformat(day).isoformat()
    except ValueError:
        return ""


def _count(number: int, noun: str) -> str:
    """`2394, "exchange"` -> `2,394 exchanges`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _pieces(quote: Any) -> list[tuple[str, bool]]:
    """A quote's words in turn, each with whether they are the sentences that answer, where not all of them are."""
    focus = [(each.start - quote.start, each.end - quote.start) for each in getattr(quote, "focus", ())]
    if focus == [(0, len(quote.text))]:
        return [(quote.text, False)]
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in focus:
        pieces += [(quote.text[at:start], False), (quote.text[start:end], True)]
        at = end
    return [piece for piece in (*pieces, (quote.text[at:], False)) if piece[0]]


def paragraphs(quote: Any) -> list[list[tuple[str, bool]]]:
    """The pieces of each paragraph of a quote."""
    paragraphs: list[list[tuple[str, bool]]] = [[]]
    for words, focused in _pieces(quote):
        for number, part in enumerate(_BREAK.split(words)):
            if number:
                paragraphs.append([])
            if part:
                paragraphs[-1].append((part, focused))
    return paragraphs


def flowing(text: str) -> str:
    """A text without the line breaks of a file, its paragraphs apart."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in _BREAK.split(text))


def _turns(exchange: Exchange, uncertain: bool) -> list[tuple[str | None, list[Span]]]:
    """Who speaks in turn in an exchange, None for the reporter, and the paragraphs; `uncertain` as the transcript."""

    def speaker(span: Span) -> str | None:
        return credit_of(exchange, span.start, uncertain=uncertain).speaker if span in exchange.answer else None

    return [(who, list(spans)) for who, spans in groupby(exchange.spans, key=speaker)]


def opening(exchange: Exchange, text: str, longest: int = 140) -> str:
    """The first words of an exchange, for a list."""
    words = " ".join((exchange.question or exchange.answer[0]).cut(text).split())
    return words if len(words) <= longest else words[:longest].rpartition(" ")[0].rstrip(",.;:") + "…"


def _marked(span: Span, text: str, place: tuple[int, int] | None) -> list[tuple[str, bool, bool]]:
    """A paragraph's words in turn: each stretch, whether it is marked, whether the mark begins in it."""
    start, end = (max(span.start, place[0]), min(span.end, place[1])) if place else (0, 0)
    if place is None or start >= end:
        return [(span.cut(text), False, False)]
    pieces = [
        (text[span.start : start], False, False),
        (text[start:end], True, start == place[0]),
        (text[end : span.end], False, False),
    ]
    return [piece for piece in pieces if piece[0]]


def _markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _tex(text: str) -> str:
    return _TEX.sub(_in_tex, " ".join(text.split()))


def _in_tex(match: re.Match[str]) -> str:
    mark = match.group()
    return {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}.get(mark, f"\\{mark}")
