"""The watch's side, written from docs/hold-profile.md and never from the host's code.

`families.simulated` makes the watch of any driver, `simulated_watch.SimulatedWatch` is the profile's own; all
below `hold_watch.HoldWatch` is pure and knows no radio.
"""
