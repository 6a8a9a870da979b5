"""Bytes of a transcript (.txt, .html) -> Transcript, with notes on what was odd."""

import datetime
import hashlib
import re
from bisect import bisect
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.errors import UnreadableTranscript
from rag.language.names import person_in
from rag.reading.assembly import Assembly, Told, assemble
from rag.reading.cast import UNCLEAR, Cast
from rag.reading.decoding import Decoded, decode
from rag.reading.files import LARGEST_FILE, file_bytes, too_large
from rag.reading.heading import date_of, institution_from, main_speaker, make_id, speakers_of
from rag.reading.layout import Layout, Paragraph, lay_out_page, lay_out_text
from rag.reading.markup import Page, read_markup
from rag.reading.named import find_named
from rag.reading.offices import name_case, titled
from rag.reading.opening import NOBODY, opening_turns
from rag.reading.parts import Turn
from rag.reading.pdf import SIGNATURE, pdf_text
from rag.reading.people import Sources, introduced, name_speakers
from rag.reading.rows import write_out
from rag.reading.turns import find_turns
from rag.transcript import Oddity, Span, Speaker, Transcript

_HTML_NAME = re.compile(r"\.(?:x?html?|shtml|htm|php|jsp|aspx?)$", re.IGNORECASE)
# "<!-- saved --><!DOCTYPE html", "<body "
_HTML_START = re.compile(
    r"\s*+(?:<\?xml[^>]*>\s*+)?(?:<!--.{0,500}?-->\s*+)?<(?:!doctype\s++html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
# "the spokeswoman's remarks"
_ABOUT = re.compile(
    r"spokes(?:person|man|woman)|remarks?\b|statement|(?:press|news|media) (?:conference|briefing)", re.IGNORECASE
)
# "Remarks at the Bridge"
_SPEECH = re.compile(r"remarks|statement|speech|address|message", re.IGNORECASE)
# "Remarks and Q&A"
_TALK = re.compile(
    r"conference|briefing|interview|q ?& ?a|questions|answers|doorst[eo]p|availability|session", re.IGNORECASE
)
_PRESS = re.compile(r"\b(?:press|media|reporters|journalists)\b", re.IGNORECASE)
_SEVERAL = 2
_OPENING, _LONGEST_OPENING = 8, 4000
_WORD = re.compile(r"[^\W\d_]+")
_COMMON_ENGLISH = frozenset(
    "the of and to in a is that for on with we are as by this be have has it at from not will"
    " i you my your what how they there our but about do can".split()
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


def read(
    raw: bytes,
    name: str,
    address: str | None = None,
    institution: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Reading:
    """The reading of a file's bytes; UnreadableTranscript when no transcript can be made of them.

    `columns` are the names of a table's columns where they are not podium's own.
    """
    if len(raw) > LARGEST_FILE:
        raise too_large(name, len(raw))
    is_pdf = raw.startswith(SIGNATURE)
    decoded = Decoded(pdf_text(raw, name), "pdf", "its text layer") if is_pdf else decode(raw, name)
    written = write_out(decoded.text, name, columns or {})
    page = None
    if written is None and not is_pdf and _is_html(decoded.text, name):
        page = read_markup(decoded.text)
    if written is not None:
        layout = lay_out_text(written.text, written.front, written.habits)
    else:
        layout = lay_out_text(decoded.text) if page is None else lay_out_page(page)
    _refuse_other_languages(layout, name)
    oddities = _oddities_of_the_file(layout, page)
    origins = {"encoding": f"{decoded.encoding}: {decoded.how}"}
    if not decoded.sure:
        oddities.append(Oddity(0, "encoding", f"Read as {decoded.encoding}: {decoded.how}."))
    source = _source(name, address, page, layout, origins)
    date = date_of(layout, page, source, origins, oddities)
    of = institution_from(layout, page, source, institution, origins)
    turns, who, sure = _turns(layout, date, of)
    spokesperson = main_speaker(layout, turns, who, origins, oddities)
    title = layout.title or _title_from(name, origins, oddities)
    if layout.title:
        origins["title"] = "the page's title" if page else "a line of the file"
    if not sure:
        message = "Who asks and who answers is not clear from the labels; nobody is credited."
        oddities.append(Oddity(0, "uncertain", message))
        who = {}
        if origins["spokesperson"] != "the title":
            spokesperson = None
            origins["spokesperson"] = "unknown: the labels don't tell who answers"
    transcript_id = make_id(date, spokesperson.name if spokesperson else None, title, raw)
    credited = spokesperson if sure else None
    made = _as_remarks(
        assemble(
            turns,
            layout.text,
            Told(transcript_id, date, credited, {**who, NOBODY: None}),
            together=layout.habits.strict,
        )
    )
    _refuse_no_transcript(made, layout, name)
    transcript = Transcript(
        id=transcript_id,
        title=title,
        date=date,
        spokesperson=spokesperson.name if spokesperson else None,
        sources=(source,),
        sha256=hashlib.sha256(raw).hexdigest(),
        text=layout.text,
        exchanges=made.exchanges,
        institution=of,
        uncertain=not sure,
    )
    before = [item for item in layout.head if _is_prose(item)]
    oddities += [
        Oddity(item.line, "before-labels", f"Before the first label: '{_short(item.text)}'") for item in before
    ]
    remainder = (*(Span(transcript_id, item.start, item.end) for item in before), *made.remainder)
    noted = sorted((*oddities, *made.oddities), key=lambda oddity: oddity.line)
    return Reading(transcript, tuple(noted), origins, remainder, _furniture(layout, transcript))


def _is_html(text: str, name: str) -> bool:
    return bool(_HTML_NAME.search(name) or _HTML_START.match(text[:2000]))


def _turns(
    layout: Layout, date: datetime.date | None, institution: str | None
) -> tuple[list[Turn], dict[str, Speaker], bool]:
    """The turns of a layout, who stands behind the labels that answer, and whether the parts are sure."""
    first = layout.body[0].start if layout.body else 0
    above = [item for item in layout.furniture if layout.front.end <= item.start < first]
    lines = sorted((*layout.titles, *above, *layout.head), key=lambda item: item.start)
    key = tuple(meant for _, meant in layout.habits.key)
    head = "\n".join(item.text for item in lines if len(item.text) < 1000 and not (key and item.text.endswith(key)))
    opening = "\n".join(item.text for item in layout.body[:_OPENING])[:_LONGEST_OPENING]
    named = dict.fromkeys((name.split()[-1].casefold() for name in layout.front.speakers), UNCLEAR)
    named |= dict.fromkeys(introduced(layout.habits.names, f"{head}\n{opening}"), UNCLEAR)
    named |= find_named(layout.title, head)
    turns, cast = find_turns(layout.body, speakers_of(layout.title), layout.habits, named, _is_talk(layout.title))
    _speak_by_office(turns, layout.title)
    before = _opening(layout, cast)
    body = "\n".join(item.text for item in layout.body)
    sources = Sources(layout.front.speakers, layout.title, head, body, date, institution, layout.front.institution)
    often = Counter(turn.person for turn in turns if turn.person in cast.keys)
    answering = {person: cast.keys[person] for person, _ in often.most_common() if person}
    sure = (cast.sure or not layout.habits.strict) and not _several_unlabelled(turns, layout.title)
    return [*before, *turns], name_speakers(answering, sources), sure


def _several_unlabelled(turns: Sequence[Turn], title: str) -> bool:
    """Whether several speak and no label tells who: nothing in a page of a conference is a turn, and it asks."""
    if any(turn.label or turn.role == "question" for turn in turns):
        return False
    asking = sum("?" in turn.text for turn in turns)
    return asking >= (1 if _TALK.search(title) else _SEVERAL) and not (
        _SPEECH.search(title) and not _TALK.search(title)
    )


def _is_talk(title: str) -> bool:
    """Whether a title is no speech's alone: `Remarks by the Minister` is, `Remarks to the press` may be answers too."""
    return not _SPEECH.search(title) or bool(_TALK.search(title) or _PRESS.search(title))


def _opening(layout: Layout, cast: Cast) -> list[Turn]:
    """The opening words before the first label, taken out of the head."""
    answering = [printed for printed in cast.keys if cast.part(printed) == "answers"]
    lasts = {name_case(titled(printed).bare.rpartition(" ")[2]) for printed in answering} - {""}
    turns = opening_turns(layout.head, lasts)
    layout.head = layout.head[: len(layout.head) - len(turns)]
    return turns


def _speak_by_office(turns: Sequence[Turn], title: str) -> None:
    """Where nothing names who answers but an office, such as `Spokesman:`, let that stand for the person."""
    answers = [turn for turn in turns if turn.role == "answer" and turn.label]
    if person_in(title) or speakers_of(title) or any(turn.person for turn in answers):
        return
    for turn in answers:
        if turn.label and turn.label.kind == "person":
            turn.person = turn.label.printed


def _is_prose(item: Paragraph) -> bool:
    return len(item.text) > 100 and item.text.rstrip("\"'\u201d\u2019)").endswith((".", "!", "?"))


def read_file(path: Path, address: str | None = None, columns: Mapping[str, str] | None = None) -> Reading:
    """The reading of a file as it was at one moment; UnreadableTranscript when it can't be read or keeps changing."""
    return read(file_bytes(path), path.name, address, columns=columns)


def _source(name: str, address: str | None, page: Page | None, layout: Layout, origins: dict[str, str]) -> str:
    if address:
        origins["source"] = "the list of addresses"
        return address
    if page and page.address:
        origins["source"] = "the page's own address"
        return page.address
    if layout.front.address:
        origins["source"] = "the front matter"
        return layout.front.address
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

    head = [item for item in layout.head if not _is_prose(item)]
    items = (*layout.titles, *layout.date_lines, *head, *layout.furniture, *layout.running)
    return tuple(sorted(Span(transcript.id, item.start, item.end) for item in items if not held(item)))


def _short(words: str) -> str:
    return words if len(words) <= 80 else words[:77] + "..."


def _title_from(name: str, origins: dict[str, str], oddities: list[Oddity]) -> str:
    origins["title"] = "the file's name"
    oddities.append(Oddity(0, "no-title", "No line of the file is a title; the file's name stands in for it."))
    return Path(name).stem


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
    latin = len(letters.encode("ascii", "ignore")) / len(letters)
    common = sum(map(_COMMON_ENGLISH.__contains__, words)) / len(words)
    if latin < 0.6 or (common < 0.1 and len(words) > 60):
        raise UnreadableTranscript(
            f"{name} is not in English.", key=name, remedy="podium reads English transcripts; give that version."
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
        remedy="Leave it out, or give the page of the transcript itself.",
    )
