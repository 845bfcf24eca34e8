"""The report of one subject's run, the diff of two, and how people read them.

Everything here works on plain dicts in the shape of ``schemas/report-1.schema.json`` and
``schemas/diff-1.schema.json``; nothing here knows what a check or a TensorFlow is.
"""
