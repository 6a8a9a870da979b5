import datetime
import random
import re
from pathlib import Path

import pytest
from conftest import SEEDS

from rag.intake.mirrors import merge_mirrors
from rag.intake.sources import ReadFile
from rag.reading.reading import read, read_file

WORDS = sorted(set(re.findall(r"[a-z]{3,}", (SEEDS / "002_4492bcaa336717e6.txt").read_text("utf-8"))))
TRIAL = SEEDS / "000_fe0e2805aa4ab78b.txt"


def file_of(path: str, text: str) -> ReadFile:
    reading = read(text.encode(), Path(path).name)
    transcript = reading.transcript
    return ReadFile(Path(path), transcript.sha256, transcript.sources[0], transcript, reading.oddities)


@pytest.fixture(scope="module")
def trial() -> str:
    return TRIAL.read_text("utf-8")


def conference(day: str, *answers: str) -> str:
    title = f"Foreign Ministry Spokesperson Hua Chunying's Regular Press Conference on {day}"
    return "\n\n".join([title, *(f"Q: What about it?\n\nA: {answer}" for answer in answers)])


def prose(topic: str) -> str:
    """Words that are like no other topic's."""
    made = random.Random(topic).choices(WORDS, k=150)
    return " ".join(f"The {a} of {b} is {c} to the {d}." for a, b, c, d in zip(*[iter(made)] * 4, strict=False))


def test_a_copy_that_does_not_name_the_spokesperson_is_a_mirror(trial: str) -> None:
    nameless = trial.replace("Foreign Ministry Spokesperson Zhao Lijian's", "Foreign Ministry").replace(
        "Zhao Lijian:", "A:"
    )
    copy = file_of("/b/copy.txt", nameless)
    assert copy.transcript.spokesperson is None, "the copy must not tell who spoke"
    (transcript,), placed = merge_mirrors([file_of("/a/named.txt", trial), copy], {})
    assert transcript.id == "2021-03-18-zhao-lijian" and transcript.spokesperson == "Zhao Lijian"
    assert transcript.sources == ("named.txt", "copy.txt")
    assert [file.transcript_id for file in placed] == [transcript.id] * 2


@pytest.mark.parametrize("form", ["18 March 2021", "March 18th, 2021", "2021/03/18", "MARCH 18,2021"])
def test_a_copy_that_writes_the_day_in_another_form_is_a_mirror(trial: str, form: str) -> None:
    first, rest = trial.split("\n", 1)
    assert "March 18, 2021" in first
    copy = file_of("/b/copy.txt", first.replace("March 18, 2021", form) + "\n" + rest)
    assert copy.transcript.date == datetime.date(2021, 3, 18)
    assert len(merge_mirrors([file_of("/a/named.txt", trial), copy], {})[0]) == 1


def test_two_spokespeople_of_one_day_stay_two_even_with_the_same_words(trial: str) -> None:
    other = trial.replace("Zhao Lijian", "Hua Chunying")
    transcripts, _ = merge_mirrors([file_of("/a.txt", trial), file_of("/b.txt", other)], {})
    assert [each.id for each in transcripts] == ["2021-03-18-hua-chunying", "2021-03-18-zhao-lijian"]


def test_two_conferences_that_share_stock_phrases_stay_two() -> None:
    stock = "China firmly opposes this. We urge the US side to correct its mistakes at once."
    files = [
        file_of(f"/{name}.txt", conference("May 6, 2019", stock, prose(name), prose(name + " trade")))
        for name in ("one", "two")
    ]
    transcripts, _ = merge_mirrors(files, {})
    assert [each.id for each in transcripts] == ["2019-05-06-hua-chunying", "2019-05-06-hua-chunying-2"]


def test_a_mirror_says_what_of_it_is_not_stored(trial: str) -> None:
    copy = file_of("/b/copy.txt", trial.replace("We noticed this. China holds", "China holds"))
    _, placed = merge_mirrors([file_of("/a/named.txt", trial), copy], {})
    by_name = {Path(file.path).name: [o.message for o in file.oddities if o.kind == "mirror"] for file in placed}
    assert by_name == {
        "named.txt": [],
        "copy.txt": ["The same conference as named.txt, which is kept; 1 of its answers are worded otherwise."],
    }


def test_the_id_stays_when_a_mirror_with_the_name_arrives(trial: str) -> None:
    nameless = trial.replace("Foreign Ministry Spokesperson Zhao Lijian's", "Foreign Ministry").replace(
        "Zhao Lijian:", "A:"
    )
    copy = file_of("/b/copy.txt", nameless)
    (first,), _ = merge_mirrors([copy], {})
    (both,), _ = merge_mirrors([copy, file_of("/a/named.txt", trial)], {"/b/copy.txt": first.id})
    assert both.id == first.id and both.spokesperson == "Zhao Lijian"


def test_the_two_versions_of_a_real_conference_are_one_transcript(material: Path) -> None:
    files = []
    for name in ("t1659619", "t1660057", "t1660060"):
        path = material / "archive" / "html" / f"{name}.html"
        transcript = (reading := read_file(path)).transcript
        files.append(ReadFile(path, transcript.sha256, f"https://{name}.example/", transcript, reading.oddities))
    transcripts, _ = merge_mirrors(files, {})
    assert [each.id for each in transcripts] == ["2019-04-29-geng-shuang", "2019-04-30-geng-shuang"]
    assert set(transcripts[0].sources) == {"https://t1659619.example/", "https://t1660057.example/"}
