"""What is said to the guest's Debian: its users, the units that it starts, its network.

Rule: bluetooth.service and dbus.service are Debian's, untouched.
"""

__all__ = ["FILES", "FOLDERS", "HOME", "HOST", "LINKS", "SITE", "TARGET"]

TARGET = "guest.target"
HOST = "10.0.2.2"
SITE = "guest"
HOME = "/var/lib/superuser"

_USERS = (
    ("root", 0, HOME, "/bin/bash"),
    ("nobody", 65534, "/nonexistent", "/usr/sbin/nologin"),
    ("messagebus", 100, "/nonexistent", "/usr/sbin/nologin"),
    ("wearsync", 990, "/nonexistent", "/usr/sbin/nologin"),
)
_GROUPS = (
    ("root", 0),
    ("adm", 4),
    ("tty", 5),
    ("disk", 6),
    ("utmp", 43),
    ("users", 100),
    ("messagebus", 101),
    ("bluetooth", 112),
    ("wearsync", 990),
    ("systemd-journal", 999),
    ("nogroup", 65534),
)
_GROUP_OF = dict(_GROUPS) | {"nobody": 65534}

_AGENT = f"""\
[Unit]
Description=What the host says
Requires=dbus.socket systemd-modules-load.service
After=dbus.socket systemd-modules-load.service
FailureAction=poweroff-force

[Service]
Environment=HOME={HOME} LANG=C.UTF-8
ExecStartPre=/usr/sbin/ip link set lo up
ExecStartPre=/usr/sbin/ip link set eth0 up
ExecStartPre=/usr/sbin/ip address add 10.0.2.15/24 dev eth0
ExecStart=/usr/bin/python3 -I -S /usr/local/lib/inside.py {HOST}
StandardOutput=journal+console
StandardError=journal+console
"""

_TARGET = """\
[Unit]
Description=Ready for the host
Requires=guest-agent.service
After=guest-agent.service
"""

_CONFIG = f"""\
site = "{SITE}"
wearer = "me"
[routine]
rounds = 1
first_gap_s = 3
switch_gap_s = 3
form_cue = false
"""

FILES: dict[str, str] = {
    f"{HOME.removeprefix('/')}/.config/wearsync/config.toml": _CONFIG,
    "etc/passwd": "".join(
        f"{name}:x:{number}:{_GROUP_OF[name]}::{home}:{shell}\n" for name, number, home, shell in _USERS
    ),
    "etc/group": "".join(f"{name}:x:{number}:\n" for name, number in _GROUPS),
    "etc/shadow": "".join(f"{name}:!:20000::::::\n" for name, *_ in _USERS),
    "etc/hostname": "guest\n",
    "etc/hosts": "127.0.0.1 localhost guest\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "etc/machine-id": "5f1c0c2f5be54a0f9d1c2a4f6b7e8d90\n",
    "etc/fstab": "",
    "etc/modules-load.d/guest.conf": "virtio_pci\nvirtio_net\ndrbg\nhci_vhci\n"
    "algif_hash\nalgif_skcipher\necb\ncmac\necdh_generic\nuhid\n",
    "etc/systemd/system/guest-agent.service": _AGENT,
    f"etc/systemd/system/{TARGET}": _TARGET,
    "etc/systemd/journald.conf.d/guest.conf": "[Journal]\nStorage=volatile\nForwardToConsole=yes\n",
}
FOLDERS: tuple[tuple[str, int], ...] = (
    ("proc", 0o755),
    ("sys", 0o755),
    ("dev", 0o755),
    ("run", 0o755),
    ("tmp", 0o1777),
    (HOME.removeprefix("/"), 0o700),
    ("var/lib/bluetooth", 0o700),
    ("var/lib/dbus", 0o755),
)
# Seconds of booting under emulation, for devices and seats that are not there.
_MASKED = (
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "systemd-binfmt.service",
    "systemd-hwdb-update.service",
    "systemd-journal-catalog-update.service",
    "systemd-journal-flush.service",
    "systemd-logind.service",
    "systemd-machine-id-commit.service",
    "systemd-pcrphase-sysinit.service",
    "systemd-random-seed.service",
    "systemd-sysusers.service",
    "systemd-udev-trigger.service",
    "systemd-udevd-control.socket",
    "systemd-udevd-kernel.socket",
    "systemd-udevd.service",
    "systemd-update-done.service",
    "systemd-update-utmp.service",
)
LINKS: dict[str, str] = {
    **{f"etc/systemd/system/{unit}": "/dev/null" for unit in _MASKED},
    # What Debian's own postinst does for bluez.
    "etc/systemd/system/dbus-org.bluez.service": "/lib/systemd/system/bluetooth.service",
    "var/run": "/run",
    "var/lock": "/run/lock",
    "init": "/lib/systemd/systemd",
}
