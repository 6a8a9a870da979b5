"""Bytes of a transcript (.txt, .html) -> Transcript, with notes on what was odd."""

import datetime
import hashlib
import os
import re
import stat
import unicodedata
from bisect import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.calendar.printed import find_date, find_month_day, find_stamp
from rag.errors import UnreadableTranscript
from rag.language.names import known_person, person_in
from rag.reading.assembly import Assembly, assemble
from rag.reading.decoding import decode
from rag.reading.layout import Layout, Paragraph, lay_out_page, lay_out_text
from rag.reading.markup import Page, read_markup
from rag.reading.turns import Turn, find_turns
from rag.transcript import Oddity, Span, Transcript

LARGEST_FILE = 20_000_000

_HTML_NAME = re.compile(r"\.(?:x?html?|shtml|htm|php|jsp|aspx?)$", re.IGNORECASE)
_HTML_START = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_SPEAKER = re.compile(
    r"\b(?i:spokes(?:person|man|woman))\s+(?:(?:Mr|Ms|Mrs)\.?\s+)?"
    r"(?P<name>[^\W\d_][\w.-]*(?:\s+[A-Z][\w.-]*){1,3}?)"
    r"(?=['\u2019`]|\s+(?i:on|at|of|in|holds?|gives?|hosts?|meets?|takes?|answers?|regular|remarks?)\b|\s*(?:[,:(]|$))"
)
_ABOUT = re.compile(r"spokes(?:person|man|woman)|remarks?\b|statement|press (?:conference|briefing)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_COMMON_ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "in",
        "a",
        "is",
        "that",
        "for",
        "on",
        "with",
        "we",
        "are",
        "as",
        "by",
        "this",
        "be",
        "have",
        "has",
        "it",
        "at",
        "from",
        "not",
        "will",
    ]
)


@dataclass(frozen=True, slots=True)
class Reading:
    """A transcript, what was odd about it, where its title, date and people came from, and the words left outside.

    `remainder` is every stretch of the body outside all exchanges; `furniture` the title, the date lines and the
    site's own lines. Every character of the text is in an exchange, a label, one of these two, or blank.
    """

    transcript: Transcript
    oddities: tuple[Oddity, ...]
    origins: Mapping[str, str]
    remainder: tuple[Span, ...]
    furniture: tuple[Span, ...] = ()


def read(raw: bytes, name: str, address: str | None = None) -> Reading:
    """The reading of a file's bytes; UnreadableTranscript when no transcript can be made of them."""
    if len(raw) > LARGEST_FILE:
        raise _too_large(name, len(raw))
    decoded = decode(raw, name)
    page = None
    if _HTML_NAME.search(name) or _HTML_START.match(decoded.text[:2000]):
        page = read_markup(decoded.text)
    layout = lay_out_text(decoded.text) if page is None else lay_out_page(page)
    _refuse_other_languages(layout, name)
    oddities = _oddities_of_the_file(layout, page)
    if not decoded.sure:
        oddities.append(Oddity(0, "encoding", f"Read as {decoded.encoding}: {decoded.how}."))
    origins = {"encoding": f"{decoded.encoding}: {decoded.how}"}
    source = _source(name, address, page, origins)
    date = _date(layout, page, source, origins, oddities)
    turns = find_turns(layout.body, _speakers_of(layout.title))
    spokesperson = _spokesperson(layout, turns, origins, oddities)
    title = layout.title or _title_from(name, origins, oddities)
    if layout.title:
        origins["title"] = "the page's title" if page else "a line of the file"
    transcript_id = _id(date, spokesperson, title, raw)
    made = assemble(turns, layout.text, transcript_id, spokesperson, date)
    made = _as_remarks(made)
    _refuse_no_transcript(made, layout, name)
    transcript = Transcript(
        transcript_id,
        title,
        date,
        spokesperson,
        (source,),
        hashlib.sha256(raw).hexdigest(),
        layout.text,
        made.exchanges,
    )
    furniture = _furniture(layout, transcript)
    noted = sorted((*oddities, *made.oddities), key=lambda oddity: oddity.line)
    return Reading(transcript, tuple(noted), origins, made.remainder, furniture)


def read_file(path: Path, address: str | None = None) -> Reading:
    """The reading of a file as it was at one moment; UnreadableTranscript when it can't be read or keeps changing."""
    return read(file_bytes(path), path.name, address)


def file_bytes(path: Path) -> bytes:
    """A file's bytes as they were at one moment; UnreadableTranscript when it can't be read or keeps changing."""
    try:
        str(path).encode()
        return _bytes_at_one_moment(path)
    except UnicodeEncodeError as error:
        raise UnreadableTranscript(
            f"{path} has a name that is not UTF-8.", key=path.name, value="its name", remedy="Rename it."
        ) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableTranscript(
            f"{path} can't be read: {reason}.",
            key=path.name,
            value=reason,
            remedy="Check that the file is there and may be read.",
        ) from error


def _too_large(name: str, size: int) -> UnreadableTranscript:
    return UnreadableTranscript(
        f"{name} has {size:,} bytes; podium reads files up to {LARGEST_FILE:,}.",
        key=name,
        value=size,
        remedy="Split it, a press conference a file.",
    )


def _bytes_at_one_moment(path: Path) -> bytes:
    """The file's bytes, read again when the file changed under our hands, refused when it won't hold still."""
    for _ in range(3):
        # Opening a named pipe would wait for ever for somebody at its other end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(0, "it is no regular file")
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            if before.st_size > LARGEST_FILE:
                raise _too_large(path.name, before.st_size)
            raw = file.read(LARGEST_FILE + 1)
            after = os.fstat(file.fileno())
        if len(raw) == before.st_size == after.st_size and before.st_mtime_ns == after.st_mtime_ns:
            return raw
    raise OSError(0, "it changes while it is read")


def _source(name: str, address: str | None, page: Page | None, origins: dict[str, str]) -> str:
    if address:
        origins["source"] = "the list of addresses"
        return address
    if page and page.address:
        origins["source"] = "the page's own address"
        return page.address
    origins["source"] = "the file's name"
    return name


def _oddities_of_the_file(layout: Layout, page: Page | None) -> list[Oddity]:
    oddities = []
    if "\x00" in layout.text:
        oddities.append(Oddity(0, "control-characters", "The text holds NUL characters; they are kept."))
    if page and not page.whole:
        oddities.append(Oddity(0, "truncated", "The page ends before its closing tag; what follows is missing."))
    oddities += [
        Oddity(item.line, "site-line", f"Taken for a line of the site amid the body: '{_short(item.text)}'")
        for item in layout.amid
    ]
    oddities += [
        Oddity(0, "left-out", f"Outside the page's body, taken for the site's own, not stored: '{_short(words)}'")
        for words in layout.left_out
    ]
    oddities += [
        Oddity(0, "hidden-text", f"The page hides this from its readers; not stored: '{_short(words)}'")
        for words in (page.hidden if page else ())
        if len(words) > 200
    ]
    return oddities


def _furniture(layout: Layout, transcript: Transcript) -> tuple[Span, ...]:
    """The title, the date lines and the site's own lines, but for those amid a question, which holds them."""
    questions = [exchange.question for exchange in transcript.exchanges if exchange.question]
    starts = [question.start for question in questions]

    def held(item: Paragraph) -> bool:
        before = bisect(starts, item.start) - 1
        return before >= 0 and item.start < questions[before].end

    items = (*layout.titles, *layout.date_lines, *layout.furniture)
    return tuple(sorted(Span(transcript.id, item.start, item.end) for item in items if not held(item)))


def _short(words: str) -> str:
    return words if len(words) <= 80 else words[:77] + "..."


def _date(
    layout: Layout, page: Page | None, source: str, origins: dict[str, str], oddities: list[Oddity]
) -> datetime.date | None:
    printed = layout.printed_date
    line = layout.titles[0].line if layout.titles else 0
    titled = find_date(layout.title)
    if titled:
        origins["date"] = "the title"
        if printed and abs((printed - titled).days) > 30:
            message = f"The title says {titled}, the line under it {printed}; the title is believed."
            oddities.append(Oddity(line, "dates-differ", message))
        return titled
    told = _dates_told(layout, page, source)
    day = find_month_day(layout.title)
    for when, where in told:
        whole = day.near(when) if day else when
        if whole:
            origins["date"] = f"the title's day, the year from {where}" if day else where
            oddities.append(
                Oddity(line, "date-outside-title", f"The title gives no whole date; {whole} is from {where}.")
            )
            return whole
    origins["date"] = "unknown: neither the title nor the page gives one"
    oddities.append(Oddity(line, "no-date", "Neither the title nor the page gives a whole date."))
    return None


def _dates_told(layout: Layout, page: Page | None, source: str) -> list[tuple[datetime.date, str]]:
    """Dates that the page gives elsewhere than in its title, the surest first."""
    told: list[tuple[datetime.date | None, str]] = [(layout.printed_date, "a date line of the page")]
    told += [(find_date(date), "the page's header") for date in (page.dates if page else ())]
    if layout.body:
        opening = layout.body[0].text[:200]
        told.append((find_date(opening) if re.match(r"\s*On\b", opening) else None, "its first sentence"))
    told.append((find_stamp(source) if "/" in source else None, "the page's address"))
    told += [
        (find_stamp(stamp.rsplit("/", 1)[-1]), "the name of a picture on the page")
        for stamp in (page.stamps if page else ())
    ]
    return [(date, where) for date, where in told if date]


def _speakers_of(title: str) -> tuple[str, ...]:
    found = _SPEAKER.search(title)
    return (found["name"],) if found else ()


def _spokesperson(layout: Layout, turns: Sequence[Turn], origins: dict[str, str], oddities: list[Oddity]) -> str | None:
    spoken = Counter(turn.person for turn in turns if turn.role == "answer" and turn.person)
    titled = next(iter(_speakers_of(layout.title)), None)
    name = (known_person(titled) or titled) if titled else person_in(layout.title)
    if name:
        origins["spokesperson"] = "the title"
        if spoken and name not in spoken:
            oddities.append(Oddity(0, "speakers-differ", f"The title names {name}, the answers {', '.join(spoken)}."))
        return name
    if spoken:
        origins["spokesperson"] = "the labels of the answers"
        return spoken.most_common(1)[0][0]
    origins["spokesperson"] = "unknown: neither the title nor a label names one"
    oddities.append(Oddity(0, "no-spokesperson", "Neither the title nor a label names the spokesperson."))
    return None


def _title_from(name: str, origins: dict[str, str], oddities: list[Oddity]) -> str:
    origins["title"] = "the file's name"
    oddities.append(Oddity(0, "no-title", "No line of the file is a title; the file's name stands in for it."))
    return Path(name).stem


def _id(date: datetime.date | None, spokesperson: str | None, title: str, raw: bytes) -> str:
    who = _slug(spokesperson or "") or _slug(" ".join(title.split()[:8]))[:50].strip("-")
    return f"{date.isoformat() if date else 'undated'}-{who or hashlib.sha256(raw).hexdigest()[:8]}"


def _slug(words: str) -> str:
    plain = (
        unicodedata.normalize("NFKD", words.replace("'", "").replace("’", "")).encode("ascii", "ignore").decode("ascii")
    )
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _as_remarks(made: Assembly) -> Assembly:
    """A page without a single question is remarks, not an announcement."""
    if any(exchange.kind == "question" for exchange in made.exchanges):
        return made
    return replace(made, exchanges=tuple(replace(exchange, kind="remarks") for exchange in made.exchanges))


def _refuse_other_languages(layout: Layout, name: str) -> None:
    words = _WORD.findall(" ".join(item.text for item in layout.body)[:50_000].lower())
    letters = "".join(words)
    if len(letters) < 100:
        return
    latin = sum(char.isascii() for char in letters) / len(letters)
    common = sum(word in _COMMON_ENGLISH for word in words) / len(words)
    if latin < 0.6 or (common < 0.1 and len(words) > 60):
        raise UnreadableTranscript(
            f"{name} is not in English.",
            key=name,
            value="language",
            remedy="podium reads English transcripts; give that version.",
        )


def _refuse_no_transcript(made: Assembly, layout: Layout, name: str) -> None:
    asked = any(exchange.kind == "question" and exchange.question for exchange in made.exchanges)
    if asked or (made.exchanges and _ABOUT.search(layout.title)):
        return
    what = (
        "has no text"
        if not layout.body
        else "has no question, no answer, and no title of a press conference or remarks"
    )
    raise UnreadableTranscript(
        f"{name} is no transcript: it {what}.",
        key=name,
        value=what,
        remedy="Leave it out, or give the page of the transcript itself.",
    )
