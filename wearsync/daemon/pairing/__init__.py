"""How a watch becomes yours, from something that advertises to a watch that has proven a key and buzzed.

    enrol ──▶ candidates ──▶ ceremony (with talk) ──▶ new_watch ──▶ naming ──▶ first_steps, learning

Rule: one step a module, in this order; whoever is asked is an `owner`. A failure leaves nothing half done.
"""
