"""python -m tests.bench.peers: wearsync beside a bare script and other gateways, in the BlueZ guest.

layer       what goes into the guest for them
peripheral  a watch whose wearer never rests, and what counts seconds beside it
tally       what was sent, what arrived
tools       how each is started, and what it publishes
course      what is done to each
table       for people and programs

Rule: nobody's code is changed, and each gets what it is made for; what can't be compared is said.
"""
