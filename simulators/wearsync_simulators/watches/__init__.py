"""The watch's side, written from docs/hold-profile.md and never from the host's code.

`simulated_watch.SimulatedWatch` is the way in; all below `hold_watch.HoldWatch` is pure and knows no radio.
"""
