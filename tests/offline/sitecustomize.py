"""Every Python process of the test suite, kernels included, can reach this machine and nothing else.

`tests/conftest.py` puts this folder on PYTHONPATH, so that Python imports the module at start.
"""

import socket

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_connect = socket.socket.connect


def connect(self: socket.socket, address):
    if isinstance(address, tuple) and address[0] not in LOOPBACK:
        raise OSError(f"The tests are offline: a connection to {address[0]} was refused")
    return _connect(self, address)


socket.socket.connect = connect
