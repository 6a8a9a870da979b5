"""What podium does when things break, as a table: `make faults`, or `python tests/faults PART...` for some of it.

FAULTS_MINUTES shortens the soak for trying. Every part prints how far it is; the status is 1 where a promise is broken.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent.parent), str(HERE.parent), str(HERE.parent / "reading")]

import cases
import crowd
import killing
import mutations
import package
import rush
import soak
from serving import ROOT, Measured, say

TESTS = ("api/test_bounds.py", "intake/test_stopped_ingest.py")


@dataclass(frozen=True)
class Part:
    """A promise, what is asked of podium to break it, and what measures that."""

    promise: str
    asked: str
    measure: Callable[[], Measured]


def tested(*files: str, marks: str = "") -> Callable[[], Measured]:
    """What pytest counts in some files under tests/, of those with these marks."""

    def measure() -> Measured:
        paths = [str(HERE.parent / file) for file in files]
        command = [sys.executable, "-m", "pytest", "-m", marks, "--tb=short", *paths]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            say(done.stdout[-6000:])
        return Measured((done.stdout.strip() or done.stderr).splitlines()[-1].strip("= "), done.returncode == 0)

    return measure


PARTS = {
    "patterns": Part(
        "a pattern's time grows no faster than its text",
        "every pattern, 4,000 and 8,000 characters of its own alphabet",
        tested("faults/patterns.py"),
    ),
    "mutations": Part(
        "any file is read or refused; nobody is misquoted", f"{mutations.COUNT} mutated transcripts", mutations.run
    ),
    "tests": Part(
        "what docs/guarantees.md lists and `make test` has no time for",
        "servers told to stop under load, ingests stopped at every moment",
        tested(*TESTS, marks="heavy"),
    ),
    "ingests": Part(
        "a killed ingest leaves the old generation or the new", f"SIGKILL at {killing.INGESTS} moments", killing.ingests
    ),
    "servers": Part(
        "a killed server comes back and answers the same",
        f"SIGKILL at {killing.SERVERS} moments under load",
        killing.servers,
    ),
    "crowd": Part(
        "silent connections stop nobody",
        f"{crowd.CONNECTIONS} at ulimit -n {crowd.DESCRIPTORS}, {crowd.CLIENTS} clients, p95 within {crowd.TIMES:g}x",
        crowd.run,
    ),
    "rush": Part(
        "more than can be answered costs little of what can",
        f"256 impatient clients; {rush.SHARE}% of the rate of 8 patient ones",
        rush.run,
    ),
    "cases": Part(
        "any request gets an answer that the description tells of", f"schemathesis, {cases.CASES} cases", cases.run
    ),
    "soak": Part(
        "nothing fails, mixes or grows under load",
        f"{soak.CLIENTS} clients for {soak.MINUTES:g} min, {soak.SWAPS} swaps, memory within 5%",
        soak.run,
    ),
    "package": Part(
        "the wheel serves from an empty environment", "sources, wheel, install, ingest, serve, ask", package.run
    ),
}


def measured(part: Part) -> Measured:
    try:
        return part.measure()
    except Exception as error:  # Whatever breaks a part breaks its promise, and the others are still to be tried.
        return Measured(f"{type(error).__name__}: {error}", holds=False)


def main() -> int:
    """Print a row for each part; 1 where one does not hold."""
    names = sys.argv[1:] or list(PARTS)
    unknown = set(names) - set(PARTS)
    if unknown:
        print(f"no part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    rows = []
    for name in names:
        began = time.monotonic()
        say(f"{name}: {PARTS[name].asked}")
        found = measured(PARTS[name])
        rows.append((name, found))
        say(f"{name}: {'holds' if found.holds else 'BROKEN'} after {time.monotonic() - began:.0f} s: {found.figure}")
    print("| promise | asked | measured | holds? |\n|---|---|---|---|")
    for name, found in rows:
        part = PARTS[name]
        print(f"| {part.promise} | {part.asked} | {found.figure} | {'yes' if found.holds else '**NO**'} |")
    return int(not all(found.holds for _, found in rows))


if __name__ == "__main__":
    sys.exit(main())
