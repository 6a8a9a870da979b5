"""SIGKILL of ingests, and of a server under load."""

import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import httpx
from serving import ENVIRONMENT, PODIUM, QUESTIONS, ROOT, Measured, answer, correct, ingest, say, seeds_archive, served
from stopping import digests, leftovers

from rag.archive.archive import open_archive
from rag.archive.generations import current_generation

INGESTS, SERVERS, ASKING = 60, 20, 4


def ingests() -> Measured:
    """Each from the same archive, killed at another moment of the time that a whole one takes."""
    kept = late = broken = 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        base = seeds_archive(folder)
        correct(folder / "in")
        before = digests(base / "generations" / "000001")
        shutil.copytree(base, folder / "whole")
        began = time.monotonic()
        ingest(folder / "whole", folder / "in")
        whole = time.monotonic() - began
        for moment in range(INGESTS):
            archive = folder / "tried"
            shutil.copytree(base, archive)
            command = [*PODIUM, "ingest", str(folder / "in"), "--archive", str(archive)]
            with subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stderr=subprocess.DEVNULL) as process:
                try:
                    process.wait(whole * (moment + 1) / INGESTS)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
            current = current_generation(archive)
            served_still = digests(archive / "generations" / "000001") == before
            whole_one = len(open_archive(archive, verified=True).heads) == len(open_archive(base).heads)
            kept += current == "000001"
            late += current != "000001"
            broken += not (served_still and whole_one)
            if moment % 10 == 9:
                followed = ingest(archive, folder / "in").returncode == 0 and not leftovers(archive)
                broken += not followed
                say(f"ingests: {moment + 1} of {INGESTS} killed")
            shutil.rmtree(archive)
    figure = f"{kept} left the old generation bit for bit, {late} the new one whole, {broken} neither"
    return Measured(figure, broken == 0)


def servers() -> Measured:
    """Killed at odd moments while clients ask; started anew on the same archive."""
    same = 0
    with tempfile.TemporaryDirectory() as made, served(seeds_archive(Path(made))) as server:
        expected = [answer(server.url, question) for question in QUESTIONS]
        stop = threading.Event()

        def load() -> None:
            while not stop.is_set():
                try:
                    answer(server.url, random.choice(QUESTIONS))
                except httpx.HTTPError:
                    stop.wait(0.1)

        threads = [threading.Thread(target=load, daemon=True) for _ in range(ASKING)]
        for thread in threads:
            thread.start()
        for moment in range(SERVERS):
            time.sleep(random.uniform(0.1, 1.5))
            server.kill()
            server.start()
            same += [answer(server.url, question) for question in QUESTIONS] == expected
            if moment % 5 == 4:
                say(f"servers: {moment + 1} of {SERVERS} killed")
        stop.set()
        for thread in threads:
            thread.join(130)
    return Measured(f"{same} of {SERVERS} came back and answered {len(QUESTIONS)} questions the same", same == SERVERS)
