import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.reading.markup import read_markup


def shown(html: str) -> list[str]:
    return [piece.text for piece in read_markup(html).pieces]


def test_inline_tags_never_split_a_word() -> None:
    assert shown("<p>a vis<span>i</span>t by <b>Mr</b>. <font>L<i>i</i></font></p>") == ["a visit by Mr. Li"]


def test_paragraphs_stay_paragraphs_closed_or_not() -> None:
    assert shown("<div>One<p>Two<p>Three</div><td>Four<li>Five") == ["One", "Two", "Three", "Four", "Five"]


def test_a_line_break_ends_a_paragraph_but_not_a_sentence() -> None:
    assert shown("<p>Q: Is it so?<br>A: It is<br>so.<br/><br/>Next.</p>") == [
        "Q: Is it so?",
        "A: It is so.",
        "Next.",
    ]
    assert shown("<h1>Spokesperson Mao Ning's<br>Regular Press Conference</h1>") == [
        "Spokesperson Mao Ning's Regular Press Conference"
    ]


def test_entities_and_every_kind_of_space_become_what_a_reader_sees() -> None:
    assert shown("<p>&nbsp;&nbsp;R&amp;D \n\n &lt;x&gt; caf&#233;\u3000now&nbsp;and&#160; then</p>") == [
        "R&D <x> caf\u00e9 now and then"
    ]


def test_scripts_styles_comments_and_hidden_blocks_are_not_seen() -> None:
    page = read_markup(
        "<style>p{x:y}</style><script>var a='<p>no</p>';</script><!-- <p>no</p> --><p>yes</p>"
        '<div style="display:none"><p>hidden words</p></div><textarea>no</textarea><p hidden>also hidden</p>'
    )
    assert [piece.text for piece in page.pieces] == ["yes"]
    assert page.hidden == ["hidden words", "also hidden"]


def test_bold_and_links_are_measured_in_shares_of_the_letters() -> None:
    bold, linked, half = read_markup("<p><strong>Q: all</strong></p><p><a href=x>all</a></p><p><b>ab</b>cd</p>").pieces
    assert (bold.bold, linked.linked, half.bold) == (1.0, 1.0, 0.5)


def test_bold_by_style_counts_and_ends_with_its_tag() -> None:
    first, second = read_markup('<p><span style="font-weight:bold">x</span></p><p>y</p>').pieces
    assert (first.bold, second.bold) == (1.0, 0.0)


def test_a_page_tells_its_own_address_and_dates() -> None:
    page = read_markup(
        '<link rel="canonical" href="https://a.example/t1.html"><meta name="PubDate" content="2021-03-18 19:00"><p>x'
    )
    assert page.address == "https://a.example/t1.html"
    assert page.dates == ["2021-03-18 19:00"]
    saved = read_markup("<!-- saved from url=(0030)https://b.example/t2.html -->\n<html><p>x</html>")
    assert saved.address == "https://b.example/t2.html"
    assert saved.whole
    assert not page.whole


def test_an_address_that_is_no_web_address_is_not_believed() -> None:
    assert read_markup('<link rel="canonical" href="javascript:alert(1)"><p>x').address is None


@pytest.mark.parametrize(
    "part",
    [
        "<div>",
        "<b>",
        "<p>",
        "<!--",
        "<!",
        "<?",
        "<![",
        "</",
        "<a ",
        '<a b="',
        "<p x=<",
        "<script>",
        "&#",
        "<table><tr><td>",
        "<br>x",
        "<b><p></b>",
        "<i>" * 30 + "<p></b>",
        "<",
    ],
)
def test_a_bomb_takes_no_more_than_linear_time(part: str) -> None:
    def seconds(letters: int) -> float:
        """Of work, which a busy machine makes no more of."""
        started = time.process_time()
        read_markup(part * (letters // len(part)))
        return time.process_time() - started

    assert seconds(160_000) < 8 * 8 * max(seconds(20_000), 0.05)


@given(st.lists(st.text(alphabet="<>/!-?=\"'&#;abp x\n", max_size=8), max_size=60))
def test_no_page_breaks_the_reader(parts: list[str]) -> None:
    page = read_markup("".join(parts))
    assert all(0 <= piece.box < len(page.parents) for piece in page.pieces)


@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_characters="<>&", exclude_categories=["C"]), max_size=30),
        max_size=12,
    )
)
def test_every_word_in_a_paragraph_is_shown_once_and_in_order(parts: list[str]) -> None:
    html = "".join(f"<p>{part}</p>" for part in parts)
    assert " ".join(shown(html)).split() == " ".join(parts).split()


def test_a_bold_word_with_a_colon_parts_a_paragraph_only_where_it_names_who_speaks() -> None:
    page = (
        "<p><b>Roe:</b> It is.</p><p><b>Question:</b> Why? <b>Roe:</b> It is old. <b>Conclusion:</b> so it is. "
        "<b>Minister:</b> Yes. <b>Q:</b> When? <b>Ann Doe:</b> Really?</p>"
    )
    assert shown(page) == [
        *("Roe: It is.", "Question: Why?", "Roe: It is old. Conclusion: so it is."),
        *("Minister: Yes.", "Q: When?", "Ann Doe: Really?"),
    ]
