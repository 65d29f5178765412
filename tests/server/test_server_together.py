"""Two requests at the same moment: what one has checked, the other must not change before it has written."""

import threading

import pytest
from server_site import ADMIN, RESEARCHER


@pytest.fixture
def meanwhile(site, monkeypatch):
    """A function that lets another request come in right after the store was first asked something."""

    def let_in(method: str, words: str, *request) -> tuple[threading.Thread, list]:
        replies: list = []
        other = threading.Thread(target=lambda: replies.append(site.ask(*request)))
        original = getattr(site.store, method)

        def interrupted(*args, **options):
            result = original(*args, **options)
            if other.ident is None and words in str(args):
                other.start()
                other.join(0.3)  # it ends, or waits for the write that is under way
            return result

        monkeypatch.setattr(site.store, method, interrupted)
        return other, replies

    return let_in


def both(site, other_request: tuple[threading.Thread, list], *request):
    """Sends a request; returns its status, and that of the one that came in meanwhile."""
    reply, (other, replies) = site.ask(*request), other_request
    other.join(30)
    return reply.status, replies[0].status


def test_a_draft_is_not_deleted_while_it_is_published(site, meanwhile):
    draft = site.create_draft()
    site.upload(draft, "calls.txt", b"quark")
    path = f"/account/articles/{draft}"
    other = meanwhile("private_row", "", "POST", f"{path}/publish", None, RESEARCHER)
    assert both(site, other, "DELETE", path, None, RESEARCHER) == (204, 404)
    assert site.ask("GET", f"/articles/{draft}").status == 404


def test_a_collection_is_not_deleted_while_it_is_published(site, meanwhile):
    body = {"title": "Ponds", "description": "Of the campus", "keywords": ["pond"], "categories": [26932]}
    path = f"/account/collections/{site.create('/account/collections', {**body, 'articles': [5616445]})['entity_id']}"
    other = meanwhile("private_row", "", "POST", f"{path}/publish", None, RESEARCHER)
    assert both(site, other, "DELETE", path, None, RESEARCHER) == (204, 404)
    assert site.ask("GET", path, token=RESEARCHER).status == 404


def test_a_project_is_not_deleted_while_it_is_published_or_gets_an_item(site, meanwhile):
    for action in ("publish", "articles"):
        project = site.create("/account/projects", {"title": "Ponds"})["entity_id"]
        path = f"/account/projects/{project}"
        other = meanwhile("private_row", "", "POST", f"{path}/{action}", {"title": "Pond 1"}, RESEARCHER)
        assert both(site, other, "DELETE", path, None, RESEARCHER) == (204, 404)
        assert site.ask("GET", path, token=RESEARCHER).status == 404


def test_of_two_comments_both_are_counted(site, meanwhile):
    review = site.get("/account/institution/reviews", ADMIN)[0]
    path = f"/account/institution/review/{review['id']}"
    other = meanwhile("first_row", "FROM reviews", "POST", f"{path}/comments", {"text": "One"}, ADMIN)
    assert both(site, other, "POST", f"{path}/comments", {"text": "Two"}, ADMIN) == (200, 200)
    assert site.get(path, ADMIN)["comments_count"] == review["comments_count"] + 2


def test_of_two_changes_of_a_profile_both_are_kept(site, meanwhile):
    other = meanwhile("account", "", "PUT", "/account/profile", {"last_name": "Hill"}, RESEARCHER)
    change = {"first_name": "Mara", "impersonate": None}
    assert both(site, other, "PUT", "/account/profile?user_id=1491011", change, RESEARCHER) == (200, 200)
    account = site.get("/account", RESEARCHER)
    assert (account["first_name"], account["last_name"]) == ("Mara", "Hill")


def test_an_address_has_one_account(site, meanwhile):
    person = {"email": "ann@example.org", "last_name": "Other"}
    other = meanwhile("first_row", "email", "POST", "/account/institution/accounts", person, ADMIN)
    statuses = both(site, other, "POST", "/account/institution/accounts", person, ADMIN)
    assert sorted(statuses) == [201, 400]
