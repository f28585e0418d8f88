"""scripts/bench: what the product costs, as ratios to a floor or ceiling that is measured in the same run.

Rule: pytest runs none of the figures; they are no tests, and no machine fails by being slow.
"""
