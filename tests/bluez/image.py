"""The guest's file system, without the checkout's code: Debian's packages and the locked Python packages.

Rule: made from this machine's own package sources, without being root and without mounts; kept below
.cache/bluez/ under a hash of what it is made from.
"""

import hashlib
import json
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bluez import sources
from tests.bluez.cpio import Archive
from tests.bluez.python_packages import compiled, install_locked

__all__ = ["Image", "cached_image"]

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
# bluetoothd and what it needs to run as Debian's service does; the rest is for our commands in the guest,
# and libstdc++6 for TheengsDecoder (tests/bench/peers).
PACKAGES = (
    "base-files",
    "bash",
    "bluez",
    "coreutils",
    "dash",
    "dbus",
    "grep",
    "iproute2",
    "kmod",
    "libc-bin",
    "libstdc++6",
    "linux-image-amd64",
    "login",
    "passwd",
    "procps",
    "python3",
    "sed",
    "systemd",
    "systemd-sysv",
    "tzdata",
    "util-linux",
)
# Bluetooth LE over /dev/vhci with its ciphers, HID over GATT (bluetoothd asks for it), qemu's network. The
# kernel has no randomness for P-256 keys without drbg: its own test of ecdh fails, and so does all pairing.
MODULES = (
    "algif_hash",
    "algif_skcipher",
    "bluetooth",
    "cmac",
    "ctr",
    "drbg",
    "ecb",
    "ecdh_generic",
    "hci_vhci",
    "jitterentropy_rng",
    "sha512_generic",
    "uhid",
    "virtio_net",
    "virtio_pci",
)
# Two thirds of the packages, and nothing that runs here.
LEFT_OUT = (
    "boot/",
    "usr/include/",
    "usr/lib/modules/",
    "usr/lib/python3/dist-packages/",
    "usr/lib/udev/hwdb",
    "usr/lib/x86_64-linux-gnu/gconv/",
    "usr/lib/x86_64-linux-gnu/perl",
    "usr/share/bash-completion/",
    "usr/share/doc/",
    "usr/share/i18n/",
    "usr/share/info/",
    "usr/share/locale/",
    "usr/share/man/",
    "usr/share/perl",
    "usr/share/zsh/",
    "var/cache/",
    "var/lib/apt/",
    "var/lib/dpkg/",
)
BUILD_DEADLINE_S = 480


@dataclass(frozen=True)
class Image:
    """What is kept. `files`: the archive; `python`: the guest's Python, "3.11"."""

    kernel: Path
    files: Path
    python: str


def cached_image(cache: Path, say: Callable[[str], None]) -> Image:
    """The image, built if there is none of what it would be made from; older ones are removed."""
    folder = cache / f"image-{_key()}"
    facts = folder / "image.json"
    if not facts.is_file():
        say("building the guest (once for these packages)")
        for old in cache.glob("image-*"):
            shutil.rmtree(old)
        draft = Path(tempfile.mkdtemp(prefix="image-new-", dir=cache))
        python = _build(draft)
        (draft / facts.name).write_text(json.dumps({"python": python}), encoding="utf-8")
        draft.replace(folder)
    return Image(folder / "vmlinuz", folder / "files.cpio", json.loads(facts.read_text("utf-8"))["python"])


def _key() -> str:
    code = sources.release()
    parts = [code, sources.debian_sources(code), platform.machine(), sys.version]
    files = ["cpio.py", "image.py", "python_packages.py", "sources.py"]
    parts += [(HERE / name).read_text(encoding="utf-8") for name in files]
    parts += [(ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "pyproject.toml")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _build(folder: Path) -> str:
    with tempfile.TemporaryDirectory(prefix="bluez-", dir=folder) as name:
        scratch = Path(name)
        tar = scratch / "debian.tar"
        _unpack_debian(tar, scratch)
        with (
            tarfile.open(tar) as packages,
            (folder / "files.cpio").open("wb") as out,
            Archive(out) as archive,
        ):
            members = {member.name.removeprefix("./"): member for member in packages}
            python = next(path for path in members if path.startswith("usr/bin/python3."))
            version = python.removeprefix("usr/bin/python")
            _add_packages(archive, packages, members)
            kernel = next(path for path in members if path.startswith("boot/vmlinuz-"))
            (folder / "vmlinuz").write_bytes(_content(packages, members[kernel]))
            _add_modules(archive, packages, members, scratch)
            for path in install_locked(version, scratch / "python"):
                place = f"usr/local/lib/python{version}/dist-packages/{path.relative_to(scratch / 'python')}"
                _add_file(archive, place, path.read_bytes(), 0o644)
    return version


def _unpack_debian(tar: Path, scratch: Path) -> None:
    """mmdebstrap's `extract` runs nothing of the packages: it needs no root, no chroot, no mount."""
    listed = scratch / "sources.list"
    code = sources.release()
    listed.write_text(sources.debian_sources(code), encoding="utf-8")
    exclude = [
        f"--dpkgopt=path-exclude=/{path}*"
        for path in ("usr/share/doc/", "usr/share/locale/", "usr/share/man/")
    ]
    done = subprocess.run(
        [
            "mmdebstrap",
            "--quiet",
            "--variant=extract",
            f"--include={','.join(PACKAGES)}",
            *exclude,
            "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
            code,
            str(tar),
            str(listed),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BUILD_DEADLINE_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"mmdebstrap failed:\n{done.stderr[-4000:]}")


def _add_packages(archive: Archive, packages: tarfile.TarFile, members: dict[str, tarfile.TarInfo]) -> None:
    for path, member in members.items():
        if not path or path.startswith(LEFT_OUT):
            continue
        if member.isdir():
            archive.folder(path.rstrip("/"), member.mode)
        elif member.issym():
            archive.link(path, member.linkname)
        elif member.isfile() or member.islnk():
            _add_file(archive, path, _content(packages, member), member.mode)


def _add_file(archive: Archive, path: str, content: bytes, mode: int) -> None:
    """Python code goes with its compiled form: under emulation compiling takes longer than all the rest."""
    archive.file(path, content, mode)
    if path.endswith(".py") and (done := compiled(path, content)):
        archive.file(*done)


def _content(packages: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = packages.extractfile(member)
    assert file is not None
    return file.read()


def _add_modules(
    archive: Archive, packages: tarfile.TarFile, members: dict[str, tarfile.TarInfo], scratch: Path
) -> None:
    """The kernel modules that we name and those that they need, with what modprobe looks up."""
    tree = scratch / "modules"
    for path, member in members.items():
        if path.startswith("usr/lib/modules/") and member.isfile():
            place = tree / path.removeprefix("usr/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(_content(packages, member))
    modules = next((tree / "lib/modules").iterdir())
    _depmod(tree, modules.name)
    wanted = set(_closure(modules / "modules.dep"))
    for module in list(modules.rglob("*.ko*")):
        if str(module.relative_to(modules)) not in wanted:
            module.unlink()
    _depmod(tree, modules.name)
    for file in sorted(file for file in modules.rglob("*") if file.is_file()):
        archive.file(f"usr/lib/modules/{modules.name}/{file.relative_to(modules)}", file.read_bytes())


def _closure(dependencies: Path) -> Iterator[str]:
    needed = dict(line.split(":") for line in dependencies.read_text(encoding="utf-8").splitlines())
    for name in MODULES:
        for path, others in needed.items():
            if Path(path).name.partition(".")[0].replace("-", "_") == name:
                yield from (path, *others.split())


def _depmod(tree: Path, version: str) -> None:
    depmod = shutil.which("depmod", path="/usr/sbin:/sbin:/usr/bin")
    if depmod is None:
        raise RuntimeError("depmod is missing: install kmod")
    subprocess.run([depmod, "-b", str(tree), version], check=True, capture_output=True)
