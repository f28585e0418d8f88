"""What changes with the checkout: its code, what runs in the guest, and how the guest is set up.

Rule: the product goes in as it stands in the checkout, unmodified; nothing of it is in the cached image.
"""

from pathlib import Path
from typing import BinaryIO

from tests.bluez import settings
from tests.bluez.cpio import Archive
from tests.bluez.python_packages import compiled

__all__ = ["write_layer"]

ROOT = Path(__file__).parents[2]
COMMAND = """\
#!/usr/bin/python3
import sys
from wearsync.__main__ import main
sys.exit(main())
"""


def write_layer(out: BinaryIO, python: str) -> None:
    """The archive that goes after the image's."""
    packages = f"usr/local/lib/python{python}/dist-packages"
    with Archive(out) as archive:
        for path, mode in settings.FOLDERS:
            archive.folder(path, mode)
        for path, text in settings.FILES.items():
            archive.file(path, text.encode())
        for path, target in settings.LINKS.items():
            archive.link(path, target)
        archive.file("usr/local/lib/inside.py", (Path(__file__).parent / "inside.py").read_bytes())
        archive.file("usr/local/bin/wearsync", COMMAND.encode(), 0o755)
        for source in sorted((ROOT / "wearsync").rglob("*")):
            if not source.is_file() or "__pycache__" in source.parts:
                continue
            content = source.read_bytes()
            place = f"{packages}/{source.relative_to(ROOT)}"
            archive.file(place, content)
            if source.suffix == ".py" and (done := compiled(place, content)):
                archive.file(*done)
