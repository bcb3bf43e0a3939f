"""Policy files: the shipped ones load with their tests; a policy that takes silence for an answer is refused, with file and line."""

from __future__ import annotations

import re

import pytest

from cmdb.compliance.policy import SHIPPED, parse, shipped
from cmdb.compliance.reference import shipped as reference
from cmdb.errors import Invalid
from tests.compliance.conftest import FIRST_EIGHT

DISK = (SHIPPED / "disk-encryption.yaml").read_text(encoding="utf-8")


def test_the_shipped_ones() -> None:
    ids = {policy.id for policy in shipped()}
    assert len(ids) == 31
    assert set(FIRST_EIGHT) <= ids
    assert {"dark-endpoint", "security-software-not-tampered", "returned-and-wiped", "benchmark-result", "identity-not-cloned"} <= ids
    assert all(policy.maps["iso27001-2022"] and policy.fix for policy in shipped())
    platforms = {platform for policy in shipped() for platform in policy.fix}
    assert platforms <= {"any", "windows", "macos", "linux", "android", "ios"}, "a comma in a text did not make a platform of its end"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("require: {eq: {fact: disk.encrypted, value: true}}", "require: {known: disk.encrypted}", r"disk\.yaml:6: .*instead of unknown"),
        (
            "require: {eq: {fact: disk.encrypted, value: true}}",
            "require: {any: [{not: {known: disk.encrypted}}, {eq: {fact: disk.encrypted, value: true}}]}",
            r"disk\.yaml:6: .*instead of unknown",
        ),
        (
            "applies: {in: {fact: asset.class,",
            "applies: {in: {fact: asset.klass,",
            r"disk\.yaml:5: 'asset\.klass' is no fact; the nearest is asset\.class\.",
        ),
        ("require: {eq:", "require: {is:", r"disk\.yaml:6: 'is' is no operator"),
        ("expect: fail}", "expect: pass}", r"disk\.yaml:19: this test expects pass, and it comes out as fail"),
        ("fresh: 14d", "fresh: a week", r"disk\.yaml:7: 'a week' is no duration"),
        ("personal: medium}", "personal: grave}", r"disk\.yaml:8: severity"),
        ("version: 1", "version: 1\nversion: 2", r"disk\.yaml:\d+: a key stands twice"),
        ("title: System", "title: *x System", r"disk\.yaml:\d+: "),
        ("maps: {iso27001-2022: [A.8.1,", "maps: {iso27001-2022: [A.9.1,", r"disk\.yaml:9: the controls of iso27001-2022"),
        ("maps: {iso27001-2022:", "maps: {iso9001:", r"disk\.yaml:9: 'iso9001' is no standard"),
        (
            "require: {eq: {fact: disk.encrypted, value: true}}",
            "require: {matches: {fact: os.name, value: '**'}}",
            r"disk\.yaml:6: a pattern is",
        ),
        (
            "require: {eq: {fact: disk.encrypted, value: true}}",
            "require: {count_le: {fact: account.admins, value: many}}",
            r"disk\.yaml:6: value must",
        ),
        (
            "require: {eq: {fact: disk.encrypted, value: true}}",
            "require: {some: {fact: os.name}}",
            r"disk\.yaml:6: some needs \{fact: …, eq: a\} and nothing else behind it",
        ),
        ("fix:\n", "fix:\n  then that:\n", r"disk\.yaml:\d+: fix: 'then that' says nothing; put text with commas"),
        ("why: ", "cypher: MATCH (n)\nwhy: ", r"disk\.yaml:4: 'cypher' is no part"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(before: str, after: str, words: str) -> None:
    assert before in DISK
    with pytest.raises(Invalid) as refused:
        parse(DISK.replace(before, after, 1), "disk.yaml")
    assert re.match(words, refused.value.message), refused.value.message


@pytest.mark.parametrize(
    ("name", "version", "edition", "until"),
    [
        ("Windows 11", "23H2", "Pro", "2025-11-11"),
        ("Windows 11", "23H2", "Enterprise", "2026-11-10"),
        ("Windows 10", "21H2", "Enterprise LTSC", "2027-01-12"),
        ("Debian GNU/Linux", "12.5", "", "2028-06-30"),
        ("Ubuntu", "22.04.3 LTS", "", "2027-06-01"),
        ("Ubuntu", "24.04 LTS", "", "2029-05-31"),
        ("macOS", "13.6", "", "2025-09-15"),
        ("macOS", "10.14.6", "", "2021-10-25"),
        ("macOS", "10", "", "2022-09-12"),
        ("macOS", "15.1", "", ""),
        ("iOS", "16.7.10", "", "2024-08-07"),
        ("iOS", "18.1", "", ""),
        ("iOS", "1.8", "", None),
        ("iPadOS", "17.6", "", "2025-09-15"),
        ("Android", "12", "", "2025-03-03"),
        ("Android", "8.1.0", "", "2021-01-10"),
        ("Android", "15", "", ""),
        ("ChromeOS", "114.0.5735", "", "2023-07-12"),
        ("ChromeOS", "150.0", "", None),
        ("Windows Server 2019", "1809", "Datacenter", "2029-01-09"),
        ("Windows Server 2012 R2", "", "", "2023-10-10"),
        ("Windows Server 2012", "", "", "2023-10-10"),
        ("AlmaLinux", "9.4", "", "2032-05-31"),
        ("openSUSE Leap", "15.6", "", "2026-04-30"),
        ("IOS-XE", "17.12.4", "", None),
        ("iOS-like", "17", "", None),
        ("Windows 11", "", "", None),
        ("Windows 11", "24H2", "", "2026-10-13/2029-10-09"),
        ("Windows 11", "24H2", "Pro Education N", "2026-10-13"),
        ("Windows 11", "24H2", "Education", "2027-10-12"),
        ("Windows 11", "24H2", "Entreprise", "2027-10-12"),
        ("Windows 11", "24H2", "Enterprise LTSC", "2029-10-09"),
        ("Windows 11", "24H2", "Famille unilingue", "2026-10-13"),
        ("Windows 11", "24H2", "Vállalati", "2026-10-13/2029-10-09"),
        ("Windows 10", "21H2", "Enterprise", "2024-06-11"),
        ("Windows 10", "21H2", "Pro", "2024-06-11"),
        ("Windows 10", "22H2", "", "2025-10-14"),
        ("TempleOS", "5", "", None),
    ],
)
def test_end_of_life(name: str, version: str, edition: str, until: str | None) -> None:
    assert reference().supported_until(name, version, edition) == until
