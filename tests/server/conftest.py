"""What the tests of the server share: every handler, asked without HTTP."""

import pytest
from server_site import Site


@pytest.fixture(scope="module")
def _site():
    site = Site()
    yield site
    site.store.close()


@pytest.fixture
def site(_site):
    """The shipped catalogue and every handler, without HTTP, in their first state."""
    _site.store.reset()
    return _site
