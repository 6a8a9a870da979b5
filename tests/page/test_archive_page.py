"""The pages of what an archive holds: overview, spokespeople, outlets, timelines that read as tables."""

import datetime
import html
import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from conftest import serve

from rag.archive.overview import by_month, overview_of, tallies_of
from rag.page.address import NOUNS
from rag.pipeline import Podium, build
from rag.settings import Settings


def test_the_overview_counts_what_the_archive_holds(client: httpx.Client, podium: Podium) -> None:
    page = html.unescape(client.get("/archive").text)
    overview, tallies = overview_of(podium.archive), tallies_of(podium.archive)
    assert sum(tally.exchanges for tally in tallies["spokespeople"]) == len(podium.archive.exchanges)
    for tally in (*tallies["spokespeople"], *tallies["outlets"]):
        assert re.search(rf'>{re.escape(tally.name)}</a></th><td class="figure">{tally.exchanges}</td>', page)
    for head in podium.archive.heads.values():
        assert f'href="/read/{head.id}"' in page
    assert [(gap.before, gap.after) for gap in overview.gaps][-1] == (
        datetime.date(2021, 7, 20), datetime.date(2021, 12, 24)
    )  # fmt: skip
    for oddities in overview.oddities:
        assert oddities.example in page


def test_a_timeline_is_a_drawing_of_links_and_a_table_of_the_same(client: httpx.Client, podium: Podium) -> None:
    page = client.get("/archive").text
    months = overview_of(podium.archive).transcripts_by_month
    assert list(months) == sorted(months) and sum(months.values()) == 5 and (2021, 4) in months
    assert len(re.findall('<rect class="bar-of"', page)) == sum(1 for count in months.values() if count)
    assert re.findall(r'<td class="figure">(\d+)</td></tr>', page) == [str(count) for count in months.values()]


def test_a_month_is_narrowed_to(client: httpx.Client) -> None:
    page = client.get("/archive?month=2021-03").text
    assert "<h2>March 2021</h2>" in page and page.count('href="/read/2021') == 1
    assert "no conferences in this month" in client.get("/archive?month=2021-04").text
    assert client.get("/archive?month=2021-13").status_code == 422


@pytest.mark.parametrize(("path", "name"), [("spokespeople", "Zhao Lijian"), ("outlets", "Bloomberg")])
def test_a_name_has_its_page(client: httpx.Client, podium: Podium, path: str, name: str) -> None:
    page = client.get(f"/{path}/{quote(name)}").text
    own = [each for each in podium.archive.exchanges if name in (each.spokesperson, each.outlet)]
    assert f"{len(own)} exchanges" in page
    months = by_month([each.date for each in own])
    for month in months:
        narrowed = client.get(f"/{path}/{quote(name)}?month={month[0]}-{month[1]:02}").text
        section = narrowed[narrowed.index('<section id="month"') : narrowed.index("</section>")]
        assert section.count('href="/read/') == months[month]
    assert client.get(f"/{path}/Nobody").status_code == 404


def test_no_page_breaks_on_an_archive_without_dates_or_names(tmp_path: Path) -> None:
    (tmp_path / "made.txt").write_text(
        "Regular Press Conference\n\nQ: What of the zebra treaty?\n\nA: The treaty was signed. It will be kept.\n",
        "utf-8",
    )
    settings = Settings(archive=tmp_path / "archive")
    build(settings, [tmp_path / "made.txt"])
    for address in serve(Podium(settings), settings):
        listed = httpx.get(f"{address}/transcripts").json()
        for path in ("/", "/archive", f"/read/{listed[0]['id']}", "/?q=Was+the+zebra+treaty+signed"):
            assert httpx.get(f"{address}{path}").status_code == 200, path


def test_each_noun_of_several_institutions_has_its_filter_its_table_and_its_page(several: Podium) -> None:
    for address in serve(several, several.settings):
        front, archive = (html.unescape(httpx.get(f"{address}{path}").text) for path in ("/", "/archive"))
        for plural, noun in NOUNS.items():
            for each in tallies_of(several.archive)[plural][:8]:
                assert f'name="{noun.parameter}" value="{each.name}"' in front, each
                assert f'href="/{plural}/{quote(each.name)}">{each.name}</a>' in archive, each
                page = httpx.get(f"{address}/{plural}/{quote(each.name)}").text
                assert f"{noun.did} {each.exchanges} exchange" in page, each
        # Most have one exchange, so the rest of them can be named.
        assert 'list="spokesperson-names"' in front and "<option>Zhao Lijian</option>" in front
        liesman = f"{address}/?q=What+is+new&institution=Federal+Reserve&reporter=Steve+Liesman"
        chips = re.findall(r'<a class="chip"[^>]*>([^<]*)', httpx.get(liesman).text)
        assert chips == ["said at Federal Reserve", "asked by Steve Liesman"]
