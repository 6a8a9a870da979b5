"""The watcher of generations: it lives through anything that the disk does, and says so once."""

import logging
import shutil
import time
from pathlib import Path

import httpx
import pytest
from conftest import SEEDS, serve

from embeddings.encoder import Encoder
from rag.api.following import Following, rest_after
from rag.archive.generations import current_generation
from rag.pipeline import Podium, build
from rag.settings import Settings


@pytest.fixture
def own(own_archive: Path, encoder: Encoder) -> Podium:
    return Podium(Settings(archive=own_archive), encoder)


def told(caplog: pytest.LogCaptureFixture, word: str) -> int:
    return sum(word in record.getMessage() for record in caplog.records if record.name == "podium")


@pytest.mark.parametrize("trouble", ["unreadable", "too long", "gone", "foreign error"])
def test_trouble_is_told_once_and_ends(
    own: Podium, trouble: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    folder, following = own.settings.archive, Following(own)
    if trouble == "unreadable":
        (folder / "CURRENT").unlink()
        (folder / "CURRENT").mkdir()
    elif trouble == "too long":
        (folder / "CURRENT").write_text("9" * 300)
    elif trouble == "gone":
        (folder / "generations").rename(folder / "away")
    else:
        monkeypatch.setattr(own, "refresh", lambda: 1 / 0)
    for _ in range(3):
        following.look()
    assert following.trouble and told(caplog, "still serving") == 1
    assert own.ask("the trial of the two Canadians").generation == "000001"
    if (folder / "away").exists():
        (folder / "away").rename(folder / "generations")
    if (folder / "CURRENT").is_dir():
        (folder / "CURRENT").rmdir()
    (folder / "CURRENT").write_text("000001")
    monkeypatch.undo()
    following.look()
    assert following.trouble == "" and told(caplog, "now serving") == 1


def test_a_later_generation_is_served_after_trouble(own: Podium, tmp_path: Path) -> None:
    folder, following = own.settings.archive, Following(own)
    (folder / "CURRENT").write_text("000009")
    following.look()
    (folder / "CURRENT").write_text("000001")
    (tmp_path / "in").mkdir()
    shutil.copy(SEEDS / "003_4d07b25c1c8cc511.txt", tmp_path / "in")
    build(own.settings, [tmp_path / "in"], encoder=lambda: own.encoder)
    following.look()
    assert own.archive.name == current_generation(folder) == "000002"


@pytest.mark.parametrize("file", ["catalogue.sqlite", "vectors.faiss"])
def test_damage_while_serving_is_seen(own: Podium, file: str, caplog: pytest.LogCaptureFixture) -> None:
    for address in serve(own, own.settings):
        assert httpx.get(f"{address}/readyz").json()["trouble"] == ""
        path = own.settings.archive / "generations" / "000001" / "parts" / "000001-1" / file
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        following = Following(own)
        following.check()
        following.check()
        assert file in following.damage and told(caplog, "changed on disk") == 1


def test_checking_a_large_archive_takes_a_tenth_of_the_time() -> None:
    assert [rest_after(took, least=600.0) for took in (2.0, 300.0)] == [600.0, 2700.0]


def test_ready_and_metrics_show_trouble_and_damage(own: Podium) -> None:
    for address in serve(own, own.settings):
        assert "podium_generation_trouble 0.0" in httpx.get(f"{address}/metrics").text
        (own.settings.archive / "CURRENT").write_text("9" * 300)
        for _ in range(100):
            if httpx.get(f"{address}/readyz").json()["trouble"]:
                break
            time.sleep(0.1)
        else:
            pytest.fail("no trouble shown")
        assert "podium_generation_trouble 1.0" in httpx.get(f"{address}/metrics").text
