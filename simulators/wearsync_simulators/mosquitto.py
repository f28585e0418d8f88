"""Where mosquitto is, and how one is configured that serves a test alone.

Rule: nothing here runs it; who starts a broker ends it.
"""

import os
import pwd
import shutil
from pathlib import Path

__all__ = ["mosquitto_configuration", "mosquitto_executable"]


def mosquitto_executable() -> str | None:
    """The broker's path, or None. Debian installs it where an ordinary user's PATH does not look."""
    places = [os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/opt/homebrew/sbin"]
    return shutil.which("mosquitto", path=os.pathsep.join(places))


def mosquitto_configuration(port: int, directory: Path) -> list[str]:
    """The lines for a broker on loopback that takes anybody, and keeps what it should in `directory`."""
    return [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "persistence true",
        f"persistence_location {directory}/",
        "log_dest stderr",
        # Started by root it would become `mosquitto`, who cannot write here and says nothing about it.
        f"user {pwd.getpwuid(os.getuid()).pw_name}",
    ]
