"""Ready-to-paste configuration for the agents and tools that can report to this server."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


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
        AgentCommand("GLPI agent", "Android", address, "Enter it as the server's address in the app and switch on automatic inventory."),
        AgentCommand("FusionInventory agent", "Debian, Ubuntu", f"sudo fusioninventory-agent --server {address} --force"),
        AgentCommand("OCS Inventory agent", "Debian, Ubuntu", f"sudo ocsinventory-agent --nolocal --server {address} --force"),
        AgentCommand(
            "OCS Inventory agent",
            "Windows (as administrator)",
            f'OCS-Windows-Agent-Setup-x64.exe /S /NOSPLASH /NOW /SERVER="{address}"',
        ),
        *_osquery(address),
        *_documents(address),
    )


def _osquery(address: str) -> tuple[AgentCommand, ...]:
    """A flagfile: osquery speaks TLS only, and takes path and secret apart."""
    host, _, token = _parts(address)
    base = "/api/osquery"
    flags = (
        f"--tls_hostname={host}",
        "--config_plugin=tls",
        "--logger_plugin=tls",
        "--distributed_plugin=tls",
        "--disable_distributed=false",
        f"--enroll_tls_endpoint={base}/enroll",
        f"--config_tls_endpoint={base}/config",
        f"--logger_tls_endpoint={base}/log",
        f"--distributed_tls_read_endpoint={base}/distributed/read",
        f"--distributed_tls_write_endpoint={base}/distributed/write",
        "--logger_tls_compress=true",
        "--host_identifier=instance",
    )
    note = "TLS only. For a certificate that the system does not trust add --tls_server_certs=FILE."
    places = (
        ("Linux", "/etc/osquery/osquery.flags", "/etc/osquery/secret"),
        ("macOS", "/var/osquery/osquery.flags", "/var/osquery/secret"),
        ("Windows", r"C:\Program Files\osquery\osquery.flags", r"C:\Program Files\osquery\secret"),
    )
    return tuple(
        AgentCommand(
            "osquery",
            platform,
            "\n".join((f"# {flagfile}", f"--enroll_secret_path={secret}", *flags)),
            f"{note} Put {token} into {secret}.",
        )
        for platform, flagfile, secret in places
    )


def _documents(address: str) -> tuple[AgentCommand, ...]:
    host, path, token = _parts(address)
    root = address.removesuffix(f"/agent/{token}")
    return (
        AgentCommand(
            "Lynis",
            "Linux, macOS, BSD",
            f"# /etc/lynis/custom.prf\nupload=yes\nupload-server={host}{path}\nlicense-key=00000000-0000-0000-0000-000000000000",
            "Lynis uploads by TLS after `lynis audit system --upload`. Any licence key of digits and hyphens will do: the address is the "
            "permission. Without its uploader: "
            f"curl --data-binary @/var/log/lynis-report.dat {address}",
        ),
        AgentCommand(
            "OpenSCAP",
            "Linux, Windows",
            "oscap xccdf eval --profile PROFILE --results-arf arf.xml CONTENT-ds.xml\ngzip arf.xml\n"
            f"curl --data-binary @arf.xml.gz {address}",
            "Results of XCCDF and ARF. Content made for another system runs no rule, and is shown as that.",
        ),
        AgentCommand(
            "Bills of material (CycloneDX, SPDX)",
            "any",
            f"syft dir:/ -o cyclonedx-json | curl --data-binary @- {address}",
            f"Tools that upload to Dependency-Track: server {root}, API key {token}, and the host's name as project name.",
        ),
        AgentCommand(
            "Scripts and management systems",
            "any, also phones and tablets",
            f"curl --data-binary @report.json {address}",
            f"The native JSON report; its schema is at {root}/api/v1/schemas/endpoint-report.json.",
        ),
    )


def _parts(address: str) -> tuple[str, str, str]:
    """Host with port, path, and the token at its end."""
    parts = urlsplit(address)
    path = parts.path.rstrip("/")
    return parts.netloc, path, path.rpartition("/")[2]
