"""Figures: one module a question, all drawn twice (wide and narrow) on the same `Canvas`."""
