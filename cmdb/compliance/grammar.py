"""The form of a policy file: YAML whose mappings know their line, durations, and the shape of predicates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

import yaml

from cmdb.compliance.pattern import LONGEST_PATTERN
from cmdb.compliance.vocabulary import FACTS
from cmdb.errors import Invalid

_DURATION = re.compile(r"(\d{1,4})([hd])")
_WITH_VALUE = {"eq", "ne", "in", "lt", "le", "gt", "ge", "version_lt", "version_ge", "matches", "count_le"}
_ALONE = {"exists", "known", "not_past", "empty"}
_LISTS = {"some", "every"}
_IN_LISTS = _WITH_VALUE - {"count_le"}
OPERATORS = tuple(sorted(_WITH_VALUE | _ALONE | _LISTS | {"age_lt", "all", "any", "not"}))
_DEEPEST = 12
_LONGEST = 64 * 1024


class Lined(dict[Any, Any]):
    """A mapping that knows the line it begins on, and the lines of its keys."""

    line: int = 1
    lines: Mapping[Any, int] = {}


class _Loader(yaml.SafeLoader):
    pass


def _lined(loader: _Loader, node: yaml.MappingNode) -> Iterator[Lined]:
    data = Lined()
    data.line = node.start_mark.line + 1
    data.lines = {key.value: key.start_mark.line + 1 for key, _ in node.value}
    if len(data.lines) != len(node.value):
        raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
    yield data
    data.update(loader.construct_mapping(node, deep=True))


_Loader.add_constructor("tag:yaml.org,2002:map", _lined)


def read(text: str, file: str) -> Lined:
    """The mapping of a YAML text. Raises Invalid with file and line."""
    if len(text) > _LONGEST:
        raise Invalid(f"{file}:1: a policy is at most {_LONGEST} characters.", field="policy")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise Invalid(f"{file}:1: aliases are not read in a policy; write it out.", field="policy")
        found = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader that notes lines
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Invalid(f"{file}:{line}: {error.problem or 'not readable as YAML'}.", field="policy") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Invalid(f"{file}:1: not readable as YAML.", field="policy") from error
    if not isinstance(found, Lined):
        raise Invalid(f"{file}:1: a policy is a mapping.", field="policy")
    return found


def refuse(file: str, where: Lined, words: str, key: str = "") -> Invalid:
    """The error for something wrong at a mapping or one of its keys."""
    return Invalid(f"{file}:{where.lines.get(key, where.line)}: {words}.", field=key or None)


def duration(given: object, file: str, where: Lined, key: str = "") -> timedelta:
    """`14d` or `36h`. Raises Invalid."""
    found = _DURATION.fullmatch(str(given))
    if found is None:
        raise refuse(file, where, f"{str(given)[:20]!r} is no duration; write it like 14d or 36h", key)
    return timedelta(days=int(found[1])) if found[2] == "d" else timedelta(hours=int(found[1]))


def predicate(given: object, file: str, where: Lined, depth: int = 0) -> Mapping[str, Any]:
    """A checked predicate, durations read. Raises Invalid for an unknown operator or fact, with its line."""
    if not isinstance(given, Lined) or len(given) != 1 or depth > _DEEPEST:
        raise refuse(file, given if isinstance(given, Lined) else where, "a predicate is one operator with its operand")
    ((operator, operand),) = given.items()
    if operator in ("all", "any"):
        if not isinstance(operand, list) or not operand:
            raise refuse(file, given, f"{operator} needs a list of predicates")
        return {operator: [predicate(part, file, given, depth + 1) for part in operand]}
    if operator == "not":
        return {"not": predicate(operand, file, given, depth + 1)}
    if operator == "not_past" and isinstance(operand, Lined) and set(operand) == {"fact", "ahead"}:
        return {"not_past": {"fact": _fact(operand["fact"], file, given), "ahead": duration(operand["ahead"], file, operand, "ahead")}}
    if operator in _ALONE:
        return {str(operator): _fact(operand, file, given)}
    if operator in _LISTS and isinstance(operand, Lined) and len(operand) == 2 and len(set(operand) & _IN_LISTS) == 1:
        (inner,) = set(operand) & _IN_LISTS
        value = _value(str(inner), operand[inner], file, operand)
        return {str(operator): {"fact": _fact(operand.get("fact"), file, given), str(inner): value}}
    if operator == "age_lt" and isinstance(operand, Lined) and set(operand) == {"fact", "age"}:
        return {"age_lt": {"fact": _fact(operand["fact"], file, given), "age": duration(operand["age"], file, operand, "age")}}
    if operator in _WITH_VALUE and isinstance(operand, Lined) and set(operand) == {"fact", "value"}:
        value = _value(str(operator), operand["value"], file, operand)
        return {str(operator): {"fact": _fact(operand["fact"], file, given), "value": value}}
    if operator in OPERATORS:
        raise refuse(file, given, f"{operator} needs {_operand(str(operator))} behind it")
    raise refuse(file, given, f"{str(operator)[:30]!r} is no operator; use one of {', '.join(OPERATORS)}")


def _operand(operator: str) -> str:
    """How the operand of an operator is written."""
    if operator in _ALONE:
        return "a fact, as in {" + operator + ": os.name}"
    inner = {"age_lt": "age: 14d", "in": "value: [a, b]", "some": "eq: a", "every": "eq: a"}.get(operator, "value: a")
    return "{fact: …, " + inner + "} and nothing else"


def _value(operator: str, value: object, file: str, where: Lined) -> object:
    """What is compared with. Raises Invalid where it is not of the operator's kind."""
    if (operator == "in") != isinstance(value, list) or isinstance(value, dict):
        raise refuse(file, where, "value must be a list for in, and a single value else", "value")
    if operator == "matches" and (not isinstance(value, str) or not value.strip("*") or len(value) > LONGEST_PATTERN):
        raise refuse(file, where, f"a pattern is a text of at most {LONGEST_PATTERN} signs, with * for anything", "value")
    if operator == "count_le" and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise refuse(file, where, "value must be a whole number from 0", "value")
    return value


def _fact(name: object, file: str, where: Lined) -> str:
    if not isinstance(name, str) or name not in FACTS:
        near = get_close_matches(str(name)[:80], FACTS, n=1)
        words = f"the nearest is {near[0]}" if near else f"there are {', '.join(FACTS)}"
        raise refuse(file, where, f"{str(name)[:40]!r} is no fact; {words}")
    return name
