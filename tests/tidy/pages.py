"""What the pages say of each other and of the checkout: links, anchors, paths; and the pages of the site.

Rule: reads text and gives what is wrong with it, one line each; nothing is rendered (scripts/docs does that).
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
CONTENTS = "docs/site/contents.toml"
OVERVIEW = "docs/README.md"
# They tell of what was: a path that they name may be gone.
HISTORY = ("CHANGELOG.md", "docs/decisions/")

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
# `wearsync/home/…` is a topic.
_PATH = re.compile(
    r"(?!wearsync/home)(?:docs|packaging|scripts|simulators|tests|wearsync)/[\w./-]+|\.(?:ci|github)/[\w./-]+"
)
_OUTSIDE = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?(/[^\s]*)?|mailto:[^@\s]+@[^@\s]+")


def pages(root: Path = ROOT) -> list[PurePosixPath]:
    """Every page of the checkout that somebody may open, sorted."""
    found = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *(root / "packaging").rglob("DOCS.md")]
    return sorted(PurePosixPath(page.relative_to(root).as_posix()) for page in found)


def broken_links(page: PurePosixPath, root: Path = ROOT) -> Iterator[str]:
    """Links to what is not there, or to a heading that is not."""
    for number, line in _prose((root / page).read_text(encoding="utf-8")):
        for target in _LINK.findall(_CODE.sub("", line)):
            if why := _wrong_with(target, page, root):
                yield f"{page}:{number}: {target}: {why}"


def lost_paths(page: PurePosixPath, root: Path = ROOT) -> Iterator[str]:
    """Paths of the checkout that stand in the text as code, and are not there."""
    if str(page).startswith(HISTORY):
        return
    for number, line in _prose((root / page).read_text(encoding="utf-8")):
        for _, code in _CODE.findall(line):
            path = code.split("::")[0].split(" ")[0]
            if _PATH.fullmatch(path) and not _is_there(path, page, root):
                yield f"{page}:{number}: {path}: not in the checkout"


def anchors(text: str) -> set[str]:
    """What a heading can be linked by, as forges make it: `#exit-codes`; a second one gets `-1`."""
    found: set[str] = set()
    for _, line in _prose(text):
        if heading := re.match(r"#{1,6}\s+(.+?)\s*#*\s*$", line):
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).replace("`", "")
            slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            name, again = slug, 0
            while name in found:
                again += 1
                name = f"{slug}-{again}"
            found.add(name)
        found.update(re.findall(r'<a (?:id|name)="([^"]+)"', line))
    return found


def unlisted(root: Path = ROOT) -> Iterator[str]:
    """Pages that neither contents nor docs/README.md list, and what the contents list that is no page."""
    contents = tomllib.loads((root / CONTENTS).read_text(encoding="utf-8"))
    patterns = [name.rpartition("<")[2].rstrip(">") for part in contents["part"] for name in part["pages"]]
    patterns += [name for below in contents["below"].values() for name in below]
    names = [str(page.with_suffix("")) for page in pages(root)]
    for name in names:
        if name != "README" and not any(PurePosixPath(name).match(pattern) for pattern in patterns):
            yield f"{name}.md is not in {CONTENTS}"
    for pattern in patterns:
        if not any(PurePosixPath(name).match(pattern) for name in names):
            yield f"{CONTENTS}: {pattern}: there is no such page"
    overview = (root / OVERVIEW).read_text(encoding="utf-8")
    for name in (name for part in contents["part"] for name in part["pages"] if name.startswith("docs/")):
        if f"{name}.md" != OVERVIEW and f"({name.removeprefix('docs/')}.md)" not in overview:
            yield f"{name}.md is not linked in {OVERVIEW}"


def _wrong_with(target: str, page: PurePosixPath, root: Path) -> str | None:
    if ":" in target.split("/", maxsplit=1)[0]:
        return None if _OUTSIDE.fullmatch(target) else "no address that can be right"
    name, _, anchor = target.partition("#")
    there = (root / page).parent / name if name else root / page
    if not there.exists():
        return "there is no such file"
    if not there.resolve().is_relative_to(root.resolve()):
        return "leads out of the checkout"
    inside = PurePosixPath(there.resolve().relative_to(root.resolve()).as_posix())
    if inside.suffix == ".md" and inside not in pages(root):
        return "is no page of the site"
    if anchor and there.suffix == ".md" and anchor not in anchors(there.read_text(encoding="utf-8")):
        return "there is no such heading"
    return None


def _is_there(path: str, page: PurePosixPath, root: Path) -> bool:
    """In the checkout, or beside the page, or below the tests."""
    return any((base / path).exists() for base in (root, (root / page).parent, root / "tests"))


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """The lines outside of blocks of code, with their numbers from 1."""
    fence = ""
    for number, line in enumerate(text.splitlines(), start=1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence):
                fence = ""
        elif mark:
            fence = mark[1]
        else:
            yield number, line
