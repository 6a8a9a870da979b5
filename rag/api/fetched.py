"""An exchange or a transcript whole, and who speaks, as an assistant's tools give them."""

import datetime

from pydantic import BaseModel

from rag.api.citing import link_to, source_link
from rag.archive.archive import Archive
from rag.archive.overview import tallies_of
from rag.transcript import Exchange, Span


class FetchedSent(BaseModel):
    """An exchange or a transcript, whole."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, str]


class SpokespersonSent(BaseModel):
    """Who speaks in the archive, how often and when."""

    name: str
    exchanges: int
    date_from: datetime.date | None
    date_to: datetime.date | None


class SpokespeopleSent(BaseModel):
    """Everyone who speaks in the archive."""

    spokespeople: list[SpokespersonSent]


def fetched(archive: Archive, id_: str, base_url: str) -> FetchedSent:
    """The exchange or transcript of that id; UnknownId."""
    # `2021-03-18-zhao-lijian` is a transcript, `2021-03-18-zhao-lijian/7` an exchange of it.
    if "/" not in id_:
        transcript = archive.transcript(id_)
        about = {
            "spokesperson": transcript.spokesperson,
            "date": transcript.date.isoformat() if transcript.date else None,
            "source": ", ".join(transcript.sources),
        }
        url = f"{base_url}/read/{transcript.id}" if base_url else source_link(transcript.id, transcript.sources[0])
        return FetchedSent(id=id_, title=transcript.title, text=transcript.text, url=url, metadata=_known(about))
    exchange = archive.exchange(id_)
    head = archive.head(exchange.transcript_id)
    about = {
        "transcript_id": exchange.transcript_id,
        "transcript": head.title,
        "kind": exchange.kind,
        "spokesperson": exchange.spokesperson,
        "date": exchange.date.isoformat() if exchange.date else None,
        "outlet": exchange.outlet,
        "source": ", ".join(head.sources),
    }
    return FetchedSent(
        id=id_,
        title=archive.credit(exchange).title,
        text=_words(exchange, archive),
        url=link_to(base_url, exchange.id, head.sources[0]),
        metadata=_known(about),
    )


def _words(exchange: Exchange, archive: Archive) -> str:
    """The exchange in the order it was spoken, each stretch under who spoke it."""
    # What reporters say inside an answer is theirs too.
    asked = {exchange.question, *exchange.interjections}
    who = exchange.outlet or exchange.label or "A reporter"
    text = archive.text(exchange.transcript_id)

    def spoken(span: Span) -> str:
        return f"{who if span in asked else archive.credit(exchange, span.start).speaker}: {span.cut(text)}"

    return "\n\n".join(map(spoken, exchange.spans))


def spokespeople_of(archive: Archive) -> SpokespeopleSent:
    """Everyone who speaks in the archive, with how often and when, those who speak most first."""
    listed = [
        SpokespersonSent(name=each.name, exchanges=each.exchanges, date_from=each.first, date_to=each.last)
        for each in tallies_of(archive)["spokespeople"]
    ]
    return SpokespeopleSent(spokespeople=listed)


def _known(about: dict[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in about.items() if value}
