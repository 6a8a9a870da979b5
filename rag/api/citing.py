"""Words of a transcript as JSON, with all that is needed to cite them, and where they can be read."""

import datetime
from dataclasses import asdict
from typing import Annotated
from urllib.parse import quote as quoted

from pydantic import BaseModel, Field

from rag.answering.quotes import Quote
from rag.answering.verify import Match
from rag.credit import Credit
from rag.page.marking import word_hash
from rag.transcript import Span


class CitedSent(BaseModel):
    """Words that were said: `text` is the transcript's text from `start` to `end`, in Unicode code points."""

    text: str
    transcript_id: str
    start: int
    end: int
    spokesperson: str | None
    date: datetime.date | None
    outlet: str | None
    office: Annotated[str | None, Field(description="The office of who says it, where the transcript tells.")]
    institution: Annotated[str | None, Field(description="Where an archive has several.")]
    uncertain: Annotated[bool, Field(description="Whether the transcript doesn't tell well enough who speaks.")]
    exchange_id: str
    title: str
    source: str
    url: str

    @property
    def credit(self) -> Credit:
        """Who said it, when and to whom, in words."""
        return Credit(self.spokesperson, self.date, self.outlet, self.office, self.institution, self.uncertain)

    @property
    def attributes(self) -> dict[str, str | int]:
        """Who, when, to whom and where, as frontends show what they have found: no nulls."""
        return {
            "exchange_id": self.exchange_id,
            "spokesperson": self.spokesperson or "",
            "date": self.date.isoformat() if self.date else "",
            "outlet": self.outlet or "",
            "url": self.url,
            "start": self.start,
            "end": self.end,
        }


def cited_sent(said: Quote | Match, base_url: str) -> CitedSent:
    """Words with their citation; the link starts with `base_url`, and leads to the source where it is empty."""
    return CitedSent(
        **asdict(said.credit),
        text=said.text,
        transcript_id=said.span.transcript_id,
        start=said.span.start,
        end=said.span.end,
        exchange_id=said.exchange_id,
        title=said.title,
        source=said.source,
        url=link_to(base_url, said.exchange_id, said.source, said.span, said.text),
    )


def link_to(base_url: str, exchange_id: str, source: str, span: Span | None = None, words: str = "") -> str:
    """The permalink where podium serves pages at `base_url`, else where the transcript can be read."""
    if base_url:
        return permalink(base_url, exchange_id, span, words)
    return source_link(exchange_id.rpartition("/")[0], source)


def permalink(base_url: str, exchange_id: str, span: Span | None = None, words: str = "") -> str:
    """The address of an exchange on the page of its transcript; with `span` and its `words`, these are marked there.

    A hash of the words goes along, so that the page finds them again after a correction, and marks no others.
    """
    transcript_id, _, number = exchange_id.rpartition("/")
    # ?start=5218&end=5277&q=4-8abfaa9eac
    marked = "" if span is None else f"?start={span.start}&end={span.end}&q={word_hash(words)}"
    return f"{base_url}/read/{quoted(transcript_id)}{marked}#{number}"


def source_link(transcript_id: str, source: str) -> str:
    """Where a transcript can be read when podium serves no pages: its own address, else its MCP resource."""
    return source if source.startswith(("https://", "http://")) else f"podium://transcript/{quoted(transcript_id)}"
