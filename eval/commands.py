"""`podium eval …`: every command of the offline evaluation. Prints tables on stdout and talk on stderr.

Libraries that only evaluation needs are imported inside the commands, so that `podium --help` stays quick and
podium runs without them.
"""

from collections.abc import Sequence
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from rag.errors import PodiumError
from rag.settings import read_settings

if TYPE_CHECKING:
    from eval.questions import Split
    from eval.results import Evaluation

LIBRARIES = ("ir_measures", "matplotlib")
BESIDE = ("bm25", "dense")

talk = Console(stderr=True, highlight=False)

QuestionsArgument = Annotated[list[Path], typer.Argument(metavar="QUESTIONS...", help="Question sets, .jsonl.")]
ArchiveOption = Annotated[Path | None, typer.Option("--archive", help="The archive's folder [PODIUM_ARCHIVE].")]
OutOption = Annotated[Path | None, typer.Option("--out", help="The folder to write to [out/ and the set's name].")]
SplitOption = Annotated[str, typer.Option(help="Which half of the set, by conference: tune, check or all.")]
MarkdownOption = Annotated[bool, typer.Option("--markdown", help="Print the tables as Markdown.")]


class _RunByDefault(typer.core.TyperGroup):
    """`podium eval QUESTIONS` is `podium eval run QUESTIONS`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_RunByDefault, no_args_is_help=True, help="Measure an archive against question sets, offline.")


@app.command()
def run(
    questions: QuestionsArgument,
    archive: ArchiveOption = None,
    out: OutOption = None,
    split: SplitOption = "all",
    markdown: MarkdownOption = False,
) -> None:
    """Ask every question of the sets; print the measures, and write them with a report."""
    evaluations, grades = _evaluate(questions, archive, split, ("fused", *BESIDE))
    folder = out or Path("out") / _name(questions, split)
    _write(folder, evaluations, grades)
    _print_tables(evaluations, markdown)
    talk.print(f"Wrote {folder / 'report.html'}", soft_wrap=True)


@app.command()
def ablate(
    questions: QuestionsArgument,
    archive: ArchiveOption = None,
    split: SplitOption = "all",
    markdown: MarkdownOption = False,
) -> None:
    """One row for every variation of the retrieval, and the difference that each makes."""
    from eval.comparison import compare
    from eval.runs import VARIATIONS
    from eval.tables import ablation_table, systems_table

    evaluations, _ = _evaluate(questions, archive, split, tuple(VARIATIONS))
    shipped = evaluations[0]
    against = [compare(each, shipped) for each in evaluations[1:]]
    print(systems_table(evaluations).text(markdown))
    print(ablation_table(against).text(markdown), end="")


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="A folder that an evaluation wrote.")],
    b: Annotated[Path, typer.Argument(help="Another, of the same questions.")],
    changed: Annotated[int, typer.Option(help="How many of the most changed questions to show.")] = 10,
    markdown: MarkdownOption = False,
) -> None:
    """B against A: differences with intervals and tests, and the questions that changed most."""
    _need_libraries()
    from eval.comparison import compare as compare_evaluations
    from eval.results import read_evaluation
    from eval.tables import changed_text, differences_table

    comparison = compare_evaluations(read_evaluation(a), read_evaluation(b), changed)
    print(differences_table(comparison).text(markdown))
    print(changed_text(comparison), end="")


def _evaluate(
    paths: Sequence[Path], archive: Path | None, split: str, variations: Sequence[str]
) -> "tuple[list[Evaluation], dict[str, dict[str, int]]]":
    """An evaluation for each named variation, and the grades by exchange; everything is checked before it starts."""
    _need_libraries()
    from eval.gold import resolve
    from eval.questions import read_questions, select
    from eval.results import describe, evaluate
    from eval.runs import VARIATIONS, run_questions
    from rag.pipeline import Podium
    from rag.terminal import progress_bars

    questions = select(read_questions(paths), _split(split))
    with talk.status("Opening the archive…"):
        podium = Podium(read_settings(archive=archive))
        gold = resolve(questions, podium.archive)
    sets = ", ".join(path.name for path in paths)
    about = describe(podium.archive, podium.encoder.name, questions=sets, split=split)
    evaluations = []
    for name in variations:
        with progress_bars(talk) as progress:
            results = run_questions(podium, questions, VARIATIONS[name], progress=progress)
        evaluations.append(evaluate(name, about, questions, gold, results, podium.archive))
    return evaluations, {each: gold[each].exchanges for each in gold}


def _write(folder: Path, evaluations: "Sequence[Evaluation]", grades: dict[str, dict[str, int]]) -> None:
    from eval.report import report_page
    from eval.results import write_evaluation

    write_evaluation(folder, evaluations[0], grades, report_page(evaluations))


def _print_tables(evaluations: "Sequence[Evaluation]", markdown: bool) -> None:
    from eval.tables import evaluation_tables, systems_table

    tables = [systems_table(evaluations), *evaluation_tables(evaluations[0])]
    print("\n".join(table.text(markdown) for table in tables), end="")


def _name(paths: Sequence[Path], split: str) -> str:
    stem = "+".join(path.stem for path in paths)
    return stem if split == "all" else f"{stem}-{split}"


def _split(split: str) -> "Split":
    if split == "tune" or split == "check" or split == "all":
        return split
    raise _bad("split", split, "Take tune, check or all.")


def _bad(key: str, value: str, remedy: str) -> PodiumError:
    from rag.errors import BadInput

    return BadInput(f"{key} is {value!r}.", key=key, value=value, remedy=remedy)


def _need_libraries() -> None:
    missing = [name for name in LIBRARIES if util.find_spec(name) is None]
    if missing:
        raise PodiumError(
            f"evaluation needs {' and '.join(missing)}, which podium alone does not install.",
            key="eval",
            value=missing,
            remedy="Install them with: pip install 'podium[eval]'",
        )
