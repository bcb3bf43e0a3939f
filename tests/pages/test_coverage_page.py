"""Coverage: what was seen lately, what no source looks at, what one source alone knows."""

from __future__ import annotations

from collections.abc import Callable

from tests.web.visitor import Visitor

Visit = Callable[[str], Visitor]


def test_coverage_by_class_with_its_file(visit: Visit, ids: dict[str, str]) -> None:
    """web1 was scanned, the laptop is known from a list alone."""
    vera = visit("vera")
    page = vera.get("/coverage")
    assert page.status_code == 200
    assert "Laptops" in page.text
    rows = {line.split(",")[0]: line for line in vera.get("/coverage?format=csv").text.lstrip("\ufeff").split("\r\n") if line}
    assert rows["Class"].startswith("Class,There,Seen lately,")
    assert rows["Laptops"].startswith("Laptops,1,")
    assert rows["Laptops"].endswith(",1,import:list.csv: 1")
    assert rows["Servers"].endswith(",1,import:list.csv: 1")
    assert "No source has spoken yet" not in page.text
