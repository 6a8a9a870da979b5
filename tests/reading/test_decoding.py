import pytest

from rag.errors import UnreadableTranscript
from rag.reading.decoding import decode

WORDS = "Reuters: Do you have a comment on Michael Spavor\u2019s case?\n\nZhao Lijian: I don\u2019t.\n"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (WORDS.encode("utf-8"), "utf-8"),
        (b"\xef\xbb\xbf" + WORDS.encode("utf-8"), "utf-8"),
        (b"\xff\xfe" + WORDS.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + WORDS.encode("utf-16-be"), "utf-16-be"),
        (WORDS.encode("utf-16-le"), "utf-16-le"),
        (WORDS.encode("utf-16-be"), "utf-16-be"),
        (WORDS.encode("cp1252"), "cp1252"),
    ],
)
def test_the_text_comes_back_whole_from_every_encoding(raw: bytes, encoding: str) -> None:
    decoded = decode(raw, "a.txt")
    assert (decoded.text, decoded.encoding) == (WORDS, encoding)


def test_line_ends_and_no_break_spaces_are_kept() -> None:
    text = "Q:\xa0One?\r\n\r\nA:\u2002Two.\r"
    assert decode(text.encode(), "a.txt").text == text


@pytest.mark.parametrize("declared", ["gb2312", "GBK", "gb18030"])
def test_a_page_that_declares_a_chinese_encoding_is_read_in_it(declared: str) -> None:
    page = f'<html><head><meta charset="{declared}"><title>外交部 镕</title></head>'
    decoded = decode(page.encode("gb18030"), "a.html")
    assert (decoded.text, decoded.encoding, decoded.sure) == (page, "gb18030", True)


def test_utf_8_is_believed_against_a_wrong_declaration() -> None:
    page = '<meta charset="gb2312"><p>Français</p>'
    assert decode(page.encode(), "a.html").text == page


def test_french_in_one_byte_letters_is_read_as_western_and_called_a_guess() -> None:
    text = "La Chine a répété sa position à ce sujet, même après l'été. " * 5
    decoded = decode(text.encode("cp1252"), "a.txt")
    assert decoded.text == text
    assert not decoded.sure


def test_undeclared_chinese_is_guessed_and_called_a_guess() -> None:
    text = "外交部发言人主持例行记者会，回答了记者提出的有关问题。中方对此表示坚决反对。" * 20
    decoded = decode(text.encode("gb18030"), "a.txt")
    assert decoded.text == text
    assert not decoded.sure


def test_a_file_cut_inside_a_letter_keeps_all_but_that_letter() -> None:
    cut = ("It\u2019s so. " * 50 + "caf\u00e9").encode()[:-1]
    decoded = decode(cut, "a.txt")
    assert decoded.text == "It\u2019s so. " * 50 + "caf\N{REPLACEMENT CHARACTER}"
    assert not decoded.sure
    assert "1 damaged" in decoded.how


def test_broken_utf_16_is_read_with_its_damage_shown() -> None:
    decoded = decode(b"\xff\xfe" + "Q: One?".encode("utf-16-le") + b"\x00\xd8", "a.txt")
    assert decoded.text.startswith("Q: One?")
    assert not decoded.sure


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "is empty"),
        (b" \r\n\t", "is empty"),
        (b"\x00" * 50, "is empty"),
        (b"PK\x03\x04" + b"\x00" * 40, "is a zip archive"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (bytes(range(1, 32)) * 20, "is binary"),
    ],
)
def test_what_is_no_text_is_refused_with_its_name_the_reason_and_a_remedy(raw: bytes, why: str) -> None:
    with pytest.raises(UnreadableTranscript, match=why) as refused:
        decode(raw, "page.html")
    assert refused.value.key == "page.html"
    assert refused.value.remedy
