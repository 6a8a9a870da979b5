"""`podium eval`, run as a person runs it: tables on stdout, a folder written, errors with exit status 2."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from callers import podium_command
from conftest import ROOT, SET

TRIAL = "2021-03-18-zhao-lijian/6"


def evaluate(
    *words: object, archive: Path | None = None, typed: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    return podium_command("eval", *words, archive=archive, given=typed.encode(), COLUMNS="200", **environment)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every fifth question of the seeds' set, eight with an answer and two without."""
    lines = SET.read_bytes().splitlines(keepends=True)[::5]
    file = tmp_path_factory.mktemp("few") / SET.name
    file.write_bytes(b"".join(lines))
    return file


@pytest.fixture(scope="module")
def done(few: Path, seeds_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """An evaluation of few questions: its folder and what it printed."""
    out = tmp_path_factory.mktemp("out") / "seeds"
    ran = evaluate(few, "--out", out, archive=seeds_archive)
    assert ran.returncode == 0, ran.stderr
    return out, ran.stdout


def test_eval_prints_the_systems_beside_each_other(done: tuple[Path, str]) -> None:
    lines = done[1].splitlines()
    assert lines[0] == "Exchanges: 8 answerable and 2 unanswerable questions"
    assert lines[1].split() == [
        *("nDCG@10", "95%", "Hit@1", "Hit@5", "MRR@10", "Recall@20", "answered", "refused", "AUROC"),
    ]
    rows = {line.split()[0]: [float(word) for word in line.split()[1:] if "–" not in word] for line in lines[2:5]}
    assert list(rows) == ["fused", "bm25", "dense"]
    assert all(0 <= value <= 1 for values in rows.values() for value in values)
    assert all(values[0] > 0.5 for values in rows.values())


def test_eval_writes_report_results_run_and_qrels(done: tuple[Path, str]) -> None:
    folder = done[0]
    assert {path.name for path in folder.iterdir()} == {"report.html", "results.json", "run.trec", "qrels.trec"}
    results = json.loads((folder / "results.json").read_text("utf-8"))
    assert results["about"]["questions"] == "seeds.jsonl" and len(results["asked"]) == 10
    assert str(folder.parent) not in (folder / "results.json").read_text("utf-8")


def test_every_quote_of_the_measure_is_verbatim_and_rightly_cited(done: tuple[Path, str]) -> None:
    figures = json.loads((done[0] / "results.json").read_text("utf-8"))["figures"]["overall"]
    assert {figures[name]["value"] for name in ("verbatim", "right speaker", "right date", "right outlet")} == {1.0}


def test_a_run_scores_the_same_from_its_own_files(
    done: tuple[Path, str], few: Path, tmp_path: Path, seeds_archive: Path
) -> None:
    folder = done[0]
    wanted = done[1].splitlines()[2].split()[1]
    by_qrels = evaluate("score", folder / "run.trec", "--qrels", folder / "qrels.trec", "--out", tmp_path / "a")
    by_set = evaluate("score", folder / "run.trec", "--questions", few, "--out", tmp_path / "b", archive=seeds_archive)
    assert by_qrels.stdout.splitlines()[2].split()[1] == wanted == by_set.stdout.splitlines()[2].split()[1]
    compared = evaluate("compare", tmp_path / "b", folder)
    row = next(line for line in compared.stdout.splitlines() if line.startswith("nDCG@10 "))
    assert "+0.000" in row and row.endswith("0/0/8")


def test_one_half_is_asked_of_a_set(few: Path, seeds_archive: Path, tmp_path: Path) -> None:
    words = (few, "--split", "tune", "--out", tmp_path / "tune", "--markdown")
    ran = evaluate(*words, archive=seeds_archive, PODIUM_SELECTOR="off")
    count = json.loads((tmp_path / "tune" / "results.json").read_text("utf-8"))["asked"]
    assert 2 <= len(count) <= 8
    assert ran.stdout.startswith("**Exchanges: ") and "\n| fused" in ran.stdout


def test_pool_lists_and_judges(done: tuple[Path, str], few: Path, tmp_path: Path, seeds_archive: Path) -> None:
    mine = tmp_path / "mine.jsonl"
    mine.write_bytes(few.read_bytes())
    listed = evaluate("pool", mine, done[0], "--depth", 1, "--list", archive=seeds_archive).stdout.splitlines()
    assert listed and listed[0].split("\t")[0].startswith("seeds-")
    judged = evaluate("pool", mine, done[0], "--depth", 1, archive=seeds_archive, typed="0\nwhat\nq\n")
    assert judged.returncode == 0 and f"1 of {len(listed)} judged" in judged.stdout
    changed = [
        (before, after)
        for before, after in zip(few.read_text("utf-8").split("\n"), mine.read_text("utf-8").split("\n"), strict=True)
        if before != after
    ]
    ((before, after),) = changed
    assert json.loads(after)["relevant"][:-1] == json.loads(before)["relevant"]
    assert json.loads(after)["relevant"][-1]["grade"] == 0
    left = evaluate("pool", mine, done[0], "--depth", 1, "--list", archive=seeds_archive).stdout.splitlines()
    assert left == listed[1:]


def test_an_archive_goes_out_as_beir(seeds_archive: Path, tmp_path: Path) -> None:
    ran = evaluate("export", SET, "--out", tmp_path / "beir", archive=seeds_archive)
    assert ran.returncode == 0 and "40 questions" in ran.stdout
    assert TRIAL in (tmp_path / "beir" / "corpus.jsonl").read_text("utf-8")


def test_a_beir_folder_is_run(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(
        '{"_id": "d1", "title": "Torch", "text": "It was lit in Olympia."}\n'
        '{"_id": "d2", "title": "", "text": "The embassy has stopped posting."}\n'
    )
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "Where was the torch lit?"}\n')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td1\t1\n")
    ran = evaluate("beir", folder, "--out", tmp_path / "out")
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[:2] for line in ran.stdout.splitlines()[2:5]] == [
        ["fused", "1.000"],
        ["bm25", "1.000"],
        ["dense", "1.000"],
    ]
    assert (tmp_path / "out" / "run.trec").read_text().startswith("q Q0 d1 1 ")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("{", "set.jsonl:1: "),
        ("", "no questions"),
        ('{"id": "a", "question": "?", "kind": "fact", "relevant": [{"transcript": "gone", "quote": "w", "grade": 2}]}',
         "no transcript 'gone'"),
    ],
)  # fmt: skip
def test_bad_sets_are_exit_status_2_and_write_nothing(
    tmp_path: Path, seeds_archive: Path, lines: str, says: str
) -> None:
    (tmp_path / "set.jsonl").write_text(lines)
    ran = evaluate(tmp_path / "set.jsonl", "--out", tmp_path / "out", archive=seeds_archive)
    assert ran.returncode == 2 and says in ran.stderr.replace("\n", "") and ran.stdout == ""
    assert not (tmp_path / "out").exists()


def test_bad_runs_and_choices_are_exit_status_2(tmp_path: Path, seeds_archive: Path) -> None:
    (tmp_path / "run").write_text("seeds-01 Q0 nowhere/1 1 nan me\n")
    (tmp_path / "qrels").write_text("other 0 d 1\n")
    for words, says in (
        (("score", tmp_path / "run", "--qrels", tmp_path / "qrels"), "run:1: the score 'nan'"),
        (("score", tmp_path / "run"), "Give either --qrels"),
        ((SET, "--split", "half"), "half"),
        ((SET, "--variation", "sparse"), "variation is 'sparse'. Take one of: fused, bm25"),
        (("compare", tmp_path, tmp_path), "results.json"),
        ((SET, "--archive", tmp_path / "none"), "there is no archive"),
    ):
        ran = evaluate(*words, archive=seeds_archive)
        assert ran.returncode == 2 and says in ran.stderr.replace("\n", ""), ran.stderr
    (tmp_path / "run").write_text("seeds-01 Q0 nowhere/1 1 2.5 me\n")
    for words, says in (
        (("score", tmp_path / "run", "--qrels", tmp_path / "qrels"), "none of the 1 topics"),
        (("score", tmp_path / "run", "--questions", SET), "no exchange 'nowhere/1'"),
    ):
        ran = evaluate(*words, "--out", tmp_path / "out", archive=seeds_archive)
        assert ran.returncode == 2 and says in ran.stderr.replace("\n", "")
    assert not (tmp_path / "out").exists()


def test_help_imports_nothing_heavy() -> None:
    heavy = ("torch", "faiss", "numpy", "ir_measures", "matplotlib")
    code = (
        "import sys; sys.argv = ['podium', 'eval', '--help']\n"
        "from podium.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"sys.exit(any(name in sys.modules for name in {heavy!r}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and "compare" in ran.stdout


def test_without_its_libraries_evaluation_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; from importlib import util\n"
        "found = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'ir_measures' else found(name, *rest)\n"
        f"sys.argv = ['podium', 'eval', {str(SET)!r}]\n"
        "from podium.cli import main\nmain()"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 2 and "pip install 'podium[eval]'" in ran.stderr.replace("\n", " ")
