"""The conformance kit: stories of what happens to a watch and its wearer, told to any driver and its watch.

A driver is run by the product's own daemon; what comes of it is held against what its watch did, and against
what the driver claims. docs/howto/driver.md says how to use it.
"""
