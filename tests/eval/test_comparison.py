import pytest

from eval.comparison import compare
from eval.results import Evaluation, Topic, evaluate_rankings
from eval.tables import changed_text, differences_table
from rag.errors import BadInput

TOPICS = [Topic(f"q{at}", f"question {at}", "fact" if at % 2 else "date", f"t{at}") for at in range(8)]
GRADES = {topic.id: {"right": 2} for topic in TOPICS}


def system(name: str, right_first: set[str]) -> Evaluation:
    rankings = {
        topic.id: {"right": 2.0, "wrong": 1.0} if topic.id in right_first else {"wrong": 2.0, "right": 1.0}
        for topic in TOPICS
    }
    return evaluate_rankings(name, {}, TOPICS, GRADES, rankings)


def test_what_changed_is_told_question_by_question() -> None:
    a, b = system("old", {"q0", "q1"}), system("new", {"q1", "q2", "q3", "q4"})
    found = compare(a, b)
    difference = found.differences["Hit@1"]
    assert (difference.wins, difference.losses, difference.ties) == (3, 1, 4)
    assert difference.figure.value == pytest.approx(2 / 8)
    assert difference.figure.low < 0 < difference.figure.high and difference.p > 0.05
    assert {b.id for _, b in found.changed} == {"q0", "q2", "q3", "q4"}
    assert found.differences["nDCG@10, date"].wins == 2 and found.differences["nDCG@10, fact"].wins == 1
    assert compare(a, b, changed=1).changed == found.changed[:1]


def test_the_table_and_the_changes_read_as_b_against_a() -> None:
    found = compare(system("old", set()), system("new", {"q3"}))
    table = differences_table(found)
    assert table.title == "A = old, B = new, 8 questions"
    row = next(row for row in table.rows if row[0] == "Hit@1")
    assert row[1:4] == ("0.000", "0.125", "+0.125") and row[-1] == "1/0/7"
    text = changed_text(found)
    assert "q3 (fact) nDCG@10 0.631 -> 1.000 (+0.369)" in text
    assert "A      wrong" in text and "B      right" in text


def test_two_sets_without_a_common_question_are_not_compared() -> None:
    other = evaluate_rankings("other", {}, [Topic("z", "z", "fact")], {"z": {"d": 1}}, {})
    with pytest.raises(BadInput, match="no question in common"):
        compare(system("old", set()), other)
