"""An answer as rows (CSV, tables), as text for the terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cmdb.impact.parts import STATES


def rows_of(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One row for each CI of the answer: state, name, class, why, path (names), ci, last_seen_at, because, part_of, inside (a name)."""
    single = {row["ci"] for row in answer.get("single_points", ())}
    for part, state in STATES:
        for row in answer.get(part, ()):
            shown = "single point of failure" if row["ci"] in single else state
            path = " ← ".join(step["name"] for step in row["because"])
            yield {**row, "state": shown, "path": path, "inside": (row.get("part_of") or {}).get("name", "")}


def as_json(answer: Mapping[str, Any]) -> str:
    """The whole answer, indented."""
    return json.dumps(answer, indent=2, ensure_ascii=False, sort_keys=False)


def as_text(answer: Mapping[str, Any], *, most: int = 50) -> str:
    """For a terminal: the grade first, then services and people, then each CI with its reason; at most `most` of them."""
    names = ", ".join(row["name"] for row in answer["cis"])
    lines = [f"What {names} need{'s' if len(answer['cis']) == 1 else ''}" if answer["direction"] == "up" else f"Without {names}:"]
    lines += _needs(answer) if answer["direction"] == "up" else _breaks(answer)
    every = list(rows_of(answer))
    rows = [row for row in every if not row.get("part_of")]
    lines += ["", *(f"{_clean(row['state']):<24} {_clean(row['name'])} ({row['class']}): {_clean(row['why'])}" for row in rows[:most])]
    if len(rows) > most:
        lines.append(f"… and {len(rows) - most} more (use JSON to see all)")
    if len(every) > len(rows):
        lines.append(f"and {len(every) - len(rows)} parts of devices, such as ports and disks (use JSON to see them)")
    if answer["truncated"]:
        lines.append(f"Not looked at because of the limit: {answer['truncated']}")
    return "\n".join(lines) + "\n"


def _clean(text: object) -> str:
    """Names are hostile text: nothing that moves a terminal's cursor."""
    return "".join(letter if letter.isprintable() else "�" for letter in str(text))


def _breaks(answer: Mapping[str, Any]) -> list[str]:
    counts, people, risk, kinds = answer["counts"], answer["people"], answer["risk"], answer["kinds"]
    lines = [
        f"  window      {answer['from']} to {answer['to']}",
        f"  risk        {risk['grade']}{', needs a board' if risk['board'] else ''}: {'; '.join(map(_clean, risk['reasons']))}",
        f"  CIs         {counts['down']} down, {counts['degraded']} degraded, {counts['loses_redundancy']} lose redundancy",
        *(f"    {kind:<10}{_counted(kinds[kind])}" for kind in kinds if any(kinds[kind].values())),
        f"  people      {people['total']}, {people['in_window']} of them in their hours ({people['hours_unknown']} with unknown hours)",
    ]
    lines += [
        f"  service     {_clean(s['name'])}: {s['state']}{'' if s['in_window'] else ', outside its hours'}" for s in answer["services"]
    ]
    lines += [f"  better      {w['from']} to {w['to']}: {w['people']} people, {w['services']} services" for w in answer["better_windows"]]
    if answer["freshness"]["oldest_at"]:
        lines.append(f"  evidence    oldest {answer['freshness']['oldest_at']} ({_clean(answer['freshness']['name'])})")
    return lines


def _counted(states: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {words}" for name, words in STATES if (n := states.get(name, 0)))


def _needs(answer: Mapping[str, Any]) -> list[str]:
    lines = [f"  alone       {_clean(row['name'])} takes {_clean(row['of']['name'])} down" for row in answer["single_points"]]
    lines += [
        f"  together    {', '.join(_clean(c['name']) for c in cut['cis'])} take {_clean(cut['of']['name'])} down"
        for cut in answer["cut_sets"]
    ]
    lines += [
        f"  searched    sets of up to {s['complete_up_to']} of {_clean(s['of']['name'])}. {s['note']}".rstrip() for s in answer["searched"]
    ]
    return lines
