"""Jupyter widgets on a page without a kernel: their saved state, drawn in the reader's browser.

`state` knows what is saved, `fallback` what is shown until (or without) scripts, `views` puts both
together, `modules` finds the scripts of widgets that are not Jupyter's own. What draws widgets is
in `vendor`, made from `source` by `make widgets`.
"""
