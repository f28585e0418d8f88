"""The demo's person, between the host and the simulated watch while they are paired: opens pairing mode, and
types what the watch shows.

Rule: answers what is asked, by what can be seen of the watch.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from wearsync_simulators.watches.any_watch import AnyWatch
from wearsync_simulators.watches.view import Press, WatchView
from wearsync_simulators.wearer import Deed, Wearer

__all__ = ["DemoPerson", "Insistent"]

# A tap that nothing came of is tried again after a moment; three times is not in vain.
AGAIN_S = (4.0, 8.0, 12.0)
# Somebody who has the watch before the eyes, and a watch that shows its code at once.
CODE_DEADLINE_S = 25.0
LOOK_EVERY_S = 0.2


class Insistent:
    """A wearer who taps again if the face stays: while a Bangle.js buzzes, and a moment longer, it takes
    none.
    """

    def __init__(self, wearer: Wearer) -> None:
        self._wearer = wearer

    def sees(self, view: WatchView) -> Sequence[Deed]:
        """What that wearer does, and its taps again."""
        deeds = self._wearer.sees(view)
        taps = [deed for deed in deeds if deed.what is Press.TAP]
        return [*deeds, *(Deed(tap.after_s + again_s, tap.what) for tap in taps for again_s in AGAIN_S)]


class DemoPerson:
    """The host's `PairingAgent`, with the watch at hand."""

    def __init__(self, watch: AnyWatch) -> None:
        self._watch = watch
        self._is_pairing = False

    @contextmanager
    def pairing(self) -> Iterator[None]:
        """While the block runs, pairing mode is on: it is switched on again when it ends too early."""
        self._is_pairing = True
        try:
            self.sees(self._watch.view)
            yield
        finally:
            self._is_pairing = False

    def sees(self, view: WatchView) -> None:
        """Something has changed. A host that has proven itself has its key: that was all."""
        self._is_pairing = self._is_pairing and not view.host
        if self._is_pairing and not view.pairing:
            asyncio.get_running_loop().call_soon(self._open_pairing)

    async def confirm_number(self, number: int) -> bool:
        """Yes: the simulated wearer compares the code on the watch, this one trusts it."""
        return True

    async def passkey(self) -> int | None:
        """What the watch shows; None if it shows nothing."""
        try:
            async with asyncio.timeout(CODE_DEADLINE_S):
                while (code := self._watch.view.code) is None:  # noqa: ASYNC110  # an onlooker: nothing tells it
                    await asyncio.sleep(LOOK_EVERY_S)
                return code
        except TimeoutError:
            return None

    async def confirm_just_works(self) -> bool:
        """No: every watch of the demo has a display."""
        return False

    def _open_pairing(self) -> None:
        if self._is_pairing and self._watch.is_on and not self._watch.view.pairing:
            self._watch.open_pairing()
