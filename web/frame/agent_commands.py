"""Ready-to-paste commands for the agents that can report to this server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentCommand:
    """How one agent on one platform is pointed at this server. `text` holds a token: show it, never log or keep it."""

    agent: str
    platform: str
    text: str
    note: str = ""


def agent_commands(address: str) -> tuple[AgentCommand, ...]:
    """The commands for each agent, with `address` (`https://…/agent/TOKEN`) in them."""
    return (
        AgentCommand(
            "GLPI agent",
            "Linux, macOS",
            f"sudo glpi-agent --server {address} --force",
            "To report daily, put `server = …` into /etc/glpi-agent/conf.d/moorings.cfg and restart the service.",
        ),
        AgentCommand("GLPI agent", "Windows (as administrator)", f'msiexec /i GLPI-Agent-x64.msi /quiet SERVER="{address}" RUNNOW=1'),
        AgentCommand("FusionInventory agent", "Debian, Ubuntu", f"sudo fusioninventory-agent --server {address} --force"),
        AgentCommand("OCS Inventory agent", "Debian, Ubuntu", f"sudo ocsinventory-agent --nolocal --server {address} --force"),
    )
