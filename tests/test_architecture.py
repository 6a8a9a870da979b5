"""The house as it is drawn: import order, one importer a library, no catch-all files."""

import ast
import re
from collections import Counter
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Rooms in import order, and the files of each in theirs: a file imports only what stands above it or to its left.
ROOMS = """
embeddings:     bert encoder spread selector index
rag:            errors settings transcript credit clock
rag/language:   sentences names institutions glossary
rag/calendar:   days printed words pointers dates parts periods
rag/reading:    files decoding pdf frontmatter furniture running offices markup styles key habits rows labels titles
rag/reading:    layout cast parts unlabelled turns opening askers stage assembly people named heading reading
rag/archive:    arrays passages sayings columns words postings lexicon engine stored catalogue manifest generations
rag/archive:    parts archive milvus overview
rag/intake:     addresses paths readers sources mirrors namesakes journal changes cutting composing older ingest
rag/intake:     watching
rag/question:   filters asked rules mentions speaking officials followups intent query
rag/answering:  tokens retrieval matter stretches relevance selection repeats quotes answer choosing
rag/answering:  verify
rag:            loading pipeline
rag/page:       address bars marking templates
rag/api:        citing shapes transcripts bodies problems logs bounds session door workers asking following
rag/api:        listening metrics query verdict suggesting completions housekeeping messages chat responses dify
rag/api:        fetched mcp swagger openapi
rag/api:        pages page_ask page_read page_archive page_verify page_feed page_login
rag/api:        app
eval:           lines questions gold runs trec beir ranking measures statistics results sanity pooling
eval:           comparison tables judging plots report calibration agreement
eval/training:  lessons student encoder cross selector
podium:         command terminal measuring evaluation address keeping cli
"""
ORDER = [
    f"{room.strip()}/{name}.py"
    for room, _, names in (line.partition(":") for line in ROOMS.split("\n") if line)
    for name in names.split()
]

ONLY_IMPORTER = {
    "sentence_transformers": {"embeddings/encoder.py"},
    "torch": {"embeddings/encoder.py", "eval/training/cross.py", "eval/training/student.py"},
    "transformers": {"embeddings/encoder.py", "eval/training/student.py"},
    "openvino": {"embeddings/bert.py"},
    "tokenizers": {"embeddings/bert.py"},
    "safetensors": {"embeddings/bert.py", "eval/training/student.py"},
    "faiss": {"embeddings/index.py"},
    "tiktoken": {"rag/answering/tokens.py"},
    "bm25s": set(),
    "Stemmer": {"rag/archive/words.py"},
    "pymilvus": {"rag/archive/milvus.py"},
    "ray": {"embeddings/spread.py"},
    "sqlite3": {"rag/archive/catalogue.py", "rag/archive/archive.py"},
    "charset_normalizer": {"rag/reading/decoding.py"},
    "pypdf": {"rag/reading/pdf.py"},
    "yaml": {"rag/reading/frontmatter.py"},
    "rapidfuzz": {
        "rag/answering/verify.py",
        "rag/reading/offices.py",
        "rag/archive/lexicon.py",
        "rag/question/mentions.py",
        "rag/question/filters.py",
    },
    "typer": {"podium/command.py", "podium/evaluation.py", "podium/keeping.py", "podium/cli.py"},
    "ir_measures": {"eval/ranking.py"},
    "matplotlib": {"eval/plots.py"},
    "pytrec_eval": set(),
    "scipy": set(),
    "uvicorn": {"rag/api/listening.py"},
    "watchfiles": {"rag/intake/watching.py"},
    "mcp": {"rag/api/mcp.py"},
    "openai": set(),
    "httpx": {"rag/answering/choosing.py"},
    "limits": {"rag/api/door.py"},
    "prometheus_client": {"rag/api/metrics.py"},
    "jinja2": {"rag/page/templates.py"},
}


@cache
def sources() -> dict[str, ast.Module]:
    files = [path for room in ("embeddings", "rag", "eval", "podium") for path in (ROOT / room).rglob("*.py")]
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in files
        if path.name != "__init__.py"
    }


@cache
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


def test_a_room_stands_in_one_place() -> None:
    """So no two rooms import each other; but in rag/ the nouns stand below all rooms, and the pipeline above them."""
    rooms = [room for room, _ in groupby(path.rpartition("/")[0] for path in ORDER)]
    assert [room for room, count in Counter(rooms).items() if count > 1] == ["rag"]


def test_no_file_is_too_long_to_be_read_at_once() -> None:
    assert [path for path in sources() if len((ROOT / path).read_text("utf-8").splitlines()) > 350] == []


def test_comments_stand_where_it_is_dense_and_not_everywhere() -> None:
    lines = [line.strip() for path in sources() for line in (ROOT / path).read_text("utf-8").splitlines()]
    comments = sum(line.startswith("#") for line in lines)
    assert 2 <= 100 * comments / len(lines) <= 5


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


def test_init_files_are_empty_but_for_the_python_api() -> None:
    filled = [path for path in ROOT.glob("*/**/__init__.py") if ".venv" not in path.parts and path.read_text()]
    assert filled == [ROOT / "podium" / "__init__.py"]


def test_no_catch_all_files() -> None:
    catch_all = {"utils.py", "helpers.py", "types.py", "base.py", "common.py", "constants.py"}
    assert [path for path in sources() if Path(path).name in catch_all] == []
