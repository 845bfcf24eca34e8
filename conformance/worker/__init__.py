"""What runs inside the TensorFlow under test: stdlib, numpy and tensorflow, Python 3.6 syntax.

The driver sends these files over the pipe (see ``boot``), so the subject's side needs nothing
installed but a Python with TensorFlow. Nothing here imports the driver.
"""
