"""HTML -> the paragraphs that a reader of the page sees. Every step is linear in the page's length."""

import itertools
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser

from rag.reading.offices import FLOOR, holds_office

_UNSEEN = frozenset("noscript template option select textarea button svg math iframe object audio video canvas".split())
_INLINE = frozenset(
    """
    a abbr acronym b bdi bdo big cite code data del dfn em font i img input ins kbd label mark nobr o:p q rp rt ruby
    s samp small span strike strong sub sup time tt u var wbr
    """.split()
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_BOLD = frozenset(("b", "strong"))
_HEADINGS = frozenset(("h1", "h2", "h3"))
# A browser ends these when the next of them begins, whether or not the page does.
_CLOSED_BY = {
    "p": frozenset(("p",)),
    "li": frozenset(("li",)),
    "dt": frozenset(("dt", "dd")),
    "dd": frozenset(("dt", "dd")),
    "td": frozenset(("td", "th")),
    "th": frozenset(("td", "th")),
    "tr": frozenset(("tr",)),
}
_HIDDEN = re.compile(r"display\s*+:\s*+none|visibility\s*+:\s*+hidden", re.IGNORECASE)
_HEAVY = re.compile(r"font-weight\s*+:\s*+(?:bold|[6-9]00)", re.IGNORECASE)
_LIGHT = re.compile(r"font-weight\s*+:\s*+(?:normal|[1-5]00|lighter)", re.IGNORECASE)
_CENTRED = re.compile(r"text-align\s*+:\s*+center", re.IGNORECASE)
_SPACE = re.compile(r"\s++")
_SENTENCE_END = re.compile(r"""[.!?:;。！？：…]["'”’)\]]*$""")
# "Question:", "MR. ROE", "Q."
_LABEL = re.compile(r"(?:[QA]\d{0,3}[.:]?|[A-Z][^?!:;]{1,60}[:\uff1a]?)$")
# "Q.", "A3."
_LETTER = re.compile(r"[QA]\d{0,3}\.$")
_SAVED_FROM = re.compile(r"<!-- saved from url=\(\d+\)(https?://\S+)")
_ADDRESSES = {("link", "canonical"): "href", ("meta", "og:url"): "content"}
_RAW = re.compile(r"<(?:!--|!|\?|(?P<tag>script|style)(?=[\s/>]))", re.IGNORECASE)
_TAG_START = re.compile(r"<[A-Za-z/]")
_ENDS = {
    "<!--": re.compile("-->"),
    "<!": re.compile(">"),
    "<?": re.compile(">"),
    "script": re.compile(r"</script[\s/>]", re.IGNORECASE),
    "style": re.compile(r"</style[\s/>]", re.IGNORECASE),
}
_DATES = frozenset(
    ["pubdate", "publishdate", "article:published_time", "date", "dc.date", "datepublished", "firstpublishedtime"]
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One paragraph as a reader sees it: `bold` and `linked` are the shares of its letters that are bold, or a link.

    `box` numbers the block it stands in, `Page.parents` that block's own block; so many letters from its beginning as
    `lead` says are bold.
    """

    text: str
    bold: float
    linked: float
    centred: bool
    heading: bool
    box: int
    lead: int = 0


@dataclass(slots=True)
class Page:
    """What a page shows and says of itself: `stamps` are the addresses of its images and the dates of its header."""

    title: str = ""
    pieces: list[Piece] = field(default_factory=list)
    parents: list[int] = field(default_factory=lambda: [0])
    stamps: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    address: str | None = None
    site: str | None = None
    hidden: list[str] = field(default_factory=list)
    whole: bool = False


def read_markup(html: str) -> Page:
    """The page of that HTML; unclosed, crossed and endlessly nested tags are read as far as they go."""
    reader = _Reader()
    saved = _SAVED_FROM.search(html[:4096])
    if saved:
        reader.page.address = saved[1]
    reader.feed(_without_raw(html))
    reader.close()
    reader.end_paragraph()
    reader.put_all()
    return reader.page


def _without_raw(html: str) -> str:
    """The page without comments, declarations, scripts and styles, on which html.parser is slow or gives up."""
    kept: list[str] = []
    place = 0
    while True:
        start = _RAW.search(html, place)
        if start is None:
            kept.append(_without_stump(html[place:]))
            return "".join(kept)
        kept.append(html[place : start.start()])
        end = _ENDS[(start["tag"] or start[0]).lower()].search(html, start.end())
        if end is None:
            return "".join(kept)
        place = end.start() if start["tag"] else end.end()


def _without_stump(html: str) -> str:
    """The page without a tag that its end cuts off."""
    stump = _TAG_START.search(html, html.rfind(">") + 1)
    return html[: stump.start()] if stump else html


@dataclass(slots=True)
class _Open:
    tag: str
    box: int
    bold: bool
    linked: bool
    hidden: bool
    centred: bool
    heading: bool


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open = [_Open("", 0, False, False, False, False, False)]
        self._count: Counter[str] = Counter()
        self._unseen = 0
        self._in_title = False
        self._runs: list[tuple[str, _Open]] = []
        self._paragraphs: list[list[tuple[str, _Open]]] = []
        self._broken = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {key: value or "" for key, value in attrs}
        self._note_header(tag, said)
        if tag in _VOID:
            self._void(tag, said)
            return
        if tag in _UNSEEN:
            self._unseen += 1
        self._in_title = tag == "title" and not self.page.title
        if tag not in _INLINE:
            self.end_paragraph()
            closes = _CLOSED_BY.get(tag, frozenset())
            if self._open[-1].tag in closes:
                self._close(self._open[-1].tag)
            if "p" in closes and self._count["p"]:
                self._close("p")
        self._push(tag, said)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID and tag in _INLINE:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and self._unseen:
            self._unseen -= 1
        if tag == "title":
            self._in_title = False
        if tag == "html":
            self.page.whole = True
        if tag not in _INLINE and tag not in _UNSEEN:
            self.end_paragraph()
        if self._count[tag] and not (tag in _INLINE and self._behind_a_block(tag)):
            self._close(tag)

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.page.title = (self.page.title + data).strip()
        elif not self._unseen:
            self._join_or_break(data)
            self._runs.append((data, self._open[-1]))

    def updatepos(self, _: int, j: int) -> int:
        """Count no lines: nobody asks in which of them a tag stands."""
        return j

    def end_paragraph(self) -> None:
        """Keep what was gathered since the last break."""
        if any(words.strip() for words, _ in self._runs):
            self._paragraphs.append(self._runs)
        self._runs, self._broken = [], False

    def put_all(self) -> None:
        """Put the paragraphs on the page, each as one piece, or as one for each bold label in it."""
        first = (next(run for run in runs if run[0].strip()) for runs in self._paragraphs)
        openings = {_label(words) for words, style in first if style.bold}
        for runs in self._paragraphs:
            for start, end in itertools.pairwise([0, *_labels(runs, openings), len(runs)]):
                self._put(runs[start:end])

    def _put(self, runs: list[tuple[str, _Open]]) -> None:
        shown = [(words, style) for words, style in runs if not style.hidden]
        hidden = _SPACE.sub(" ", "".join(words for words, style in runs if style.hidden)).strip()
        if hidden:
            self.page.hidden.append(hidden)
        text = _SPACE.sub(" ", "".join(words for words, _ in shown)).strip()
        if text:
            letters = sum(len(words.strip()) for words, _ in shown) or 1
            self.page.pieces.append(
                Piece(
                    text,
                    bold=sum(len(words.strip()) for words, style in shown if style.bold) / letters,
                    linked=sum(len(words.strip()) for words, style in shown if style.linked) / letters,
                    centred=shown[-1][1].centred,
                    heading=any(style.heading for _, style in shown),
                    box=shown[0][1].box,
                    lead=_lead(shown),
                )
            )

    def _void(self, tag: str, said: dict[str, str]) -> None:
        if tag == "br" and self._runs:
            self._broken = True
        elif tag == "hr":
            self.end_paragraph()
        elif tag == "img" and not self._open[-1].hidden:
            self.page.stamps.append(said.get("src", ""))

    def _join_or_break(self, data: str) -> None:
        """A line break ends a paragraph, unless it stands in mid-sentence, where a narrow page put it."""
        if not self._broken or not data.strip():
            return
        before = "".join(words for words, _ in self._runs[-3:]).rstrip()
        heading = self._open[-1].heading
        if heading or (data.lstrip()[:1].islower() and not _SENTENCE_END.search(before)):
            self._runs.append((" ", self._open[-1]))
            self._broken = False
        else:
            self.end_paragraph()

    def _push(self, tag: str, said: dict[str, str]) -> None:
        above = self._open[-1]
        style = said.get("style", "")
        inline = tag in _INLINE
        box = above.box
        if not inline:
            box = len(self.page.parents)
            self.page.parents.append(above.box)
        self._count[tag] += 1
        self._open.append(
            _Open(
                tag,
                box,
                bold=(above.bold or tag in _BOLD or bool(_HEAVY.search(style))) and not _LIGHT.search(style),
                linked=above.linked or (tag == "a" and "href" in said),
                hidden=above.hidden or "hidden" in said or bool(_HIDDEN.search(style)),
                centred=_centred(above.centred, inline, said, style),
                heading=above.heading or tag in _HEADINGS,
            )
        )

    def _close(self, tag: str) -> None:
        while True:
            closed = self._open.pop()
            self._count[closed.tag] -= 1
            if closed.tag == tag:
                return

    def _behind_a_block(self, tag: str) -> bool:
        """Whether a block was opened after the inline tag: then a browser doesn't end the block with it."""
        for opened in reversed(self._open[-20:]):
            if opened.tag == tag:
                return False
            if opened.tag not in _INLINE:
                return True
        return True

    def _note_header(self, tag: str, said: dict[str, str]) -> None:
        if tag not in ("link", "meta", "time"):
            return
        name = (said.get("rel") or said.get("property") or said.get("name") or "").lower()
        address = said.get(_ADDRESSES.get((tag, name), ""), "")
        if address.startswith(("http://", "https://")) and self.page.address is None:
            self.page.address = address
        if (tag, name) == ("meta", "og:site_name"):
            self.page.site = said.get("content")
        if (tag == "meta" and name in _DATES) or tag == "time":
            self.page.dates.append(said.get("content") or said.get("datetime") or "")


def _label(words: str) -> str:
    return words.strip().rstrip(":\uff1a").rstrip()


def _speaks(label: str, openings: Collection[str]) -> bool:
    """Whether bold words name who speaks: a paragraph begins with them too, or they are the floor, an office, a form
    of address or of several words. `Conclusion:` is a heading."""
    told = FLOOR.match(label) or _LETTER.match(f"{label}.") or " " in label
    return label in openings or bool(told) or holds_office(label)


def _labels(runs: list[tuple[str, _Open]], openings: Collection[str]) -> list[int]:
    """The runs that are bold labels in the middle of a paragraph: `... so it is. <b>Question:</b> Why?`."""
    found = []
    for place in range(1, len(runs)):
        words, style = runs[place][0].strip(), runs[place][1]
        before = runs[place - 1]
        if not style.bold or (before[1].bold and before[0].strip()) or not _LABEL.match(words):
            continue
        behind = runs[place + 1][0].lstrip() if place + 1 < len(runs) else ""
        closed = words[-1] in ":\uff1a" or behind[:1] in (":", "\uff1a") or _LETTER.match(words) is not None
        said = before[0].rstrip() or (runs[place - 2][0].rstrip() if place > 1 else "")
        if closed and _SENTENCE_END.search(said) and _speaks(_label(words), openings):
            found.append(place)
    return found


def _lead(shown: list[tuple[str, _Open]]) -> int:
    bold = itertools.takewhile(lambda run: run[1].bold or not run[0].strip(), shown)
    return len(_SPACE.sub(" ", "".join(words for words, _ in bold)).strip())


def _centred(above: bool, inline: bool, said: dict[str, str], style: str) -> bool:
    if inline:
        return above
    if "align" in said and not _CENTRED.search(style):
        return said["align"].lower() == "center"
    return bool(_CENTRED.search(style)) or (above and "text-align" not in style.lower())
