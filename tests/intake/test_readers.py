import shutil
from pathlib import Path

import pytest
from traps import Fatal, Faulty, Stuck

from rag.intake.readers import Readers, Told, look_into
from rag.intake.sources import Gathered, gather
from rag.reading.reading import Reading

GOOD = Path(__file__).parents[2] / "seeds" / "002_4492bcaa336717e6.txt"
ROWS = b"speaker,text\nJo Roe,Hello.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.txt", "z.txt"):
        shutil.copy(GOOD, tmp_path / name)
    (tmp_path / "m.csv").write_bytes(ROWS)
    return tmp_path


def gathered(folder: Path, columns: dict[str, str], seconds: float) -> Gathered:
    paths = [folder, folder / "m.csv"]
    return gather(paths, {}, None, lambda *_: None, columns=columns, seconds=seconds)


@pytest.mark.parametrize(
    ("columns", "why", "remedy"),
    [
        (Stuck(at=""), "m.csv: it takes more than 2 s of work to read.", "PODIUM_READING_SECONDS"),
        (Fatal(at=""), "m.csv: it ended the process that read it (status -9).", "report it"),
        (Faulty(at=""), "m.csv: it makes the reader fail (IndexError: list index out of range).", "report it"),
    ],
)
def test_a_file_that_is_too_much_for_the_reader_is_told_and_the_rest_is_read(
    folder: Path, columns: dict[str, str], why: str, remedy: str
) -> None:
    result = gathered(folder, columns, seconds=2)
    assert [file.path.name for file in result.files] == ["a.txt", "z.txt"]
    (error,) = result.failed
    assert error.message.endswith(why) and remedy in error.remedy


def test_files_come_out_in_the_order_in_which_they_went_in_and_each_process_is_used_again() -> None:
    with Readers() as readers:
        tickets = [readers.submit(Path(f"{number}.txt"), GOOD.read_bytes(), told({})) for number in range(25)]
        readers.finish()
        processes = readers.processes
    assert [ticket.reading().transcript.sources for ticket in tickets] == [(f"{n}.txt",) for n in range(25)]
    assert 1 <= len(processes) <= 4
    assert all(process.ended for process in processes), "none outlives the reading"


def test_ctrl_c_ends_the_processes_that_read() -> None:
    readers = Readers()
    with pytest.raises(KeyboardInterrupt), readers:
        readers.submit(Path("a.csv"), ROWS, told(Stuck(at="")))
        processes = readers.processes
        raise KeyboardInterrupt
    assert processes and all(process.ended for process in processes)


def told(columns: dict[str, str]) -> Told:
    return Told(None, None, columns, 60)


def test_a_look_into_files_ends_one_that_takes_too_long_too(folder: Path) -> None:
    missing = folder / "n.txt"
    stuck, absent = look_into([folder / "m.csv", missing], Stuck(at=""), 1)
    assert str(stuck[1]).startswith(f"{folder}/m.csv: it takes more than 1 s of work to read.")
    assert str(absent[1]).startswith(f"{missing}: it can't be read")
    (good,) = look_into([folder / "a.txt"], {}, 60)
    assert isinstance(good[1], Reading) and len(good[1].transcript.exchanges) == 8
