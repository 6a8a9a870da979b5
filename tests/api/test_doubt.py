"""Doubt about who speaks, and the second of a recording, at every face."""

from collections.abc import Iterator

import httpx
import pytest
from callers import podium_command
from conftest import serve

from rag.pipeline import Podium, build
from rag.settings import Settings

TALK = "Interview on zebras, 3 May 2024\n\n" + "".join(
    f"ANN DOE: What of {what}?\n\nJO ROE: The zebra {what} was signed in Paris, was it not? I think that it was.\n\n"
    for what in ("treaty", "accord", "charter")
)
CAPTIONS = """---
title: Press briefing on horses
date: 2024-05-03
url: https://example.org/watch?v=horse
---
1
00:00:01,000 --> 00:00:04,000
MR. FAY: Good day to all of you.

2
00:00:05,000 --> 00:00:08,000
JOURNALIST: What of the horse treaty?

3
00:01:02,000 --> 00:01:09,000
MR. FAY: The horse treaty was signed in London in May.

4
00:01:10,000 --> 00:01:12,000
JOURNALIST: Why there?
"""


@pytest.fixture(scope="module")
def podium(tmp_path_factory: pytest.TempPathFactory) -> Podium:
    folder = tmp_path_factory.mktemp("doubt")
    (folder / "talk.txt").write_text(TALK)
    (folder / "horses.srt").write_text(CAPTIONS)
    settings = Settings(archive=folder / "archive")
    build(settings, [folder / "talk.txt", folder / "horses.srt"])
    return Podium(settings)


@pytest.fixture(scope="module")
def address(podium: Podium) -> Iterator[str]:
    yield from serve(podium, podium.settings)


def quotes(address: str, question: str) -> list[dict[str, object]]:
    answer = httpx.get(f"{address}/query", params={"q": question}, timeout=30).json()
    return list(answer["quotes"] or answer["nearest"])


def test_words_of_a_doubtful_transcript_are_nobody_s_at_every_face(podium: Podium, address: str) -> None:
    shown_quotes = [
        each for each in quotes(address, "Where was the zebra treaty signed?") if "zebra" in str(each["text"])
    ]
    assert {(each["uncertain"], each["spokesperson"]) for each in shown_quotes} == {(True, None)}
    said = {"words": "The zebra treaty was signed in Paris"}
    (found,) = httpx.post(f"{address}/verify", json=said, timeout=30).json()["found"]
    assert found["uncertain"] is True and found["spokesperson"] is None
    transcript_id = found["transcript_id"]
    assert "not clear from this transcript" in httpx.get(f"{address}/read/{transcript_id}", timeout=30).text
    assert httpx.get(f"{address}/transcripts/{transcript_id}", timeout=30).json()["spokesperson"] is None
    shown = podium_command("verify", said["words"], archive=podium.settings.archive).stdout
    assert "A speaker not clear" in shown and "Roe" not in shown


def test_a_quote_of_a_recording_is_cited_at_its_second(address: str) -> None:
    cited = [each for each in quotes(address, "Where was the horse treaty signed?") if "London" in str(each["text"])]
    assert [each["source"] for each in cited] == ["https://example.org/watch?v=horse&t=62"]
