"""Celery's way to Redis, Valkey and Sentinel, mended in one place.

When the broker dies under a task in flight, kombu 5.7 drops the connection first and gives back what was not
acknowledged afterwards, through nothing: an AttributeError, which ends the worker for good. Here it is the error of a
lost connection, which kombu bears and Celery reconnects after.
"""

from typing import Any

from kombu.transport import redis as stock
from redis.exceptions import ConnectionError as ConnectionLost


class _Mended:
    connection: Any

    def _connparams(self, *args: Any, **options: Any) -> dict[str, Any]:
        if self.connection is None or self.connection.client is None:
            raise ConnectionLost("the connection to the broker was closed")
        given: dict[str, Any] = super()._connparams(*args, **options)  # type: ignore[misc]
        return given


class Channel(_Mended, stock.Channel):
    """Against one server."""


class SentinelChannel(_Mended, stock.SentinelChannel):
    """Against whoever is the master now."""


class Transport(stock.Transport):
    Channel = Channel


class SentinelTransport(stock.SentinelTransport):
    Channel = SentinelChannel
