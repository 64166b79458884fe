"""The arithmetic of machine states: readings in, intervals out. Plain Python, no database.

``definition``  what a rule may say, and how its mistakes are told
``sources``     what one source says about the machine, and when
``fold``        many sources folded into one time line
``cycles``      cycles and totals read from that time line
``counters``    what a counter's readings add up to
``stretches``   where two time lines differ; which checkpoints are worth keeping
"""
