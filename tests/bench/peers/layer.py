"""What goes into the guest for the others: their packages (scripts/peers.lock) and our two scripts.

Rule: by hash, in a folder of their own (/opt/peers), so that neither the product nor the bare script sees
them. TheengsDecoder comes as source and is compiled here, for the Python that runs this: the guest's own.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bluez.cpio import Archive
from tests.bluez.image import Image
from tests.bluez.python_packages import compiled

__all__ = ["CACHE", "LIBRARY", "SCRIPTS", "peers_layer", "versions"]

ROOT = Path(__file__).parents[3]
CACHE = ROOT / ".cache/bluez"
LOCK = ROOT / "scripts/peers.lock"
OURS = Path(__file__).parent / "guest"
LIBRARY = "/opt/peers/library"
SCRIPTS = "/opt/peers"
PIP_DEADLINE_S = 400


def peers_layer(image: Image) -> Path:
    """The archive, made once for what it is made from. Raises RuntimeError with pip's words."""
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    if own != image.python:
        raise RuntimeError(
            f"the guest has Python {image.python}, this is {own}: set PYTHON, and run this again"
        )
    parts = [sys.version.encode(), *(path.read_bytes() for path in (LOCK, Path(__file__), *_scripts()))]
    done = CACHE / f"peers-{hashlib.sha256(b''.join(parts)).hexdigest()[:16]}.cpio"
    if not done.is_file():
        for old in CACHE.glob("peers-*.cpio"):
            old.unlink()
        with tempfile.TemporaryDirectory(prefix="peers-", dir=CACHE) as name:
            _install(Path(name) / "library")
            draft = Path(name) / done.name
            _write(draft, Path(name) / "library")
            shutil.move(draft, done)
    return done


def versions() -> str:
    """Of what is compared with."""
    return " · ".join(
        line.partition(" ")[0].replace("==", " ")
        for line in LOCK.read_text(encoding="utf-8").splitlines()
        if line.startswith(("ble2mqtt==", "theengsdecoder==", "theengsgateway=="))
    )


def _scripts() -> list[Path]:
    return sorted(OURS.glob("*.py"))


def _install(target: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps"),
            *("--require-hashes", "--requirement", str(LOCK), "--target", str(target)),
        ],
        env=os.environ | {"PIP_CACHE_DIR": str(ROOT / ".cache/pip"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PIP_DEADLINE_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"pip could not unpack the others' packages:\n{done.stderr[-4000:]}")


def _write(file: Path, library: Path) -> None:
    with file.open("wb") as out, Archive(out) as archive:
        for path in _scripts():
            archive.file(f"{SCRIPTS.lstrip('/')}/{path.name}", path.read_bytes())
        for path in sorted(each for each in library.rglob("*") if each.is_file()):
            place, content = f"{LIBRARY.lstrip('/')}/{path.relative_to(library)}", path.read_bytes()
            archive.file(place, content)
            if path.suffix == ".py" and (code := compiled(place, content)):
                archive.file(*code)
