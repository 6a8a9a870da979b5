"""One window of a real browser for all tests of pages."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def opened() -> Iterator[Any]:
    pytest.importorskip("selenium", reason="selenium is not installed: pip install selenium")
    from browsing import NO_CHROMIUM, is_installed, window

    if not is_installed():
        pytest.skip(NO_CHROMIUM)
    with window() as opened:
        yield opened


@pytest.fixture
def window(opened: Any) -> Any:
    """A window 1000 wide and light, with no cookie and an empty console."""
    opened.driver.delete_all_cookies()
    opened.look()
    opened.said()
    return opened
