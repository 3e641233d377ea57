"""What a machine needs of IAM, and whether its role gives it.

Only needs that follow from a definition are known: what a function or a job does with its own role is not.
"""
