"""The reference of compliance: policies, the facts they read, and why something is unknown."""

from __future__ import annotations

from cmdb.compliance.grammar import OPERATORS
from cmdb.compliance.policy import Policy, shipped
from cmdb.compliance.truth import REASONS
from cmdb.compliance.vocabulary import FACTS
from docs._ext.markdown import code, page, plain, table


def pages() -> dict[str, str]:
    """File name (without ending) → text."""
    intro = [
        "Each policy gives each endpoint *pass*, *fail*, *unknown* or, where it does not ask, *not applicable*. Silence is never a pass.",
        "A site adds its own: {doc}`/how-to/add-a-policy`.",
    ]
    facts = [[code(name), plain(one.title), code(one.attribute), code(one.part)] for name, one in FACTS.items()]
    reasons = [[code(name), plain(text)] for name, text in REASONS.items()]
    return {
        "policies": page(
            "Policies",
            intro,
            *(_policy(one) for one in shipped()),
            ["## Facts", "", "What a policy may read. `asset.` and `agent.` facts do not go stale.", ""],
            table(["fact", "meaning", "attribute", "part of a look"], facts),
            ["## Why something is unknown", "", *table(["reason", "meaning"], reasons)],
            ["## Operators", "", ", ".join(code(one) for one in OPERATORS) + "."],
        )
    }


def _policy(one: Policy) -> list[str]:
    fresh = f"facts may be {one.fresh.days} days old" if one.fresh else "facts of any age count"
    lines = [f"## {plain(one.title)}", "", f"{code(one.id)}, version {one.version}; {fresh}. {plain(one.why)}", ""]
    lines += [f"- reads: {', '.join(code(name) for name in one.facts)}"]
    lines += [f"- severity: {', '.join(f'{whose} {level}' for whose, level in one.severity.items())}"]
    lines += [f"- serves: {plain(standard)} {', '.join(map(plain, controls))}" for standard, controls in one.maps.items()]
    return [*lines, "", *table(["on", "how to mend it"], [[plain(platform), plain(how)] for platform, how in one.fix.items()])]
