"""The page of a transcript: what stands on it, and the words of a link found, found again, or said to have changed."""

import html
import re
import time
from pathlib import Path

import httpx
import pytest
from conftest import serve
from hypothesis import given
from hypothesis import strategies as st

from rag.api.citing import permalink
from rag.page.marking import find_words, word_hash
from rag.pipeline import Podium, build
from rag.settings import Settings
from rag.transcript import Span

ALASKA = "/read/2021-03-18-zhao-lijian"
SAID = "It is not linked to China-US high-level strategic dialogue."
CONFERENCE = (
    "Foreign Ministry Spokesperson Hua Chunying's Regular Press Conference on May 4, 2020\n\n"
    "AFP: What of the zebra treaty?\n\nHua Chunying: {}The zebra treaty was signed in {}. It will be kept.\n"
)


def marked(page: str) -> list[str]:
    return [html.unescape(words) for words in re.findall(r"<mark[^>]*>(.*?)</mark>", page)]


def test_a_transcript_is_shown_whole_numbered_and_with_its_neighbours(client: httpx.Client) -> None:
    page = client.get(ALASKA).text
    transcript = client.get("/transcripts/2021-03-18-zhao-lijian").json()
    for exchange in transcript["exchanges"]:
        assert f'<section id="{exchange["number"]}"' in page and f'href="#{exchange["number"]}"' in page
        for span in (*exchange["answer"], *([exchange["question"]] if exchange["question"] else [])):
            assert span["text"] in html.unescape(page)
    listed = [each["id"] for each in client.get("/transcripts").json()]
    at = listed.index("2021-03-18-zhao-lijian")
    assert f'href="/read/{listed[at - 1]}" rel="prev"' in page and f'href="/read/{listed[at + 1]}" rel="next"' in page
    assert marked(page) == [] and "changed" not in page


def test_a_link_marks_its_words_and_the_mark_is_what_it_jumps_to(client: httpx.Client) -> None:
    text = client.get("/transcripts/2021-03-18-zhao-lijian").json()["text"]
    span = Span("2021-03-18-zhao-lijian", text.index(SAID), text.index(SAID) + len(SAID))
    page = client.get(permalink("", "2021-03-18-zhao-lijian/6", span, SAID)).text
    assert marked(page) == [SAID] and page.count('id="6"') == 1 and '<mark id="6">' in page
    # It is cited where it is read as in an answer.
    cited = html.unescape(page.partition('<textarea id="plain-1"')[2].partition(">")[2].partition("</textarea>")[0])
    assert cited.startswith(f"“{SAID}” (Zhao Lijian, 18 March 2021, to FSN. ")
    assert "<textarea" not in client.get(ALASKA).text
    asked = text.index("reports have speculated")
    of_reporter = Span("2021-03-18-zhao-lijian", asked, asked + 12)
    page = client.get(permalink("", "2021-03-18-zhao-lijian/6", of_reporter, text[asked : asked + 12])).text
    assert len(marked(page)) == 1 and "<textarea" not in page


def test_words_that_go_on_into_the_next_paragraph_are_cited_as_any_other(client: httpx.Client) -> None:
    asked = {"q": "What did Zhao Lijian reply when Blinken spoke of genocide?"}
    quote = client.get("/query", params=asked).json()["quotes"][0]
    assert "\n\n" in quote["text"]
    assert 'id="plain-1"' in client.get(quote["url"]).text


def test_after_a_correction_the_words_are_found_again_or_said_to_have_changed(tmp_path: Path) -> None:
    file, settings = tmp_path / "made.txt", Settings(archive=tmp_path / "archive")
    file.write_text(CONFERENCE.format("", "May"), "utf-8")
    build(settings, [file])
    for address in serve(Podium(settings), settings):
        sent = httpx.get(f"{address}/query?q=zebra+treaty+signed").json()
        quote = (sent["quotes"] or sent["nearest"])[0]
        page = httpx.get(quote["url"]).text
        assert marked(page) == [quote["text"]] and "changed" not in page
        for number, (opening, month) in enumerate([("Let me say this. ", "May"), ("", "June")], start=2):
            file.write_text(CONFERENCE.format(opening, month), "utf-8")
            build(settings, [file])
            deadline = time.monotonic() + 10
            while httpx.get(f"{address}/healthz").json()["generation"] != f"{number:06}":
                assert time.monotonic() < deadline
                time.sleep(0.1)
            page = httpx.get(quote["url"]).text
            assert marked(page) == ([quote["text"]] if month == "May" else [])
            assert ("were found again" in page, "no longer stand" in page) == (month == "May", month == "June")


@pytest.mark.parametrize(
    "query", ["start=5", "start=5&end=900", "start=0&end=10&q=zz", "q=4-0000000000", "q=0-0000000000"]
)
def test_without_the_words_hash_nothing_is_marked(client: httpx.Client, query: str) -> None:
    answer = client.get(f"{ALASKA}?{query}")
    assert answer.status_code == 200 and marked(answer.text) == []


@given(
    st.lists(st.sampled_from(["one", "two", "“three”", "four.", "it's", "China"]), min_size=1, max_size=8),
    st.lists(st.sampled_from(["one", "two", "six", "(seven)", "China"]), max_size=20),
    st.lists(st.sampled_from(["one", "four.", "eight", "China"]), max_size=20),
)
def test_words_are_found_wherever_they_stand(words: list[str], before: list[str], after: list[str]) -> None:
    text, start = " ".join([*before, *words, *after]), len(" ".join([*before, ""]))
    found = find_words(text, start, word_hash(" ".join(words)))
    assert found is not None
    assert re.findall(r"\w+", text[slice(*found)]) == re.findall(r"\w+", " ".join(words))
    assert abs(found[0] - start) <= 1
    assert find_words(text, start, word_hash(" ".join([*words, "nowhere"]))) is None


def test_marks_and_line_breaks_do_not_change_the_hash() -> None:
    assert word_hash("It is “not”\nlinked.") == word_hash("It is not linked") != word_hash("It is linked")
    text = "Yes. “It is not linked.” No."
    assert text[slice(*(find_words(text, 0, word_hash("It is not linked")) or ()))] == "“It is not linked.”"


def test_an_address_becomes_a_link_only_where_it_is_one_of_the_web(tmp_path: Path) -> None:
    file, settings = tmp_path / "javascript:alert(1).txt", Settings(archive=tmp_path / "archive")
    file.write_text(CONFERENCE.format("", "May"), "utf-8")
    build(settings, [file])
    for address in serve(Podium(settings), settings):
        page = httpx.get(f"{address}/read/2020-05-04-hua-chunying").text
        assert "javascript:alert(1).txt" in page and 'href="javascript' not in page
