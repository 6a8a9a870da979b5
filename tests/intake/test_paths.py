import os
from pathlib import Path

import pytest

from rag.errors import BadInput
from rag.intake.paths import find_files, listed_paths, looked_into, normal, shown
from rag.intake.sources import address_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.txt", "b.html", "deep/c.txt", "deep/er/d.htm", ".hidden.txt", "notes.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def names(folder: Path, *paths: str) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find_files([folder / path for path in paths]).files]


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ([""], ["a.txt", "b.html", "deep/c.txt", "deep/er/d.htm"]),
        (["deep/../deep", "deep/c.txt", "deep"], ["deep/c.txt", "deep/er/d.htm"]),
        (["*.txt"], ["a.txt"]),
        (["**/*.txt"], ["a.txt", "deep/c.txt"]),
        (["[a-c].*"], ["a.txt", "b.html"]),
        (["d*p"], ["deep/c.txt", "deep/er/d.htm"]),
        (["notes.md"], ["notes.md"]),
    ],
)
def test_folders_files_and_globs_name_files(folder: Path, named: list[str], expected: list[str]) -> None:
    assert names(folder, *named) == expected


def test_a_file_whose_name_looks_like_a_glob_is_itself(folder: Path) -> None:
    (folder / "[ab].txt").write_text("x")
    assert names(folder, "[ab].txt") == ["[ab].txt"]
    assert not find_files([folder / "[ab].txt"]).covers(folder / "b.txt")


def test_links_between_folders_are_not_followed(folder: Path) -> None:
    (folder / "deep" / "loop").symlink_to(folder)
    (folder / "away.txt").symlink_to(folder / "gone.txt")
    assert names(folder, "") == ["a.txt", "away.txt", "b.html", "deep/c.txt", "deep/er/d.htm"]


def test_a_link_is_followed_where_a_step_up_stands_after_it(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder / "deep" / "er")
    assert normal(tmp_path / "link" / ".." / "c.txt") == (folder / "deep" / "c.txt").resolve()
    assert normal(tmp_path / "link") == tmp_path / "link"


def test_what_is_gone_is_covered_by_what_would_have_named_it(folder: Path) -> None:
    known = [folder / "gone.txt", folder / "deep" / "gone.txt", folder / "gone.html"]
    found = find_files([folder / "*.txt"], known)
    assert [found.covers(path) for path in known] == [True, False, False]
    assert find_files([folder / "gone.txt"], known).failed == []
    assert "no such file" in find_files([folder / "never.txt"], known).failed[0].message


def test_nothing_is_known_below_a_folder_that_cannot_be_listed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def refusing(place: str) -> object:
        if Path(place) == folder / "deep":
            raise PermissionError(13, "Permission denied", str(place))
        return real(place)

    monkeypatch.setattr(os, "scandir", refusing)
    found = find_files([folder])
    assert [path.name for path in found.files] == ["a.txt", "b.html"]
    assert "deep: it can't be looked at: Permission denied" in found.failed[0].message
    assert not found.covers(folder / "deep" / "c.txt") and found.covers(folder / "z.txt")


@pytest.mark.parametrize("end", [b"\n", b"\0", b"\r\n"])
def test_a_list_has_a_path_a_line_or_ends_each_with_nul(end: bytes) -> None:
    listed = end.join([b"a b.txt", "新闻.txt".encode(), b"", b"'q'.txt"]) + end
    assert listed_paths(listed) == [Path("a b.txt"), Path("新闻.txt"), Path("'q'.txt")]


def test_nul_lets_a_name_hold_a_newline() -> None:
    assert listed_paths(b"a\nb.txt\0c.txt\0") == [Path("a\nb.txt"), Path("c.txt")]


def test_names_are_shown_without_what_a_terminal_would_obey() -> None:
    assert shown("新闻 'x'\x1b[31m\n.txt") == "新闻 'x'\\x1b[31m\\n.txt"
    assert shown(os.fsdecode(b"\xff.txt")) == "\\xff.txt"


def test_an_address_is_found_under_the_longest_name_that_is_listed() -> None:
    listed = {"html/t1.html": "https://a.example/1", "t1.html": "https://b.example/1", "x/html/t1.html": "https://c"}
    assert address_of(Path("/saved/html/t1.html"), listed) == "https://a.example/1"
    assert address_of(Path("/saved/other/t1.html"), listed) == "https://b.example/1"
    assert address_of(Path("/saved/other/t2.html"), listed) is None


def test_inspect_looks_into_folders_and_names_files_as_they_were_named(folder: Path) -> None:
    assert looked_into([folder / "gone.txt", folder / "notes.md"]) == [folder / "gone.txt", folder / "notes.md"]
    assert [path.name for path in looked_into([folder / "deep"])] == ["c.txt", "d.htm"]
    with pytest.raises(BadInput, match="no transcripts"):
        looked_into([folder / "x*"])
