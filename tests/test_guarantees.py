"""docs/guarantees.md names no test that isn't there."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
NAMED = re.compile(r"`(?P<file>[a-z_/]+\.py)?(?:::(?P<test>test_\w+))?`")


def test_every_promise_names_tests_that_are_there() -> None:
    lines = [line for line in (TESTS.parent / "docs/guarantees.md").read_text("utf-8").splitlines() if line[:1] == "|"]
    found = 0
    for line in lines:
        source = ""
        for named in NAMED.finditer(line):
            source = (TESTS / named["file"]).read_text("utf-8") if named["file"] else source
            assert named["test"] is None or f"def {named['test']}(" in source, named[0]
            found += 1
    assert found > 50
