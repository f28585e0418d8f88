"""Where the daemon keeps its files.

Rule: all below one directory, so that one setting moves all of it; but for the control socket, which a
service has where others may reach it.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from wearsync.errors import ConfigError

# AF_UNIX: 108 bytes with the closing NUL on Linux, 104 on macOS; the smaller one holds everywhere.
SOCKET_PATH_MAX_BYTES = 103


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the daemon keeps things; all below one directory, so that one variable moves all of it.

    `socket`: the control socket, if it is elsewhere. `service_socket`: of the daemon to ask when there is
    none here; None: this place was chosen, and no other one is meant.
    """

    state_dir: Path
    socket: Path | None = None
    service_socket: Path | None = None

    @property
    def journal(self) -> Path:
        """The journal's database."""
        return self.state_dir / "journal.sqlite"

    @property
    def backups(self) -> Path:
        """The journal's copies, one a day."""
        return self.state_dir / "backups"

    @property
    def keys(self) -> Path:
        """The watches' keys, apart from the journal."""
        return self.state_dir / "keys.json"

    @property
    def control_socket(self) -> Path:
        """The command line's way into the daemon."""
        return self.socket or self.state_dir / "control.sock"


def paths_in(
    state_dir: Path | None, *, socket: Path | None = None, service_socket: Path | None = None
) -> Paths:
    """Those below that directory, None: the usual one of this system. Raises `ConfigError` when no socket can
    be there.
    """
    directory = (state_dir.expanduser() if state_dir else platformdirs.user_state_path("wearsync")).absolute()
    chosen = state_dir is not None or socket is not None
    paths = Paths(
        directory,
        socket.expanduser().absolute() if socket else None,
        None if chosen else service_socket,
    )
    length = len(os.fsencode(paths.control_socket))
    if length > SOCKET_PATH_MAX_BYTES:
        raise ConfigError(
            f"{paths.control_socket}: {length} bytes, and a socket's path may have {SOCKET_PATH_MAX_BYTES}: "
            "choose a shorter state directory (WEARSYNC_STATE_DIR), or another place for it (control.socket)"
        )
    return paths
