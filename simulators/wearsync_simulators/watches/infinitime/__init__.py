"""A simulated PineTime with InfiniTime 1.16, written from InfiniTime's own documents and sources.

`watch.SimulatedInfiniTime` is the way in; all below `firmware.Firmware` is pure and knows no radio. What
wearsync has no use for (weather, firmware update, file system) is left out of its GATT.
"""
