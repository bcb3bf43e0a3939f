"""A wrong catalogue file is refused with its name, the line and the reason."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmdb.errors import Invalid
from cmdb.model.catalogue import Catalogue, CatalogueError
from cmdb.model.catalogue.source import MAX_FILE, read_text

DRONE = "classes:\n  drone:\n    title: Drone\n    plural: Drones\n    parent: device\n    description: It flies.\n"


def refusal(tmp_path: Path, text: str | bytes) -> CatalogueError:
    file = tmp_path / "site.yaml"
    file.write_bytes(text if isinstance(text, bytes) else dedent(text).encode())
    with pytest.raises(CatalogueError) as caught:
        Catalogue.load([file])
    assert caught.value.file == "site.yaml"
    assert isinstance(caught.value, Invalid)
    return caught.value


CASES = {
    "unknown top key": ("classes: {}\nclasse: {}\n", 2, r"unknown key 'classe' in the file; did you mean 'classes'"),
    "unknown class key": (DRONE + "    colour: red\n", 7, r"unknown key 'colour' in class 'drone'; allowed are title, plural"),
    "unknown parent": (DRONE.replace("device", "devise"), 5, r"class 'drone' has the unknown parent 'devise'; did you mean 'device'"),
    "no parent": (DRONE.replace("    parent: device\n", ""), 2, r"class 'drone' has no 'parent'"),
    "no title": (DRONE.replace("    title: Drone\n", ""), 2, r"class 'drone' has no 'title'; every class needs title, plural"),
    "own ancestor": (
        """\
        classes:
          a: {title: A, plural: As, parent: b, description: A.}
          b: {title: B, plural: Bs, parent: a, description: B.}
        """,
        3,
        r"is its own ancestor: a → b → a",
    ),
    "class twice": (DRONE.replace("drone", "laptop"), 2, r"class 'laptop' is already defined in 20-endpoints.yaml, line \d+; to add to it"),
    "same label": (DRONE.replace("drone", "ipaddress"), 2, r"the same graph label as class 'ip_address', defined in 40-network.yaml"),
    "reserved class": (DRONE.replace("drone:", "source_record:"), 2, r"'source_record' is a name the graph keeps for itself"),
    "bad class name": (DRONE.replace("drone:", "Drone:"), 2, r"class name 'Drone' must be lower-case letters"),
    "injection in a name": (DRONE.replace("drone:", '"x`) DETACH DELETE n //":'), 2, r"must be lower-case letters"),
    "bad strength": (DRONE + "    identifiers: {serial: sure}\n", 7, r"'serial' of .* is 'sure'.* one of strong, medium, weak"),
    "bad part": (DRONE + "    part: wings\n", 7, r"'part' of class 'drone' is 'wings'"),
    "unknown place": (DRONE + "    dependent_on: [hangar]\n", 7, r"names the unknown class 'hangar'"),
    "key twice": (DRONE + "    title: Again\n", 7, r"'title' stands twice in class 'drone' \(first on line 3\)"),
    "no attribute type": (
        DRONE + "    attributes:\n      wings: {title: W, description: Ws.}\n",
        8,
        r"attribute 'wings' of class 'drone' has no 'type'",
    ),
    "unknown attribute type": (
        DRONE + "    attributes:\n      wings: {type: int, title: W, description: Ws.}\n",
        8,
        r"'type' of attribute 'wings' of class 'drone' is 'int'; .*must be one of text, integer",
    ),
    "reserved attribute": (
        DRONE + "    attributes:\n      rev: {type: text, title: W, description: Ws.}\n",
        8,
        r"'rev' of class 'drone' is a name the graph keeps",
    ),
    "attribute named as a relation": (
        DRONE + "    attributes:\n      located_in: {type: text, title: W, description: Ws.}\n",
        8,
        r"has the name of a relation type",
    ),
    "redefined with another type": (
        DRONE + "    attributes:\n      serial: {type: integer}\n",
        8,
        r"has the type integer, but class 'hardware' says text",
    ),
    "extended with another type": (
        "extend:\n  laptop:\n    attributes:\n      cpu_count: {type: text}\n",
        4,
        r"has the type text, but class 'computer' says integer",
    ),
    "below redefined with another type": (
        "extend:\n  device:\n    attributes:\n      memory_bytes: {type: text, title: M, description: Ms.}\n",
        0,
        r"'memory_bytes' of class 'computer' has the type integer, but class 'device' says text",
    ),
    "choice without choices": (
        DRONE + "    attributes:\n      size: {type: choice, title: S, description: Ss.}\n",
        8,
        r"needs 'choices: \[a, b\]'",
    ),
    "choices without choice": (
        DRONE + "    attributes:\n      size: {type: text, choices: [a], title: S, description: Ss.}\n",
        8,
        r"only the type choice has",
    ),
    "a choice taken away": (
        "extend:\n  ci:\n    attributes:\n      status: {choices: [in_use]}\n",
        4,
        r"leaves out disposed, .*choices can only be added",
    ),
    "a choice that YAML reads as truth": (
        DRONE + "    attributes:\n      fit: {type: choice, choices: [yes, no], title: S, description: Ss.}\n",
        8,
        r"reads 'yes' as something else",
    ),
    "unknown role": (
        DRONE + "    attributes:\n      x: {type: text, title: S, description: Ss., visible_to: [boss]}\n",
        8,
        r"is 'boss'; it must be one of viewer",
    ),
    "flag that is no flag": (DRONE + "    abstract: maybe\n", 7, r"'abstract' of class 'drone' must be true or false"),
    "text that is a list": (DRONE.replace("title: Drone", "title: [a]"), 3, r"'title' of class 'drone' must be a text"),
    "empty text": (DRONE.replace("title: Drone", "title: ''"), 3, r"must not be empty"),
    "control characters": (DRONE.replace("title: Drone", r'title: "Dr\0one"'), 3, r"has control characters"),
    "extend nothing": ("extend:\n  lapto: {title: x}\n", 2, r"'extend' names class 'lapto', which is not defined; did you mean 'laptop'"),
    "extend with a parent": ("extend:\n  laptop: {parent: ci}\n", 2, r"unknown key 'parent' in class 'laptop'"),
    "relation to an unknown class": (
        "relations:\n  flies_to: {title: f, inverse: g, from: [ci], to: [sky], dependent: none, description: F.}\n",
        2,
        r"names the unknown class 'sky'",
    ),
    "relation without an end": (
        "relations:\n  flies_to: {title: f, inverse: g, from: [], to: [ci], dependent: none, description: F.}\n",
        2,
        r"'from' of .* is empty",
    ),
    "relation twice": (
        "relations:\n  runs_on: {title: f, inverse: g, from: [ci], to: [ci], dependent: none, description: F.}\n",
        2,
        r"already defined in relations.yaml",
    ),
    "relation named as a class": (
        "relations:\n  laptop: {title: f, inverse: g, from: [ci], to: [ci], dependent: none, description: F.}\n",
        2,
        r"has the name of a class",
    ),
    "relation with a bad need": (
        "relations:\n  x: {title: f, inverse: g, from: [ci], to: [ci], dependent: source, need: some, description: F.}\n",
        2,
        r"all, any, a count",
    ),
    "need without dependence": (
        "relations:\n  x: {title: f, inverse: g, from: [ci], to: [ci], dependent: none, need: all, description: F.}\n",
        2,
        r"has no meaning where",
    ),
    "lopsided symmetric": (
        "relations:\n  x: {title: f, inverse: g, from: [ci], to: [site], dependent: none, symmetric: true, description: F.}\n",
        2,
        r"must name the same",
    ),
    "anchor": ("classes: &a {}\nextend: *a\n", 1, r"anchors and aliases"),
    "tag": ("classes: !!python/object:os.system {}\n", 1, r"tags \(!\) are not allowed"),
    "second document": ("classes: {}\n---\nclasses: {}\n", 2, r"second document"),
    "not YAML": ("classes: {}\nextend: [\n", 3, r"is not YAML"),
    "tab": ("classes:\n\tdrone: {}\n", 2, r"is not YAML"),
    "a list": ("- a\n", 1, r"the file must be a mapping"),
    "a bare word": ("hello\n", 1, r"the file must be a mapping"),
    "a number as key": ("1: {}\n", 1, r"a key of the file is not a text"),
    "too deep": ("classes: " + "{a: " * 40 + "1" + "}" * 40, 1, r"nested deeper than 12"),
    "NUL": ("classes: {}\n\0", 2, r"character that YAML does not allow"),
}


@pytest.mark.parametrize("case", CASES)
def test_refused_with_file_line_and_reason(tmp_path: Path, case: str) -> None:
    text, line, reason = CASES[case]
    file = tmp_path / "site.yaml"
    file.write_text(dedent(text), encoding="utf-8")
    with pytest.raises(CatalogueError, match=reason) as caught:
        Catalogue.load([file])
    if line:
        assert (caught.value.file, caught.value.line) == ("site.yaml", line)
        assert caught.value.message.startswith(f"site.yaml, line {line}: ")
    else:  # the shipped class below is where the two meet
        assert caught.value.file == "10-base.yaml"


def test_a_bomb_of_anchors_is_refused_before_it_grows(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert refusal(tmp_path, "\n".join(lines)).line == 1


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"^gone.yaml: cannot be read: No such file"):
        Catalogue.load([tmp_path / "gone.yaml"])
    with pytest.raises(CatalogueError, match=r"cannot be read: Is a directory"):
        Catalogue.load([tmp_path])
    assert "larger than 1,000,000 bytes" in refusal(tmp_path, b"#" * (MAX_FILE + 1)).reason
    not_text = refusal(tmp_path, b"classes:\n  drone: {title: \xff}\n")
    assert (not_text.line, not_text.reason) == (2, "is not UTF-8 text")


def test_two_site_files_may_not_define_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "one.yaml", tmp_path / "two.yaml"
    first.write_text(DRONE)
    second.write_text("# two\n" + DRONE)
    with pytest.raises(CatalogueError, match=r"two.yaml, line 3: class 'drone' is already defined in one.yaml, line 2"):
        Catalogue.load([first, second])


@given(st.text(max_size=200) | st.text(alphabet="{}[]:,-&*!|>'\"\n \tabc#%@`?", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    refused: CatalogueError | None = None
    try:
        part = read_text(text, "site.yaml")
        dict(part.entries() if part else ())
    except CatalogueError as error:
        refused = error
    if refused:
        assert refused.file == "site.yaml"
        assert 0 <= refused.line <= sum(text.count(end) for end in "\n\r\x85\u2028\u2029") + 2
