"""The readable page of a transcript: an anchor for every exchange, the quote of the link marked."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from rag.api.query import podium_of
from rag.credit import credit_of, say_date
from rag.transcript import Exchange, Span, Transcript

router = APIRouter()

_STYLE = (
    "body{font:18px/1.6 Georgia,serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fdfdfb}"
    "h1{font-size:1.5rem;line-height:1.3}section{border-top:1px solid #ddd;padding:.5rem 0}"
    "section:target{border-left:4px solid #b58900;padding-left:1rem}.asked{color:#555;font-style:italic}"
    ".who{font:600 .85rem/1.4 system-ui,sans-serif;color:#666}mark{background:#ffe9a8}a{color:#07588c}"
    "@media(prefers-color-scheme:dark){body{background:#17181a;color:#ddd}.asked,.who{color:#aaa}"
    "section{border-color:#333}mark{background:#6b5413;color:#fff}a{color:#7cc0ee}}"
)


@router.get("/read/{transcript_id}", response_class=HTMLResponse)
def read_transcript(
    transcript_id: str,
    request: Request,
    start: Annotated[int, Query(ge=0)] = 0,
    end: Annotated[int, Query(ge=0)] = 0,
) -> HTMLResponse:
    """A page to read a transcript on, with the words from `start` to `end` marked."""
    transcript = podium_of(request).archive.transcript(transcript_id)
    page = _page(transcript, (start, end))
    return HTMLResponse(page, headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})


def _page(transcript: Transcript, marked: tuple[int, int]) -> str:
    body = "".join(_section(exchange, transcript.text, marked) for exchange in transcript.exchanges)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(transcript.title)}</title><style>{_STYLE}</style><h1>{escape(transcript.title)}</h1>"
        f'<p class="who">{escape(transcript.spokesperson or "unknown spokesperson")}, {say_date(transcript.date)}. '
        f"Source: {', '.join(map(_source, transcript.sources))}</p>{body}</html>"
    )


def _source(source: str) -> str:
    if source.startswith(("https://", "http://")):
        return f'<a href="{escape(source)}" rel="noreferrer">{escape(source)}</a>'
    return escape(source)


def _section(exchange: Exchange, text: str, marked: tuple[int, int]) -> str:
    asked = ""
    if exchange.question is not None:
        who = exchange.outlet or exchange.label or "A reporter"
        asked = f'<p class="who">{escape(who)}</p><p class="asked">{_marked(exchange.question, text, marked)}</p>'
    said = "".join(f"<p>{_marked(span, text, marked)}</p>" for span in exchange.answer)
    speaker = escape(credit_of(exchange).speaker)
    return f'<section id="{exchange.number}">{asked}<p class="who">{speaker}</p>{said}</section>'


def _marked(span: Span, text: str, marked: tuple[int, int]) -> str:
    start, end = max(span.start, marked[0]), min(span.end, marked[1])
    if start >= end:
        return escape(span.cut(text))
    before, quote, after = text[span.start : start], text[start:end], text[end : span.end]
    return f"{escape(before)}<mark>{escape(quote)}</mark>{escape(after)}"
