# ---
# title: Percent
# execute: false
# ---

# %% [markdown]
# Some *text*.

# %%
1 + 1
