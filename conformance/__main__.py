"""``python -m conformance`` is ``tf-litmus``."""

from __future__ import annotations

from conformance.cli import main

if __name__ == "__main__":
    main(prog_name="tf-litmus")
