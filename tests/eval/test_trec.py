from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.trec import best_first, check_ids, check_topics, qrels_text, read_qrels, read_run, run_text
from rag.errors import BadInput

NAMES = st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=8)
RANKINGS = st.dictionaries(NAMES, st.dictionaries(NAMES, st.floats(-1e9, 1e9), min_size=1), min_size=1)


@given(RANKINGS)
def test_a_run_comes_back_to_the_last_digit(tmp_path_factory: pytest.TempPathFactory, rankings) -> None:
    path = tmp_path_factory.mktemp("run") / "run.trec"
    path.write_text(run_text({topic: best_first(ranking) for topic, ranking in rankings.items()}, "podium"), "utf-8")
    assert read_run(path) == rankings


def test_qrels_come_back(tmp_path: Path) -> None:
    grades = {"q1": {"2021-03-18-zhao-lijian/7": 2, "x": 0}, "q2": {"y": -1}}
    (tmp_path / "qrels").write_text(qrels_text(grades))
    assert read_qrels(tmp_path / "qrels") == grades


def test_a_line_of_a_run_is_what_trec_writes() -> None:
    assert run_text({"q": [("b", 2.5), ("a", 2.5)]}, "podium") == "q Q0 b 1 2.5 podium\nq Q0 a 2 2.5 podium\n"


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("q Q0 d 1 2", ":2: 5 fields where a line has 6"),
        ("q Q0 d 1 nan tag", ":2: the score 'nan'"),
        ("q Q0 d 1 inf tag", ":2: the score 'inf'"),
        ("q Q0 d 1 high tag", ":2: the score 'high'"),
        ("q Q0 a 2 1.0 tag", ":2: 'a' stands twice"),
    ],
)
def test_a_bad_line_of_a_run_is_named(tmp_path: Path, bad: str, says: str) -> None:
    (tmp_path / "run").write_text(f"q Q0 a 1 3.0 tag\n{bad}\n")
    with pytest.raises(BadInput, match=says):
        read_run(tmp_path / "run")


@pytest.mark.parametrize(("bad", "says"), [("q 0 d", "3 fields"), ("q 0 d 1.5", "grade '1.5'"), ("", "is empty")])
def test_bad_qrels_are_named(tmp_path: Path, bad: str, says: str) -> None:
    (tmp_path / "qrels").write_text(bad)
    with pytest.raises(BadInput, match=says):
        read_qrels(tmp_path / "qrels")


def test_runs_of_unknown_topics_or_ids_are_refused(tmp_path: Path) -> None:
    check_topics({"q1": {}, "q2": {}}, {"q1": {}}, tmp_path)
    with pytest.raises(BadInput, match="judge none of the 1 topics of the run, such as 'q2'"):
        check_topics({"q2": {}}, {"q1": {}}, tmp_path)
    with pytest.raises(BadInput, match="topic q1: the archive has no exchange 'nowhere/1'"):
        check_ids({"q1": {"nowhere/1": 1.0}}, {"q1"}, {"somewhere/1"}.__contains__, tmp_path)
    with pytest.raises(BadInput, match="the question set has no question 'q2'"):
        check_ids({"q2": {"somewhere/1": 1.0}}, {"q1"}, {"somewhere/1"}.__contains__, tmp_path)
    with pytest.raises(BadInput, match="No such file"):
        read_run(tmp_path / "none")
