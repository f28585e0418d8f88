"""One look of the doctor in a test, and the checks by their names."""

from collections.abc import Mapping
from pathlib import Path

from wearsync.doctor import Check, Machine, Request, examine

ID = "00112233445566778899aabbccddeeff"
ADDRESS = "C0:FF:EE:00:00:01"
WATCH = f'[[watches]]\nname = "W"\nid = "{ID}"\naddress = "{ADDRESS}"\n'


def configured(home: Path, text: str = "") -> Request:
    """A configuration with that text, and a state directory that is there."""
    file = home / "config.toml"
    file.write_text(f'site = "home"\n{text}')
    (home / "s").mkdir(mode=0o700, exist_ok=True)
    return Request(config_file=file, state_dir=home / "s")


async def looked(
    request: Request, *names: str, machine: Machine | None = None, about: str = ""
) -> Mapping[str, Check]:
    """What has come of those checks, by their names."""
    found = [check async for check in examine(request, names=names, machine=machine or a_machine())]
    return {check.name: check for check in found if about in ("", check.about)}


async def finding(request: Request, check: str, *, machine: Machine | None = None) -> Check:
    """What that check has found."""
    return (await looked(request, check, machine=machine))[check]


def a_machine(root: Path = Path("/")) -> Machine:
    """This one, but for its clock: what keeps that right is not this test's affair."""
    return Machine(root=root, is_synchronised=lambda: True)
