"""Not a page."""

print(1)
