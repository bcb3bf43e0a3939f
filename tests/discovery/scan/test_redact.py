# ruff: noqa: E501
"""No canary placed where secrets stand in command lines survives; what says which program runs does."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discovery.redact import REDACTED, redact_arguments, redact_text
from discovery.redact_names import is_secret_name

# Letters and digits as people and generators make them; never a word that stands in the rest of the command line.
CANARY = st.text(string.ascii_letters + string.digits, min_size=8, max_size=40).map(lambda text: f"Zq{text}")
AWKWARD = st.text(string.ascii_letters + string.digits + "!$%^*()_+=.,/?@#~", min_size=8, max_size=30).map(lambda text: f"Zq{text}Zq")

SECRET_FLAGS = (
    "--password", "--passwd", "--db-password", "--dbPassword", "--pass", "--passphrase", "--secret", "--client-secret", "--token", "--auth-token", "--api-key",
    "--apikey", "--access-key", "--secret-access-key", "--private-key", "--community", "-password", "-pass", "--requirepass", "--bind-pw", "--cookie", "--psk",
    "-passin", "--storage-key", "--github-token", "--sas-token", "--jwt",
)  # fmt: skip
SECRET_NAMES = (
    "FOO_TOKEN", "PGPASSWORD", "MYSQL_PWD", "DB_PASS", "AWS_SECRET_ACCESS_KEY", "API_KEY", "apiKey", "client_secret", "spring.datasource.password", "Password",
    "SessionId", "VAULT_TOKEN", "AUTHORIZATION", "sasl.jaas.password", "GITHUB_PAT", "ENCRYPTION_KEY", "x-api-key",
)  # fmt: skip


@settings(max_examples=200)
@given(flag=st.sampled_from(SECRET_FLAGS), canary=CANARY | AWKWARD, glue=st.sampled_from(["=", " "]))
def test_flags_lose_their_value(flag: str, canary: str, glue: str) -> None:
    words = ["/opt/app/bin/server", "--verbose", *([f"{flag}={canary}"] if glue == "=" else [flag, canary]), "--port", "8080"]
    told = redact_arguments(words)
    assert canary not in told
    assert REDACTED in told
    assert told.startswith("/opt/app/bin/server --verbose ")
    assert told.endswith(" --port 8080")


@settings(max_examples=200)
@given(name=st.sampled_from(SECRET_NAMES), canary=CANARY | AWKWARD, prefix=st.sampled_from(["", "-D", "--"]))
def test_assignments_lose_their_value(name: str, canary: str, prefix: str) -> None:
    told = redact_arguments(["env", f"{prefix}{name}={canary}", "run-it"])
    assert canary not in told
    assert name in told
    assert told.endswith(" run-it")


@settings(max_examples=150)
@given(canary=CANARY, program=st.sampled_from(["mysql", "/usr/bin/mysqldump", "mariadb", "mysqladmin"]), wrapped=st.booleans())
def test_mysql_style_options_lose_their_value(canary: str, program: str, wrapped: bool) -> None:
    words = [program, "-u", "root", f"-p{canary}", "shop"]
    assert canary not in redact_arguments(["sudo", "-u", "db", *words] if wrapped else words)
    assert canary not in redact_arguments(["sh", "-c", " ".join(words) + " < dump.sql"]), "also inside a shell's command"
    assert "shop" in redact_arguments(words)


@pytest.mark.parametrize(
    "words",
    [
        ["sshpass", "-p", "{}", "ssh", "root@host"], ["sshpass", "-p{}", "ssh", "root@host"], ["redis-cli", "-a", "{}", "ping"], ["curl", "-u", "ada:{}", "https://x"],
        ["ldapsearch", "-D", "cn=x", "-w", "{}"], ["smbclient", "-U", "ada%{}", "//h/s"], ["snmpwalk", "-v2c", "-c", "{}", "h"], ["snmpget", "-v3", "-A", "{}", "h"],
        ["plink", "-pw", "{}", "h"], ["sqlcmd", "-P", "{}"], ["7z", "a", "-p{}", "x.7z"], ["xfreerdp", "/u:ada", "/p:{}"], ["sqlplus", "scott/{}@db"],
        ["htpasswd", "-b", "file", "ada", "{}"], ["openssl", "enc", "-k", "{}"], ["mongosh", "-p", "{}"], ["openssl", "rsa", "-passin", "pass:{}"],
    ],
)  # fmt: skip
@given(canary=CANARY)
@settings(max_examples=15)
def test_programs_with_options_of_their_own(words: list[str], canary: str) -> None:
    told = redact_arguments([word.format(canary) for word in words])
    assert canary not in told
    assert words[0] in told


@settings(max_examples=150)
@given(
    canary=CANARY | AWKWARD.filter(lambda text: not set(text) & set("#?")),
    scheme=st.sampled_from(["https", "postgresql", "amqp", "redis", "mongodb+srv", "ftp"]),
)
def test_urls_lose_the_password_and_keep_user_and_host(canary: str, scheme: str) -> None:
    told = redact_arguments(["app", f"--url={scheme}://ada:{canary}@db.example.org:5432/shop"])
    assert canary not in told
    assert f"{scheme}://ada:{REDACTED}@" in told
    assert canary not in redact_arguments(["git", "clone", f"https://host/x?user=a&access_token={canary}&page=2"]) or set(canary) & set(
        "&;,"
    )


@settings(max_examples=100)
@given(
    canary=CANARY,
    header=st.sampled_from(
        [
            "Authorization: Bearer {}",
            "authorization: Basic {}",
            "X-Api-Key: {}",
            "Cookie: session={}",
            "Proxy-Authorization: Digest a={}",
            "X-Vault-Token: {}",
        ]
    ),
)
def test_headers_lose_their_value(canary: str, header: str) -> None:
    for words in (
        ["curl", "-H", header.format(canary), "https://x"],
        ["curl", f"--header={header.format(canary)}"],
        ["sh", "-c", f"curl -H '{header.format(canary)}' x"],
    ):
        assert canary not in redact_arguments(words)


@pytest.mark.parametrize(
    "token",
    [
        "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "ghp_" + "a1B2" * 9, "glpat-" + "x" * 20, "xoxb-123456789012-abcdef", "sk_live_abcdef123456",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def_ghi", "hvs.CAESIAbcdefghijklmnop", "mrg_0123456789abcdef0123", "AIza" + "Sy" * 16, "npm_" + "q" * 36,
        "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----",
    ],
)  # fmt: skip
def test_tokens_that_show_by_their_form(token: str) -> None:
    assert token not in redact_arguments(["tool", token, "x"])
    assert token not in redact_text(f"request failed for {token} at host")


def test_json_and_connection_strings() -> None:
    assert redact_arguments(["app", '--config={"user":"ada","password":"Zq12345678","host":"h"}']).count("Zq") == 0
    told = redact_arguments(["app", "Server=db;User Id=ada;Password=Zq12345678;Encrypt=yes"])
    assert "Zq12345678" not in told
    assert "Server=db" in told


@pytest.mark.parametrize(
    "words",
    [
        ["/usr/lib/postgresql/15/bin/postgres", "-D", "/var/lib/postgresql/15/main", "-c", "config_file=/etc/postgresql/15/main/postgresql.conf"],
        ["/usr/bin/java", "-Xmx1g", "-cp", "/opt/Atlassian/Confluence8/lib/SomeLongJarNameVersion12.jar", "com.example.Main", "--server.port=8080"],
        ["containerd-shim-runc-v2", "-namespace", "moby", "-id", "3f4e5b6a7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7081"],
        ["nginx: master process /usr/sbin/nginx -g daemon off;"], ["/usr/sbin/sshd", "-D"], ["ssh", "git@host"], ["python3", "-m", "http.server", "8000"],
        ["keepalived", "--author=ada", "--key-file=/etc/key.pem"], ["app", "--password-file=/run/secrets/db"],
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(words: list[str]) -> None:
    assert redact_arguments(words) == " ".join(words)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("DB_PASSWORD", True),
        ("tokenizer", False),
        ("author", False),
        ("pinning", False),
        ("compass", True),
        ("monkey", False),
        ("keyboard", False),
        ("accessKey", True),
        ("public-key", False),
        ("primary_key", False),
    ],
)
def test_names(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


@settings(max_examples=200)
@given(words=st.lists(st.text(max_size=60), max_size=12))
def test_any_words_are_survived_and_a_second_pass_finds_nothing_new(words: list[str]) -> None:
    told = redact_arguments(words)
    assert len(told) <= 1000
    redact_text(told)


def test_hostile_lengths_are_quick() -> None:
    for piece in ("a", "a=", "-p ", "://", "a:b@", "'", "\\", "eyJ", "/"):
        redact_arguments(["app", piece * 50_000])
        redact_text(piece * 50_000)
