"""Graph builders, one file per API family.

A builder is ``builder(tf, **static_arguments)``: it is called inside a new ``tf.Graph`` with ``tf``
the TF1 interface (``tf.compat.v1``, or ``tensorflow`` itself on 1.12) and returns a dict:

``feeds``          name -> placeholder, fed at a step
``initial_feeds``  name -> placeholder, fed when variables are initialised
``fetches``        name -> tensor, operation or variable; or a function of the session, whose result
                   is the value: for what is done with a session beside running it. A step fetches
                   functions alone, and feeds nothing
``facts``          name -> JSON value: names, collections, whatever is decided when building
``initializers``   operations to run, in order, before everything is initialised
``initialize``     whether everything is: not where the first step gives every variable its value,
                   as a restore does (default: True)

A builder depends on nothing but ``tf``, numpy, ``missing`` and functions of its own file: its
source is what a repro script shows.
"""
