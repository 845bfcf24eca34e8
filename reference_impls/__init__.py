"""What TensorFlow must compute, in NumPy: one module per family of operations."""
