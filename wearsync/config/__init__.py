"""The configuration: a TOML file and the environment, read once into frozen values.

Rule: who needs a setting gets it as an argument; nobody else reads the file or the environment.
"""

from wearsync.config.edit import add_watch, default_toml, remove_watch, rename_watch, write_default
from wearsync.config.paths import Paths
from wearsync.config.sections import WatchSettings
from wearsync.config.settings import Settings, default_path, load, schema

__all__ = [
    "Paths",
    "Settings",
    "WatchSettings",
    "add_watch",
    "default_path",
    "default_toml",
    "load",
    "remove_watch",
    "rename_watch",
    "schema",
    "write_default",
]
