"""What policies ask of a personal device's programs passes its watch list: else nothing found would prove nothing."""

from __future__ import annotations

from itertools import chain

import pytest

from cmdb.compliance.browsers import shipped_browsers
from cmdb.compliance.software import shipped_lists
from discovery.reports.privacy import rules_for

_PRODUCTS = chain(shipped_lists().forbidden, shipped_lists().remote_control)
_PATTERNS = chain((one.match for one in _PRODUCTS), (one.match for one in shipped_browsers().entries))
NAMES = sorted(pattern.replace("*", " ").strip() for patterns in _PATTERNS for pattern in patterns)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_on_the_watch_list(name: str) -> None:
    """As the name stands, and with a version behind it; also where the name only begins with a watched word."""
    watch = rules_for("personal").watch
    assert watch.search(name), name
    assert watch.search(f"{name} 1.2")


def test_the_rest_is_not() -> None:
    assert not rules_for("personal").watch.search("private diary")
