"""Which radio: `native`, or one that a package brings by entry point (`tcp:HOST:PORT`: the simulators'
virtual air).

Rule: the daemon names a radio by its spec and gets a `ports.Radio`; what stands behind it is known in this
package only.
"""

from importlib.metadata import entry_points
from pathlib import Path

from wearsync.errors import Unavailable, UsageError
from wearsync.ports import PairingAgent, Radio
from wearsync.radio.adapter import BleakRadio
from wearsync.radio.native import open_native
from wearsync.radio.provider import RadioProvider

NATIVE = "native"
# An entry's name is the scheme: what stands before the first colon of a spec.
ENTRY_POINT_GROUP = "wearsync.radio"
ALL_EXTRAS = "pip install 'wearsync[all]'"


async def open_radio(spec: str, *, state_dir: Path, agent: PairingAgent | None = None) -> Radio:
    """The radio of that spec, ready to use.

    Raises `RadioUnavailable` (worth trying again), `UsageError` (no such spec), `Unavailable` (parts are not
    installed).
    """
    scheme = spec.partition(":")[0]
    if spec == NATIVE:
        return BleakRadio(await open_native())
    provider = _provider(scheme)
    return BleakRadio(await provider.open(spec, state_dir=state_dir, agent=agent))


def schemes() -> tuple[str, ...]:
    """The schemes that there are."""
    return (NATIVE, *sorted({entry.name for entry in entry_points(group=ENTRY_POINT_GROUP)}))


def _provider(scheme: str) -> RadioProvider:
    for entry in entry_points(group=ENTRY_POINT_GROUP, name=scheme):
        try:
            provider: type[RadioProvider] = entry.load()
        except ImportError as error:
            raise Unavailable(
                f"the radio {scheme!r} needs parts that are not installed ({error}): {ALL_EXTRAS}"
            ) from error
        return provider()
    there = ", ".join(schemes())
    raise UsageError(f"no radio is called {scheme!r}: there are {there}; more come with {ALL_EXTRAS}")
