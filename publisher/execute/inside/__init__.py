"""What runs inside the author's kernels, and in the process that they are forked from.

These files run by their path, in any environment that has ipykernel: they import nothing of
`publisher`, and no name of theirs is left in `sys.modules` or `sys.path`.
"""
