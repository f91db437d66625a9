"""Free TCP ports on loopback."""

import random
import socket
from itertools import islice

# Below the ephemeral ports of Linux (32768) and macOS (49152): while a broker is down, an outgoing connection could
# otherwise be given its port, or a client that reconnects could even connect to itself.
PORT_MIN = 20_000
PORT_MAX = 32_000


def free_ports(count: int) -> list[int]:
    """So many different ports on 127.0.0.1 that nobody listens on at the moment."""
    candidates = random.sample(range(PORT_MIN, PORT_MAX + 1), PORT_MAX - PORT_MIN + 1)
    ports = list(islice(filter(is_free, candidates), count))
    if len(ports) < count:
        raise OSError(f"Only {len(ports)} of {count} ports between {PORT_MIN} and {PORT_MAX} are free on 127.0.0.1.")
    return ports


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as listener:
        # As Java does on POSIX: connections of a predecessor which linger in TIME_WAIT are no obstacle.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
