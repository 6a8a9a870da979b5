import json
import re
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from conftest import SEEDS, SET

from eval.gold import fold
from eval.questions import (
    Question,
    Relevant,
    clusters,
    conference_of,
    halves,
    read_questions,
    replace_question,
    select,
)
from rag.errors import BadInput


def line(**changes: object) -> str:
    return json.dumps({"id": "q-1", "question": "Was it linked?", "kind": "fact"} | changes)


def asked(name: str, *transcripts: str, kind: str = "fact") -> Question:
    relevant = [Relevant(transcript=each, quote="words", grade=2) for each in transcripts]
    return Question(id=name, question="?", kind=kind, relevant=relevant)


def test_a_line_becomes_a_question(tmp_path: Path) -> None:
    said = {"transcript": "t1", "quote": "No.", "grade": 2, "date": "2021-03-18"}
    filters = {"date_from": "2021-03-01", "date_to": None, "spokespeople": ["Zhao Lijian"], "outlets": []}
    path = tmp_path / "set.jsonl"
    path.write_text(f"\ufeff{line(relevant=[said], filters=filters)}\n\n{line(id='q-2')}", "utf-8")
    first, second = read_questions([path])
    assert first.relevant[0].date is not None and first.relevant[0].date.isoformat() == "2021-03-18"
    assert first.filters.as_filters().spokespeople == ("Zhao Lijian",) and first.answerable
    assert second.relevant == [] and not second.answerable


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ('{"id": "q-2", ', "JSON"),
        ("[]", "object"),
        (line(id="q-1"), "already taken at .*:1"),
        (line(id="two words"), "id"),
        (line(id="q-2", question="  "), "question"),
        (line(id="q-2", kid="fact"), "kid"),
        ('{"id": "q-2", "kind": "fact"}', "question: Field required"),
        (line(id="q-2", relevant=[{"transcript": "t", "quote": "w", "grade": 3}]), "relevant.0.grade"),
        (line(id="q-2", relevant=[{"transcript": "t", "quote": "w", "grade": 1.5}]), "relevant.0.grade"),
        (line(id="q-2", relevant=[{"transcript": "t", "quote": "w", "grade": float("nan")}]), "grade"),
        (line(id="q-2", filters={"date_from": "18 March"}), "filters.date_from"),
        (line(id="q-2", kind="unanswerable", relevant=[{"transcript": "t", "quote": "w", "grade": 1}]), "relevant"),
    ],
)
def test_a_bad_line_is_named_by_file_and_line(tmp_path: Path, bad: str, says: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(f"{line()}\n\n{bad}\n", "utf-8")
    with pytest.raises(BadInput, match=says) as error:
        read_questions([path])
    assert str(error.value).startswith(f"{path}:3: ")
    assert error.value.remedy


def test_an_empty_missing_or_undecodable_set_is_refused(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty.jsonl", tmp_path / "binary.jsonl"
    empty.write_text("\n \n")
    binary.write_bytes(b'{"id": "\xff"}')
    for path, says in ((empty, "no questions"), (binary, "not UTF-8"), (tmp_path / "none.jsonl", "No such file")):
        with pytest.raises(BadInput, match=says):
            read_questions([path])


def test_ids_are_unique_over_several_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(line())
    with pytest.raises(BadInput, match=r"b:1: .*a:1"):
        read_questions([tmp_path / "a", tmp_path / "b"])


def test_a_replaced_question_leaves_every_other_line_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(f'{{"id":"q-0",   "question":"x","kind":"fact"}}\n\n{line()}\n', "utf-8")
    replace_question(path, read_questions([path])[1].model_copy(update={"answer": "“No”"}))
    lines = path.read_text("utf-8").split("\n")
    assert lines[0] == '{"id":"q-0",   "question":"x","kind":"fact"}' and lines[1] == lines[3] == ""
    assert json.loads(lines[2])["answer"] == "“No”" and "“No”" in lines[2]


def test_questions_that_share_a_conference_share_a_cluster() -> None:
    questions = [asked("a", "t1", "t2"), asked("b", "t2", "t3"), asked("c", "t4"), asked("d", "t3"), asked("u")]
    found = clusters(questions)
    assert found["a"] == found["b"] == found["d"] == "t1"
    assert len({found["a"], found["c"], found["u"]}) == 3


def test_a_question_goes_by_the_conference_of_its_answer() -> None:
    helps, answers = (Relevant(transcript=name, quote="w", grade=grade) for name, grade in (("t1", 1), ("t2", 2)))
    assert conference_of(Question(id="a", question="?", kind="fact", relevant=[helps, answers])) == "t2"
    assert conference_of(asked("u")) == "question u"


def test_halves_keep_conferences_together_whatever_the_order() -> None:
    questions = [asked(f"q{at}", f"t{at % 7}", f"t{(at * at) % 7}") for at in range(40)]
    questions += [asked(f"u{at}", kind="unanswerable") for at in range(9)]
    halved = halves(questions)
    for one, other in combinations(questions, 2):
        if {each.transcript for each in one.relevant} & {each.transcript for each in other.relevant}:
            assert halved[one.id] == halved[other.id]
    assert halves(questions[::-1]) == halved
    silent = Counter(halved[f"u{at}"] for at in range(9))
    assert sorted(silent.values()) == [4, 5]


def test_halves_are_balanced_in_size_and_in_kind() -> None:
    questions = [asked(f"q{at}", f"t{at}", kind="fact" if at < 20 else "date") for at in range(30)]
    halved = halves(questions)
    assert Counter((each.kind, halved[each.id]) for each in questions) == {
        ("fact", "tune"): 10,
        ("fact", "check"): 10,
        ("date", "tune"): 5,
        ("date", "check"): 5,
    }
    tune, check = select(questions, "tune"), select(questions, "check")
    assert sorted(each.id for each in tune + check) == sorted(each.id for each in questions)
    with pytest.raises(BadInput, match="half of 1 questions is empty"):
        select(questions[:1], "tune" if halves(questions[:1])["q0"] == "check" else "check")


def test_the_shared_questions_fall_in_two_halves_of_one_size(material: Path) -> None:
    questions = read_questions(sorted((material / "questions").glob("*.jsonl")))
    assert len(questions) == 150
    sizes = Counter(halves(questions).values())
    assert abs(sizes["tune"] - sizes["check"]) <= 2


def test_the_seeds_set_has_fifty_questions_of_which_ten_are_unanswerable() -> None:
    questions = read_questions([SET])
    assert len(questions) == 50
    assert sum(not each.answerable for each in questions) == 10
    assert all((each.kind == "unanswerable") == (not each.answerable) for each in questions)


def test_no_question_of_the_seeds_shares_five_words_in_a_row_with_them() -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"[\w']+", fold(text)[0].casefold())
        return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}

    printed = set().union(*(runs(path.read_text("utf-8")) for path in SEEDS.glob("*.txt")))
    assert len(printed) > 8000
    for question in read_questions([SET]):
        for text in (question.question, *question.history):
            assert not runs(text) & printed, question.id


def test_a_set_may_split_itself_and_leaves_others_as_they_are() -> None:
    questions = [asked(f"q{at}", f"t{at}") for at in range(10)]
    fixed = [asked(f"f{at}", f"t{at}").model_copy(update={"split": "check"}) for at in range(6)]
    assert halves([*fixed, *questions]) == halves(questions) | dict.fromkeys((each.id for each in fixed), "check")


def test_the_set_about_the_archive_is_split_and_every_question_is_well_formed() -> None:
    questions = read_questions([SET.with_name("archive.jsonl")])
    assert Counter(question.split for question in questions) == {"tune": 240, "check": 160}
    for question in questions:
        assert question.answerable == (question.kind != "unanswerable"), question.id
        assert bool(question.history) == (question.kind == "followup"), question.id
