"""What the tests of the server share: every handler, asked without HTTP."""

import pytest
from server_site import ServerSite


@pytest.fixture(scope="module")
def shipped_site():
    site = ServerSite()
    yield site
    site.store.close()


@pytest.fixture
def site(shipped_site):
    """The shipped catalogue and every handler, without HTTP, in their first state."""
    shipped_site.store.reset()
    return shipped_site


@pytest.fixture
def open_site():
    """A function that opens a data folder as a `ServerSite`; it is closed after the test."""
    sites = []

    def open_folder(folder):
        sites.append(ServerSite(folder))
        return sites[-1]

    yield open_folder
    for site in sites:
        site.store.close()
