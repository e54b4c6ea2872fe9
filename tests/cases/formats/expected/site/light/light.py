# ---
# title: Light
# execute: false
# jupyter:
#   kernelspec:
#     name: python3
# ---

# Some text.

1 + 1
