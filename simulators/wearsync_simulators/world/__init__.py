"""The deterministic world: the real daemon, and everything around it simulated in virtual time.

Rule: one seed is one run. Randomness comes from `Faults.draw`, time from the world's loop; nothing iterates
over what is ordered by a hash.
"""
