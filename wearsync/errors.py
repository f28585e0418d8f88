"""Every error that wearsync raises on purpose; one root, three branches by who has to act.

    WearsyncError
    ├── UserError               what the user did wrong
    │   ├── UsageError              2   a wrong option, a name that is not known
    │   ├── AlreadyRunning         73   a second daemon on the same state directory
    │   └── ConfigError            78   the configuration, with file, line and key
    ├── WatchError              what the watch did wrong
    │   ├── ProtocolError          76   bytes that are not of the hold profile
    │   ├── TrustError             77   a proof, tag or bond that does not hold
    │   │   └── StaleBond              the watch has forgotten this computer
    │   └── UnfitWatch             76   no service of ours, another version, too small an MTU
    └── WorldError              what the world did wrong
        ├── Unavailable            69   something that is needed is not there
        │   ├── RadioUnavailable       no adapter, no D-Bus, no virtual air
        │   ├── BrokerUnavailable      no broker, or it refuses
        │   └── NotRunning             no daemon behind the control socket
        ├── TryAgain               75   out of range, busy, timed out
        │   ├── LinkLost               the Bluetooth link went away
        │   └── NoSlot                 the adapter has as many links as it can have
        └── StorageError           74   the journal can't be read or written
            └── JournalDamaged            its file is not what was written

Rule: the message is one line that says what is wrong, where, and what to do; `exit_code` is what the CLI ends
with.
"""


class WearsyncError(Exception):
    """The root: `except WearsyncError` takes everything that is expected to go wrong."""

    exit_code = 70


class UserError(WearsyncError):
    """What the user did wrong, and can put right."""

    exit_code = 2


class UsageError(UserError):
    """A command that can't be carried out as given."""


class AlreadyRunning(UserError):
    """Another daemon holds this state directory."""

    exit_code = 73


class ConfigError(UserError):
    """The configuration is wrong; the message names file, line and key."""

    exit_code = 78


class WatchError(WearsyncError):
    """What the watch did wrong."""

    exit_code = 76


class ProtocolError(WatchError):
    """Bytes that are not of the hold profile: the link is dropped and built anew."""


class TrustError(WatchError):
    """A proof, a tag or a bond that does not hold; never healed by itself."""

    exit_code = 77


class StaleBond(TrustError):
    """The watch has forgotten the bond that this computer still has; only the person pairs again."""


class UnfitWatch(WatchError):
    """A device that can't be used: not a wearsync watch, another version, an MTU too small."""


class WorldError(WearsyncError):
    """What the world did wrong."""

    exit_code = 69


class Unavailable(WorldError):
    """Something that is needed is not there."""


class RadioUnavailable(Unavailable):
    """No adapter, no D-Bus, no virtual air."""


class BrokerUnavailable(Unavailable):
    """No broker at that address, or it refuses."""


class NotRunning(Unavailable):
    """No daemon answers on the control socket."""


class TryAgain(WorldError):
    """Out of range, busy or timed out: the same thing may work later."""

    exit_code = 75


class LinkLost(TryAgain):
    """The Bluetooth link went away."""


class NoSlot(TryAgain):
    """The adapter has as many links as it can have: another one has to go first."""


class StorageError(WorldError):
    """The journal can't be read or written."""

    exit_code = 74


class JournalDamaged(StorageError):
    """The journal's file is not what was written."""
