"""Vendored front-end files: fetch them from npm (`refresh`) or compare them with their manifest (`check`).

`web/static/vendor/manifest.json` says for each file its package, version, licence and SHA-256. Nothing is fetched when the product is
installed or runs; `check` needs neither npm nor a network and is part of the test suite.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "web" / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"
ICON_LIST = VENDOR / "icons.txt"


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package: which of its files (path inside → name here) we ship, and its licence file."""

    name: str
    version: str
    licence: str
    files: Mapping[str, str]


PACKAGES = (
    Package("bootstrap", "5.3.9", "MIT", {"dist/css/bootstrap.min.css": "bootstrap.min.css", "LICENSE": "bootstrap.LICENSE.txt"}),
    Package("htmx.org", "4.0.1", "0BSD", {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "htmx.LICENSE.txt"}),
    Package("bootstrap-icons", "1.13.2", "MIT", {"LICENSE": "bootstrap-icons.LICENSE.txt"}),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        {
            "files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
            "files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
            "LICENSE": "inter.LICENSE.txt",
        },
    ),
)


def unpack(package: Package, folder: Path) -> Path:
    """Fetch the package into `folder` by npm and return where its files are."""
    spec = f"{package.name}@{package.version}"
    done = subprocess.run(["npm", "pack", "--silent", spec], cwd=folder, check=True, capture_output=True, text=True)
    inside = folder / package.name.replace("/", "_")
    with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as archive:
        archive.extractall(inside, filter="data")
    return inside / "package"


def icon_names() -> list[str]:
    """The icons we ship, one name a line in `icons.txt`; `#` starts a comment."""
    lines = (line.split("#")[0].strip() for line in ICON_LIST.read_text("utf-8").splitlines())
    return sorted({line for line in lines if line})


def sprite(icons: Path) -> str:
    """One SVG file with a `<symbol>` for each wanted icon, used by `<use href="…/icons.svg#name">`."""
    symbols = []
    for name in icon_names():
        text = (icons / f"{name}.svg").read_text("utf-8")
        shape = re.search(r"<svg[^>]*viewBox=\"([^\"]+)\"[^>]*>(.*)</svg>", text, re.DOTALL)
        if shape is None:
            raise SystemExit(f"{name}.svg is not an icon as expected")
        body = " ".join(shape[2].split())
        symbols.append(f'<symbol id="{name}" viewBox="{shape[1]}">{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def auto_theme(css: str) -> str:
    """Bootstrap's dark rules once more, for `data-bs-theme=auto` under a dark system preference: no script, no flash."""
    rules = re.findall(r"(\[data-bs-theme=dark\][^{}]*\{[^{}]*\})", css)
    if len(rules) < 5:
        raise SystemExit("Bootstrap's dark rules were not found; has its layout changed?")
    body = "\n".join(rule.replace("[data-bs-theme=dark]", "[data-bs-theme=auto]") for rule in rules)
    return "/* Made from bootstrap.min.css by tools/vendor_assets.py. */\n@media (prefers-color-scheme:dark){\n" + body + "\n}\n"


def refresh() -> None:
    """Fetch every package, lay its files down, make the derived ones, and write the manifest."""
    entries = []
    with tempfile.TemporaryDirectory() as temporary:
        for package in PACKAGES:
            inside = unpack(package, Path(temporary))
            made = {target: (inside / source).read_bytes() for source, target in package.files.items()}
            if package.name == "bootstrap":
                made["bootstrap.min.css"] = re.sub(rb"\n?/\*# sourceMappingURL=[^*]*\*/", b"", made["bootstrap.min.css"])
                made["bootstrap-auto.css"] = auto_theme(made["bootstrap.min.css"].decode("utf-8")).encode("utf-8")
            if package.name == "bootstrap-icons":
                made["icons.svg"] = sprite(inside / "icons").encode("utf-8")
            if package.name == "htmx.org":
                made["htmx.min.js"] = re.sub(rb"\n?//# sourceMappingURL=\S*", b"", made["htmx.min.js"])
            for target, content in sorted(made.items()):
                (VENDOR / target).write_bytes(content)
                digest = hashlib.sha256(content).hexdigest()
                entry = {"file": target, "package": package.name, "version": package.version, "licence": package.licence, "sha256": digest}
                entries.append(entry)
    MANIFEST.write_text(json.dumps({"files": entries}, indent=1) + "\n", "utf-8")
    sys.stdout.write(f"{len(entries)} files written to {VENDOR.relative_to(ROOT)}\n")


def problems() -> list[str]:
    """What is wrong with the vendored files: missing, changed, or not in the manifest. Empty when all is well."""
    listed = json.loads(MANIFEST.read_text("utf-8"))["files"]
    found = []
    for entry in listed:
        path = VENDOR / entry["file"]
        if not path.is_file():
            found.append(f"{entry['file']} is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            found.append(f"{entry['file']} differs from {entry['package']} {entry['version']} as recorded")
    known = {entry["file"] for entry in listed} | {MANIFEST.name, ICON_LIST.name}
    found += [f"{path.name} is not in the manifest" for path in sorted(VENDOR.iterdir()) if path.name not in known]
    symbols = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text("utf-8")))
    found += [f"icon {name} of icons.txt is not in icons.svg" for name in icon_names() if name not in symbols]
    return found


def main() -> int:
    """`refresh` fetches and records; `check` compares and exits 1 when something differs."""
    words = {"refresh", "check"}
    if len(sys.argv) != 2 or sys.argv[1] not in words:
        sys.stderr.write("usage: python tools/vendor_assets.py refresh|check\n")
        return 2
    if sys.argv[1] == "refresh":
        refresh()
    found = problems()
    for line in found:
        sys.stderr.write(line + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
