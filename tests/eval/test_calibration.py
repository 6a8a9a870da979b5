import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from callers import podium_command
from conftest import SET

from eval.calibration import TAUGHT, Taught, as_toml, fit, held_back, report, weigh_questions
from eval.questions import conference_of, read_questions
from rag.answering.selection import PIECES, Evidence, best_of, shipped_calibration
from rag.pipeline import Podium
from rag.settings import Settings


@pytest.fixture(scope="module")
def weighed(seeds_archive: Path) -> list[Taught]:
    # What is fitted is the same with the selector, which takes ten times as long.
    return weigh_questions(Podium(Settings(archive=seeds_archive, selector="off")), read_questions([SET]))


def test_a_quote_is_right_where_it_holds_what_was_marked(weighed: list[Taught]) -> None:
    assert len(weighed) == 50 and all(len(each.evidence) == len(each.right) <= TAUGHT for each in weighed)
    assert not any(any(each.right) for each in weighed if not each.question.answerable)
    assert np.mean([any(each.right) for each in weighed if each.question.answerable]) > 0.75


def test_the_fit_tells_right_quotes_from_others(weighed: list[Taught]) -> None:
    calibration = fit(weighed)
    answered = [each for each in weighed if each.question.answerable]
    chances = np.array([calibration.quote.chance(row) for each in answered for row in each.evidence])
    right = np.array([said for each in answered for said in each.right])
    assert np.mean(chances[right]) > 3 * np.mean(chances[~right])
    # A calibrated chance is right as often as it says.
    assert np.mean(chances) == pytest.approx(right.mean(), abs=0.01)
    assert "| tune | 40 | 10 |" in report([(calibration, each) for each in weighed], "tune")


def test_the_fit_tells_questions_with_an_answer_from_others(weighed: list[Taught]) -> None:
    archive = fit(weighed).archive
    chances = {True: [], False: []}
    for each in weighed:
        chances[each.question.answerable].append(archive.chance(best_of(each.evidence)))
    assert np.mean(chances[True]) > np.mean(chances[False]) + 0.1


def test_no_question_is_held_against_a_fit_that_its_conference_taught(weighed: list[Taught]) -> None:
    pairs = held_back(weighed)
    assert {each.question.id for _, each in pairs} == {each.question.id for each in weighed} and len(pairs) == 50
    by_fit: dict[int, set[str]] = {}
    for calibration, each in pairs:
        by_fit.setdefault(id(calibration), set()).add(conference_of(each.question))
    parts = list(by_fit.values())
    assert len(parts) > 1 and sum(map(len, parts)) == len(set().union(*parts))


def test_a_fit_without_a_difference_weighs_nothing(weighed: list[Taught]) -> None:
    same = Evidence(0.5, 0.5, 0.1, 0.5, 0.0, 0.0, 0.0, 0.0)
    calibration = fit([replace(each, evidence=(same,) * len(each.right)) for each in weighed])
    for regression in (calibration.archive, calibration.quote):
        assert all(abs(weight) < 1e-6 for weight in regression.weights.values())


@pytest.mark.parametrize("selector", [True, False])
def test_the_shipped_files_are_what_the_fit_writes(selector: bool) -> None:
    shipped = shipped_calibration(selector=selector)
    table = tomllib.loads(as_toml(shipped))
    for name, regression in (("archive", shipped.archive), ("quote", shipped.quote)):
        assert table.pop(name) == {"bias": regression.bias, "weights": regression.weights}
        assert tuple(regression.weights) == PIECES
    assert table == {"answers": shipped.answers, "further": shipped.further, "near": shipped.near}


def test_the_command_prints_the_calibration_and_how_it_does(seeds_archive: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    few.write_bytes(b"".join(SET.read_bytes().splitlines(keepends=True)[::4]))
    done = podium_command("eval", "calibrate", few, "--write", tmp_path / "selection.toml", archive=seeds_archive)
    assert re.search(r"^\| check \| [1-9] \| [1-9] \|", done.stdout, re.MULTILINE), done.stdout
    written = (tmp_path / "selection.toml").read_text("utf-8")
    assert set(tomllib.loads(written)["archive"]["weights"]) == set(PIECES)
