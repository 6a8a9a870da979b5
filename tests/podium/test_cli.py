"""The command line, run as a person runs it: its output, its exit status, and what a process of its own loads."""

import io
import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from callers import podium_command, podium_process
from conftest import ROOT, SEEDS
from rich.console import Console

from podium.terminal import show_answer, show_line
from rag.pipeline import Podium

TRIAL = "Is the trial of the two Canadians linked to the Alaska talks?"


def test_ask_prints_quote_speaker_date_outlet_question_and_link(seeds_archive: Path) -> None:
    done = podium_command("ask", TRIAL, archive=seeds_archive)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[1].startswith("[1] “") and "It is not linked to China-US high-level strategic dialogue.”" in lines[1]
    assert lines[2].strip() == "— Zhao Lijian, 18 March 2021, to FSN"
    assert lines[3].strip().startswith("Asked: The Canadian Embassy was informed")
    assert lines[4].strip() == "2021-03-18-zhao-lijian/6"
    assert lines[-1] == "podium serve shows each quote in its place."
    assert "\x1b" not in done.stdout


def test_links_lead_to_the_server_while_it_runs_and_no_color_is_honoured(seeds_archive: Path, server: str) -> None:
    port = server.rpartition(":")[2]
    done = podium_command("ask", TRIAL, archive=seeds_archive, PODIUM_PORT=port, FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[1m" in done.stdout and "\x1b[36m" not in done.stdout, "bold is no colour"
    assert f"{server}/read/2021-03-18-zhao-lijian?start=" in done.stdout
    assert "podium serve" not in done.stdout
    sent = json.loads(podium_command("ask", TRIAL, "--json", "--k", 1, archive=seeds_archive, PODIUM_PORT=port).stdout)
    (quote,) = sent["quotes"]
    assert sent["answered"] and quote["outlet"] == "FSN" and quote["url"].startswith(f"{server}/read/")


def test_the_sentences_that_answer_are_bold_and_no_others(podium: Podium) -> None:
    answer = podium.ask("How many days in 2020 went by without a killing by US police?")
    quote = answer.quotes[0]
    text = podium.archive.text(quote.span.transcript_id)
    assert quote.focus != quote.span
    out = io.StringIO()
    show_answer(answer, "", Console(width=2000, file=out, force_terminal=True, soft_wrap=True), 0.0)
    assert re.findall(r"\x1b\[1m(.*?)\x1b\[0m", out.getvalue()) == [quote.focus.cut(text)]


def test_links_never_break_over_lines() -> None:
    out = Console(width=30, file=io.StringIO(), force_terminal=False)
    show_line(out, "https://example.org/" + "a" * 100)
    assert len(out.file.getvalue().splitlines()) == 1  # type: ignore[attr-defined]


def test_a_port_that_is_taken_is_one_clear_error(seeds_archive: Path, server: str) -> None:
    port = server.rpartition(":")[2]
    done = podium_command("serve", "--port", port, archive=seeds_archive)
    assert done.returncode == 2
    assert f"can't listen on 127.0.0.1 port {port}" in done.stderr
    assert f"--port {int(port) + 1}" in done.stderr
    assert "listens on" not in done.stderr


def test_help_says_what_podium_is_and_cuts_nothing() -> None:
    told = podium_command("--help").stdout
    assert "Ask an archive of press conferences" in told
    assert "..." not in told.partition("Commands:")[2]
    assert podium_command("--version").stdout.strip() == version("podium")


def test_piped_output_is_not_wrapped(tmp_path: Path) -> None:
    seed = "seeds/002_4492bcaa336717e6.txt"
    done = podium_command("ingest", seed, archive=tmp_path / "archive")
    assert re.search(r"^Generation 000001: .* kept\.$", done.stderr, re.MULTILINE)
    shown = podium_command("inspect", seed).stdout
    assert max(map(len, shown.splitlines())) > 100


def test_no_understand_leaves_the_words_alone(seeds_archive: Path) -> None:
    words = ("ask", "What did Wang Wenbin say about Xinjiang?", "--json", "--no-understand")
    sent = json.loads(podium_command(*words, archive=seeds_archive).stdout)
    assert sent["understood"]["spokespeople"] == [] and sent["understood"]["in_words"] == ""


def test_a_refusal_is_exit_status_1_in_plain_words(seeds_archive: Path) -> None:
    done = podium_command("ask", "How do I bake sourdough bread?", archive=seeds_archive)
    assert done.returncode == 1
    assert "This archive does not answer that" in done.stdout and "The closest it has:" not in done.stdout


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["ask", ""], "question is empty"),
        (["ask", "x", "--k", "0"], "k is 0"),
        (["ask", "x", "--from", "2021-02-30"], "--from is '2021-02-30', which is no day"),
        (["ask", "x", "--from", "2021-03-02", "--to", "2021-03-01"], "is after date_to"),
        (["ask", "x", "--spokesperson", "Nobody"], "'Nobody' is not among"),
        (["ask", "x", "--archive", "no/such/archive"], "there is no archive at no/such/archive"),
        (["ingest", "embeddings"], "no transcripts at embeddings"),
        (["inspect", "Makefile"], "Makefile"),
        (["serve", "--host", "0.0.0.0"], "can be reached from other machines"),
    ],
)
def test_bad_input_is_exit_status_2_with_one_clear_message(seeds_archive: Path, words: list[str], named: str) -> None:
    done = podium_command(*words, archive=seeds_archive)
    assert done.returncode == 2 and done.stdout == ""
    assert named in " ".join(done.stderr.split()) and "Traceback" not in done.stderr


def test_a_damaged_archive_is_exit_status_65(own_archive: Path) -> None:
    (own_archive / "generations" / "000001" / "parts" / "000001-1" / "vectors.faiss").write_bytes(b"")
    done = podium_process("ask", "x", archive=own_archive)
    assert done.returncode == 65 and "vectors.faiss" in done.stderr and "--rebuild" in done.stderr
    assert podium_command("check", archive=own_archive).returncode == 65


def test_ingest_ends_with_a_summary_and_status_1_where_a_file_was_bad(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\0\1")
    (tmp_path / "good.txt").write_bytes((SEEDS / "002_4492bcaa336717e6.txt").read_bytes())
    done = podium_command("ingest", tmp_path, archive=tmp_path / "a")
    assert done.returncode == 1 and "1 added" in done.stderr and "bad.txt" in done.stderr
    assert podium_command("check", archive=tmp_path / "a").stdout.startswith(
        "000001  whole  1 transcripts, 8 exchanges"
    )


def test_inspect_shows_the_exchanges_of_a_file() -> None:
    done = podium_command("inspect", str(SEEDS / "002_4492bcaa336717e6.txt"), "--json")
    (sent,) = json.loads(done.stdout)
    assert sent["transcript"]["date"] == "2021-01-28" and len(sent["transcript"]["exchanges"]) == 8
    assert "oddities" in sent
    shown = podium_command("inspect", str(SEEDS / "002_4492bcaa336717e6.txt")).stdout
    assert "Zhao Lijian" in shown and "NPR" in shown


def test_inspect_says_who_answers_who_asks_and_what_is_doubtful(tmp_path: Path) -> None:
    (tmp_path / "talk.csv").write_text(
        "speaker,text\nAnn Doe,Is it so?\nJo Roe,Is it? I wonder.\nAnn Doe,Is it?\nJo Roe,Who knows?\n"
    )
    (tmp_path / "brief.txt").write_text(
        "Briefing by Press Secretary Jo Roe, 3 May 2024\n\nMR. ROE:  Good day.\n\nQ    Ann Doe, CNN.  Is it so?\n\n"
        "MR. ROE:  Yes.\n\nQ    Why?\n\nMR. ROE:  Because.\n"
    )
    shown = podium_command("inspect", str(tmp_path / "talk.csv"), str(tmp_path / "brief.txt")).stdout
    assert "Not sure who asks and who answers" in shown
    assert "Jo Roe, Press Secretary (3)" in shown
    assert "CNN (1); 1 unnamed" in shown
    assert "1 line: ‘Briefing by Press Secretary Jo Roe" in shown


def test_help_imports_little_and_neither_inspect_nor_usage_errors_torch() -> None:
    code = """
import contextlib, sys
from podium.cli import main
heavy = {"numpy", "faiss", "openvino", "tokenizers", "rapidfuzz", "asyncio", "rag.settings", "rag.archive"}
for words in (["--help"], ["ask", "--help"], ["--version"]):
    sys.argv = ["podium", *words]
    with contextlib.suppress(SystemExit):
        main()
    assert not heavy & set(sys.modules), (words, heavy & set(sys.modules))
seed = "seeds/002_4492bcaa336717e6.txt"
reversed_dates = ["ask", "x", "--from", "2021-03-02", "--to", "2021-03-01"]
for words in (["ask"], reversed_dates, ["inspect", seed]):
    sys.argv = ["podium", *words]
    with contextlib.suppress(SystemExit):
        main()
    assert "torch" not in sys.modules, words
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0 and "Zhao Lijian" in done.stdout, done.stderr


def test_asking_imports_no_server_no_torch_and_nothing_that_reads_transcripts(seeds_archive: Path) -> None:
    heavy = ("torch", "transformers", "sentence_transformers", "fastapi", "starlette", "uvicorn", "mcp", "rag.reading")
    heavy += ("pydantic_settings", "asyncio", "ssl", "urllib.request", "scipy", "numpy.ma", "numpy.random")
    words = ["podium", "ask", TRIAL, "--archive", str(seeds_archive)]
    code = (
        "import contextlib, sys\nfrom podium.cli import main\n"
        f"for form in ([], ['--json']):\n sys.argv = {words!r} + form\n"
        " with contextlib.suppress(SystemExit): main()\n"
        f"assert not set({heavy!r}) & set(sys.modules), set({heavy!r}) & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0 and done.stdout.count("high-level strategic dialogue") >= 2, done.stderr
