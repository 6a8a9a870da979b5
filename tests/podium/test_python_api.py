"""`from podium import Podium, build`: the example in its docstring runs."""

import doctest
from pathlib import Path

import pytest
from conftest import ROOT

import podium


def test_the_example_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    failed, tried = doctest.testmod(podium)
    assert tried > 5 and failed == 0


def test_nothing_else_is_there() -> None:
    with pytest.raises(AttributeError, match="Podiun"):
        podium.Podiun  # noqa: B018
