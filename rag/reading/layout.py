"""A text file or a page -> the stored text, with its title, date lines, site furniture and body told apart."""

import datetime
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from rag.calendar.printed import date_line, find_date
from rag.clock import STAMP
from rag.language.names import folded, known_person
from rag.reading.frontmatter import FrontMatter, read_front_matter
from rag.reading.furniture import site_line
from rag.reading.habits import NO_HABITS, Habits, find_habits, inner_labels
from rag.reading.labels import find_label
from rag.reading.markup import Page, Piece
from rag.reading.running import running_heads
from rag.reading.styles import in_capitals
from rag.reading.titles import OCCASION, TitleLine, title_place

_SENTENCE_END = re.compile(r"""[.!?…。！？]["'”’)\]]*$""")
_FEWEST_LINKS = 4
_BREAK = re.compile(r"\r\n|\r|\n")
# "5:32 P.M. EDT", "10.15am"
_CLOCK = r"\d{1,2}[:.]\d\d\s*+[ap]\.?m\.?(?:\s*+\(?[A-Z]{2,5}\)?)?"
# "END 2:15 P.M. EST", "** Ends **", "2:15 P.M."
_END = re.compile(
    rf"\W{{0,9}}(?:ends?\b\W{{0,40}}(?:{_CLOCK})?|{_CLOCK}\W{{0,9}}(?:ends?\b)?)\W{{0,9}}$", re.IGNORECASE
)
_LANGUAGES = re.compile(r"español|français|русский|عربي|中文|deutsch|português|日本語", re.IGNORECASE)


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
    """The stored text and what stands where in it. `left_out` are lines of a page that were not
    stored, `amid` those of the furniture that stand amid the body, `head` those before the first label of a file
    whose habits are strict, `running` the heads and numbers of its pages."""

    text: str
    title: str = ""
    titles: list[Paragraph] = field(default_factory=list)
    date_lines: list[Paragraph] = field(default_factory=list)
    furniture: list[Paragraph] = field(default_factory=list)
    body: list[Paragraph] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    amid: list[Paragraph] = field(default_factory=list)
    habits: Habits = NO_HABITS
    front: FrontMatter = field(default_factory=FrontMatter)
    head: list[Paragraph] = field(default_factory=list)
    running: list[Paragraph] = field(default_factory=list)

    @property
    def printed_date(self) -> datetime.date | None:
        """The date that stands on a line of its own, if one does."""
        return next((date for line in (*self.date_lines, *self.running) if (date := date_line(line.text))), None)


def lay_out_text(text: str, front: FrontMatter | None = None, habits: Habits | None = None) -> Layout:
    """The layout of a text file, whose text is stored as it is; `front` and `habits` where they are known already."""
    front = front or read_front_matter(text)
    lines = _lines(text, front.end)
    heads = running_heads([line.text for line in lines])
    habits = habits or find_habits([line.text for number, line in enumerate(lines) if number not in heads])
    paragraphs = _paragraphs(text, lines, heads, habits)
    place = title_place([TitleLine(item.text) for item in paragraphs], "", habits)
    layout = _sorted_out(Layout(text, habits=habits, front=front), paragraphs, place)
    if front.end:
        layout.furniture.insert(0, Paragraph(0, len(text[: front.end].rstrip()), 1, text[: front.end].rstrip()))
    layout.title = folded(front.title) or layout.title
    layout.running = [lines[number] for number in sorted(heads)]
    return layout


def lay_out_page(page: Page) -> Layout:
    """The layout of a page: title, date lines and body become the stored text, menus are left out."""
    pieces = page.pieces
    habits = find_habits([piece.text for piece in pieces], [piece.lead for piece in pieces])
    head = folded(page.title)
    place = title_place([TitleLine(piece.text, piece.heading, piece.linked) for piece in pieces], head, habits)
    first, last = _body_range(page, place, habits)
    kept = [pieces[number] for number in range(*place)] or ([Piece(head, 0, 0, False, True, 0)] if head else [])
    if len(kept) > 1:
        kept = [replace(kept[0], text=folded(" ".join(piece.text for piece in kept)))]
    titles = len(kept)
    left_out = [piece.text for piece in pieces[: place[0]] + pieces[last:] if _worth_a_word(piece)]
    kept += [piece for piece in pieces[first:last] if not (piece.linked > 0.9 and site_line(piece.text))]
    text, paragraphs = _composed(kept)
    layout = _sorted_out(Layout(text, habits=habits), paragraphs, (0, titles))
    layout.left_out = left_out
    return layout


def _lines(text: str, start: int) -> list[Paragraph]:
    """The lines of a text file from `start` on that hold anything."""
    lines: list[Paragraph] = []
    place = start
    for number, printed in enumerate(_BREAK.split(text[start:]), 1 + len(_BREAK.findall(text[:start]))):
        bare = printed.strip("\ufeff\u200b \t\r\n\f\v\x00\xa0\u2002\u2003\u3000")
        if bare:
            begin = place + printed.index(bare)
            lines.append(Paragraph(begin, begin + len(bare), number, bare))
        place += len(printed)
        ending = _BREAK.match(text, place)
        place = ending.end() if ending else place
    return lines


def _paragraphs(text: str, lines: Sequence[Paragraph], heads: Collection[int], habits: Habits) -> list[Paragraph]:
    """The paragraphs of a text file: a line each, or several lines where a sentence runs on over them."""
    narrow = _narrow(lines)
    runs: list[list[Paragraph]] = []
    broken = True
    for number, line in enumerate(lines):
        if number in heads:
            broken = True
        elif not broken and _runs_on(text, runs[-1][-1], line, narrow, habits):
            runs[-1].append(line)
        else:
            runs.append([line])
            broken = False
    made = [
        Paragraph(run[0].start, run[-1].end, run[0].line, text[run[0].start : run[-1].end]) if len(run) > 1 else run[0]
        for run in runs
    ]
    return [part for paragraph in made for part in _parted(paragraph, habits)]


def _midway(words: str) -> bool:
    """Whether a line ends in the middle of a sentence."""
    return not _SENTENCE_END.search(words) or words.endswith(("Mr.", "Ms.", "Mrs.", "Dr."))


def _parted(paragraph: Paragraph, habits: Habits) -> list[Paragraph]:
    """A paragraph cut before every label that stands in its middle, behind a sentence's end or a gap."""
    parts, start = [], 0
    for place in inner_labels(paragraph.text, habits):
        bare = paragraph.text[start:place].rstrip()
        parts.append(Paragraph(paragraph.start + start, paragraph.start + start + len(bare), paragraph.line, bare))
        start = place
    words = paragraph.text[start:]
    return [*parts, replace(paragraph, start=paragraph.start + start, text=words)] if parts else [paragraph]


def _narrow(lines: Sequence[Paragraph]) -> int:
    """The width of a file whose lines were broken at a fixed width, 0 for one whose lines are paragraphs."""
    longest = max((len(line.text) for line in lines), default=0)
    full = sum(
        before.line + 1 == after.line and len(before.text) > longest * 0.7 and not _SENTENCE_END.search(before.text)
        for before, after in pairwise(lines)
    )
    return longest if 40 <= longest <= 140 and full >= 3 else 0


def _runs_on(text: str, before: Paragraph, line: Paragraph, narrow: int, habits: Habits) -> bool:
    if len(_BREAK.findall(text, before.end, line.start)) != 1:
        return False
    label = find_label(line.text, habits=habits)
    # A sentence that breaks before `Chair Roe.  So we ask` goes on.
    goes_on = label and label.printed in habits.marked and not in_capitals(label.printed) and _midway(before.text)
    if (label and not goes_on) or site_line(line.text):
        return False
    if date_line(line.text):
        return before.text.endswith((" on", ","))
    if narrow and len(before.text) > narrow * 0.6:
        return not OCCASION.search(before.text) or not find_date(before.text)
    return line.text[:1].islower() and not _SENTENCE_END.search(before.text) and len(before.text) > 40


def _menu_line(words: str) -> bool:
    return find_label(words) is None and (site_line(words) or (len(words) < 200 and bool(_LANGUAGES.search(words))))


def _body_range(page: Page, title: tuple[int, int], habits: Habits) -> tuple[int, int]:
    """The pieces that make the body: from the title to the end of the block that holds the labelled paragraphs."""
    pieces = page.pieces
    labelled = [number for number, piece in enumerate(pieces) if number >= title[1] and _labelled(piece, habits)]
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
        if inside[piece.box] and box and not site_line(piece.text):
            last = number
        elif site_line(piece.text) or piece.linked > 0.5:
            break
        elif _prose(piece) or (number == last + 1 and _SENTENCE_END.search(piece.text)):
            last = number
    return first, last + 1


def _labelled(piece: Piece, habits: Habits) -> bool:
    label = find_label(piece.text, habits=habits)
    says = label is not None and (len(piece.text) > label.end or bool(habits.alone))
    return label is not None and label.kind != "unknown" and says and piece.linked < 0.5


def _prose(piece: Piece) -> bool:
    return (
        len(piece.text) > 60
        and piece.linked < 0.5
        and bool(_SENTENCE_END.search(piece.text))
        and not site_line(piece.text)
    )


def _worth_a_word(piece: Piece) -> bool:
    """Whether a paragraph that is not stored has to be reported: prose, or as long as prose."""
    return _prose(piece) or (len(piece.text) > 200 and piece.linked < 0.5 and not site_line(piece.text))


def _body_start(pieces: Sequence[Piece], first: int) -> int:
    while first and _prose(pieces[first - 1]):
        first -= 1
    return first


def _common_box(page: Page, boxes: Sequence[int]) -> int:
    """The innermost block that holds all the boxes; the page itself is 0."""
    held = [0] * len(page.parents)
    for box in boxes:
        held[box] += 1
    for box in range(len(held) - 1, 0, -1):
        if held[box] == len(boxes):
            return box if len(set(boxes)) > 1 else page.parents[box]
        held[page.parents[box]] += held[box]
    return 0


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
        start = next((number for number, item in enumerate(rest) if not _menu_line(item.text)), len(rest))
        layout.furniture, rest = rest[:start], rest[start:]
    if layout.habits.strict or layout.habits.names:
        start = next((n for n, item in enumerate(rest) if find_label(item.text, habits=layout.habits)), len(rest))
        layout.date_lines = [item for item in rest[:start] if date_line(item.text)]
        layout.head, rest = [item for item in rest[:start] if not date_line(item.text)], rest[start:]
    end = _tail(rest, layout.habits)
    if layout.habits.strict:
        end = _list_at_the_end(rest[:end], layout.habits)
    layout.furniture += rest[end:]
    for item in rest[:end]:
        if not layout.body and date_line(item.text):
            layout.date_lines.append(item)
        elif (stamp := STAMP.match(item.text)) or site_line(item.text):
            layout.furniture.append(item)
            if layout.body and not stamp:
                layout.amid.append(item)
        else:
            layout.body.append(item)
    return layout


def _list_at_the_end(paragraphs: Sequence[Paragraph], habits: Habits) -> int:
    """Where a page's list of links begins at the end of its words: several short lines that are no sentences."""
    end = len(paragraphs)
    while end and len(paragraphs[end - 1].text) < 100:
        item = paragraphs[end - 1]
        if _SENTENCE_END.search(item.text) or find_label(item.text, habits=habits):
            break
        end -= 1
    return end if len(paragraphs) - end >= _FEWEST_LINKS else len(paragraphs)


def _tail(paragraphs: Sequence[Paragraph], habits: Habits) -> int:
    """Where the site's own lines begin at the end: a known one, with nothing but short lines after it."""
    end = len(paragraphs)
    for number in range(len(paragraphs) - 1, -1, -1):
        item = paragraphs[number]
        if site_line(item.text) or _END.match(item.text):
            end = number
        elif (
            _SENTENCE_END.search(item.text)
            or len(item.text) > 200
            or known_person(item.text)
            or find_label(item.text, habits=habits)
        ):
            break
    return end
