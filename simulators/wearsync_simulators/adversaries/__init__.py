"""Adversaries: a hostile watch, a hostile host, and somebody in between, on the virtual air.

Rule: they know what an attacker can know, and speak real Bluetooth LE through Bumble; what must come of it is
said by the tests that set them on the product.
"""
