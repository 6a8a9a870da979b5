"""Training a selector on the seeds: it learns, it can be cut short, and what it writes reads as it was taught."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from conftest import SET

from embeddings.encoder import digest_of
from embeddings.selector import SELECTOR, Selector
from eval.training import selector
from eval.training.cross import CrossStudent
from eval.training.lessons import Course
from eval.training.selector import PAGES, Drill, drills_of, exercise_of, main
from rag.pipeline import Podium


@pytest.fixture(scope="module")
def drills(podium: Podium) -> list[Drill]:
    return drills_of(podium, [SET], None)


@pytest.fixture(scope="module")
def course(podium: Podium) -> Course:
    return Course(podium.archive, [], [])


def test_a_question_is_read_with_what_answers_and_with_what_does_not(
    drills: list[Drill], course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selector, "ASTRAY", 0.0)
    assert any(not each.lesson.rows for each in drills)
    for drill in drills:
        exercise = exercise_of(drill, course, random.Random(0))
        rows = [page.row for page in exercise.pages]
        assert len(set(rows)) == len(rows) == min(PAGES, len(drill.rows))
        assert bool(set(rows) & set(drill.lesson.rows)) == bool(drill.lesson.rows)
        assert set(rows) <= {*drill.rows, *drill.lesson.rows}


def test_now_and_then_it_is_read_with_what_has_nothing_to_do_with_it(
    drills: list[Drill], course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selector, "ASTRAY", 1.0)
    exercise = exercise_of(drills[0], course, random.Random(0))
    assert exercise.pages and not exercise.lesson.rows and exercise.lesson.asked == drills[0].lesson.asked
    assert not {page.row for page in exercise.pages} & {*drills[0].lesson.rows, *drills[0].rows}


@pytest.mark.heavy
def test_steps_lower_the_loss_of_passages_and_of_sentences(drills: list[Drill], course: Course) -> None:
    student = CrossStudent()
    step = [exercise_of(each, course, random.Random(0)) for each in drills[:4]]
    student.model.eval()
    before = student.loss(step).item()
    for _ in range(6):
        student.learn(step, 4e-5)
    student.model.eval()
    assert student.loss(step).item() < 0.8 * before


@pytest.mark.heavy
def test_a_training_cut_short_goes_on_and_its_file_is_a_selector(
    drills: list[Drill], course: Course, seeds_archive: Path, tmp_path: Path
) -> None:
    whole, halves = tmp_path / "whole.safetensors", tmp_path / "halves.safetensors"
    common = [str(SET), "--archive", str(seeds_archive), "--limit", "8"]
    assert main([*common, "--out", str(whole)]) == 0
    assert main([*common, "--out", str(halves), "--epochs", "1"]) == 0
    assert digest_of(halves) != digest_of(whole)
    assert main([*common, "--out", str(halves), "--seed", "1"]) == 2
    assert main([*common, "--out", str(halves)]) == 0
    assert digest_of(halves) == digest_of(whole)
    assert Selector(whole).fingerprint == digest_of(whole) != digest_of(SELECTOR)
    assert main([*common[:-1], "2", "--out", str(halves)]) == 2
    on = tmp_path / "on.safetensors"
    assert main([*common, "--out", str(on), "--begin", str(whole), "--epochs", "1"]) == 0
    assert json.loads(on.with_suffix(".json").read_text("utf-8"))["begin"] == digest_of(whole)


@pytest.mark.heavy
def test_what_is_served_reads_as_what_was_trained(drills: list[Drill], course: Course, tmp_path: Path) -> None:
    """The same weights with torch and without: equal but for bfloat16."""
    student, file = CrossStudent(), tmp_path / "fresh.safetensors"
    student.save(file)
    student.model.eval()
    exercise = exercise_of(drills[0], course, random.Random(0))
    passages, sentences = student.odds([(exercise.lesson.asked, page) for page in exercise.pages])
    served = Selector(file).relevance(exercise.lesson.asked, [(page.text, page.sentences) for page in exercise.pages])
    assert np.allclose(passages.detach(), [each.passage for each in served], atol=0.05)
    for taught, read in zip(sentences, served, strict=True):
        assert np.allclose(taught.detach(), read.sentences, atol=0.05)
