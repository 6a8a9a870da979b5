"""The page to ask on, as the server sends it: what stands on it, and where its links lead."""

import html
import re
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from conftest import serve

from rag.api.page_ask import asked_of
from rag.api.suggesting import narrows, respelled, stands_alone, suggestions_of
from rag.archive.overview import by_month, tallies_of
from rag.page.address import AskAddress
from rag.page.templates import KINDS, asset, flowing, paragraphs
from rag.pipeline import Podium, build
from rag.settings import Settings
from rag.transcript import Span

GENOCIDE = "What did Zhao Lijian reply when Blinken spoke of genocide?"
TRIAL = "Is the trial of the two Canadians linked to the Alaska talks?"


def links(page: str, css: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(rf'<a class="{css}" href="([^"]*)"', page)]


def test_the_first_page_says_what_it_covers_and_suggests_questions(client: httpx.Client, podium: Podium) -> None:
    page = client.get("/").text
    assert "5 press conferences" in page and "<h1" in page
    suggestions = suggestions_of(podium.archive)
    assert suggestions
    for suggestion in suggestions:
        assert suggestion.text in html.unescape(page)
        # Each is what a reporter asked, and gets the answer that it got.
        exchange = suggestion.exchange
        assert suggestion.text in podium.archive.text(exchange.transcript_id)
        assert podium.ask(suggestion.text).quotes[0].exchange_id == exchange.id
    for tally in tallies_of(podium.archive)["spokespeople"]:
        assert f'value="{tally.name}"' in page


def test_an_answer_is_what_query_answers(client: httpx.Client) -> None:
    sent = client.get("/query", params={"q": TRIAL}).json()
    page = html.unescape(client.get("/", params={"q": TRIAL}).text)
    for quote in sent["quotes"]:
        assert quote["text"] in re.sub(r"</?mark>", "", page) and quote["url"] in page and quote["question"] in page
    assert page.count('<article class="card"') == len(sent["quotes"])


def test_a_quote_has_the_paragraphs_of_its_transcript(client: httpx.Client) -> None:
    quote = client.get("/query", params={"q": GENOCIDE}).json()["quotes"][0]
    stood = quote["text"].split("\n\n")
    assert len(stood) > 1
    page = html.unescape(client.get("/", params={"q": GENOCIDE}).text)
    (shown,) = re.findall(r"<blockquote>(.*?)</blockquote>", page)[:1]
    assert re.findall(r"<p>(.*?)</p>", re.sub(r"</?mark>", "", shown)) == stood
    focus = quote["focus"][0]
    assert f"<mark>{quote['text'][focus['start'] - quote['start'] : focus['end'] - quote['start']]}</mark>" in shown
    # Words that were looked up have them too, those that differ or not.
    said = f"{stood[0]}\n\n{stood[1]}"
    for words in (said, said.replace("genocide", "zanzibar")):
        found = html.unescape(client.get("/verify", params={"words": words}).text)
        assert f" Period.</p><p>{stood[1].rstrip('.')}" in found


@pytest.mark.parametrize(
    ("text", "focus", "shown"),
    [
        ("One.\n\nTwo.", (0, 10), [[("One.", False)], [("Two.", False)]]),
        ("One\nline.\r\n \r\nTwo.", (), [[("One\nline.", False)], [("Two.", False)]]),
        ("A. B.\n\nC. D.", (3, 9), [[("A. ", False), ("B.", True)], [("C.", True), (" D.", False)]]),
        ("A. B.\n\nC.", (3, 5), [[("A. ", False), ("B.", True)], [("C.", False)]]),
    ],
)
def test_what_is_marked_is_marked_in_each_of_its_paragraphs(
    text: str, focus: tuple[int, ...], shown: list[list[tuple[str, bool]]]
) -> None:
    # A quote need not begin its transcript.
    spans = [Span("a", 100 + focus[0], 100 + focus[1])] if focus else []
    assert paragraphs(SimpleNamespace(text=text, start=100, focus=spans)) == shown


def test_a_citation_is_there_as_text_markdown_and_bibtex(client: httpx.Client) -> None:
    page = html.unescape(client.get("/", params={"q": TRIAL}).text)
    said = client.get("/query", params={"q": TRIAL}).json()["quotes"][0]["text"]
    assert f"“{said}” (Zhao Lijian, 18 March 2021, to FSN." in page
    assert f"> {said}\n>\n> Zhao Lijian, 18 March 2021, to FSN. [Foreign Ministry" in page
    assert "author = {{Zhao Lijian}}" in page and "date = {2021-03-18}" in page and f"note = {{``{said}''" in page


def test_what_was_understood_can_be_taken_away(client: httpx.Client) -> None:
    page = client.get("/", params={"q": "What did Zhao Lijian say about Xinjiang in March 2021?"}).text
    assert "said by Zhao Lijian" in page and "said in March 2021" in page
    undated, anyone = links(page, "chip")
    assert "date_from" not in undated and parse_qs(urlsplit(undated).query)["spokesperson"] == ["Zhao Lijian"]
    fewer = client.get(undated).text
    assert "said by Zhao Lijian" in fewer and "said in March 2021" not in fewer and len(links(fewer, "chip")) == 1
    assert "spokesperson" not in anyone and "date_from=2021-03-01" in anyone


def test_what_was_named_is_shown_in_the_filter_bar_and_not_kept_for_the_next_question(client: httpx.Client) -> None:
    page = client.get("/", params={"q": "What did Zhao Lijian say about Xinjiang in March 2021?"}).text
    assert '<b>Zhao Lijian</b></bdi> <span class="quiet">named' in page and " checked" not in page
    assert "In the question: 1 March 2021 to 31 March 2021" in page and 'name="date_from" value=""' in page
    ticked = client.get("/", params={"q": "What was said about Xinjiang?", "spokesperson": "Zhao Lijian"}).text
    assert " checked" in ticked and 'class="quiet">named' not in ticked


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("What did Powel say about inflation?", "What did Powell say about inflation?"),
        ("What did Pwoell say about inflation?", "What did Powell say about inflation?"),
        ("What did Powell say about inflation?", ""),
        ("What did he say about the Kremlin?", ""),
    ],
)
def test_a_speaker_mistyped_in_a_question_is_asked_after(several: Podium, asked: str, meant: str) -> None:
    assert respelled(asked, several.archive) == meant
    for address in serve(several, several.settings):
        page = html.unescape(httpx.get(address, params={"q": asked}).text)
        assert ("Did you mean <a" in page) == bool(meant) and meant in page


def test_a_name_mistyped_is_mended_with_one_press(client: httpx.Client) -> None:
    given = {"q": "Xinjiang", "spokesperson": ["Zaho Lijian", "Wang Wenbin"], "date_from": "2021-01-01"}
    page = client.get("/", params=given).text
    assert 'value="Zaho Lijian"' in page and " open>" not in page
    (mended,) = re.findall(r'Did you mean <a href="([^"]*)">Zhao Lijian</a>', page)
    asked = parse_qs(urlsplit(html.unescape(mended)).query)
    assert asked == {"q": ["Xinjiang"], "spokesperson": ["Zhao Lijian", "Wang Wenbin"], "date_from": ["2021-01-01"]}


def test_names_that_are_not_listed_are_kept_each_in_a_box_of_its_own(client: httpx.Client) -> None:
    page = client.get("/", params={"q": "Xinjiang", "spokesperson": ["zhao lijian", "wang wenbin"]}).text
    assert re.findall(r'class="named" name="spokesperson"[^>]* value="([^"]*)"', page) == ["zhao lijian", "wang wenbin"]
    assert "or one of -" not in page


def test_days_without_a_first_are_shown_in_the_filter_bar(client: httpx.Client) -> None:
    page = client.get("/", params={"q": "What did Zhao Lijian say about Xinjiang until March 2021?"}).text
    assert "In the question: until 31 March 2021" in page


def test_a_citation_has_no_line_breaks_of_its_file() -> None:
    assert flowing("It is\n not  linked.\n\nSo it\nstays.") == "It is not linked.\n\nSo it stays."


def test_days_that_let_undated_pages_through_do_so_without_another_filter() -> None:
    address = AskAddress(q="Water", date_from="2024-05-01", undated=True, spokespeople=("Jo Roe",))
    assert "undated=true" in str(address) and asked_of(address).filters.undated
    assert not address.within((2024, 5)).undated


def test_a_conversation_is_kept_in_the_address(client: httpx.Client) -> None:
    first, second = "What did Zhao Lijian say about the trial of the two Canadians?", "Was the embassy informed?"
    page = client.get("/", params={"h": first, "q": second}).text
    assert html.escape(first) in page and page.count(f'name="h" value="{first}"') == 2
    assert f'name="h" value="{second}"' in page
    sent = client.post("/query", json={"question": second, "history": [first]}).json()
    assert all(quote["url"] in html.unescape(page) for quote in sent["quotes"] or sent["nearest"])


def test_a_refusal_says_what_is_covered(client: httpx.Client) -> None:
    sent = client.get("/query", params={"q": "How do I bake sourdough bread?"}).json()
    page = html.unescape(client.get("/", params={"q": "How do I bake sourdough bread?"}).text)
    assert sent["answer"] in page and page.count('<article class="card"') == len(sent["nearest"])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"spokesperson": "Zaho Lijian"}, ">Zhao Lijian</a>?"),
        ({"date_from": "yesterday"}, "Write it as YYYY-MM-DD: 2021-03-18"),
        ({"date_from": "2021-05-01", "date_to": "2021-04-01"}, "Swap the two dates"),
        ({"q": "x" * 3000}, "question"),
        ({"outlet": "<script>alert(1)</script>"}, "is not among this archive's outlets"),
    ],
)
def test_what_cannot_be_used_is_told_on_the_page(client: httpx.Client, given: dict[str, str], told: str) -> None:
    answer = client.get("/", params={"q": "Xinjiang"} | given)
    assert answer.status_code == 422 and answer.headers["content-type"].startswith("text/html")
    assert told in html.unescape(answer.text) and "<script>alert" not in answer.text and 'role="alert"' in answer.text


def test_empty_fields_of_the_form_are_no_filters(client: httpx.Client) -> None:
    empty = {"q": TRIAL, "date_from": "", "date_to": "", "spokesperson": "", "outlet": ""}
    assert client.get("/", params=empty).text.count('<article class="card"') >= 1


def test_pages_load_nothing_from_elsewhere_and_run_no_script_of_their_texts(client: httpx.Client) -> None:
    answer = client.get("/", params={"q": TRIAL})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff" and answer.headers["referrer-policy"] == "same-origin"
    assert "style=" not in answer.text and not re.search(r"<script(?! src=)", answer.text)
    wanted = re.findall(r'(?:src|<link rel="(?:stylesheet|icon)" href)="([^"]*)"', answer.text)
    loaded = [html.unescape(each) for each in wanted]
    assert len(loaded) == 3 and all(each.startswith("/assets/") for each in loaded)
    for each in loaded:
        got = client.get(each)
        assert got.status_code == 200 and "immutable" in got.headers["cache-control"]
    assert len(answer.content) + sum(map(len, map(asset, KINDS))) < 100_000


def test_hostile_words_are_shown_as_words(tmp_path: Path) -> None:
    hostile = "the <img src=x onerror=alert(1)> zebra treaty {{ 7 * 7 }} \u202egnirts\u202c"
    (tmp_path / "made.txt").write_text(
        "Foreign Ministry Spokesperson Hua Chunying's Regular Press Conference on May 4, 2020\n\n"
        f"AFP: What of {hostile}?\n\nHua Chunying: As to {hostile}, it was signed. It was kept.\n",
        "utf-8",
    )
    settings = Settings(archive=tmp_path / "archive")
    build(settings, [tmp_path / "made.txt"])
    for address in serve(Podium(settings), settings):
        for asked in ("zebra treaty signed", '"><script>alert(2)</script> zebra treaty {{ 7 * 7 }}'):
            page = httpx.get(address, params={"q": asked}).text
            assert "<img" not in page and "<script>" not in page and "treaty 49" not in page
            assert "As to the &lt;img src=x onerror=alert(1)&gt; zebra treaty {{ 7 * 7 }}" in page


def test_an_address_holds_its_state() -> None:
    address = AskAddress(q="Who paid?", earlier=("a & b",), spokespeople=("Hua Chunying",), understand=False)
    assert str(address) == "/?h=a+%26+b&q=Who+paid%3F&spokesperson=Hua+Chunying&understand=false"
    assert str(address.asking("And then?")) == "/?q=And+then%3F&spokesperson=Hua+Chunying"
    assert [str(turn) for turn in address.conversation] == ["/?q=a+%26+b"]
    assert str(AskAddress()) == "/"


def test_suggestions_name_what_few_passages_name(podium: Podium) -> None:
    assert narrows("How will Beijing support the smooth holding of the Tokyo Olympic Games?", podium.archive)
    # Here China is in every second passage; who never heard of it is in none.
    assert not narrows("What measures is China going to take next?", podium.archive)
    assert not narrows("What measures is Zubrowka going to take next?", podium.archive)


def test_suggestions_stand_alone() -> None:
    assert stands_alone("Has China reduced oil imports from Iran?")
    assert not stands_alone("Does China agree with that?")
    assert not stands_alone("What is your comment on the Solomon Islands and China?")
    assert by_month([]) == {}
