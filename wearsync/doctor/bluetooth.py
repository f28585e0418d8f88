"""The radio: this computer's own Bluetooth, or another one.

Rule: what is asked of BlueZ stands in `bluez.py`, whose libraries are on Linux only. A radio that is not this
computer's own needs none of it.
"""

import sys
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from wearsync.doctor.case import Case, is_held
from wearsync.doctor.check import Check
from wearsync.doctor.findings import bluetooth as found
from wearsync.errors import RadioUnavailable, WearsyncError
from wearsync.radio.spec import NATIVE, open_radio


async def look(case: Case) -> AsyncGenerator[Check, None]:
    """Radio, D-Bus, bluetoothd, adapter, sharing, agent."""
    spec = radio_of(case)
    if spec is None:
        return
    yield await _radio(case, spec)
    if spec != NATIVE:
        yield found.NOT_NEEDED.told(radio=spec)
    elif sys.platform != "linux":
        yield found.NOT_LINUX.told()
    else:
        from wearsync.doctor import bluez

        async for check in bluez.look(case):
            yield check


def radio_of(case: Case) -> str | None:
    """The radio that is in use, by its spec: the daemon's, if one runs."""
    if case.daemon is not None:
        return case.daemon.radio
    return case.settings.radio if case.settings else None


async def _radio(case: Case, spec: str) -> Check:
    if spec == NATIVE:
        return found.RADIO.told()
    if case.daemon is not None:
        return found.RADIO_OF_DAEMON.told(radio=spec)
    if is_held(case):
        return found.RADIO_HELD.told()
    try:
        # With an address of the moment: the daemon's own is not to be seen twice.
        with tempfile.TemporaryDirectory(prefix="wearsync-doctor-") as directory:
            radio = await open_radio(spec, state_dir=Path(directory))
            await radio.close()
    except RadioUnavailable as error:
        return found.RADIO_AWAY.told(radio=spec, error=error)
    except WearsyncError as error:
        return found.RADIO_UNKNOWN.told(error=error)
    return found.RADIO_OTHER.told(radio=spec)
