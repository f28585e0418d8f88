"""The service manager that started us, if one did: told when we are ready, and that we get on.

Rule: a word to it never waits and never fails; without one nothing is said. This is all of its protocol
(sd_notify(3): a datagram of lines) that a service needs; the libraries for it are either not kept up any
more, or bind to C.
"""

import logging
import os
import socket
from collections.abc import Mapping
from typing import Self

log = logging.getLogger(__name__)


class ServiceManager:
    """`address`: of its socket, None: nobody listens. `watchdog_s`: it ends a service that it has not heard
    for so long; None: it does not.
    """

    def __init__(self, address: str | None = None, *, watchdog_s: float | None = None) -> None:
        self.watchdog_s = watchdog_s
        self._address = address

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The one that the environment tells of."""
        address = environment.get("NOTIFY_SOCKET")
        mine = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        interval_us = environment.get("WATCHDOG_USEC", "")
        watched = address and mine and interval_us.isdecimal() and int(interval_us) > 0
        return cls(address or None, watchdog_s=int(interval_us) / 1e6 if watched else None)

    @property
    def listens(self) -> bool:
        """Whether there is one: then an end of ours is followed by a new beginning."""
        return self._address is not None

    def ready(self) -> None:
        """The service works."""
        self._tell("READY=1")

    def status(self, text: str) -> None:
        """One line for people."""
        self._tell(f"STATUS={' '.join(text.split())}")

    def alive(self) -> None:
        """The service gets on."""
        self._tell("WATCHDOG=1")

    def needs_longer(self, seconds: float) -> None:
        """The start takes so long from now on."""
        self._tell(f"EXTEND_TIMEOUT_USEC={round(seconds * 1e6)}")

    def stopping(self) -> None:
        """It was asked to end, and does."""
        self._tell("STOPPING=1")

    def _tell(self, line: str) -> None:
        if self._address is None:
            return
        address = self._address
        # Linux: a name that is in no file system begins with a zero, written @.
        where = f"\0{address[1:]}" if address.startswith("@") else address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as said:
                said.setblocking(False)
                said.sendto(line.encode(), where)
        except OSError as error:
            log.debug("service.unheard line=%s reason=%s", line.partition("=")[0], error)
