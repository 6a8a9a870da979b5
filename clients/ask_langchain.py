"""langchain-openai: invoke, stream, batch, responses; and that structured output says what to switch off."""

from importlib.metadata import version

import openai
from checks import ADDRESS, QUESTION, cites, run
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

model = ChatOpenAI(model="podium", base_url=f"{ADDRESS}/v1", api_key="none", max_retries=0)


class Form(BaseModel):
    """What a caller may want filled."""

    answer: str


def invoke() -> None:
    cites(model.invoke(QUESTION).text)


def stream() -> None:
    cites("".join(piece.text for piece in model.stream(QUESTION)))


def batch() -> None:
    for answer in model.batch([QUESTION, QUESTION]):
        cites(answer.text)


def responses() -> None:
    answer = ChatOpenAI(
        model="podium", base_url=f"{ADDRESS}/v1", api_key="none", max_retries=0, use_responses_api=True
    ).invoke(QUESTION)
    cites(answer.text)


def structured_output_is_refused_clearly() -> None:
    try:
        model.with_structured_output(Form).invoke(QUESTION)
    except openai.BadRequestError as error:
        assert "structured output" in str(error), error
    else:
        raise AssertionError("it was taken")


run(version("langchain-openai"), invoke, stream, batch, responses, structured_output_is_refused_clearly)
