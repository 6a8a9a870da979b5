import os
import time
from pathlib import Path

import pytest
from conferences import TITLE, told

from rag.errors import BadInput, UnreadableTranscript
from rag.intake.addresses import read_addresses
from rag.reading.files import LARGEST_FILE
from rag.reading.reading import read, read_file


@pytest.mark.parametrize(
    ("raw", "name", "why"),
    [
        (b"", "empty.txt", "is empty"),
        (b"PK\x03\x04" + b"\x00" * 99, "page.html", "zip"),
        (
            "外交部发言人赵立坚主持例行记者会。记者提问，发言人回答。".encode() * 30,
            "zh.txt",
            "not in English",
        ),
        (
            b"<html><h1>Cake</h1><p>Take the flour of the mill and beat it for an hour.</p></html>",
            "cake.html",
            "no transcript",
        ),
        (b"<html><body></body></html>", "blank.html", "no transcript"),
        (
            ("La Chine a toujours maintenu une position claire sur cette affaire. " * 20).encode(),
            "fr.txt",
            "not in English",
        ),
    ],
)
def test_what_is_no_transcript_is_refused_with_the_reason(raw: bytes, name: str, why: str) -> None:
    with pytest.raises(UnreadableTranscript, match=why) as refused:
        read(raw, name)
    assert refused.value.key == name
    assert refused.value.remedy


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    started = time.perf_counter()
    with pytest.raises(UnreadableTranscript, match="200,000,000 bytes"):
        read_file(path)
    assert time.perf_counter() - started < 5
    with pytest.raises(UnreadableTranscript, match="20,000,001 bytes"):
        read(b"x" * (LARGEST_FILE + 1), "x.txt")


@pytest.mark.parametrize("make", ["missing", "folder", "loop", "pipe"])
def test_what_cannot_be_opened_as_a_file_is_reported(tmp_path: Path, make: str) -> None:
    path = tmp_path / 'it\'s a "n\u00e4me"\n.txt'
    if make == "folder":
        path.mkdir()
    elif make == "loop":
        path.symlink_to(path)
    elif make == "pipe":
        os.mkfifo(path)
    with pytest.raises(UnreadableTranscript, match="can't be read") as refused:
        read_file(path)
    assert refused.value.key == path.name


def test_a_file_that_changes_meanwhile_is_read_as_it_was_at_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{TITLE}\n\nQ: One?\n\nA: Yes.\n")
    real, calls = os.fstat, []

    def changing(descriptor: int) -> os.stat_result:
        calls.append(descriptor)
        if len(calls) == 2:
            path.write_text(f"{TITLE}\n\nQ: Two?\n\nA: Not.\n")
        return real(descriptor)

    monkeypatch.setattr(os, "fstat", changing)
    assert told(read_file(path)) == [("Q", "Two?", ["Not."])]


def test_a_file_that_never_holds_still_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Q: One?\n\nA: Yes.\n")
    real = os.fstat

    def changing(descriptor: int) -> os.stat_result:
        before = real(descriptor)
        path.write_text(path.read_text() + "more\n")
        return before

    monkeypatch.setattr(os, "fstat", changing)
    with pytest.raises(UnreadableTranscript, match="changes while it is read"):
        read_file(path)


def test_addresses_are_found_by_listed_name_and_by_bare_name(tmp_path: Path) -> None:
    listing = tmp_path / "pages.tsv"
    listing.write_text(
        "file\turl\na/t1.html\thttps://x.example/1\nb/t2.html\thttps://x.example/2\nc/t2.html\thttps://x.example/3\n\n"
    )
    addresses = read_addresses(listing)
    assert addresses["t1.html"] == addresses["a/t1.html"] == "https://x.example/1"
    assert addresses["b/t2.html"] != addresses["c/t2.html"]
    assert "t2.html" not in addresses


@pytest.mark.parametrize(
    ("listed", "line"),
    [
        ("", 1),
        ("name\turl\n", 1),
        ("file\turl\na.html\n", 2),
        ("file\turl\na\thttps://x.example/1\nb\tnowhere\n", 3),
        ("file\turl\na\thttp://x\na\thttp://y\n", 3),
        ("file\turl\n\thttp://x\n", 2),
    ],
)
def test_a_malformed_list_of_addresses_names_its_line(tmp_path: Path, listed: str, line: int) -> None:
    listing = tmp_path / "pages.tsv"
    listing.write_text(listed)
    with pytest.raises(BadInput, match=f"line {line}:") as refused:
        read_addresses(listing)
    assert refused.value.remedy


def test_the_address_given_is_the_source_then_the_pages_own_then_the_name() -> None:
    page = '<html><head><link rel="canonical" href="https://own.example/1"></head><p>Q: One?<p>A: Yes.</html>'
    assert read(page.encode(), "a.html", "https://given.example/1").transcript.sources == ("https://given.example/1",)
    assert read(page.encode(), "a.html").transcript.sources == ("https://own.example/1",)
    assert read(b"Q: One?\n\nA: Yes.\n", "a.txt").transcript.sources == ("a.txt",)
