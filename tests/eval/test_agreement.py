"""How far two readers of the same questions agree."""

import json
from pathlib import Path

import pytest
from conftest import SET

from eval.agreement import agreement, main
from eval.questions import read_questions
from rag.pipeline import Podium


def test_one_who_marks_less_agrees_less(podium: Podium, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in SET.read_text("utf-8").splitlines()]
    told = [line for line in lines if len(line["relevant"]) > 1][:6]
    second = tmp_path / "second.jsonl"
    second.write_text("".join(json.dumps(line) + "\n" for line in told), "utf-8")
    same = agreement(podium.archive, [SET], second)
    assert same == {"questions": len(told), "common": 1, "or helps": 1, "kappa": 1}
    for line in told:
        line["relevant"] = line["relevant"][:1]
    for line in told[:2]:
        line["relevant"][0]["grade"] = 1
    second.write_text("".join(json.dumps(line) + "\n" for line in told), "utf-8")
    less = agreement(podium.archive, [SET], second)
    assert less["common"] == pytest.approx(1 - 2 / len(told)) and less["kappa"] < 1


def test_an_archive_without_their_questions_is_named(
    podium: Podium, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.jsonl"
    line = json.loads(SET.read_text("utf-8").splitlines()[0])
    line["relevant"] = [{"transcript": "nowhere", "quote": "Nothing of the kind was said.", "grade": 2}]
    other.write_text(json.dumps(line) + "\n", "utf-8")
    assert len(read_questions([other])) == 1
    assert main([str(other), str(SET), "--archive", str(podium.archive.folder)]) == 2
    assert "both readers saw" in capsys.readouterr().err
