"""Real BlueZ: the product, unmodified, on Debian's kernel and bluetoothd, in qemu (scripts/check-bluez).

sources   this machine's own Debian sources
image     from them the guest's file system, cached
layer     what changes with the checkout: its code
machine   qemu, in which they boot
inside    runs in the guest: commands, and the adapter
guest     the host's end of that
stage     air, simulated watches and broker, on the host
steps_*   what is shown
"""
