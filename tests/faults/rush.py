"""More questions than podium can answer, from clients who hang up after two seconds and ask anew at once."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from serving import ENVIRONMENT, ROOT, Measured, seeds_archive

SHARE, WORKERS, ROUNDS = 80, 2, 3


def run() -> Measured:
    """What `bench/serving.py` prints: the share that is answered in time, of one process and of workers."""
    with tempfile.TemporaryDirectory() as made:
        archive = str(seeds_archive(Path(made)))
        command = [sys.executable, "bench/serving.py", archive, "--workers", str(WORKERS), "--rounds", str(ROUNDS)]
        done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    shares = [int(share) for share in re.findall(r"(\d+)%", done.stdout)]
    if len(shares) != 2:
        return Measured("".join((done.stderr or done.stdout).splitlines()[-1:]), holds=False)
    rates = re.search(r"clients +([\d.]+) +([\d.]+) +([\d.]+)", done.stdout)
    figure = f"{shares[0]}% by one process, {shares[1]}% by {WORKERS} workers"
    if rates:
        figure += f", who answer {rates[3]} times as many as one process ({rates[2]} and {rates[1]} a second)"
    return Measured(figure, min(shares) >= SHARE)
