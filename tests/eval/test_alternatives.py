from pathlib import Path

import numpy as np
from conftest import ROOT
from test_eval_cli import evaluate
from test_questions import SET, asked

from eval.alternatives import ALTERNATIVES, Ground, Parts, cross_validated, fold_of, rank_alternatives
from eval.gold import resolve
from eval.questions import read_questions
from rag.pipeline import Podium

QUESTIONS = [question for question in read_questions([SET]) if question.answerable][::3]


def test_what_ships_ranks_here_as_it_does_in_podium(podium: Podium) -> None:
    """The alternatives score every passage of the archive; the first of them must be what podium does."""
    ground = Ground(podium.archive)
    for question in QUESTIONS:
        found = podium.retrieve(question.question, history=question.history, k=10)
        parts = Parts.of(ground, found)
        scores = np.where(parts.allowed, ALTERNATIVES["fused"][0](ground, parts), -1)
        here = np.argsort(-scores, kind="stable")[: len(found.candidates)]
        assert [each.place for each in found.candidates] == here.tolist(), question.id
        assert np.allclose([each.score for each in found.candidates], scores[here], atol=1e-5)


def test_every_alternative_ranks_every_question(podium: Podium) -> None:
    grades = {each: gold.exchanges for each, gold in resolve(QUESTIONS, podium.archive).items()}
    rankings = rank_alternatives(podium, QUESTIONS, grades)
    assert list(rankings) == list(ALTERNATIVES)
    for name, ranking in rankings.items():
        assert set(ranking) == {question.id for question in QUESTIONS}, name
        assert all(ranked and set(ranked) <= set(podium.archive.places) for ranked in ranking.values()), name


def test_an_option_is_chosen_on_other_folds_than_it_is_measured_on() -> None:
    grades = {name: {"right": 2} for name in ("a", "b", "c", "d")}
    folds = {"a": 0, "b": 0, "c": 1, "d": 1}
    right, wrong = {"right": 2.0, "other": 1.0}, {"right": 1.0, "other": 2.0}
    good_on_first = {"a": right, "b": right, "c": wrong, "d": wrong}
    good_on_second = {"a": wrong, "b": wrong, "c": right, "d": right}
    assert cross_validated([good_on_first, good_on_second], grades, folds) == dict.fromkeys(folds, wrong)


def test_questions_of_one_conference_are_in_one_fold() -> None:
    folds = fold_of([asked("a", "t1", "t2"), asked("b", "t2"), *(asked(f"q{at}", f"t{at + 3}") for at in range(40))])
    assert folds["a"] == folds["b"] and set(folds.values()) == {0, 1, 2, 3, 4}


def test_the_command_prints_a_row_an_alternative(seeds_archive: Path) -> None:
    ran = evaluate("alternatives", SET.relative_to(ROOT), "--split", "tune", "--markdown", archive=seeds_archive)
    assert ran.returncode == 0, ran.stderr
    for name in ALTERNATIVES:
        assert ran.stdout.count(f"| {name} ") >= (1 if name == "fused" else 2), name
