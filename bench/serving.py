"""Questions a second over HTTP: one process beside workers, and when more is asked than podium can answer.

    python bench/serving.py [ARCHIVE] [--workers 2] [--clients 8] [--rounds 5] [--seconds 4]

Both servers run on loopback and are asked in turns, so that a machine with other work slows both alike; the medians
are over the rounds. Then each is asked by impatient clients, many times as many: who has no answer after a second
hangs up and asks anew at once, and so does who is refused. Goodput is what is answered in time.
"""

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median
from urllib.request import urlopen

QUESTIONS = Path("eval/questions/seeds.jsonl")
IMPATIENT = 256
PATIENCE = 2.0


@contextlib.contextmanager
def serving(archive: str, workers: int) -> Iterator[int]:
    """The port of a `podium serve` of its own, ready to answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "podium.cli", "serve", "--archive", archive]
    command += ["--port", str(port), "--workers", str(workers)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ | {"PODIUM_RATE_LIMIT": "off"}) as running:
        try:
            for _ in range(1200):
                if running.poll() is not None:
                    sys.exit(f"serving: podium serve --workers {workers} ended with status {running.returncode}")
                with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz"):
                    break
                time.sleep(0.1)
            yield port
        finally:
            running.terminate()


def request(question: str) -> bytes:
    """The bytes of a request."""
    body = json.dumps({"question": question}).encode()
    head = "POST /query HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def status_of(connection: socket.socket) -> int:
    """The status of the answer that comes, once it is whole; OSError where it doesn't come in time."""
    with connection.makefile("rb") as answer:
        status = int(answer.readline().split()[1])
        lengths = [line for line in iter(answer.readline, b"\r\n") if line.lower().startswith(b"content-length:")]
        answer.read(int(lengths[0].partition(b":")[2]))
        return status


def asked(port: int, clients: int, seconds: float, requests: list[bytes], patience: float | None) -> float:
    """How many questions a second are answered, of those that clients ask one after the other for so long."""
    number, answered, end = count(), [0] * clients, time.monotonic() + seconds

    def ask_on(client: int) -> None:
        connection: socket.socket | None = None
        while time.monotonic() < end:
            try:
                # Kept open, as clients keep it, until an answer doesn't come.
                connection = connection or socket.create_connection(("127.0.0.1", port), timeout=patience)
                connection.sendall(requests[next(number) % len(requests)])
                # What comes after the end counts for nobody.
                answered[client] += status_of(connection) == 200 and time.monotonic() < end
            except (OSError, IndexError, ValueError):
                if connection is not None:
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()

    crowd = [threading.Thread(target=ask_on, args=(client,)) for client in range(clients)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    return sum(answered) / seconds


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("archive", nargs="?", default="archive")
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--clients", type=int, default=8)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", type=float, default=4.0)
    given = arguments.parse_args()
    requests = [request(json.loads(line)["question"]) for line in QUESTIONS.read_text("utf-8").splitlines()]
    with serving(given.archive, 1) as alone, serving(given.archive, given.workers) as several:
        # How many clients, and how many seconds each of them waits.
        crowds = {given.clients: None, IMPATIENT: PATIENCE}
        found: dict[tuple[int, int], list[float]] = {(port, crowd): [] for port in (alone, several) for crowd in crowds}
        for port in (alone, several):
            asked(port, given.clients, 2, requests, None)
        for _ in range(given.rounds):
            for (port, crowd), rates in found.items():
                rates.append(asked(port, crowd, given.seconds, requests, crowds[crowd]))
    cores = len(os.sched_getaffinity(0))
    print(f"{cores} cores, {given.rounds} rounds of {given.seconds:g} s; answered a second, and shares, medians")
    print(f"{'':<34}{'one process':>12}{f'{given.workers} workers':>12}{'ratio':>8}")
    for crowd, what in ((given.clients, "clients"), (IMPATIENT, f"clients who wait {PATIENCE:g} s")):
        one, more = found[alone, crowd], found[several, crowd]
        print(f"{f'{crowd} {what}':<34}{median(one):>12.1f}{median(more):>12.1f}{share(more, one):>8.2f}")
    goodput = [share(found[port, IMPATIENT], found[port, given.clients]) for port in (alone, several)]
    print(f"{'goodput of what was answered above':<34}{goodput[0]:>12.0%}{goodput[1]:>12.0%}")


def share(some: list[float], others: list[float]) -> float:
    """The median of what some rounds are of others, each of that beside it; one without an answer tells nothing."""
    return median([each / other for each, other in zip(some, others, strict=True) if other] or [0.0])


if __name__ == "__main__":
    main()
