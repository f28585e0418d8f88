"""The configuration: a TOML file and the environment, read once into frozen values.

Rule: who needs a setting gets it as an argument; nobody else reads the file or the environment.
"""

from wearsync.config.edit import (
    add_watch,
    change,
    default_toml,
    kept_copy,
    remove_watch,
    rename_watch,
    with_changes,
    write_default,
)
from wearsync.config.paths import Paths
from wearsync.config.sections import WatchSettings
from wearsync.config.settings import Settings, default_path, load, schema

__all__ = [
    "Paths",
    "Settings",
    "WatchSettings",
    "add_watch",
    "change",
    "default_path",
    "default_toml",
    "kept_copy",
    "load",
    "remove_watch",
    "rename_watch",
    "schema",
    "with_changes",
    "write_default",
]
