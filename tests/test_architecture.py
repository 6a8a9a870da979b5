"""The house as it is drawn: import order, one importer a library, no catch-all files."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Each file may import only what stands above it.
ORDER = """
embeddings/bert.py
embeddings/encoder.py embeddings/adapter.py embeddings/reranker.py embeddings/index.py rag/errors.py rag/settings.py
rag/transcript.py rag/language/names.py rag/calendar/printed.py rag/reading/decoding.py rag/reading/markup.py
rag/reading/labels.py rag/reading/layout.py rag/reading/turns.py rag/reading/assembly.py rag/reading/reading.py
rag/language/sentences.py rag/archive/passages.py rag/answering/tokens.py rag/archive/words.py
rag/archive/catalogue.py rag/archive/generations.py rag/archive/archive.py rag/intake/paths.py rag/intake/sources.py
rag/intake/mirrors.py rag/intake/ingest.py rag/intake/watching.py rag/calendar/days.py rag/calendar/words.py
rag/calendar/pointers.py rag/calendar/dates.py rag/calendar/parts.py rag/calendar/periods.py rag/question/mentions.py
rag/language/glossary.py rag/question/followups.py rag/question/query.py rag/answering/retrieval.py
rag/answering/refusal.py rag/answering/quotes.py rag/answering/answer.py rag/answering/wording.py
rag/answering/framing.py rag/answering/checking.py rag/answering/writer.py rag/pipeline.py rag/api/shapes.py
rag/api/problems.py rag/api/bounds.py rag/api/door.py rag/api/asking.py rag/api/metrics.py rag/api/query.py
rag/api/pages.py rag/api/completions.py rag/api/housekeeping.py rag/api/messages.py rag/api/prose.py rag/api/chat.py
rag/api/dify.py rag/api/mcp.py rag/api/openapi.py rag/api/app.py podium/terminal.py eval/questions.py eval/gold.py
eval/runs.py eval/trec.py eval/beir.py eval/ranking.py eval/measures.py eval/statistics.py eval/results.py
eval/alternatives.py eval/sanity.py eval/pooling.py eval/comparison.py eval/tables.py eval/plots.py eval/report.py
eval/calibration.py eval/commands.py podium/cli.py eval/__main__.py
""".split()

ONLY_IMPORTER = {
    "sentence_transformers": {"embeddings/encoder.py", "embeddings/reranker.py"},
    "torch": {"embeddings/encoder.py", "embeddings/adapter.py"},
    "transformers": {"embeddings/encoder.py"},
    "openvino": {"embeddings/bert.py"},
    "tokenizers": {"embeddings/bert.py"},
    "safetensors": {"embeddings/bert.py"},
    "faiss": {"embeddings/index.py"},
    "tiktoken": {"rag/answering/tokens.py"},
    "bm25s": {"rag/archive/words.py"},
    "Stemmer": {"rag/archive/words.py"},
    "sqlite3": {"rag/archive/catalogue.py", "rag/archive/archive.py"},
    "charset_normalizer": {"rag/reading/decoding.py"},
    "rapidfuzz": {"rag/archive/words.py", "rag/question/mentions.py", "rag/question/query.py"},
    "typer": {"eval/commands.py", "podium/cli.py"},
    "ir_measures": {"eval/ranking.py"},
    "matplotlib": {"eval/plots.py"},
    "pytrec_eval": set(),
    "scipy": set(),
    "uvicorn": {"podium/cli.py"},
    "watchfiles": {"rag/intake/watching.py"},
    "mcp": {"rag/api/mcp.py"},
    "openai": {"rag/answering/writer.py"},
    "limits": {"rag/api/door.py"},
    "prometheus_client": {"rag/api/metrics.py"},
}


def sources() -> dict[str, ast.Module]:
    files = [path for room in ("embeddings", "rag", "eval", "podium") for path in (ROOT / room).rglob("*.py")]
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in files
        if path.name != "__init__.py"
    }


def imports(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def test_every_file_has_its_place_in_the_order() -> None:
    assert set(sources()) == set(ORDER)


def test_a_file_imports_only_what_stands_above_it() -> None:
    place = {path.removesuffix(".py").replace("/", "."): at for at, path in enumerate(ORDER)}
    wrong = [
        f"{path} imports {module}"
        for path, tree in sources().items()
        for module in imports(tree)
        if module in place and place[module] >= place[path.removesuffix(".py").replace("/", ".")]
    ]
    assert wrong == []


def test_embeddings_know_nothing_of_press_conferences() -> None:
    for path in (ROOT / "embeddings").glob("*.py"):
        assert not re.search(r"\brag\b|spokes|outlet|transcript|exchange", path.read_text("utf-8"), re.IGNORECASE), path


@pytest.mark.parametrize("library", ONLY_IMPORTER)
def test_one_importer_a_library(library: str) -> None:
    importers = {
        path for path, tree in sources().items() if any(name.partition(".")[0] == library for name in imports(tree))
    }
    assert importers == ONLY_IMPORTER[library]


def test_only_settings_reads_the_environment() -> None:
    readers = [
        path for path in sources() if re.search(r"os\.environ|getenv|BaseSettings", (ROOT / path).read_text("utf-8"))
    ]
    assert readers == ["rag/settings.py"]


def test_init_files_are_empty() -> None:
    assert [path for path in ROOT.glob("*/**/__init__.py") if ".venv" not in path.parts and path.read_text()] == []


def test_no_catch_all_files() -> None:
    catch_all = {"utils.py", "helpers.py", "types.py", "base.py", "common.py", "constants.py"}
    assert [path for path in sources() if Path(path).name in catch_all] == []
