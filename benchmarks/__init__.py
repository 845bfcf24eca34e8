"""What the suite costs, as ratios taken within one run: ``python benchmarks --help``."""
