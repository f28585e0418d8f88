"""Bluetooth on this computer: D-Bus, bluetoothd, adapter, who else uses it, and the agent."""

from wearsync.doctor.check import Finding, Status

RADIO = Finding(name="radio_native", check="radio", status=Status.PASS, says="this computer's own Bluetooth")
RADIO_OTHER = Finding(name="radio_there", check="radio", status=Status.PASS, says="{radio} answers")
RADIO_OF_DAEMON = Finding(
    name="radio_of_daemon", check="radio", status=Status.PASS, says="the daemon uses {radio}"
)
RADIO_AWAY = Finding(
    name="radio_away",
    check="radio",
    status=Status.FAIL,
    says="{radio}: {error}",
    why="a virtual air is a program of its own, which must run",
    fix='wearsync-sim air; or take this computer\'s Bluetooth: radio.spec = "native"',
    symptom="The virtual radio is not there",
)
RADIO_UNKNOWN = Finding(
    name="radio_unknown",
    check="radio",
    status=Status.FAIL,
    says="{error}",
    why="no watch can be reached by a radio that does not exist",
    fix="set radio.spec to native in the configuration",
    symptom="The radio is not known",
)
RADIO_HELD = Finding(
    name="radio_held",
    check="radio",
    status=Status.SKIP,
    says="not tried: another process holds the state directory (see lock)",
)
NOT_NEEDED = Finding(
    name="bluetooth_unused",
    check="dbus",
    status=Status.SKIP,
    says="not looked at: the radio is {radio}, and this computer's Bluetooth is not used",
)
NOT_LINUX = Finding(
    name="bluetooth_not_linux",
    check="dbus",
    status=Status.SKIP,
    says="not looked at: on this system only its own settings tell of Bluetooth",
)
BUS = Finding(name="bus_there", check="dbus", status=Status.PASS, says="the system bus answers")
BUS_NONE = Finding(
    name="bus_none",
    check="dbus",
    status=Status.FAIL,
    says="there is no system bus ({error})",
    why="all programs reach Bluetooth by D-Bus",
    fix="sudo apt install dbus bluez && sudo systemctl start dbus bluetooth",
    symptom="There is no D-Bus",
)
BUS_NONE_CONTAINER = Finding(
    name="bus_none_in_container",
    check="dbus",
    status=Status.FAIL,
    says="there is no system bus in this container ({error})",
    why="Bluetooth is the host's, and is reached by the host's D-Bus",
    fix="start the container with --volume /run/dbus:/run/dbus:ro",
    symptom="There is no D-Bus in the container",
)
BUS_REFUSES = Finding(
    name="bus_refuses",
    check="dbus",
    status=Status.FAIL,
    says="the system bus does not let us in: {error}",
    why="it asks the kernel who we are: in a container or user namespace, that may be nobody it knows",
    fix="run as a user that the host knows, too (--user $(id -u)); without user namespaces: --userns=host",
    symptom="D-Bus does not let wearsync in",
)
BLUEZ = Finding(name="bluetoothd_runs", check="bluetoothd", status=Status.PASS, says="{version}")
BLUEZ_OLD = Finding(
    name="bluetoothd_old",
    check="bluetoothd",
    status=Status.FAIL,
    says="BlueZ {version} is too old: 5.55 is needed",
    why="the library that wearsync stands on (bleak) does not work with it",
    fix="upgrade the system: sudo apt full-upgrade; Debian 12 has 5.66",
    symptom="BlueZ is too old",
)
BLUEZ_BAD = Finding(
    name="bluetoothd_bad",
    check="bluetoothd",
    status=Status.WARN,
    says="BlueZ {version} is known to lose connections and notifications",
    why="users report it of this version, and not of those before and after it (bluez issues 286 and 509)",
    fix="upgrade the system: sudo apt full-upgrade; 5.66 is what wearsync is tried with",
    symptom="This version of BlueZ has known faults",
)
BLUEZ_STOPPED = Finding(
    name="bluetoothd_stopped",
    check="bluetoothd",
    status=Status.FAIL,
    says="bluetoothd is not running",
    why="it is the program that has the Bluetooth adapter",
    fix="sudo systemctl enable --now bluetooth",
    symptom="Bluetooth is not running",
)
BLUEZ_MASKED = Finding(
    name="bluetoothd_masked",
    check="bluetoothd",
    status=Status.FAIL,
    says="bluetoothd is masked: systemd may not start it",
    why="somebody has switched Bluetooth off for good",
    fix="sudo systemctl unmask --now bluetooth",
    symptom="Bluetooth is masked",
)
BLUEZ_MISSING = Finding(
    name="bluetoothd_missing",
    check="bluetoothd",
    status=Status.FAIL,
    says="bluetoothd is not running, and seems not to be installed",
    why="it is the program that has the Bluetooth adapter",
    fix="sudo apt install bluez",
    symptom="Bluetooth is not installed",
)
BLUEZ_DENIED = Finding(
    name="bluetooth_denied",
    check="bluetoothd",
    status=Status.FAIL,
    says="D-Bus does not let {user} speak with bluetoothd: {error}",
    why="its policy allows that to who sits at the computer, to root, and to the group bluetooth",
    fix="sudo usermod -aG bluetooth {user}, and log in again",
    symptom="Access to Bluetooth is denied",
)
BLUEZ_DENIED_APPARMOR = Finding(
    name="bluetooth_denied_by_apparmor",
    check="bluetoothd",
    status=Status.FAIL,
    says="AppArmor does not let us speak with bluetoothd (profile {label})",
    why="the usual profile of containers allows no D-Bus",
    fix="start the container with --security-opt apparmor=unconfined, or a profile that allows D-Bus",
    symptom="AppArmor denies access to Bluetooth",
)
BLUEZ_SILENT = Finding(
    name="bluetoothd_silent",
    check="bluetoothd",
    status=Status.FAIL,
    says="bluetoothd does not answer: {error}",
    why="it hangs, mostly in an adapter that has stopped working",
    fix="sudo systemctl restart bluetooth; if that does not help, pull the adapter and plug it in again",
    symptom="Bluetooth does not answer",
)
BLUEZ_FAILS = Finding(
    name="bluetoothd_fails",
    check="bluetoothd",
    status=Status.FAIL,
    says="bluetoothd can't be asked: {error}",
    why="it answers with an error, or breaks the connection off",
    fix="sudo systemctl restart bluetooth; journalctl --unit bluetooth says more",
    symptom="Bluetooth can not be asked",
)
ADAPTER = Finding(name="adapter_fit", check="adapter", status=Status.PASS, says="{adapters}, switched on")
ADAPTER_CSR = Finding(
    name="adapter_csr",
    check="adapter",
    status=Status.PASS,
    says="{adapters}, switched on",
    why="it says to be a CSR stick (0a12:0001), which many copies do, too; if links break again and again, "
    "try another one",
)
ADAPTER_NONE = Finding(
    name="adapter_none",
    check="adapter",
    status=Status.FAIL,
    says="there is no Bluetooth adapter",
    why="none is built in, none is plugged in, or its driver or firmware is missing",
    fix="plug one in; then lsusb, and: sudo dmesg | grep -i bluetooth",
    symptom="There is no Bluetooth adapter",
)
ADAPTER_UNSEEN = Finding(
    name="adapter_unseen",
    check="adapter",
    status=Status.FAIL,
    says="the kernel has an adapter ({adapters}), and bluetoothd does not see it",
    why="it has just been plugged in, or its firmware does not start",
    fix="sudo systemctl restart bluetooth; sudo dmesg | grep -i bluetooth",
    symptom="Bluetooth does not see the adapter",
)
RFKILL_HARD = Finding(
    name="rfkill_hard",
    check="adapter",
    status=Status.FAIL,
    says="Bluetooth is switched off by a switch or key of this computer",
    why="no program can switch it on then",
    fix="look for a switch, or a key with an aeroplane; then rfkill list bluetooth",
    symptom="Bluetooth is switched off by a switch",
)
RFKILL_SOFT = Finding(
    name="rfkill_soft",
    check="adapter",
    status=Status.FAIL,
    says="Bluetooth is blocked (rfkill)",
    why="aeroplane mode, or a fresh Raspberry Pi OS",
    fix="sudo rfkill unblock bluetooth && bluetoothctl power on",
    symptom="Bluetooth is blocked",
)
ADAPTER_OFF = Finding(
    name="adapter_off",
    check="adapter",
    status=Status.FAIL,
    says="the adapter is switched off ({adapters})",
    why="nothing can be heard or reached with it",
    fix="bluetoothctl power on; for good: AutoEnable=true in /etc/bluetooth/main.conf",
    symptom="The Bluetooth adapter is switched off",
)
ALONE = Finding(name="adapter_ours", check="sharing", status=Status.PASS, says="{connected}")
OTHERS_SCAN = Finding(
    name="others_scan",
    check="sharing",
    status=Status.WARN,
    says="another program is scanning with {adapters}",
    why="Home Assistant's Bluetooth integration does so all the time, and so does an open Bluetooth settings "
    "window; connecting takes longer then, or fails",
    fix="give one of the two an adapter of its own, or switch that integration off",
    symptom="Another program uses the Bluetooth adapter",
)
SLOTS = Finding(
    name="adapter_busy",
    check="sharing",
    status=Status.WARN,
    says="{count} other devices are connected with this adapter: {connected}",
    why="most adapters keep five to seven links, and sound takes most of the time on the air",
    fix="disconnect what is not needed: bluetoothctl disconnect ADDRESS",
    symptom="The Bluetooth adapter has too many connections",
)
AGENT = Finding(name="agent_taken", check="agent", status=Status.PASS, says="codes can be asked for here")
AGENT_REFUSED = Finding(
    name="agent_refused",
    check="agent",
    status=Status.FAIL,
    says="bluetoothd takes no pairing agent of ours: {error}",
    why="without it nobody is asked for the code, and no watch can be paired",
    fix="sudo systemctl restart bluetooth; in a container, its policy must let us be called back",
    symptom="No watch can be paired",
)
