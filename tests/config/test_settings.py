"""The settings: where a value comes from, what is refused and how that is said, and that secrets stay unseen."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from cmdb.config import Secret, Settings
from cmdb.errors import Invalid


def test_defaults_bind_loopback_and_use_the_embedded_engine() -> None:
    settings = Settings.load({"XDG_DATA_HOME": "/srv/share"})
    assert (settings.host, settings.port, settings.graph_url) == ("127.0.0.1", 8765, "")
    assert settings.data == Path("/srv/share/moorings")
    assert settings.loopback_only
    assert settings.trusted_proxies == 0


def test_an_override_beats_the_environment_and_none_does_not(tmp_path: Path) -> None:
    environ = {"MOORINGS_PORT": "9000", "MOORINGS_HOST": "0.0.0.0", "MOORINGS_DATA": str(tmp_path)}
    settings = Settings.load(environ, port=9100, host=None)
    assert (settings.port, settings.host, settings.data) == (9100, "0.0.0.0", tmp_path)
    assert not settings.loopback_only


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "eighty", "whole number from 0 to 65535"),
        ("PORT", "65536", "whole number from 0 to 65535"),
        ("LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("GRAPH", "http://graph:7474", "bolt://host:7687"),
        ("GRAPH", "bolt://neo4j:secret@graph:7687", "must not hold the user or the password"),
        ("BASE_URL", "cmdb.example.org", "https://cmdb.example.org"),
        ("TLS_CERT", "/nowhere/cert.pem", "MOORINGS_TLS_KEY is missing"),
        ("CATALOGUE", "/nowhere", "no such folder"),
        ("GRAPH_PASSWORD_FILE", "/nowhere/password", "cannot be read"),
        ("HOST", "a\nb", "line break"),
        ("SMTP_HOST", "mail.example.org", "MOORINGS_SMTP_FROM must be the address"),
        ("SMTP_STARTTLS", "maybe", "one of yes, no"),
        ("REMIND_EVERY", "0", "from 1 to 90"),
    ],
)
def test_a_wrong_value_names_the_variable_and_the_fix(name: str, value: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        Settings.load({f"MOORINGS_{name}": value})
    assert caught.value.field
    assert caught.value.field.startswith("MOORINGS_")


def test_a_misspelt_variable_is_refused_with_the_right_one() -> None:
    with pytest.raises(Invalid, match="did you mean MOORINGS_GRAPH_USER"):
        Settings.load({"MOORINGS_GRAPH_USR": "neo4j"})
    Settings.load({"MOORINGS_TEST_ENGINES": "embedded", "MOORINGS_SHARED": "/x", "PATH": "/bin"})


def test_the_password_comes_from_the_first_line_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret \nnot this\n")
    environ = {"MOORINGS_GRAPH": "neo4j+s://graph.example.org", "MOORINGS_GRAPH_PASSWORD_FILE": str(file)}
    assert Settings.load(environ).graph_password.reveal() == "s3cret"
    with pytest.raises(Invalid, match="both set"):
        Settings.load({**environ, "MOORINGS_GRAPH_PASSWORD": "other"})
    file.write_text("\n")
    with pytest.raises(Invalid, match="first line is empty"):
        Settings.load(environ)
    with pytest.raises(Invalid, match="needs a password"):
        Settings.load({"MOORINGS_GRAPH": "bolt://graph:7687"})


def test_secrets_are_never_shown() -> None:
    settings = Settings.load({"MOORINGS_GRAPH": "bolt://graph:7687", "MOORINGS_GRAPH_PASSWORD": "hunter2"})
    everything = repr(settings) + str(settings.graph_password) + f"{settings.graph_password}" + repr(settings.describe())
    assert "hunter2" not in everything
    with pytest.raises(TypeError):
        pickle.dumps(settings.graph_password)
    assert Secret("hunter2").reveal() == "hunter2"


def test_every_setting_is_described_once() -> None:
    told = Settings.load({}).describe()
    assert len({one.name for one in told}) == len(told) == len(Settings.__dataclass_fields__)
    assert all(one.description and one.name.startswith("MOORINGS_") for one in told)
    assert [one.name for one in told if one.secret] == ["MOORINGS_GRAPH_PASSWORD"]
    by_name = {one.name: one for one in told}
    assert (by_name["MOORINGS_PORT"].default, by_name["MOORINGS_PORT"].value) == ("8765", "8765")


def test_catalogue_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("20-b.yaml", "10-a.yml", "note.txt"):
        (tmp_path / name).write_text("")
    assert [file.name for file in Settings.load({"MOORINGS_CATALOGUE": str(tmp_path)}).catalogue_files] == ["10-a.yml", "20-b.yaml"]


@pytest.mark.parametrize(
    ("overrides", "address"),
    [
        ({}, "http://127.0.0.1:8765"),
        ({"host": "::1", "port": 80}, "http://[::1]:80"),
        ({"base_url": "https://cmdb.example.org/"}, "https://cmdb.example.org"),
    ],
)
def test_the_address_a_browser_uses(overrides: dict[str, object], address: str) -> None:
    assert Settings.load({}, **overrides).address == address
