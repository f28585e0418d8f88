"""A crowd under one watch's name: advertisements of that service, each from another address.

Rule: nobody of it takes a connection; it is only there to be seen.
"""

import asyncio
from random import Random

from bumble import hci

from wearsync_simulators.radio.air import Air
from wearsync_simulators.radio.controller import Advertisement, AirController
from wearsync_simulators.watches.gatt import advertisement, scan_response

__all__ = ["crowd"]

# The two highest bits of a random static address (Vol 6, Part B, 1.3.2.1).
_STATIC = 0xC0
_ADDRESS_BYTES = 6


async def crowd(air: Air, random: Random, *, name: str, heads: int, within_s: float) -> None:
    """So many addresses advertise, one after the other, in that time; each says all that there is to say."""
    controller = AirController("crowd", medium=air)
    try:
        for _ in range(heads):
            raw = bytearray(random.randbytes(_ADDRESS_BYTES))
            raw[-1] |= _STATIC
            address = hci.Address(bytes(raw), hci.Address.RANDOM_DEVICE_ADDRESS)
            said = Advertisement(controller, address, advertisement(), scan_response(name, 0b111), True, True)
            air.broadcast(said)
            await asyncio.sleep(within_s / heads)
    finally:
        controller.close()
