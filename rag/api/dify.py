"""The archive as external knowledge for Dify: POST /retrieval, in its shapes."""

import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from rag.api.asking import ask
from rag.api.bodies import ClientBody, read_day
from rag.api.bounds import ReadRoute
from rag.api.query import base_url_of
from rag.api.shapes import answer_sent
from rag.errors import BadInput
from rag.question.asked import MAX_CHARACTERS, MAX_QUOTES, Asked
from rag.question.filters import Filters

router = APIRouter(tags=["chat frontends"], route_class=ReadRoute)

# Names that a condition may ask for, in the order of the fields of Filters.
_NAMES = ("spokesperson", "outlet", "institution", "reporter")
_EQUAL = ("is", "=", "contains", "in")
_SINCE = ("after", "≥", ">=")
_UNTIL = ("before", "≤", "<=")


class RetrievalSettingAsked(ClientBody):
    """How much Dify wants."""

    top_k: Annotated[int, Field(ge=1, le=MAX_QUOTES)] = 5
    score_threshold: Annotated[float | None, Field(ge=0, le=1)] = None


class ConditionAsked(ClientBody):
    """What a record must satisfy: one of `_NAMES` is a name, `date` is, is after or before a day."""

    name: Annotated[list[str], Field(min_length=1, max_length=10, examples=[["spokesperson"]])]
    comparison_operator: Annotated[str, Field(max_length=20, examples=["is"])]
    value: Annotated[str | None, Field(max_length=200, examples=["Zhao Lijian"])] = None


class MetadataConditionAsked(ClientBody):
    """Conditions that all hold."""

    logical_operator: str = "and"
    conditions: Annotated[list[ConditionAsked], Field(default_factory=list, max_length=50)]


class RetrievalAsked(ClientBody):
    """A query by Dify; there is one archive, so `knowledge_id` may be anything."""

    knowledge_id: Annotated[str, Field(max_length=200, examples=["podium"])] = ""
    query: Annotated[str, Field(max_length=MAX_CHARACTERS, examples=["What was said about the trial?"])]
    retrieval_setting: RetrievalSettingAsked = RetrievalSettingAsked()
    metadata_condition: MetadataConditionAsked | None = None


class RecordSent(BaseModel):
    """A quote as Dify shows it."""

    content: str
    score: float
    title: str
    metadata: dict[str, Any]


class RetrievalSent(BaseModel):
    """The quotes that answer; none where the archive does not answer."""

    records: list[RecordSent]


@router.post("/retrieval")
async def retrieve(asked: RetrievalAsked, request: Request) -> RetrievalSent:
    """Quotes for a query, as Dify asks external knowledge for them."""
    wanted, filters = asked.retrieval_setting, _filters(asked.metadata_condition)
    answer = await ask(request, Asked(asked.query, k=wanted.top_k, filters=filters))
    records = []
    for quote in answer_sent(answer, base_url_of(request)).quotes:
        metadata = quote.attributes | {"institution": quote.institution or "", "source": quote.source}
        # A fused score may lie just outside; Dify shows a share of 1.
        score = min(1.0, max(0.0, quote.score))
        records.append(RecordSent(content=quote.text, score=score, title=quote.credit.title, metadata=metadata))
    least = wanted.score_threshold or 0.0
    return RetrievalSent(records=[record for record in records if record.score >= least])


def _filters(asked: MetadataConditionAsked | None) -> Filters:
    """The filters that conditions make; BadInput for one that podium can't keep, rather than one left out."""
    if asked is None:
        return Filters()
    if asked.logical_operator != "and" and len(asked.conditions) > 1:
        raise _not_kept("metadata_condition.logical_operator", "Join the conditions with and.")
    wanted: dict[str, list[str]] = {name: [] for name in _NAMES}
    days: dict[str, datetime.date | None] = {}
    for condition in asked.conditions:
        name, how, value = condition.name[0], condition.comparison_operator, condition.value or ""
        if name in _NAMES and how in _EQUAL and value:
            wanted[name].append(value)
        elif name == "date" and how in (*_EQUAL, *_SINCE, *_UNTIL) and value:
            day = read_day(value, "metadata_condition.conditions.value")
            # "is" sets both ends.
            days |= {"date_from": day} if how not in _UNTIL else {}
            days |= {"date_to": day} if how not in _SINCE else {}
        else:
            remedy = f"Ask for {', '.join(_NAMES)} with `is`, or for date with `is`, `after` or `before`."
            raise _not_kept("metadata_condition.conditions", remedy)
    return Filters(days.get("date_from"), days.get("date_to"), *map(tuple, wanted.values()))


def _not_kept(key: str, remedy: str) -> BadInput:
    return BadInput("podium can't keep that condition.", key=key, remedy=remedy)
