"""The person, as BlueZ asks for them: `org.bluez.Agent1`, while one watch is paired.

Rule: what any other device asks for is refused, and so is what no watch needs (PIN codes of classic
Bluetooth, services that it wants of us). Nobody answers but the person; their word is kept, for BlueZ says of
every bond that fails only that it failed.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from enum import Enum
from typing import TypeVar

from dbus_fast.annotations import DBusObjectPath, DBusStr, DBusUInt16, DBusUInt32
from dbus_fast.errors import DBusError
from dbus_fast.service import ServiceInterface, dbus_method

from wearsync.ports import PairingAgent

# What BlueZ takes for a no (doc/org.bluez.Agent.rst).
REJECTED = "org.bluez.Error.Rejected"
CANCELED = "org.bluez.Error.Canceled"

_Answer = TypeVar("_Answer")

log = logging.getLogger(__name__)


class Word(Enum):
    """What the person was asked last, and what they said. `ASKED`: nothing yet."""

    NOT_ASKED = "not asked"
    ASKED = "asked"
    COMPARED = "the numbers are the same"
    TYPED = "a code was typed"
    JUST_WORKS = "no code is needed"
    NOT_CONFIRMED = "the numbers are not the same"
    NO_PASSKEY = "no code was typed"
    DECLINED = "not without a code"
    SHOWN_HERE = "the code would have to be typed at the watch"


class Agent(ServiceInterface):
    """Asks `person` about the device whose D-Bus path `is_meant`."""

    def __init__(self, person: PairingAgent, *, is_meant: Callable[[str], bool]) -> None:
        super().__init__("org.bluez.Agent1")
        self.word = Word.NOT_ASKED
        # When that was, by the event loop's clock.
        self.asked_at_s = 0.0
        # Why the person could not be asked.
        self.failure: Exception | None = None
        self._person = person
        self._is_meant = is_meant
        self._question: asyncio.Task[object] | None = None

    def cancel(self) -> None:
        """Nobody waits for the answer any more."""
        if self._question is not None:
            self._question.cancel()

    @dbus_method("RequestConfirmation")
    async def request_confirmation(self, device: DBusObjectPath, passkey: DBusUInt32) -> None:
        """Does the watch show these six digits?"""
        yes = await self._ask(device, self._person.confirm_number(passkey))
        self._answered(Word.COMPARED if yes else Word.NOT_CONFIRMED, is_yes=yes)

    @dbus_method("RequestPasskey")
    async def request_passkey(self, device: DBusObjectPath) -> DBusUInt32:
        """The six digits that the watch shows."""
        passkey = await self._ask(device, self._person.passkey())
        self._answered(Word.NO_PASSKEY if passkey is None else Word.TYPED, is_yes=passkey is not None)
        return passkey or 0

    @dbus_method("RequestAuthorization")
    async def request_authorization(self, device: DBusObjectPath) -> None:
        """The watch has asked for a bond without a code."""
        yes = await self._ask(device, self._person.confirm_just_works())
        self._answered(Word.JUST_WORKS if yes else Word.DECLINED, is_yes=yes)

    @dbus_method("DisplayPasskey")
    def display_passkey(self, device: DBusObjectPath, passkey: DBusUInt32, entered: DBusUInt16) -> None:
        """The watch wants digits typed on it; none that is known here does."""
        self._require(device)
        self._answered(Word.SHOWN_HERE, is_yes=False)

    @dbus_method("RequestPinCode")
    def request_pin_code(self, device: DBusObjectPath) -> DBusStr:
        """Classic Bluetooth; no watch of ours."""
        raise DBusError(REJECTED, "no watch has a PIN code")

    @dbus_method("DisplayPinCode")
    def display_pin_code(self, device: DBusObjectPath, pincode: DBusStr) -> None:
        """Classic Bluetooth; no watch of ours."""
        raise DBusError(REJECTED, "no watch has a PIN code")

    @dbus_method("AuthorizeService")
    def authorize_service(self, device: DBusObjectPath, uuid: DBusStr) -> None:
        """A device wants a service of this computer; a watch needs none."""
        raise DBusError(REJECTED, "nothing is offered to it")

    @dbus_method("Cancel")
    def cancelled(self) -> None:
        """BlueZ waits for the answer no more."""
        self.cancel()

    @dbus_method("Release")
    def released(self) -> None:
        """BlueZ has let this agent go; it does so when it ends."""
        self.cancel()

    async def _ask(self, device: str, question: Coroutine[object, None, _Answer]) -> _Answer:
        try:
            self._require(device)
        except DBusError:
            question.close()
            raise
        self.word, self.asked_at_s = Word.ASKED, asyncio.get_running_loop().time()
        asked = self._question = asyncio.ensure_future(question)
        try:
            return await asked
        except asyncio.CancelledError:
            raise DBusError(CANCELED, "the question was taken back") from None
        except Exception as error:
            self.failure = error
            raise DBusError(CANCELED, "the person could not be asked") from error
        finally:
            self._question = None

    def _require(self, device: str) -> None:
        if not self._is_meant(device):
            log.warning("radio.strange_question device=%s", device.rpartition("/")[2])
            raise DBusError(REJECTED, "another device is being paired")

    def _answered(self, word: Word, *, is_yes: bool) -> None:
        self.word = word
        if not is_yes:
            raise DBusError(REJECTED, word.value)
