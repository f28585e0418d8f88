"""Bluetooth LE in software: an air with the faults of real radio, and both ends of a link on it."""
