"""A text file or a page -> the stored text, with its title, date lines, site furniture and body told apart."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag.dates import date_line, find_date, find_month_day
from rag.labels import find_label
from rag.markup import Page, Piece
from rag.names import folded, known_person, person_in

FURNITURE = re.compile(
    r"^\W*(?:suggest to a? ?friend|print(?: this page)?|close(?: window)?|back(?: to top)?|share(?:(?: this| to| on)\b.{0,40})?"
    r"|related (?:news|articles?|links?|stories|reading)|appendix|recommend(?: to a friend)?|e-?mail(?: this)?"
    r"|copyright\s*(?:©|\(c\)|\d).*|©.*|all rights reserved.*|contact us(?:\W*address\b.*)?|(?:tel|fax|address|e-?mail)\s*[:：].*|\[?(?:font|text) ?size\b.*"
    r"|(?:source|from|editor|author)\s*[:：].{0,80}|home|site ?map|search|(?:previous|next)(?: page| article)?"
    r"|(?:big|large|l) ?(?:middle|medium|m) ?(?:small|s)|(?:view|read)s?\s*[:：]\s*\d+|click here.{0,40}|scan the qr code.*"
    r"|to the top|top|more|.{0,40}\bICP备.*)\W*$",
    re.IGNORECASE,
)
_CRUMBS = re.compile(
    r"^\s*(?:you are here\b|current (?:location|position)\b|home\b.{0,5}[>»/→])|\S\s*[>»→]\s*\S.*[>»→]\s*\S|\bhome\s*[>»]",
    re.IGNORECASE,
)
_OCCASION = re.compile(
    r"press conference|press briefing|news conference|daily briefing|briefing|spokes(?:person|man|woman)|remarks?\b|statement|transcript"
    r"|q\s?&\s?a|interview|answers?\b.*questions?|takes? questions?|meets? the press",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"""[.!?…。！？]["'”’)\]]*$""")
_BREAK = re.compile(r"\r\n|\r|\n")
_MENU_LANGUAGES = re.compile(r"español|français|русский|عربي|中文|deutsch|português|日本語", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the stored text: its place, its line (from 1), and what its print tells."""

    start: int
    end: int
    line: int
    text: str
    bold: float | None = None
    centred: bool = False


@dataclass(slots=True)
class Layout:
    """The stored text and what stands where in it. `left_out` are lines of a page that were not stored."""

    text: str
    title: str = ""
    titles: list[Paragraph] = field(default_factory=list)
    date_lines: list[Paragraph] = field(default_factory=list)
    furniture: list[Paragraph] = field(default_factory=list)
    body: list[Paragraph] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def printed_date(self) -> datetime.date | None:
        """The date that stands on a line of its own, if one does."""
        return next((date_line(line.text) for line in self.date_lines), None)


def lay_out_text(text: str) -> Layout:
    """The layout of a text file, whose text is stored as it is."""
    paragraphs = _paragraphs(text)
    return _sorted_out(Layout(text), paragraphs, _title_place([_Line(item.text) for item in paragraphs], ""))


def lay_out_page(page: Page) -> Layout:
    """The layout of a page: title, date lines and body become the stored text, menus are left out."""
    pieces = page.pieces
    head = folded(page.title)
    place = _title_place([_Line(piece.text, piece.heading, piece.linked) for piece in pieces], head)
    first, last = _body_range(page, place)
    kept = [pieces[number] for number in range(*place)] or ([Piece(head, 0, 0, False, True, 0)] if head else [])
    titles = len(kept)
    left_out = [piece.text for piece in pieces[:first] + pieces[last:] if piece not in kept and _worth_a_word(piece)]
    kept += [piece for piece in pieces[first:last] if not (piece.linked > 0.9 and _site_line(piece.text))]
    text, paragraphs = _composed(kept)
    layout = _sorted_out(Layout(text), paragraphs, (0, titles))
    layout.left_out = left_out
    return layout


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    heading: bool = False
    linked: float = 0.0


def _paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs of a text file: a line each, or several lines where a sentence runs on over them."""
    lines: list[Paragraph] = []
    place = 0
    for number, printed in enumerate(_BREAK.split(text), 1):
        bare = printed.strip("\ufeff\u200b \t\r\n\f\v\x00\xa0\u2002\u2003\u3000")
        if bare:
            start = place + printed.index(bare)
            lines.append(Paragraph(start, start + len(bare), number, bare))
        place += len(printed)
        ending = _BREAK.match(text, place)
        place = ending.end() if ending else place
    narrow = _narrow(lines)
    joined: list[Paragraph] = []
    for line in lines:
        last = joined[-1] if joined else None
        if last and _runs_on(text, last, line, narrow):
            joined[-1] = Paragraph(last.start, line.end, last.line, text[last.start : line.end])
        else:
            joined.append(line)
    return joined


def _narrow(lines: Sequence[Paragraph]) -> int:
    """The width of a file whose lines were broken at a fixed width, 0 for one whose lines are paragraphs."""
    longest = max((len(line.text) for line in lines), default=0)
    full = sum(
        before.line + 1 == after.line and len(before.text) > longest * 0.7 and not _SENTENCE_END.search(before.text)
        for before, after in zip(lines, lines[1:], strict=False)
    )
    return longest if 40 <= longest <= 140 and full >= 3 else 0


def _runs_on(text: str, before: Paragraph, line: Paragraph, narrow: int) -> bool:
    between = text[before.end : line.start]
    if len(_BREAK.findall(between)) != 1 or find_label(line.text) or _site_line(line.text) or date_line(line.text):
        return False
    tail = _BREAK.split(before.text)[-1]
    if narrow and len(tail) > narrow * 0.6:
        return not _OCCASION.search(tail) or not find_date(tail)
    return line.text[:1].islower() and not _SENTENCE_END.search(tail) and len(tail) > 40


def _title_place(lines: Sequence[_Line], head: str) -> tuple[int, int]:
    """Where the title stands, as a half-open range of lines; empty when no line is one."""
    best, place = 1.5, (0, 0)
    for number, line in enumerate(lines):
        score = _title_score(line, head)
        if score >= best:
            best, place = score, (number, number + 1)
        if number + 1 < len(lines) and len(line.text) < 150:
            joined = _Line(f"{line.text} {lines[number + 1].text}", line.heading, line.linked)
            if not find_date(line.text) and not date_line(lines[number + 1].text):
                both = _title_score(joined, head) - 0.5
                if both > max(best, score, _title_score(lines[number + 1], head)):
                    best, place = both, (number, number + 2)
        label = find_label(line.text)
        if label and label.kind != "unknown" and not _OCCASION.search(label.printed):
            break
    return place


def _title_score(line: _Line, head: str) -> float:
    words = folded(line.text)
    if len(words) > 300 or _CRUMBS.search(words) or line.linked > 0.5 or words.endswith(("?", "!", ";")):
        return 0
    same = bool(head) and (words == head or (len(words) > 15 and words in head))
    score = 2.0 * same + 1.0 * line.heading
    if _OCCASION.search(words):
        score += (
            1
            + (person_in(words) is not None)
            + 1.5 * (find_date(words) is not None or find_month_day(words) is not None)
        )
    return score - 1.5 * (_SENTENCE_END.search(words) is not None)


def _site_line(words: str) -> bool:
    return len(words) < 300 and bool(FURNITURE.match(words) or _CRUMBS.search(words[:200]))


def _body_range(page: Page, title: tuple[int, int]) -> tuple[int, int]:
    """The pieces that make the body: from the title to the end of the block that holds the labelled paragraphs."""
    pieces = page.pieces
    labelled = [number for number, piece in enumerate(pieces) if number >= title[1] and _labelled(piece)]
    if not labelled:
        labelled = [number for number, piece in enumerate(pieces) if number >= title[1] and _prose(piece)]
    if not labelled:
        return title[1], title[1]
    first = title[1] if title[1] else _body_start(pieces, labelled[0])
    box = _common_box(page, [pieces[number].box for number in labelled])
    last = labelled[-1]
    inside = _inside(page, box)
    for number in range(last, len(pieces)):
        piece = pieces[number]
        if inside[piece.box] and box and not _site_line(piece.text):
            last = number
        elif _site_line(piece.text) or piece.linked > 0.5:
            break
        elif _prose(piece):
            last = number
    return first, last + 1


def _labelled(piece: Piece) -> bool:
    label = find_label(piece.text)
    return label is not None and label.kind != "unknown" and len(piece.text) > label.end and piece.linked < 0.5


def _prose(piece: Piece) -> bool:
    return (
        len(piece.text) > 60
        and piece.linked < 0.5
        and bool(_SENTENCE_END.search(piece.text))
        and not _site_line(piece.text)
    )


def _worth_a_word(piece: Piece) -> bool:
    """Whether a line that is not stored has to be reported: prose, not a link, not a known line of the site."""
    return len(piece.text) > 40 and piece.linked < 0.5 and not _site_line(piece.text)


def _body_start(pieces: Sequence[Piece], first: int) -> int:
    while first and _prose(pieces[first - 1]):
        first -= 1
    return first


def _common_box(page: Page, boxes: Sequence[int]) -> int:
    """The innermost block that holds all the boxes; the page itself is 0."""
    common = page.parents[boxes[0]] if len(set(boxes)) == 1 else boxes[0]
    above: dict[int, int] = {}
    box, depth = common, 0
    while box not in above:
        above[box] = depth
        box, depth = page.parents[box], depth + 1
    for other in set(boxes):
        seen = other
        while seen not in above:
            seen = page.parents[seen]
        if above[seen] > above[common]:
            common = seen
    return common


def _inside(page: Page, box: int) -> list[bool]:
    inside = [number == box for number in range(len(page.parents))]
    for number in range(1, len(inside)):
        inside[number] = inside[number] or inside[page.parents[number]]
    return inside


def _composed(pieces: Sequence[Piece]) -> tuple[str, list[Paragraph]]:
    paragraphs: list[Paragraph] = []
    place, line = 0, 1
    for piece in pieces:
        paragraphs.append(Paragraph(place, place + len(piece.text), line, piece.text, piece.bold, piece.centred))
        place += len(piece.text) + 2
        line += 2
    return "\n\n".join(piece.text for piece in pieces) + ("\n" if pieces else ""), paragraphs


def _sorted_out(layout: Layout, paragraphs: Sequence[Paragraph], title: tuple[int, int]) -> Layout:
    layout.titles = list(paragraphs[slice(*title)])
    layout.title = folded(" ".join(item.text for item in layout.titles))
    layout.furniture = list(paragraphs[: title[0]]) if title[1] else []
    rest = list(paragraphs[title[1] :])
    if not title[1]:
        while (
            rest and not find_label(rest[0].text) and (_site_line(rest[0].text) or _MENU_LANGUAGES.search(rest[0].text))
        ):
            layout.furniture.append(rest.pop(0))
    end = _tail(rest)
    layout.furniture += rest[end:]
    for item in rest[:end]:
        if not layout.body and date_line(item.text):
            layout.date_lines.append(item)
        elif _site_line(item.text):
            layout.furniture.append(item)
        else:
            layout.body.append(item)
    return layout


def _tail(paragraphs: Sequence[Paragraph]) -> int:
    """Where the site's own lines begin at the end: a known one, with nothing but short lines after it."""
    end = len(paragraphs)
    for number in range(len(paragraphs) - 1, -1, -1):
        item = paragraphs[number]
        if _site_line(item.text):
            end = number
        elif (
            _SENTENCE_END.search(item.text) or len(item.text) > 200 or known_person(item.text) or find_label(item.text)
        ):
            break
    return end
