"""A stranger under a watch's name and address, who does not know the key.

Rule: it knows what anybody in range can: Info, the advertisement, and frames that it has overheard. It asks
for no encryption, as an attacker wouldn't (BLESA), and must be refused at the challenge.
"""

from collections.abc import Sequence
from random import Random

from wearsync_simulators.watches.antenna import Ears
from wearsync_simulators.watches.body import Transmitter

__all__ = ["Impostor"]

_HELLO, _CHALLENGE, _RECORDS = b"\x01", b"\x81", b"\x83"
NONCE_BYTES = PROOF_BYTES = 16
# A BOOTED record, whole and well-formed (docs/hold-profile.md, section 3).
_FORGED = bytes([23, 1]) + (1).to_bytes(4, "little") * 3 + b"\x01" + bytes(8)


class Impostor:
    """An `antenna.Ears`. `overheard`: the frames of a whole session, played again at the first HELLO; none:
    it guesses a proof, and tells a record that nobody wrote.
    """

    def __init__(self, *, model: Ears, overheard: Sequence[bytes], random: Random) -> None:
        self.transmitter: Transmitter | None = None
        self._model = model
        self._overheard = list(overheard)
        self._random = random

    def info(self) -> bytes:
        """As the watch's own: it can be read by anybody."""
        return self._model.info()

    def battery_percent(self) -> int:
        """As the watch's own."""
        return self._model.battery_percent()

    def advertised(self) -> int:
        """As the watch's own."""
        return self._model.advertised()

    def link_up(self, mtu: int) -> None:
        """Somebody has fallen for it."""

    def link_mtu(self, mtu: int) -> None:
        """Of no interest."""

    def link_down(self) -> None:
        """Found out."""

    def down(self, raw: bytes) -> None:
        """Answer a HELLO; whatever else the host says is noted by nobody."""
        if raw[:1] == _HELLO and self.transmitter is not None:
            for frame in self._overheard or self._forged():
                self.transmitter.notify(frame)

    def key(self, raw: bytes) -> int | None:
        """A key would be welcome."""
        return None

    def pairing_asked(self) -> bool:
        """So would a bond."""
        return True

    def pairing_failed(self) -> None:
        """Nothing is lost by it."""

    async def compare(self, code: int) -> bool:
        """It agrees to anything."""
        return True

    def _forged(self) -> list[bytes]:
        watch_id = self._model.info()[2:18]
        proof = self._random.randbytes(NONCE_BYTES + PROOF_BYTES)
        return [_RECORDS + _FORGED + bytes(8), _CHALLENGE + b"\x01" + watch_id + proof]
