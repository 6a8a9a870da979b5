"""Training on the seeds: it learns, it can be cut short, and what it writes is an encoder."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import SET
from safetensors.numpy import save_file

from embeddings import encoder as packaged
from embeddings.encoder import DEFAULT_MODEL, UNTUNED_MODEL, Encoder, digest_of
from eval.training.encoder import STAGES, main, steps_of, wrong_rows
from eval.training.lessons import Course, course_of, part_of
from eval.training.student import Student, loss_of
from rag.archive.archive import open_archive
from rag.errors import BadInput


@pytest.fixture(scope="module")
def course(seeds_archive: Path) -> Course:
    return course_of(open_archive(seeds_archive), [SET], 12)


def test_a_lesson_knows_the_sentences_that_answer(course: Course) -> None:
    archive = course.archive
    for lesson in course.questions:
        for row, number in lesson.right:
            page = course.page(row)
            start, end = page.sentences[number]
            assert page.exchange in lesson.exchanges
            assert page.text[start:end] == archive.passage(row).sentences[number].cut(
                archive.text(archive.exchanges[page.exchange].transcript_id)
            )


def test_only_conferences_to_learn_from_are_learned(seeds_archive: Path, course: Course) -> None:
    archive = course.archive
    files = {file.transcript_id: Path(file.path).stem for file in archive.catalogue.files()}
    learned = {archive.exchanges[at].transcript_id for lesson in course.questions for at in lesson.exchanges}
    assert {part_of(files[name]) for name in learned} == {"learn"}
    assert {part_of(archive.exchanges[at].transcript_id) for at in course.reporters} == {"learn"}


@pytest.mark.heavy
def test_wrong_passages_are_in_no_exchange_that_answers(course: Course) -> None:
    for lesson, rows in zip(course.questions, wrong_rows(Student(), course), strict=True):
        assert rows
        assert not lesson.exchanges & {int(course.archive.passage_exchange[row]) for row in rows}


@pytest.mark.heavy
def test_steps_lower_the_loss(course: Course) -> None:
    student = Student()
    step = next(steps_of(course, STAGES[0], wrong_rows(student, course), random.Random(0)))
    student.model.eval()
    before = loss_of(student, step).item()
    for _ in range(4):
        student.learn(step, 4e-5)
    student.model.eval()
    assert loss_of(student, step).item() < 0.9 * before


@pytest.mark.heavy
def test_a_training_cut_short_goes_on_and_its_file_is_an_encoder(
    seeds_archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, halves = tmp_path / "whole.safetensors", tmp_path / "halves.safetensors"
    common = [str(SET), "--archive", str(seeds_archive), "--limit", "12"]
    assert main([*common, "--out", str(whole)]) == 0
    assert main([*common, "--out", str(halves), "--epochs", "1"]) == 0
    assert digest_of(halves) != digest_of(whole)
    assert main([*common, "--out", str(halves), "--seed", "1"]) == 2
    assert main([*common, "--out", str(halves)]) == 0
    assert digest_of(halves) == digest_of(whole)
    assert not list(tmp_path.glob("*.checkpoint"))
    report = json.loads(whole.with_suffix(".json").read_text())
    assert report["sha256"] == digest_of(whole)
    assert report["counts"]["questions"] == 12

    monkeypatch.setattr(packaged, "TUNED", whole)
    tuned, untuned = Encoder(DEFAULT_MODEL), Encoder(UNTUNED_MODEL)
    assert tuned.fingerprint == digest_of(whole)
    assert 0.9 < float(np.dot(tuned.probe, untuned.probe)) < 0.99999


def test_too_few_questions_are_refused(seeds_archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = tmp_path / "few.jsonl"
    shutil.copy(SET, few)
    few.write_text("".join(few.read_text("utf-8").splitlines(keepends=True)[:3]), "utf-8")
    assert main([str(few), "--archive", str(seeds_archive), "--out", str(tmp_path / "out")]) == 2
    assert "too few" in capsys.readouterr().err


@pytest.mark.parametrize("make", [lambda file: file.write_bytes(b"no weights"), lambda file: save_file({}, file)])
def test_no_training_goes_on_from_what_holds_no_weights(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "begin.safetensors")
    with pytest.raises(BadInput, match=r"begin\.safetensors"):
        Student().begin(tmp_path / "begin.safetensors")
