"""The site as a browser finds it: every link, picture, style and script is there, and none is elsewhere.

Rule: reads files; what a page shows is not judged here.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself.
_FETCHED = {("img", "src"), ("script", "src"), ("link", "href"), ("source", "srcset")}


@dataclass(slots=True)
class _Page:
    """What a page points at, and what can be pointed at in it."""

    points: list[tuple[str, str]] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)


def wrong_in(site: Path) -> Iterator[str]:
    """What is wrong with the links of a site, a line each."""
    read = {page: _read(page) for page in sorted(site.rglob("*.html"))}
    for page, found in read.items():
        for tag, target in found.points:
            url = urlsplit(target)
            if url.scheme or url.netloc:
                if tag != "a" and url.scheme != "data":
                    yield f"{page.relative_to(site)}: {target}: fetched from elsewhere"
                continue
            there = (page.parent / unquote(url.path)).resolve() if url.path else page
            if not there.is_file():
                yield f"{page.relative_to(site)}: {target}: there is no such file"
            elif url.fragment and there in read and unquote(url.fragment) not in read[there].ids:
                yield f"{page.relative_to(site)}: {target}: there is no such place"


def _read(page: Path) -> _Page:
    found = _Page()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            for name, value in attrs:
                if name in ("id", "name") and value:
                    found.ids.add(value)
                elif value and (tag, name) in _FETCHED | {("a", "href")}:
                    found.points.append((tag, value))

    Reader().feed(page.read_text(encoding="utf-8"))
    found.ids.add("")
    return found


if __name__ == "__main__":
    dead = list(wrong_in(Path(sys.argv[1]).resolve()))
    for line in dead:
        sys.stderr.write(f"check-docs: {line}\n")
    sys.exit(1 if dead else 0)
