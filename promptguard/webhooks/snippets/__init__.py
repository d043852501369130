"""What a receiver does with a delivery, in Python, Node and shell: for copying, so each file stands alone.

Each refuses a body that was changed, a timestamp that is too old and a `webhook-id` that was seen before, and checks
the documented header as well. Tests run all three against real deliveries.
"""
