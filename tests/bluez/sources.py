"""Where this machine gets its Debian packages: its own apt sources, those of its own release alone.

Rule: no registry is named here; a machine that has none of Debian's says so. The release and its updates
without its security suite: the kernel of bookworm-security (6.1.192) dies at a watch that has lost its keys
(hci_chan_del, called by l2cap_chan_put); the product is what is tried. Look again with newer ones.
"""

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["debian_sources", "release"]

APT = Path("/etc/apt")
OS_RELEASE = Path("/etc/os-release")


def release(os_release: Path = OS_RELEASE) -> str:
    """The code name of this machine's Debian. Raises ValueError elsewhere."""
    told = dict(re.findall(r'^(\w+)="?([^"\n]*)', os_release.read_text(encoding="utf-8"), re.MULTILINE))
    if told.get("ID") != "debian" or not told.get("VERSION_CODENAME"):
        raise ValueError("the guest is made from this machine's own Debian sources: run this on Debian")
    return str(told["VERSION_CODENAME"])


def debian_sources(code_name: str, apt: Path = APT) -> str:
    """apt's sources of that release, in apt's one-line form. Raises ValueError if there are none."""
    lists = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*.list"))]
    lines = [line for path in lists if path.is_file() for line in _one_lines(path.read_text("utf-8"))]
    for path in sorted((apt / "sources.list.d").glob("*.sources")):
        lines += _paragraphs(path.read_text(encoding="utf-8"))
    mine = [line for line in lines if re.search(rf"\s{re.escape(code_name)}(-updates)?\s", line)]
    if not mine:
        raise ValueError(f"no source of Debian {code_name} below {apt}")
    return "\n".join(dict.fromkeys(mine)) + "\n"


def _one_lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if re.match(r"deb\s", line.strip()):
            yield line.strip()


def _paragraphs(text: str) -> Iterator[str]:
    """deb822: `Types`, `URIs`, `Suites` and `Components` are lists; each pair of them is a line."""
    for paragraph in re.split(r"\n\s*\n", text):
        whole = "\n".join(line for line in paragraph.splitlines() if not line.startswith("#"))
        fields = {
            key.lower(): value.split()
            for key, value in re.findall(r"^([\w-]+):((?:.|\n[ \t])*)", whole, re.M)
        }
        if "deb" not in fields.get("types", []) or fields.get("enabled") == ["no"]:
            continue
        key = fields.get("signed-by", [])
        # A key may stand there itself, over many lines: apt's own keys know Debian's then.
        option = f"[signed-by={key[0]}] " if len(key) == 1 and key[0].startswith("/") else ""
        for uri in fields.get("uris", []):
            for suite in fields.get("suites", []):
                yield f"deb {option}{uri} {suite} {' '.join(fields.get('components', []))}"
