"""Your watches: bond, trust, whether they are there, and their clock; `{watch}` is the name."""

from wearsync.doctor.check import Finding, Status

NONE = Finding(
    name="watches_none",
    check="watch",
    status=Status.WARN,
    says="no watch is paired yet",
    why="without one there is nobody to buzz",
    fix="switch pairing mode on at the watch, then: wearsync pair",
    symptom="No watch is paired",
)
BOND = Finding(name="bond_fit", check="bond", status=Status.PASS, says="this computer has one{trusted}")
BOND_NONE = Finding(
    name="bond_none",
    check="bond",
    status=Status.FAIL,
    says="this computer has no bond with {watch}",
    why="it was removed in the system's Bluetooth settings, or by bluetoothctl, or never was here",
    fix="remove this computer from the watch's bonds, switch pairing mode on there, then: wearsync pair",
    symptom="The bond with the watch is gone",
)
BOND_FLEETING = Finding(
    name="bond_fleeting",
    check="bond",
    status=Status.FAIL,
    says="this computer has paired with {watch}, but keeps no bond",
    why="it is gone with the connection",
    fix="wearsync watches forget '{watch}', then: wearsync pair",
    symptom="The bond with the watch does not last",
)
BOND_BLOCKED = Finding(
    name="bond_blocked",
    check="bond",
    status=Status.FAIL,
    says="{watch} is blocked on this computer",
    why="somebody has told bluetoothd to refuse it",
    fix="bluetoothctl unblock {address}",
    symptom="The watch is blocked",
)
BOND_UNKNOWN = Finding(name="bond_unknown", check="bond", status=Status.SKIP, says="not looked at: {because}")
TRUST_KEY = Finding(
    name="trust_key", check="trust", status=Status.PASS, says="key: {watch} proves itself at each connection"
)
TRUST_LESS = Finding(
    name="trust_less",
    check="trust",
    status=Status.PASS,
    says="{trust}: this kind of watch can do no better",
    why="bond: the link is encrypted, and no key says whose watch it is; none: anybody can pose as it",
)
KEY_NONE = Finding(
    name="key_none",
    check="trust",
    status=Status.FAIL,
    says="there is no key of {watch} in {file}",
    why="the state directory is another one, or the file was removed: the watch is not believed without",
    fix="look whether --state-dir is right; else pair again: wearsync pair",
    symptom="The key of the watch is missing",
)
KEY_PENDING = Finding(
    name="key_pending",
    check="trust",
    status=Status.WARN,
    says="{watch} was handed a key, and has not shown it yet",
    why="the pairing was cut off before its end",
    fix="let it come near while the daemon runs; if it is refused: wearsync pair",
    symptom="A pairing was cut off",
)
TRUST_UNKNOWN = Finding(
    name="trust_unknown", check="trust", status=Status.SKIP, says="not looked at: see keys"
)
REFUSED = Finding(
    name="watch_refused",
    check="watch",
    status=Status.FAIL,
    says="the daemon refuses {watch}: {reason}",
    why="a watch that was reset has lost its key; or somebody poses as it",
    fix="if it was reset: wearsync pair; see also the daemon's log",
    symptom="The watch is refused",
)
CONNECTED = Finding(
    name="watch_connected", check="watch", status=Status.PASS, says="connected{battery}{heard}"
)
SEEN = Finding(name="watch_seen", check="watch", status=Status.PASS, says="seen, {rssi} dBm{battery}{heard}")
BATTERY = Finding(
    name="battery_low",
    check="watch",
    status=Status.WARN,
    says="{watch} has {percent} % left in its battery",
    why="it switches its motor or its radio off before it is empty",
    fix="charge it",
    symptom="The battery of the watch is low",
)
UNSEEN = Finding(
    name="watch_unseen",
    check="watch",
    status=Status.WARN,
    says="{watch} was not seen for {seconds} s{heard}",
    why="out of range, switched off, or connected to a phone: a watch that is connected does not advertise",
    fix="bring it near; end its companion app or Bluetooth on the phone; wake it with its button",
    symptom="The watch is not found",
)
HELD_HERE = Finding(
    name="watch_held_here",
    check="watch",
    status=Status.WARN,
    says="{watch} is connected with this computer already, and not by a daemon",
    why="another program has the link (Gadgetbridge, a desktop's settings), or one that was killed left it",
    fix="bluetoothctl disconnect {address}",
    symptom="Another program is connected to the watch",
)
UNSCANNED = Finding(
    name="watch_unscanned", check="watch", status=Status.SKIP, says="not looked for: {because}"
)
CLOCK = Finding(name="watch_clock_right", check="watch_clock", status=Status.PASS, says="{off} off")
CLOCK_OFF = Finding(
    name="watch_clock_off",
    check="watch_clock",
    status=Status.WARN,
    says="the clock of {watch} is {off} off",
    why="reminders that it gives by itself come at the wrong time; holds are stamped right all the same",
    fix="the next connection sets it; if that does not help: wearsync pair",
    symptom="The clock of the watch is wrong",
)
CLOCK_UNKNOWN = Finding(
    name="watch_clock_unknown",
    check="watch_clock",
    status=Status.SKIP,
    says="not known before the daemon has spoken with it",
)
