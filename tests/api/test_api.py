"""The HTTP contract, over a real server on a loopback port."""

import hashlib
import json
import os
import shutil
import time
from html import unescape
from pathlib import Path

import httpx
import pytest
from conftest import SEEDS, serve

from rag.pipeline import Podium, build
from rag.settings import Settings

TRIAL = {"question": "Is the trial of the two Canadians linked to the Alaska talks?"}
QUOTE_KEYS = set(
    """
    number text transcript_id start end spokesperson date outlet exchange_id question context title source url score
    """.split()
)


def test_query_answers_with_quotes_in_the_documented_shape(client: httpx.Client) -> None:
    sent = client.post("/query", json=TRIAL).json()
    assert set(sent) == {
        "question", "answered", "answer", "quotes", "understood", "coverage", "generation", "timings_ms"
    }  # fmt: skip
    assert sent["answered"] is True and "nearest" not in sent
    first = sent["quotes"][0]
    assert set(first) >= QUOTE_KEYS
    said = "It is not linked to China-US high-level strategic dialogue."
    (focus,) = first["focus"]
    assert (
        said in first["text"] and said in first["text"][focus["start"] - first["start"] : focus["end"] - first["start"]]
    )
    assert (first["spokesperson"], first["date"], first["outlet"]) == ("Zhao Lijian", "2021-03-18", "FSN")
    assert first["exchange_id"].startswith("2021-03-18-zhao-lijian/") and first["number"] == 1
    assert "[1]" in sent["answer"] and first["text"] in sent["answer"]
    assert sent["coverage"]["transcripts"] == 5 and sent["generation"] == "000001"
    assert sent["timings_ms"]["total"] > 0


def test_get_and_post_answer_alike(client: httpx.Client) -> None:
    got = client.get("/query", params={"q": TRIAL["question"], "k": 1, "spokesperson": "Zhao Lijian"}).json()
    posted = client.post("/query", json=TRIAL | {"k": 1, "filters": {"spokespeople": ["Zhao Lijian"]}}).json()
    assert got["quotes"] == posted["quotes"] and len(got["quotes"]) == 1


def test_offsets_are_those_of_the_transcript_and_of_the_file(client: httpx.Client) -> None:
    for quote in client.post("/query", json={"question": "Xinjiang", "k": 20}).json()["quotes"]:
        transcript = client.get(f"/transcripts/{quote['transcript_id']}").json()
        assert transcript["text"][quote["start"] : quote["end"]] == quote["text"]
        file = (SEEDS / transcript["sources"][0]).read_bytes()
        assert file.decode("utf-8") == transcript["text"]
        assert hashlib.sha256(file).hexdigest() == transcript["sha256"]


def test_offsets_survive_json_with_emoji_and_no_break_spaces(tmp_path: Path) -> None:
    words = "We met in 🇨🇳\u00a0Beijing 🙂 and said “e\u0301tat”. The\u2002zebra treaty 🦓 was signed\u00a0there."
    (tmp_path / "made.txt").write_text(
        f"🙂\nForeign Ministry Spokesperson Hua Chunying's Regular Press Conference on May 4, 2020\n\n"
        f"AFP: 🦓 What of the zebra treaty?\n\nHua Chunying: {words}\n",
        "utf-8",
    )
    settings = Settings(archive=tmp_path / "archive")
    build(settings, [tmp_path / "made.txt"])
    for address in serve(Podium(settings), settings):
        sent = json.loads(httpx.get(f"{address}/query?q=zebra+treaty+signed").content)
        quote = (sent["quotes"] or sent["nearest"])[0]
        text = httpx.get(f"{address}/transcripts/{quote['transcript_id']}").json()["text"]
        assert "🦓" in quote["text"] and text[quote["start"] : quote["end"]] == quote["text"]


def test_a_refusal_says_what_the_archive_covers(client: httpx.Client) -> None:
    sent = client.post("/query", json={"question": "How do I bake sourdough bread?"}).json()
    assert sent["answered"] is False and sent["quotes"] == [] == sent["nearest"]
    assert "does not answer" in sent["answer"]


def test_transcripts_are_listed_by_date_and_filtered(client: httpx.Client) -> None:
    listed = client.get("/transcripts").json()
    assert [each["date"] for each in listed] == sorted(each["date"] for each in listed) and len(listed) == 5
    only = client.get("/transcripts", params={"spokesperson": "Wang Wenbin"}).json()
    assert [each["id"] for each in only] == ["2021-02-26-wang-wenbin"]
    assert client.get("/transcripts", params={"offset": 3, "limit": 1}).json() == [listed[3]]
    dated = client.get("/transcripts", params={"date_from": "2021-03-01", "date_to": "2021-08-01"}).json()
    assert [each["date"] for each in dated] == ["2021-03-18", "2021-07-20"]


def test_an_exchange_has_its_words_and_places(client: httpx.Client) -> None:
    transcript = client.get("/transcripts/2021-03-18-zhao-lijian").json()
    exchange = next(each for each in transcript["exchanges"] if each["label"] == "Follow-up")
    assert client.get(f"/exchanges/{exchange['id']}").json() == exchange
    assert exchange["outlet"] == "Bloomberg" and exchange["follows"] == exchange["number"] - 1
    for span in (exchange["question"], *exchange["answer"]):
        assert transcript["text"][span["start"] : span["end"]] == span["text"]


def test_the_link_of_a_quote_opens_its_page_with_the_quote_marked(client: httpx.Client) -> None:
    quote = client.post("/query", json=TRIAL).json()["quotes"][0]
    page = client.get(quote["url"])
    number = quote["exchange_id"].rpartition("/")[2]
    assert f'id="{number}"' in page.text and quote["url"].endswith(f"#{number}")
    assert f'<mark id="{number}">{quote["text"]}</mark>' in unescape(page.text)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"question": ""}, 422, "question"),
        ({"question": "   "}, 422, "question"),
        ({"question": "x" * 100_000}, 422, "question"),
        ({"question": "nul \0 byte"}, 422, "question"),
        ({}, 422, "question"),
        ({"question": "x", "k": 0}, 422, "k"),
        ({"question": "x", "k": -1}, 422, "k"),
        ({"question": "x", "k": 1_000_000}, 422, "k"),
        ({"question": "x", "filters": {"date_from": "2021-02-30"}}, 422, "filters.date_from"),
        ({"question": "x", "filters": {"date_from": "2021-03-02", "date_to": "2021-03-01"}}, 422, "filters.date_from"),
        ({"question": "x", "filters": {"spokespeople": ["Zaho Lijian"]}}, 422, "filters.spokespeople"),
        ({"question": "x", "wrong": 1}, 422, "wrong"),
        ({"question": "x", "max_tokens": 0}, 422, "max_tokens"),
    ],
)
def test_bad_input_is_named_with_its_field(client: httpx.Client, body: dict, status: int, field: str) -> None:
    response = client.post("/query", json=body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    sent = response.json()
    assert sent["field"] == field and sent["detail"] and sent["remedy"] and len(response.content) < 1000


def test_an_unknown_name_is_answered_with_the_near_ones(client: httpx.Client) -> None:
    sent = client.post("/query", json={"question": "x", "filters": {"spokespeople": ["Zaho Lijian"]}}).json()
    assert "Zhao Lijian" in sent["remedy"]


@pytest.mark.parametrize("path", ["/transcripts/no-such", "/exchanges/2021-03-18-zhao-lijian/99", "/nowhere"])
def test_what_is_not_there_is_a_404(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404 and response.json()["status"] == 404


def test_health_tells_what_is_served(client: httpx.Client) -> None:
    sent = client.get("/healthz").json()
    assert sent["status"] == "ok" and sent["encoder"] == "podium-MiniLM-L6" and sent["generation"] == "000001"
    assert "coverage" not in sent, "it stands open without a key"
    ready = client.get("/readyz").json()
    assert ready["status"] == "ready" and ready["coverage"]["transcripts"] == 5 and ready["trouble"] == ""
    assert client.get("/docs").status_code == 200
    assert "/query" in client.get("/openapi.json").json()["paths"]


def test_a_new_generation_is_served_without_a_restart(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(SEEDS / "002_4492bcaa336717e6.txt", tmp_path / "in")
    settings = Settings(archive=tmp_path / "archive")
    build(settings, [tmp_path / "in"])
    for address in serve(Podium(settings), settings):
        assert len(httpx.get(f"{address}/transcripts").json()) == 1
        shutil.copy(SEEDS / "003_4d07b25c1c8cc511.txt", tmp_path / "in")
        build(settings, [tmp_path / "in"])
        deadline = time.monotonic() + 10
        while httpx.get(f"{address}/healthz").json()["generation"] == "000001":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert len(httpx.get(f"{address}/transcripts").json()) == 2
        assert httpx.get(f"{address}/query?q=Pangong+Lake+troops").json()["generation"] == "000002"


def test_a_read_only_archive_can_be_asked(own_archive: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere, so a read-only folder can't be shown")
    own_archive.chmod(0o500)
    assert Podium(Settings(archive=own_archive)).ask("Xinjiang").answered
