"""Fixtures for the tests of other people's programs. pytest finds them where `local-figshare` is installed.

The server is imported only when a test asks for it.
"""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def local_figshare_data():
    """The folder of records to serve; None is the shipped catalogue. Override it to test on your own records."""
    return None


@pytest.fixture(scope="session")
def _local_figshare(local_figshare_data):
    import local_figshare

    with local_figshare.serve(local_figshare_data) as server:
        yield server


@pytest.fixture
def local_figshare(_local_figshare):
    """A local Figshare in its first state: ``.url``, ``.stats_url``, ``.token``, ``.faults(kind=...)``."""
    _local_figshare.reset()
    return _local_figshare


@pytest.fixture
def figshare_redirected(local_figshare):
    """`local_figshare`, to which all requests of this process to the services of figshare.com and figsh.com go."""
    from .redirect import redirected

    with redirected(local_figshare.root):
        yield local_figshare
