"""What is asked of the doctor, and where on this computer it looks.

Rule: values only; a test gives another `Machine`, everybody else the one that there is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wearsync.doctor.ntp import is_synchronised


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """As the command line says it. `broker`, `password_file`, `radio`: in place of the configuration's;
    `patience_s`: for the daemon's answer, and for the broker's.
    """

    config_file: Path | None = None
    state_dir: Path | None = None
    broker: str | None = None
    password_file: Path | None = None
    radio: str | None = None
    patience_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where the system tells of itself: /proc, /sys and the like below `root`; its clock by
    `is_synchronised` (None: it does not tell).
    """

    root: Path = Path("/")
    is_synchronised: Callable[[], bool | None] = is_synchronised

    def at(self, path: str) -> Path:
        """Where that absolute path is."""
        return self.root / path.removeprefix("/")
