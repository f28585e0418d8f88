"""`wearsync setup`: the first evening, step by step: what is asked, and what is said.

Rule: dialogue only; what is done is done by the parts that do it without a dialogue, too.
"""
