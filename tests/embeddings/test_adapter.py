import json
from pathlib import Path

import numpy as np
import pytest

import embeddings.adapter
from embeddings.adapter import Trial, adapt, learn_adapter, train_adapter
from embeddings.encoder import Encoder, Vectors, unit
from rag.answering.retrieval import Weights
from rag.archive.archive import ADAPTER
from rag.pipeline import Podium, build
from rag.settings import Settings

SEEDS = Path(__file__).parent.parent.parent / "seeds"
GROUPS = [f"group {number // 10}" for number in range(600)]


def pairs(turned: float, seed: int = 7) -> tuple[Vectors, Vectors]:
    """600 unit questions of 16 dimensions and answers that lie `turned` of the way towards one rotation of them."""
    chance = np.random.default_rng(seed)
    questions = unit(chance.normal(size=(600, 16)).astype(np.float32))
    rotation = np.linalg.qr(chance.normal(size=(16, 16)))[0].astype(np.float32)
    noise = unit(chance.normal(size=(600, 16)).astype(np.float32))
    return questions, unit(turned * questions @ rotation + (1 - turned) * questions + np.float32(0.3) * noise)


def test_what_all_answers_have_in_common_is_learnt() -> None:
    questions, answers = pairs(0.5)
    adapter, trial = learn_adapter(questions, answers, GROUPS)
    assert trial is not None and trial.kept and trial.adapted > trial.without + 0.05
    assert 60 <= trial.held_back <= 200 and adapter is not None
    near = (adapt(questions, adapter) * answers).sum(axis=1).mean()
    assert near > (questions * answers).sum(axis=1).mean()


def test_pairs_that_have_nothing_in_common_teach_nothing() -> None:
    questions, _ = pairs(0.5)
    answers, _ = pairs(0.5, seed=8)
    adapter, trial = learn_adapter(questions, answers, GROUPS)
    assert trial is not None and (adapter is None) == (trial.adapted <= trial.without)
    assert abs(trial.adapted - trial.without) < 0.03


def test_a_map_that_does_not_win_is_not_kept() -> None:
    assert not Trial(held_back=10, without=0.4, adapted=0.4).kept
    questions, _ = pairs(0.5)
    assert learn_adapter(questions, questions, GROUPS)[0] is None


@pytest.mark.parametrize(("count", "groups"), [(299, GROUPS), (600, ["one"] * 600)])
def test_too_little_is_not_tried(count: int, groups: list[str]) -> None:
    questions, answers = pairs(0.5)
    assert learn_adapter(questions[:count], answers[:count], groups[:count]) == (None, None)


def test_training_is_repeatable_and_a_share_of_nothing_turns_nothing() -> None:
    questions, answers = pairs(0.5)
    adapter = train_adapter(questions, answers)
    assert np.array_equal(adapter, train_adapter(questions, answers))
    assert np.allclose(adapt(questions, adapter, 0.0), questions, atol=1e-6)
    assert np.allclose(np.linalg.norm(adapt(questions, adapter), axis=1), 1, atol=1e-5)


def test_an_archive_keeps_the_adapter_that_wins_and_asks_through_it(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(archive=tmp_path / "archive")
    monkeypatch.setattr(embeddings.adapter, "FEWEST", 20)
    monkeypatch.setattr(Trial, "kept", property(lambda trial: trial.adapted >= 0))
    build(settings, [SEEDS], encoder=lambda: encoder)
    podium = Podium(settings, encoder)
    trial = podium.archive.manifest["adapter"]
    assert trial["held_back"] > 0 and trial["kept"] and podium.archive.adapter is not None
    assert ADAPTER in podium.archive.manifest["files"]
    question = "Is the trial of the two Canadians linked to the Alaska talks?"
    turned, plain = podium.retrieve(question), podium.retrieve(question, weights=Weights(adapter=0))
    own = encoder.encode_queries([question])[0]
    assert not np.allclose(turned.vector, plain.vector, atol=1e-3)
    assert float(turned.vector @ own) < float(turned.quoting @ own) < float(plain.vector @ own)


def test_an_archive_of_few_exchanges_has_none(seeds_archive: Path, podium: Podium) -> None:
    manifest = json.loads((seeds_archive / "generations" / podium.archive.name / "manifest.json").read_text())
    assert manifest["adapter"] is None and podium.archive.adapter is None
