"""A simulated process: what it may do to the world ends with it.

Rule: after its death every port that it had raises `Dead`, so that no `finally` does what `kill -9` would
not. Ports call `point` around whatever they do: there, a crash may come.
"""

from collections.abc import Callable

__all__ = ["Dead", "Process"]


class Dead(BaseException):
    """The process is gone. Not an `Exception`: nothing of the product may catch it."""


class Process:
    """One life of the daemon. `crashes(where)` says whether it dies at this point; `died()` is told once."""

    def __init__(self, name: str, *, crashes: Callable[[str], bool], died: Callable[[], None]) -> None:
        self.name = name
        self._crashes = crashes
        self._died = died
        self._alive = True

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._alive

    def point(self, where: str) -> None:
        """Something outside is about to happen, or has just happened. Raises `Dead` if that is the end, or it
        was before.
        """
        if self._alive and self._crashes(where):
            self.kill()
        self.check()

    def check(self) -> None:
        """Raises `Dead` if it is."""
        if not self._alive:
            raise Dead(self.name)

    def kill(self) -> None:
        """As `kill -9`: nothing of it reaches the world from now on."""
        if self._alive:
            self._alive = False
            self._died()
