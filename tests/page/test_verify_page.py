"""The faces of a verdict: the page, POST /verify and the command."""

import datetime
import html
import re
from pathlib import Path

import httpx
import pytest
from callers import podium_command

from rag.api.verdict import VerifyAsked, verdict_of
from rag.archive.archive import open_archive

SAID = "It is not linked to China-US high-level strategic dialogue."
NEAR = "It is not tied to China-US high-level strategic dialogue."


def test_a_verdict_as_json(client: httpx.Client) -> None:
    sent = client.post("/verify", json={"words": SAID, "spokesperson": "Zhao Lijian", "date": "2021-03-18"}).json()
    assert (sent["verdict"], sent["spokesperson_holds"], sent["date_holds"]) == ("exact", True, True)
    found = sent["found"][0]
    text = client.get(f"/transcripts/{found['transcript_id']}").json()["text"]
    assert text[found["start"] : found["end"]] == found["text"] == SAID
    assert html.unescape(client.get(found["url"]).text).count(f">{SAID}</mark>") == 1
    near = client.post("/verify", json={"words": NEAR}).json()
    assert near["verdict"] == "near" and "1 word differs" in near["in_words"]
    assert {"given": "tied", "said": "linked", "same": False} in near["found"][0]["differences"]
    absent = client.post("/verify", json={"words": "Sourdough is baked at dawn on Tuesdays."}).json()
    assert absent["verdict"] == "absent" and absent["found"] == [] and "5 transcripts" in absent["in_words"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"words": "two words"}, "words"),
        ({"words": "x" * 3000}, "words"),
        ({"words": SAID, "spokesperson": "Zaho Lijian"}, "filters.spokespeople"),
        ({"words": SAID, "date": "2021-02-30"}, "date"),
        ({"words": SAID, "date": 0}, "date"),
        ({"words": SAID, "date": "1609459200"}, "date"),
        ({"words": SAID, "wrong": 1}, "wrong"),
    ],
)
def test_bad_input_is_named(client: httpx.Client, body: dict, field: str) -> None:
    answer = client.post("/verify", json=body)
    assert answer.status_code == 422 and answer.json()["field"] == field and answer.json()["remedy"]


def test_the_page_shows_the_words_that_differ(client: httpx.Client) -> None:
    page = client.get("/verify", params={"words": NEAR, "spokesperson": "Wang Wenbin"}).text
    assert "given: </span>tied</del>" in page and "said: </span>linked</ins>" in page
    assert "not by the spokesperson named" in page and 'value="Wang Wenbin"' in page
    absent = client.get("/verify", params={"words": "Sourdough is baked at dawn.", "spokesperson": "Zhao Lijian"}).text
    assert "Not found" in absent and "/?q=Sourdough+is+baked+at+dawn.&amp;spokesperson=Zhao+Lijian" in absent
    unknown = client.get("/verify", params={"words": SAID, "spokesperson": "Zaho Lijian"}).text
    assert re.search(r'/verify\?words=It[^"]*&amp;spokesperson=Zhao\+Lijian', unknown)
    bad = client.get("/verify", params={"words": "<script>alert(1)</script> two three", "date": "soon"})
    assert bad.status_code == 422 and "<script>alert" not in bad.text and "2021-03-18" in bad.text


def test_of_words_that_stand_too_often_it_says_no_more(seeds_archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.answering.verify.MOST_COUNTED", 3)
    monkeypatch.setattr("rag.api.verdict.MOST_COUNTED", 3)
    asked = VerifyAsked(words="the United States", date=datetime.date(1999, 1, 1))
    told = verdict_of(asked, open_archive(seeds_archive), "http://localhost").in_words
    assert "At least 3 times in all" in told and "not on the day" not in told and " from " not in told


def test_the_command_says_it_too(seeds_archive: Path) -> None:
    done = podium_command("verify", NEAR, archive=seeds_archive)
    assert done.returncode == 0 and "[-tied-]{+linked+}" in done.stdout and "1 word differs" in done.stdout
    absent = podium_command("verify", "Sourdough is baked at dawn.", archive=seeds_archive)
    assert absent.returncode == 1 and "Neither these words nor nearly these" in absent.stdout
