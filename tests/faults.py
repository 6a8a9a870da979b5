"""What podium does when things break, as a table: `make faults`, or `python tests/faults.py PART...` for some of it."""

import subprocess
import sys
import time
from pathlib import Path

SECONDS = 600
PARTS = {
    "connections": "api/test_connections.py",
    "admission": "api/test_admission.py api/test_bounds.py",
    "requests": "api/test_hardening.py",
    "strangers": "api/test_keys.py",
    "generations": "api/test_following.py archive/test_generations.py",
    "power": "archive/test_power_loss.py",
    "ingests": "intake/test_stopped_ingest.py",
    "files": "reading/test_bad_files.py",
    "patterns": "patterns.py",
}


def run(part: str) -> tuple[bool, str, float]:
    """Whether a part holds, what pytest counted, and the seconds it took."""
    files = [str(Path(__file__).parent / file) for file in PARTS[part].split()]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "heavy or not heavy", "--tb=line", *files]
    began = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return False, f"not done within {SECONDS} s", time.monotonic() - began
    counted = (done.stdout.strip() or done.stderr.strip() or "no output").splitlines()[-1]
    return done.returncode == 0, counted, time.monotonic() - began


def main() -> int:
    """Print a row for each part; 1 where one does not hold."""
    parts = sys.argv[1:] or list(PARTS)
    unknown = set(parts) - set(PARTS)
    if unknown:
        print(f"no part {', '.join(sorted(unknown))}; there are: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    failed = False
    for part in parts:
        holds, counted, seconds = run(part)
        failed |= not holds
        print(f"{part:<12} {'holds' if holds else 'BROKEN':<7} {seconds:6.0f} s  {counted.strip('= ')}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
