"""Slow, separate re-computations that the product is compared with; nothing of the product may be imported here."""
