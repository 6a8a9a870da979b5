"""An answer as the content of a chat message: Markdown, the marks in it, and where each mark stands."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from rag.api.shapes import AnswerSent, QuoteSent, UnderstoodSent
from rag.language.sentences import split_sentences
from rag.transcript import Span

# `5*3`, `<b>`, `[1]`, `$x$`, `&amp;`
_SPECIAL = re.compile(r"([\\`*_\[\]<~$&])")


class UrlCitation(BaseModel):
    """A mark in the content (`start_index` to `end_index`, in code points) and what it points to."""

    start_index: int
    end_index: int
    title: str
    url: str


class Annotation(BaseModel):
    """A citation as OpenAI nests it."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class ChosenSent(BaseModel):
    """What the model that picks sentences did: `unknown` numbers were dropped, `failure` says why it did not pick."""

    unknown: int
    failure: str


class PodiumSent(BaseModel):
    """What OpenAI's shapes have no place for: the quotes with their places in the transcripts."""

    answered: bool
    quotes: list[QuoteSent]
    understood: UnderstoodSent
    generation: str
    chosen: ChosenSent | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a message (Markdown) and the quotes marked after it, and so on; sent together or not at all."""

    stretches: Sequence[tuple[str, Sequence[int]]]
    joint: str = "\n\n"


class Content:
    """The text of a message as it grows, piece by piece, within a budget of tokens."""

    def __init__(
        self, quotes: Sequence[QuoteSent], *, linked: bool, budget: int | None, count: Callable[[str], int]
    ) -> None:
        self.text = ""
        self.annotations: list[Annotation] = []
        self.cut = False
        self._quotes = {quote.number: (quote, title) for quote, title in titles_of(quotes)}
        self._linked = linked
        self._budget = budget
        self.count = count

    def add(self, part: Part) -> str:
        """The piece of text that a part makes; "" once the budget is spent.

        A first piece that doesn't fit is cut where the budget ends, as a model would stop in mid-sentence.
        """
        if self.cut:
            return ""
        piece, marks = self._piece(part)
        if self._budget is not None and self.count(self.text + piece) > self._budget:
            self.cut = True
            piece, marks = "" if self.text else self._fitting(piece), []
        self.text += piece
        self.annotations.extend(self._annotation(*mark) for mark in marks)
        return piece

    def _piece(self, part: Part) -> tuple[str, list[tuple[int, int, int]]]:
        """The text of a part and its marks: number, start and end in the whole content."""
        piece = part.joint if self.text else ""
        marks = []
        for words, numbers in part.stretches:
            piece += words
            for number in numbers:
                piece += " "
                # Of the whole content, and without the space before it.
                start = len(self.text) + len(piece)
                piece += self._mark(number)
                marks.append((number, start, len(self.text) + len(piece)))
        return piece, marks

    def _mark(self, number: int) -> str:
        return f"[[{number}]]({self._quotes[number][0].url})" if self._linked else f"[{number}]"

    def _annotation(self, number: int, start: int, end: int) -> Annotation:
        quote, title = self._quotes[number]
        citation = UrlCitation(start_index=start, end_index=end, title=title, url=quote.url)
        return Annotation(url_citation=citation)

    def _fitting(self, piece: str) -> str:
        low, high = 0, len(piece)
        while low < high:
            # By halves: more letters never take fewer tokens by much.
            middle = (low + high + 1) // 2
            fits = self.count(piece[:middle]) <= (self._budget or 0)
            low, high = (middle, high) if fits else (low, middle - 1)
        return piece[:low]


def quoted_parts(sent: AnswerSent, failure: str = "") -> list[Part]:
    """What was understood, then each quote with its mark; or the refusal. `failure` is that of the model that picks."""
    parts = [remark(f"The model that picks was not available: {failure}. podium chose by itself.")] if failure else []
    if sent.answered and sent.understood.in_words:
        parts.append(remark(f"Looking at what was {sent.understood.in_words}."))
    if not sent.answered:
        closest = " The closest it has:" if sent.nearest else ""
        parts.append(Part([(escape(sent.answer) + closest, [])]))
    return [*parts, *map(quote_part, cited(sent))]


def quote_part(quote: QuoteSent) -> Part:
    """A quote after who said it, when and to whom; its mark; and what had been asked, set apart."""
    asked = f"\n\n> Asked: {escape(short_question(quote.question))}" if quote.question else ""
    return Part([(f"{escape(quote.credit.title)}: “{focused(quote)}”", [quote.number]), (asked, [])])


def focused(quote: QuoteSent) -> str:
    """The words of a quote as Markdown, the sentences that answer in bold where others stand beside them."""
    pieces, at = [], 0
    for stretch in quote.focus:
        start, end = stretch.start - quote.start, stretch.end - quote.start
        if (start, end) != (0, len(quote.text)):
            pieces += [escape(quote.text[at:start]), f"**{escape(quote.text[start:end])}**"]
            at = end
    return " ".join(filter(None, [*pieces, escape(quote.text[at:])]))


def remark(words: str) -> Part:
    """Something that podium says of its own accord."""
    return Part([(f"_{escape(words)}_", [])])


def cited(sent: AnswerSent) -> list[QuoteSent]:
    """The quotes that a message shows: those that answer, else the nearest."""
    return sent.quotes if sent.answered else sent.nearest or []


def short_question(question: str, longest: int = 200) -> str:
    """The end of a reporter's question, where what is asked stands, on one line: whole sentences if they say enough."""
    folded = " ".join(question.split())
    if len(folded) <= longest:
        return folded
    # Twice what may be shown, for a sentence to begin in.
    end = folded[-2 * longest :]
    starts = [sentence.start for sentence in split_sentences(end, Span("", 0, len(end)))]
    fitting = next(start for start in [*starts, len(end)] if len(end) - start <= longest)
    if len(end) - fitting >= longest // 3:
        return f"… {end[fitting:]}"
    tail = end[-longest:]
    return "…" + (tail.partition(" ")[2] or tail)


def titles_of(quotes: Sequence[QuoteSent]) -> list[tuple[QuoteSent, str]]:
    """Each quote with its title; those that would share one have the number of their exchange behind it."""
    times = Counter(quote.credit.title for quote in quotes)
    return [
        (quote, title if times[title := quote.credit.title] == 1 else f"{title}, exchange {_number(quote)}")
        for quote in quotes
    ]


def _number(quote: QuoteSent) -> str:
    return quote.exchange_id.rpartition("/")[2]


def escape(text: str) -> str:
    r"""Text as Markdown that shows it letter for letter, on one line: no markup, no HTML, no formulas.

    >>> print(escape("<b>5*3</b>"))
    \<b>5\*3\</b>
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def podium_sent(sent: AnswerSent, chosen: ChosenSent | None = None) -> PodiumSent:
    """The `podium` field of a message."""
    return PodiumSent(
        answered=sent.answered,
        quotes=cited(sent),
        understood=sent.understood,
        generation=sent.generation,
        chosen=chosen,
    )
