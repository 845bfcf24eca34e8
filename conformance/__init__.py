"""The conformance suite: one driver, its checks, and the worker it sends into each TensorFlow."""
