"""What the driver raises, in the words of the house."""

from __future__ import annotations

import neo4j
import pytest

from cmdb.errors import GraphUnavailable
from cmdb.graph import faults


def test_work_that_outlives_the_graph_waits_for_the_next_start() -> None:
    """A worker may still judge when a command ends: that is no fault to show with a traceback."""
    driver = neo4j.GraphDatabase.driver("bolt://127.0.0.1:1")
    driver.close()
    with pytest.raises(neo4j.exceptions.DriverError) as caught:
        driver.session()
    told = faults.translate(caught.value)
    assert isinstance(told, GraphUnavailable)
    assert "next start" in told.message
