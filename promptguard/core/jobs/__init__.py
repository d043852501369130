"""Durable background work: a row is the promise, a doorbell (Celery or NOTIFY) only makes it prompt.

`models.Job` is the row. Rooms declare what can be done with `work.handler` in their `tasks.py`, ask for it with
`work.enqueue` inside their own transaction, and `running.drain` does it. `broker` is the Celery application and the
doorbell. A worker that dies leaves a row that falls due again by itself: at least once, never lost.
"""
