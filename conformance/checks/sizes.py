"""Lengths that checks share."""

from __future__ import annotations

from conformance.enlargement import longer

# Kernels compute in packets of up to 16 numbers, and what is left over one by one: longer than a
# packet, and no multiple of any.
LENGTH = longer(19)
