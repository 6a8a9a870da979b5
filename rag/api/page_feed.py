"""Feeds for readers of news, and what a browser needs to know to search here from its address bar."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rag.api.asking import ask
from rag.api.page_ask import address_of, asked_of
from rag.api.query import base_url_of, podium_of
from rag.api.shapes import answer_sent
from rag.credit import Credit
from rag.page.templates import render

router = APIRouter(include_in_schema=False)

ENTRIES = 20


@router.get("/feed")
async def feed(request: Request) -> Response:
    """The newest conferences as Atom; with a question in the address, as on the page, the newest words on it."""
    address, base_url = address_of(request), base_url_of(request)
    if address.q:
        answer = answer_sent(await ask(request, asked_of(address, ENTRIES)), base_url)
        quotes = sorted(answer.quotes, key=lambda quote: str(quote.date or ""), reverse=True)
        entries = [
            {
                "title": str(each.credit),
                "url": each.url,
                "date": each.date,
                "author": each.credit.speaker,
                "words": each.text,
            }
            for each in quotes
        ]
    else:
        heads = [head for head in podium_of(request).archive.heads.values() if head.date]
        entries = [
            {
                "title": head.title,
                "url": f"{base_url}/read/{head.id}",
                "date": head.date,
                "author": Credit(head.spokesperson, head.date, None).speaker,
                "words": head.title,
            }
            # They stand by date, the newest last.
            for head in heads[::-1][:ENTRIES]
        ]
    title = f"podium: {address.q}" if address.q else "podium: new press conferences"
    page = render("feed.xml", title=title, address=f"{base_url}/feed{str(address)[1:]}", entries=entries)
    return Response(page, media_type="application/atom+xml")


@router.get("/opensearch.xml")
def opensearch(request: Request) -> Response:
    """How a browser asks from its address bar."""
    page = render("opensearch.xml", base_url=base_url_of(request))
    return Response(page, media_type="application/opensearchdescription+xml")
