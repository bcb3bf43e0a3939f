"""The pages over a graph with questions in it."""

from __future__ import annotations

import pytest

from tests.cases import double, open_ids, which
from web import Services


@pytest.fixture
def asked(services: Services) -> list[str]:
    """Three questions which of two it is, then one whether two are one."""
    which(services.graph, services.catalogue, "a1", 3)
    double(services.graph, services.catalogue, "b1")
    return open_ids(services.graph)
