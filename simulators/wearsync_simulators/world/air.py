"""The air of the world, above GATT: where watches stand, and what the hosts' processes have of it.

    air = FastAir(faults=faults)
    await air.add(watch)                     # or: await watch.power_on(air)
    radio = await air.radio(process)         # a ports.Radio; RadioUnavailable while there is no adapter
    await air.set_in_range(watch, False)
    await air.drop(process)                  # after its death: its links fall silent

Rule: one interface for this air and for the Bumble one (`ble.py`): the world has one code path.
"""

from typing import Protocol

from wearsync.errors import RadioUnavailable
from wearsync.ports import Radio
from wearsync_simulators.watches.simulated_watch import SimulatedWatch
from wearsync_simulators.world.ether import GONE, Ether
from wearsync_simulators.world.fast_radio import FastRadio
from wearsync_simulators.world.process import Process
from wearsync_simulators.world.radio_faults import FAULTS
from wearsync_simulators.world.wire import OUT_OF_REACH

__all__ = ["FAULTS", "FastAir", "FastRadio", "WorldAir"]


class WorldAir(Protocol):
    """Where watches stand, and hosts listen."""

    async def add(self, watch: SimulatedWatch) -> None:
        """Give it power, here."""

    async def radio(self, process: Process) -> Radio:
        """An adapter for that process. Raises `RadioUnavailable`."""

    async def drop(self, process: Process) -> None:
        """All that it has on the air falls silent: it is dead, or its computer sleeps."""

    async def set_in_range(self, watch: SimulatedWatch, in_range: bool) -> None:
        """Carry a watch out of everybody's range, or back."""

    def lose(self, watch: SimulatedWatch) -> None:
        """The link that it has, if any, is lost now."""


class FastAir(Ether):
    """An air without Bumble: a day on it costs what its operations cost."""

    _radios: tuple[FastRadio, ...] = ()

    async def add(self, watch: SimulatedWatch) -> None:
        """See `WorldAir`."""
        await watch.power_on(self)

    async def radio(self, process: Process, *, host: str = "host") -> FastRadio:
        """See `WorldAir`."""
        process.point("radio.open")
        if self.is_absent(self.adapter(host)):
            raise RadioUnavailable(GONE)
        radio = FastRadio(self, process=process, host=host)
        self._radios += (radio,)
        return radio

    async def drop(self, process: Process) -> None:
        """See `WorldAir`."""
        for radio in self._radios:
            if radio.process is process:
                radio.vanish()
        self._radios = tuple(each for each in self._radios if each.process is not process)

    async def set_in_range(self, watch: SimulatedWatch, in_range: bool) -> None:
        """See `WorldAir`."""
        await watch.set_in_range(in_range)

    def lose(self, watch: SimulatedWatch) -> None:
        """See `WorldAir`."""
        antenna = self.at(watch.address.upper())
        if antenna is not None and antenna.wire is not None:
            antenna.wire.end(OUT_OF_REACH)
