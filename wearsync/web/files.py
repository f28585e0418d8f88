"""The page's own files, read once: an upgrade under a running daemon changes nothing of them.

Rule: what is not in the table of kinds is not served; they hold nothing private.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

DIRECTORY = Path(__file__).parent / "static"
INDEX = "index.html"

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file."""

    kind: str
    data: bytes
    etag: str


def page_files(directory: Path = DIRECTORY) -> Mapping[str, PageFile]:
    """All of them, by their paths in the directory."""
    return {
        path.relative_to(directory).as_posix(): _read(path)
        for path in sorted(directory.rglob("*"))
        if path.suffix in KINDS and path.is_file()
    }


def served(file: PageFile, request: Request) -> Response:
    """The file, or that the browser has it."""
    headers = {"ETag": file.etag, "Cache-Control": "no-cache"}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(file.data, media_type=file.kind, headers=headers)


def _read(path: Path) -> PageFile:
    data = path.read_bytes()
    return PageFile(KINDS[path.suffix], data, f'"{hashlib.sha256(data).hexdigest()[:20]}"')
