"""Schemathesis, which makes requests of a service's own description and holds the answers against it."""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import httpx
from serving import ROOT, Measured, say, seeds_archive, served

CASES = 5000
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


def program() -> str | None:
    """Where `make faults` has put it, or where it is found."""
    made = ROOT / ".venv" / "schemathesis" / "bin" / "schemathesis"
    return str(made) if made.exists() else shutil.which("schemathesis")


def run() -> Measured:
    """As many cases of each route as make up CASES."""
    schemathesis = program()
    if schemathesis is None:
        return Measured("not tried: no schemathesis; make faults installs it", holds=False)
    with tempfile.TemporaryDirectory() as made, served(seeds_archive(Path(made))) as server:
        paths = httpx.get(f"{server.url}/openapi.json", timeout=60).json()["paths"]
        routes = sum(len(methods) for methods in paths.values())
        say(f"cases: {CASES} over {routes} routes")
        command = [schemathesis, "run", f"{server.url}/openapi.json", "--checks", CHECKS, "--workers", "2"]
        # A fifth more for each, since a route without parameters has few cases.
        command += ["--phases", "examples,coverage,fuzzing", "--max-examples", str(CASES * 6 // (5 * routes))]
        command += ["--seed", "1", "--continue-on-failure", "--suppress-health-check", "all", "--no-color"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=made)
        alive = httpx.get(f"{server.url}/healthz", timeout=60).status_code == 200
    counted = re.search(r"(\d[\d,]*) generated(?:, (\d+) found (\d+) unique failures)?.*", done.stdout)
    cases = int(counted[1].replace(",", "")) if counted else 0
    if done.returncode:
        say(done.stdout[-6000:] + done.stderr[-2000:])
    figure = f"{counted[0].strip() if counted else json.dumps(done.stdout[-200:])}; status {done.returncode}"
    return Measured(figure, done.returncode == 0 and cases >= CASES and alive)
