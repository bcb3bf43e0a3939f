"""Versions in the order of their own ecosystem: against dpkg itself, and against the cases the other ecosystems publish."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.errors import Invalid
from cmdb.model.version_range import read_range
from cmdb.model.versions import LONGEST, key, sorted_versions
from tests.real_parts import real_part_missing

ASCENDING = {
    # deb-version(7); the tilde sorts before everything, also the end
    "deb": [
        "0~rc1",
        "1.0~beta1~svn1245",
        "1.0~beta1",
        "1.0~rc1",
        "1.0",
        "1.0-0ubuntu1",
        "1.0-1",
        "1.0-1+b1",
        "1.0a",
        "1.0+dfsg",
        "1.2",
        "1.10",
        "1:0.1",
    ],
    # RPM's own tests/rpmvercmp.at, and with epoch and release
    "rpm": [
        "1.0~rc1",
        "1.0~rc1^git1",
        "1.0",
        "1.0-1.el9",
        "1.0-1.el9_2",
        "1.0-2.el9",
        "1.0^",
        "1.0^git1",
        "1.0.1",
        "2.0",
        "2.0.1",
        "2.0.1a",
        "5.5p1",
        "5.5p2",
        "5.5p10",
        "10xyz",
        "10.1xyz",
        "1:0.5",
    ],
    # vercmp(8)
    "pacman": ["1.0a", "1.0b", "1.0beta", "1.0p", "1.0pre", "1.0rc", "1.0", "1.0-1", "1.0-2", "1.0.a", "1.0.1", "1:0.5"],
    # apk-tools test/version.data
    "apk": [
        "1.0_alpha",
        "1.0_beta2",
        "1.0_pre1",
        "1.0_rc1",
        "1.0",
        "1.0-r1",
        "1.0_p1",
        "1.0_p2-r1",
        "1.0a",
        "1.0.01",
        "1.0.1",
        "1.0.2",
        "1.2",
        "1.10",
    ],
    # semver.org §11
    "npm": [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "2.0.0",
        "2.1.0",
        "2.1.1",
    ],
    # PEP 440, summary of permitted suffixes and relative ordering
    "pypi": [
        "1.dev0",
        "1.0.dev456",
        "1.0a1",
        "1.0a2.dev456",
        "1.0a12.dev456",
        "1.0a12",
        "1.0b1.dev456",
        "1.0b2",
        "1.0b2.post345.dev456",
        "1.0b2.post345",
        "1.0rc1.dev456",
        "1.0rc1",
        "1.0",
        "1.0+abc.5",
        "1.0+abc.7",
        "1.0+5",
        "1.0.post456.dev34",
        "1.0.post456",
        "1.0.15",
        "1.1.dev1",
        "1!0.1",
    ],
    "windows": ["9.9", "10.0.19045.1", "10.0.19045.2", "10.0.22631", "10.1 beta 2", "10.1", "115.0.2", "115.10"],
}


@pytest.mark.parametrize("ecosystem", ASCENDING)
def test_published_orders(ecosystem: str) -> None:
    """Every pair of each list stands in its order, whichever way it is asked."""
    listed = ASCENDING[ecosystem]
    assert sorted_versions(ecosystem, list(reversed(listed))) == listed
    keys = [key(ecosystem, one) for one in listed]
    assert None not in keys
    assert len(set(keys)) == len(listed)


@pytest.mark.parametrize(
    ("ecosystem", "one", "other"),
    [
        ("deb", "1.0", "1.0-0"),
        ("deb", "0:1.0-1", "1.0-1"),
        ("deb", "1.a", "1.a0"),
        ("rpm", "1.0", "1_0"),
        ("rpm", "2.0.", "2.0"),
        ("npm", "1.0.0+build1", "1.0.0+build2"),
        ("pypi", "1.0", "1.0.0"),
        ("pypi", "1.0-alpha1", "1.0a1"),
        ("apk", "1.0", "1.0-r0"),
        ("windows", "10.0", "10"),
    ],
)
def test_what_is_equal(ecosystem: str, one: str, other: str) -> None:
    """Different texts, one version."""
    assert key(ecosystem, one) == key(ecosystem, other)


@pytest.mark.parametrize(
    ("ecosystem", "text"),
    [
        ("deb", "1.0 (64 bit)"),
        ("deb", "1" * (LONGEST + 1)),
        ("npm", "latest"),
        ("npm", "1.0"),
        ("pypi", "2024-Q1"),
        ("apk", "edge"),
        ("windows", "Version B"),
        ("windows", ""),
        ("windows", "١.٢"),
    ],
)
def test_what_has_no_order(ecosystem: str, text: str) -> None:
    """Nothing is guessed of a version that its ecosystem's grammar does not admit."""
    assert key(ecosystem, text) is None


_PARTS = st.text(alphabet="0019.+~aZ", min_size=1, max_size=8)
_DEB = st.builds(
    lambda epoch, first, rest, revision: f"{epoch}{first}{rest}{revision}",
    st.sampled_from(["", "0:", "1:"]),
    st.integers(0, 11).map(str),
    st.one_of(st.just(""), _PARTS),
    st.one_of(st.just(""), _PARTS.map(lambda text: f"-{text}")),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(_DEB, _DEB), min_size=5, max_size=5))
def test_as_dpkg_itself_says(pairs: list[tuple[str, str]]) -> None:
    """The answer of `dpkg --compare-versions` for generated versions, five pairs a process."""
    if shutil.which("dpkg") is None:
        real_part_missing("dpkg")
    ask = "dpkg --compare-versions '{0}' lt '{1}' && echo lt || {{ dpkg --compare-versions '{0}' eq '{1}' && echo eq || echo gt; }}"
    script = "\n".join(ask.format(one, other) for one, other in pairs)
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    ours = []
    for one, other in pairs:
        a, b = key("deb", one) or (), key("deb", other) or ()
        ours.append("lt" if a < b else "eq" if a == b else "gt")
    assert ours == said


@given(st.sampled_from([*ASCENDING, "", "macos"]), st.lists(st.text(max_size=30), max_size=6))
def test_any_texts_can_be_sorted(ecosystem: str, texts: list[str]) -> None:
    """Hostile text is sorted too, always the same way."""
    assert sorted_versions(ecosystem, texts) == sorted_versions(ecosystem, list(reversed(texts)))


@pytest.mark.parametrize(
    ("ecosystem", "version", "span", "inside"),
    [
        ("deb", "3.0.2-0ubuntu1.15", ">=3.0.0, <3.0.13", True),
        ("deb", "3.0.2-0ubuntu1.15", "<=3.0.2", True),
        ("deb", "3.0.2-0ubuntu1.15", "<3.0.2-0ubuntu1.16", True),
        ("deb", "3.0.2-0ubuntu1.15", "<3.0.2-0ubuntu1.9", False),
        ("deb", "1:9.2p1-2", ">9.0", True),
        ("rpm", "3.0.7-16.el9", "=3.0.7", True),
        ("rpm", "3.0.7-16.el9", "!=3.0.7", False),
        ("windows", "115.10", ">115.9", True),
        ("windows", "115.10", "115.*", True),
        ("windows", "115.10", "114.0 || >=115.5", True),
        ("windows", "nightly", ">=1", None),
        ("windows", "nightly", "nightly", True),
        ("windows", "nightly", "=nightly, >=1", None),
        ("windows", "5.0", "nightly || =5", True),
        ("windows", "5.0", "", True),
        ("npm", "1.2.3", ">=1.2", None),
    ],
)
def test_ranges(ecosystem: str, version: str, span: str, inside: bool | None) -> None:
    """A limit without the packager's revision is the product's own version; what cannot be compared is neither in nor out."""
    assert read_range(span).holds(ecosystem, version) is inside


@pytest.mark.parametrize("span", [">=", "<1 <2", "1,,2", "*", ">3.*", "||", "a" * 501, ",".join(["1"] * 21)])
def test_a_range_that_is_none(span: str) -> None:
    """Refused, and the field is named."""
    with pytest.raises(Invalid) as refused:
        read_range(span)
    assert refused.value.field == "range"
