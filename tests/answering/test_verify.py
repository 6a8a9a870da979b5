"""Did they say this: exact, near with the words that differ, absent; who and when judged apart."""

import datetime
import random
import re
from pathlib import Path

import pytest
from conftest import SEEDS

from rag.answering import verify as verifying
from rag.answering.verify import verify
from rag.archive.archive import Archive, open_archive
from rag.errors import BadInput
from rag.pipeline import build
from rag.settings import Settings

SAID = "It is not linked to China-US high-level strategic dialogue."
WORD = re.compile(r"\w+(?:['’]\w+)*")


@pytest.fixture(scope="module")
def archive(seeds_archive: Path) -> Archive:
    return open_archive(seeds_archive)


@pytest.fixture(scope="module")
def said(archive: Archive) -> list[str]:
    """Sentences of answers."""
    passages = [archive.passage(row) for row in range(len(archive.passage_exchange))]
    cut = [each.cut(archive.text(each.transcript_id)) for passage in passages for each in passage.sentences]
    return random.Random(15).sample([each for each in cut if len(WORD.findall(each)) >= 4], 200)


def test_what_was_said_is_found_whatever_its_marks_and_case(archive: Archive, said: list[str]) -> None:
    for sentence in said:
        assert verify(sentence, archive).kind == "exact", sentence
    verdict = verify("“IT is not linked to: China‑US".replace("‑", "-"), archive)
    assert verdict.kind == "exact" and verdict.found[0].text.startswith("It is not linked to China-US")
    assert verdict.found[0].span.cut(archive.text(verdict.found[0].span.transcript_id)) == verdict.found[0].text


def test_one_changed_word_is_near_and_shown(archive: Archive, said: list[str]) -> None:
    chance = random.Random(16)
    for sentence in said:
        word = chance.choice(list(WORD.finditer(sentence)))
        verdict = verify(f"{sentence[: word.start()]}zanzibar{sentence[word.end() :]}", archive)
        assert (verdict.kind, verdict.found[0].changed) == ("near", 1), sentence
        # Other sentences may be as near.
        differing = [[each for each in found.differences if not each.same] for found in verdict.found]
        assert [("zanzibar", word.group())] in [[(each.given, each.said) for each in run] for run in differing]


@pytest.mark.parametrize("words", ["What is zanzibar about?", "Ask it once zanzibar, and you will see"])
def test_words_that_carry_no_topic_are_nearly_found_too(tmp_path: Path, words: str) -> None:
    """The index of words has none of them, wherever in the text they stand."""
    transcripts = sorted(SEEDS.glob("*.txt"))[:1]
    said = "What is this about? Ask it once more, and you will see what it is about."
    stood = transcripts[0].read_text("utf-8").rstrip()
    file = tmp_path / transcripts[0].name
    file.write_text(f"{stood} {said}\n", "utf-8")
    build(Settings(archive=tmp_path / "archive"), [file])
    verdict = verify(words, open_archive(tmp_path / "archive"))
    assert verdict.kind == "near" and verdict.found[0].text in said


def test_words_that_stand_everywhere_are_looked_for_at_few_places(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    aligned = []
    ratio = verifying.fuzz.partial_ratio_alignment
    monkeypatch.setattr(
        verifying.fuzz,
        "partial_ratio_alignment",
        lambda given, spoken, **how: aligned.append(given) or ratio(given, spoken, **how),
    )
    # Two of three words stand nowhere: wherever the third does, nothing is aligned.
    assert verify("the xqzzk zzwwq", archive).kind == "absent" and aligned == []
    everywhere = verify("of the xqzzk", archive)
    assert everywhere.kind == "near" and everywhere.count > 20 and len(aligned) < 2 * everywhere.count
    monkeypatch.setattr(verifying, "MOST_PLACES", 10)
    assert 0 < verify("of the xqzzk", archive).count <= 2 * verifying.MOST_PLACES
    # What has too few of the other words about it takes none of these places.
    monkeypatch.setattr(verifying, "MOST_PLACES", 1)
    texts = " ".join(verifying._heard(archive).texts.values())
    rare = [word for word in re.findall(r"\bof the (\w+)", texts) if texts.count(word) == 1]
    assert rare
    for word in rare:
        assert verify(f"of the {word} xqzzk", archive).kind == "near"


def test_words_that_are_no_quote_are_counted_no_further(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    every = verify("the United States", archive)
    assert every.kind == "exact" and every.count > 3
    monkeypatch.setattr(verifying, "MOST_COUNTED", 3)
    some = verify("the United States", archive)
    assert some.kind == "exact" and some.count == 3
    # Whoever else said it is not told that they did not.
    for name in archive.spokespeople:
        told = verify("the United States", archive, spokesperson=name, date=datetime.date(1999, 1, 1))
        assert told.spokesperson_holds in (True, None) and told.date_holds is None


def test_a_contraction_is_near_without_the_word_before_it(tmp_path: Path) -> None:
    file = tmp_path / "2020-06-10-jerome-powell.txt"
    file.write_text(
        "Press Conference, 10 June 2020\n\nQ  Will you raise rates?\n\nCHAIR POWELL: We look at rates. "
        "We're not even thinking about thinking about raising rates.\n",
        "utf-8",
    )
    build(Settings(archive=tmp_path / "archive"), [file])
    verdict = verify("we are not even thinking about thinking about raising", open_archive(tmp_path / "archive"))
    assert verdict.kind == "near" and verdict.found[0].text.startswith("We're not even")
    assert [each.said for each in verdict.found[0].differences if not each.same] == ["We're"]


def test_what_another_archive_says_is_absent(archive: Archive, said: list[str], tmp_path: Path) -> None:
    files = sorted(SEEDS.glob("*.txt"))
    folder = tmp_path / "archive"
    build(Settings(archive=folder), files[:1])
    other = open_archive(folder)
    own = {head.id for head in other.heads.values()}
    elsewhere = [each for each in said if verify(each, archive).found[0].span.transcript_id not in own]
    assert len(elsewhere) > 20
    assert [each for each in elsewhere if verify(each, other).kind != "absent"] == []


def test_words_mixed_anew_are_absent(archive: Archive, said: list[str]) -> None:
    words = WORD.findall(" ".join(said))
    chance = random.Random(17)
    assert {verify(" ".join(chance.sample(words, 12)), archive).kind for _ in range(60)} == {"absent"}


def test_who_and_when_are_judged_apart(archive: Archive) -> None:
    day = datetime.date(2021, 3, 18)
    right = verify(SAID, archive, spokesperson="Zhao Lijian", date=day)
    assert (right.kind, right.spokesperson_holds, right.date_holds) == ("exact", True, True)
    other = verify(SAID, archive, spokesperson="Wang Wenbin", date=datetime.date(2021, 3, 19))
    assert (other.kind, other.spokesperson_holds, other.date_holds) == ("exact", False, False)
    none = verify(SAID, archive)
    assert (none.spokesperson_holds, none.date_holds, none.first, none.last) == (None, None, day, day)
    assert verify("the zebra treaty was never signed there", archive, date=day).date_holds is None


def test_a_reporters_words_are_not_the_spokespersons(archive: Archive) -> None:
    verdict = verify("reports have speculated that the timing is linked to the talks in Alaska", archive)
    assert verdict.kind == "exact" and verdict.found[0].by_reporter
    nearly = verify("reports have denied that the timing is linked to the talks in Alaska", archive)
    assert nearly.kind == "near" and nearly.found[0].by_reporter
    claimed = verify("reports have speculated that the timing is linked", archive, spokesperson="Zhao Lijian")
    assert claimed.spokesperson_holds is False


@pytest.mark.parametrize("words", ["", "   ", "two words", "!!! ??? ...", "x " * 3000, "\u202e\u200b"])
def test_words_too_few_or_too_many_are_told(archive: Archive, words: str) -> None:
    with pytest.raises(BadInput, match="words"):
        verify(words, archive)


def test_an_unknown_name_is_answered_with_the_near_one(archive: Archive) -> None:
    with pytest.raises(BadInput, match="Zhao Lijian"):
        verify(SAID, archive, spokesperson="Zaho Lijian")
