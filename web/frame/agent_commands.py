"""Ready-to-paste configuration for the agents and tools that can report to this server."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

_SYSTEM_CAS = "/etc/ssl/certs/ca-certificates.crt"
"""Where Debian keeps the authorities that it trusts. The OCS agent trusts none of itself (Ocsinventory/Agent.pm)."""
_OWN_CA = "For a certificate that the system does not trust add"


@dataclass(frozen=True, slots=True)
class AgentCommand:
    """How one agent on one platform is pointed at this server. `text` holds a token: show it, never log or keep it."""

    agent: str
    platform: str
    text: str
    note: str = ""


def agent_commands(address: str) -> tuple[AgentCommand, ...]:
    """The commands for each agent, with `address` (`https://…/agent/TOKEN`) in them: a first report, and one each day from then on."""
    return (*_glpi(address), *_perl(address), *_osquery(address), *_lynis(address), *_documents(address))


def only_here(address: str) -> bool:
    """Whether no other machine can report to that address: loopback, or "every address" (0.0.0.0), to which a server may listen."""
    host = urlsplit(address).hostname or ""
    try:
        ip = ip_address(host)
        return ip.is_loopback or ip.is_unspecified
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _glpi(address: str) -> tuple[AgentCommand, ...]:
    return (
        AgentCommand(
            "GLPI agent",
            "Linux",
            "\n".join(
                (
                    _written("/etc/glpi-agent/conf.d/moorings.cfg", f"server = {address}"),
                    "sudo glpi-agent --force",
                    "sudo systemctl enable glpi-agent",
                    "sudo systemctl restart glpi-agent",
                )
            ),
            _trust(address, "the line ca-cert-file = FILE to moorings.cfg."),
        ),
        AgentCommand(
            "GLPI agent",
            "macOS",
            "\n".join(
                (
                    _written("/Applications/GLPI-Agent/etc/conf.d/moorings.cfg", f"server = {address}"),
                    "sudo /Applications/GLPI-Agent/bin/glpi-agent --force",
                )
            ),
        ),
        AgentCommand("GLPI agent", "Windows (as administrator)", f'msiexec /i GLPI-Agent-x64.msi /quiet SERVER="{address}" RUNNOW=1'),
        AgentCommand("GLPI agent", "Android", address, "Enter it as the server's address in the app and switch on automatic inventory."),
    )


def _perl(address: str) -> tuple[AgentCommand, ...]:
    """FusionInventory and OCS."""
    ocs = f"basevardir=/var/lib/ocsinventory-agent\nserver={address}" + (f"\nca={_SYSTEM_CAS}" if _secure(address) else "")
    return (
        AgentCommand(
            "FusionInventory agent",
            "Debian, Ubuntu",
            "\n".join(
                (
                    _written("/etc/fusioninventory/conf.d/moorings.cfg", f"server = {address}"),
                    "sudo fusioninventory-agent --force",
                    "sudo systemctl enable fusioninventory-agent",
                    "sudo systemctl restart fusioninventory-agent",
                )
            ),
            _trust(address, "the line ca-cert-file = FILE to moorings.cfg."),
        ),
        AgentCommand(
            "OCS Inventory agent",
            "Debian, Ubuntu",
            f"{_written('/etc/ocsinventory/ocsinventory-agent.cfg', ocs)}\nsudo ocsinventory-agent --force",
            "It trusts no authority of itself: for a certificate that the system does not trust name its file in the line ca=."
            if _secure(address)
            else "",
        ),
        AgentCommand(
            "OCS Inventory agent",
            "Windows (as administrator)",
            f'OCS-Windows-Agent-Setup-x64.exe /S /NOSPLASH /NOW /SERVER="{address}"',
        ),
    )


def _osquery(address: str) -> tuple[AgentCommand, ...]:
    """A flagfile and a secret: osquery speaks TLS only, and takes path and secret apart."""
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
    note = f"TLS only. {_OWN_CA} the line --tls_server_certs=FILE."
    made = [
        AgentCommand(
            "osquery",
            platform,
            "\n".join(
                (
                    _written(f"{folder}/secret", token),
                    _written(f"{folder}/osquery.flags", "\n".join((f"--enroll_secret_path={folder}/secret", *flags))),
                    restart,
                )
            ),
            note,
        )
        for platform, folder, restart in (
            ("Linux", "/etc/osquery", "sudo systemctl enable osqueryd\nsudo systemctl restart osqueryd"),
            ("macOS", "/var/osquery", "sudo osqueryctl start"),
        )
    ]
    folder = r"C:\Program Files\osquery"
    windows = (
        f"Set-Content -Encoding ascii -NoNewline '{folder}\\secret' '{token}'",
        f"Set-Content -Encoding ascii '{folder}\\osquery.flags' @'",
        rf"--enroll_secret_path={folder}\secret",
        *flags,
        "'@",
        "Restart-Service osqueryd",
    )
    return (*made, AgentCommand("osquery", "Windows (PowerShell, as administrator)", "\n".join(windows), note))


def _lynis(address: str) -> tuple[AgentCommand, ...]:
    host, path, _ = _parts(address)
    by_hand = f"sudo lynis audit system --cronjob\nsudo cat /var/log/lynis-report.dat | curl -sS --data-binary @- {address}"
    if not _secure(address):
        return (AgentCommand("Lynis", "Linux, macOS, BSD", by_hand, "Its own uploader speaks TLS only."),)
    profile = f"upload=yes\nupload-server={host}{path}\nlicense-key=00000000-0000-0000-0000-000000000000"
    return (
        AgentCommand(
            "Lynis",
            "Linux, macOS, BSD",
            f"{_written('/etc/lynis/custom.prf', profile)}\nsudo lynis audit system --cronjob --upload",
            "Any licence key of digits and hyphens will do: the address is the permission. "
            f"{_OWN_CA} the line upload-options=--cacert FILE. Debian's lynis.timer, once enabled, audits and uploads daily.",
        ),
        AgentCommand("Lynis without its uploader", "Linux, macOS, BSD", by_hand, _trust(address, "--cacert FILE to curl.")),
    )


def _documents(address: str) -> tuple[AgentCommand, ...]:
    token = _parts(address)[2]
    root = address.removesuffix(f"/agent/{token}")
    trust = _trust(address, "--cacert FILE to curl.")
    return (
        AgentCommand(
            "OpenSCAP",
            "Linux, Windows",
            "oscap xccdf eval --profile PROFILE --results-arf arf.xml CONTENT-ds.xml\ngzip --force arf.xml\n"
            f"curl -sS --data-binary @arf.xml.gz {address}",
            f"Results of XCCDF and ARF. Content made for another system runs no rule, and is shown as that. {trust}".strip(),
        ),
        AgentCommand(
            "Bills of material (CycloneDX, SPDX)",
            "any",
            f'syft dir:/ --source-name "$(hostname)" -o cyclonedx-json | curl -sS --data-binary @- {address}',
            "The document must name the machine. "
            f"Tools that upload to Dependency-Track: server {root}, API key {token}, and the host's name as project name. {trust}".strip(),
        ),
        AgentCommand(
            "Scripts and management systems",
            "any, also phones and tablets",
            f"curl -sS --data-binary @report.json {address}",
            f"The native JSON report; its schema is at {root}/api/v1/schemas/endpoint-report.json. {trust}".strip(),
        ),
    )


def _written(path: str, content: str) -> str:
    """Shell lines that write a file which only root may read: it holds the token. Nothing in `content` is expanded."""
    return f"sudo sh -c 'umask 077; cat > {path}' <<'END'\n{content}\nEND"


def _trust(address: str, how: str) -> str:
    return f"{_OWN_CA} {how}" if _secure(address) else ""


def _secure(address: str) -> bool:
    return urlsplit(address).scheme == "https"


def _parts(address: str) -> tuple[str, str, str]:
    """Host with port, path, and the token at its end."""
    parts = urlsplit(address)
    path = parts.path.rstrip("/")
    return parts.netloc, path, path.rpartition("/")[2]
