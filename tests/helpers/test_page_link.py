"""A link for the reader's browser, where that is on this machine and where it is not; Colab by a stand-in."""

import sys
import types

import pytest
from helpers_site import connected, patch_rooms

import figshare_helpers as fh

HOST = "figshare.com"


@pytest.fixture
def watched(monkeypatch):
    """As if a person were there."""
    patch_rooms(monkeypatch, "is_interactive", lambda: True)


@pytest.fixture
def colab(monkeypatch):
    """Colab's modules; `answers` is what its browser says to a question, or the error that it raises."""
    answers = ["https://8080-m-s-xyz.colab.example/"]

    def eval_js(code):
        if isinstance(answers[0], Exception):
            raise answers[0]
        return answers[0] if "proxyPort(" in code else None

    for name in ("google", "google.colab", "google.colab.output"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    sys.modules["google.colab.output"].eval_js = eval_js
    return answers


def test_on_this_machine_the_link_is_the_address(figshare, watched):
    record = figshare.article(5616445)
    link = fh.page_link(figshare, record)
    assert repr(link) == record["url_public_html"] and f"href='{record['url_public_html']}'" in link._repr_html_()
    assert repr(fh.page_link(figshare, "/articles/5616445")) == f"{figshare.api_url}/articles/5616445"
    assert repr(fh.page_link(figshare, f"{figshare.stats_url}/total/views/article/1")).startswith(figshare.stats_url)


def test_in_colab_it_goes_through_colabs_address(figshare, watched, colab):
    link = fh.page_link(figshare, "/articles/5616445")
    assert "href='https://8080-m-s-xyz.colab.example/v2/articles/5616445'" in link._repr_html_()
    assert repr(link) == f"{figshare.api_url}/articles/5616445"  # what nbval compares stays


@pytest.mark.parametrize("answer", [None, "", RuntimeError("no browser")])
def test_in_colab_without_an_address_the_live_one_is_shown(figshare, watched, colab, answer):
    colab[0] = answer
    shown = fh.page_link(figshare, "/articles/5616445")._repr_html_()
    assert f"href='https://api.{HOST}/v2/articles/5616445'" in shown and "the live site" in shown


@pytest.mark.parametrize("name", ["JUPYTERHUB_SERVICE_PREFIX", "BINDER_SERVICE_HOST"])
def test_where_127_0_0_1_is_another_machine_the_live_address_is_shown(figshare, watched, monkeypatch, name):
    monkeypatch.setenv(name, "/user/anna/")
    page = fh.page_link(figshare, figshare.article(5616445))
    shown = page._repr_html_()
    assert f"href='https://{HOST}/articles/presentation/" in shown and "the live site" in shown
    stats = fh.page_link(figshare, f"{figshare.stats_url}/total/views/article/5616445")
    assert f"href='https://stats.{HOST}/total/views/article/5616445'" in stats._repr_html_()


def test_headless_it_is_the_same_everywhere(figshare, colab, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/anna/")
    assert "the live site" not in fh.page_link(figshare, "/articles/5616445")._repr_html_()


def test_a_live_site_is_left_as_it_is(watched, server, colab, monkeypatch):
    with connected(server, site="figshare") as client:
        assert repr(fh.page_link(client, "https://example.org/a?b=1&c='2'")) == "https://example.org/a?b=1&c='2'"
        assert "&amp;c=&#x27;2&#x27;" in fh.page_link(client, "https://example.org/a?b=1&c='2'")._repr_html_()


@pytest.mark.parametrize("item", [{}, {"url_public_html": ""}, "", 5])
def test_what_has_no_page_is_refused(figshare, item):
    with pytest.raises(fh.ParameterError, match=r"published|must be a record"):
        fh.page_link(figshare, item)
