import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from callers import podium_command
from conftest import SET

from eval.calibration import NAMES, Weighed, as_toml, decisions, fit, report, weigh_questions
from eval.measures import auroc
from eval.questions import read_questions
from rag.answering.refusal import Evidence, shipped_calibration
from rag.pipeline import Podium


@pytest.fixture(scope="module")
def weighed(podium: Podium) -> list[Weighed]:
    return weigh_questions(podium, read_questions([SET]))


def test_every_answerable_question_is_asked_again_with_its_answers_hidden(weighed: list[Weighed]) -> None:
    assert sum(each.answerable for each in weighed) == sum(each.hidden for each in weighed) == 40
    assert len(weighed) == 90
    pairs = [(a.evidence, b.evidence) for a, b in pairwise(weighed) if b.hidden]
    better = [a.score > b.score for a, b in pairs if a is not None and b is not None]
    assert np.mean(better) > 0.9


def test_the_fit_tells_answerable_from_not(weighed: list[Weighed]) -> None:
    calibration = fit(weighed)
    assert (auroc(decisions(calibration, weighed, hidden=True)) or 0) > 0.85
    answered = [each.answered for each in decisions(calibration, weighed, hidden=False) if each.answerable]
    assert 0.9 <= np.mean(answered) <= 1
    assert "| tune | real questions | 40 | 10 |" in report(calibration, weighed, "tune")


def test_a_fit_without_a_difference_weighs_nothing(weighed: list[Weighed]) -> None:
    same = Evidence(0.5, 0.5, 0.1, 0.0, 0.5, 0.0, 0.0, 0.0)
    calibration = fit([replace(each, evidence=same) for each in weighed])
    assert all(abs(weight) < 1e-6 for weight in calibration.weights.values())


def test_the_shipped_file_is_what_the_fit_writes(tmp_path: Path) -> None:
    shipped = shipped_calibration()
    table = tomllib.loads(as_toml(shipped))
    assert (table["bias"], table["threshold"], table["weights"]) == (shipped.bias, shipped.threshold, shipped.weights)
    assert tuple(shipped.weights) == NAMES


def test_the_command_prints_the_calibration_and_how_it_does(seeds_archive: Path, tmp_path: Path) -> None:
    done = podium_command("eval", "calibrate", SET, "--write", tmp_path / "refusal.toml", archive=seeds_archive)
    assert "| check | with hidden answers |" in done.stdout
    written = (tmp_path / "refusal.toml").read_text("utf-8")
    assert set(tomllib.loads(written)["weights"]) == set(NAMES) and tomllib.loads(written)["bias"] != 0
