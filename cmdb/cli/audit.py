"""`moorings audit`: bundles for auditors, and the proof that nothing was edited later."""

from __future__ import annotations

from pathlib import Path

import click

from cmdb.cli.shell import ACTOR, house, json_option, ledger, load_settings, say
from cmdb.cli.which import which
from cmdb.compliance.bundle import Scope, build
from cmdb.compliance.hindsight import known_from
from cmdb.compliance.signing import SigningKey, verify
from cmdb.errors import Conflict, Invalid
from cmdb.inventory.moment import time_of
from cmdb.model import times

KEY_FILE = "audit.key"


@click.group()
def audit() -> None:
    """Evidence for auditors."""


@audit.command("bundle")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--as-of", default="", metavar="TIME", help="The moment: a time with zone, or a day (its end); now unless given.")
@click.option("--known-at", default="", metavar="TIME", help="With --as-of: each result also with what was learned until then.")
@click.option("--ownership", default="", help="Only endpoints of this ownership: corporate, loaned, personal or unknown.")
@click.option("--site", default="", help="Only endpoints of this site.")
@click.option("--team", default="", help="Only endpoints of this team.")
@click.option("--class", "cls", default="", help="Only endpoints of this class.")
@click.option("--endpoint", default="", help="Only this endpoint: asset tag, serial number, host name or id.")
@click.option("--policy", "policies", multiple=True, help="Only this policy; may be repeated.")
@json_option
@click.pass_context
def bundle(
    context: click.Context, /, file: Path, as_of: str, endpoint: str, policies: tuple[str, ...], as_json: bool, **words: str
) -> None:
    """Write one signed archive: results with evidence, policies, exceptions, report hashes, and how complete the list is.

    \b
    Examples:
      moorings audit bundle audit.zip
      moorings audit bundle berlin.zip --site Berlin --as-of 2026-06-30
    """
    if file.exists():
        raise Conflict(f"There is already a file {file}; give another name.", field="file")
    now = times.now()
    when = times.from_text(time_of(as_of, "as_of", now)) if as_of else now
    known = known_from(words["known_at"], when if as_of else None)
    with house(context) as opened:
        ci = str(which(opened.graph, endpoint)["id"]) if endpoint else ""
        key = SigningKey(opened.settings.data / KEY_FILE)
        scope = Scope(when, words["ownership"], words["site"], words["team"], words["cls"], ci, policies, known_at=known)
        manifest = build(opened.graph, opened.ledger, key, scope, file, by=ACTOR, now=now)
        opened.ledger.audit.write(ACTOR, "audit.bundle", file.name, {"scope": scope.to_json(), "key": manifest["key"]})
    say(manifest, as_json=as_json, text=f"{file}: {manifest['endpoints']} endpoints, signed by {manifest['key']}.")


@audit.command("verify")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--key", default="", help="Fingerprint it must be signed by; without it, that of this data folder's key, if there is one.")
@json_option
@click.pass_context
def verify_bundle(context: click.Context, file: Path, key: str, as_json: bool) -> None:
    """Check an archive: signature, every file, nothing missing, nothing added. Exit code 1 where anything is wrong.

    \b
    Example:
      moorings audit verify audit.zip
    """
    own = SigningKey(load_settings(context).data / KEY_FILE)
    expected = key or (own.fingerprint() if own.path.exists() else "")
    found = verify(file, expected)
    told = {"genuine": found.genuine, "problems": list(found.problems), "key": found.fingerprint, "scope": found.manifest.get("scope")}
    against = "" if expected else " Compare that fingerprint with one you were told by other means."
    text = f"Genuine. Signed by {found.fingerprint}.{against}" if found.genuine else "NOT genuine.\n" + "\n".join(found.problems)
    say(told, as_json=as_json, text=text)
    if not found.genuine:
        context.exit(1)


@audit.command("chain")
@json_option
@click.pass_context
def chain(context: click.Context, as_json: bool) -> None:
    """Walk the chain of accepted reports. Exit code 1 where it is broken.

    \b
    Example:
      moorings audit chain
    """
    with ledger(context) as opened:
        state = opened.chain.verify()
    text = f"{state.links} reports, whole; last link {state.head[:32]}." if state.whole else f"BROKEN at {state.broken_at}: {state.why}."
    told = {"whole": state.whole, "links": state.links, "head": state.head, "broken_at": state.broken_at, "why": state.why}
    say(told, as_json=as_json, text=text)
    if not state.whole:
        context.exit(1)


@audit.command("key")
@json_option
@click.pass_context
def public_key(context: click.Context, as_json: bool) -> None:
    """Print the public key that signs bundles, and its fingerprint; it is made when there is none yet.

    \b
    Example:
      moorings audit key
    """
    settings = load_settings(context)
    if not settings.data.is_dir():
        raise Invalid(f"There is no data folder {settings.data}.", field="data")
    key = SigningKey(settings.data / KEY_FILE)
    say({"fingerprint": key.fingerprint(), "pem": key.public_pem()}, as_json=as_json, text=f"{key.fingerprint()}\n{key.public_pem()}")
