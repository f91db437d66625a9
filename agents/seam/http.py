"""What httpx does not offer: a network of our own below it, and a look at what a connection still holds."""

from typing import Any

import httpcore
import httpx


def http_client(network: httpcore.AsyncNetworkBackend, **options: Any) -> httpx.AsyncClient:
    """A client whose every connection is made by that network. It heeds no proxy of the environment: one would
    connect in our place."""
    client = httpx.AsyncClient(trust_env=False, **options)
    transport: Any = client._transport
    transport._pool._network_backend = network
    return client


def says_more(client: httpx.AsyncClient, stream: Any) -> bool:
    """Whether bytes have come after the end of the answer on that network stream. On a connection that is used again
    the client would take them for the answer to the next request."""
    transport: Any = client._transport
    connections = (connection._connection for connection in transport._pool.connections)
    ours = next((own for own in connections if own is not None and own._network_stream is stream), None)
    return ours is None or bool(ours._h11_state.trailing_data[0])
