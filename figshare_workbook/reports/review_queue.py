"""Notebook 13: what waits for review, whose it is, and how long it has waited."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date

import pandas as pd

from figshare_workbook.base.errors import NotFound, require
from figshare_workbook.base.frames import frame_of
from figshare_workbook.base.rules import date_rule
from figshare_workbook.base.texts import plain_text
from figshare_workbook.client.answer_shapes import REVIEW
from figshare_workbook.client.connect import Figshare
from figshare_workbook.tables.records import account_name, custom_field_rows, name_with_orcid, record_row

REVIEW_STATUS = {
    "pending": "waiting for review",
    "approved": "approved in review",
    "rejected": "rejected in review",
    "closed": "whose review was closed",
    "": "in review, whatever its state",
}


def reviews_with_items(figshare: Figshare, reviews: Sequence[dict]) -> list[dict]:
    """Fetches reviews with the item that was handed in; one request each. Needs an administrator's token.

    Args:
        figshare: The client.
        reviews: From `figshare.reviews()`.

    Returns:
        The reviews, each with `item`, a full private record; None where the item is gone.
    """

    def with_item(review: dict) -> dict:
        try:
            return figshare.ask("GET", f"/account/institution/review/{review['id']}", shape=REVIEW)
        except NotFound:
            return {**review, "item": None}

    return list(figshare.in_parallel(with_item, reviews, "reviews"))


def reviews_frame(
    reviews: Iterable[dict], accounts: Iterable[dict], groups: Iterable[dict], today: str
) -> pd.DataFrame:
    """Returns reviews as a table, longest waiting first.

    Args:
        reviews: From `reviews_with_items`.
        accounts, groups: From `institution_accounts` and `groups`; they give names and e-mail.
        today: `YYYY-MM-DD`, up to which an open review has waited.

    Returns:
        article_id, title, days (from handing in to the decision, or to today;
        missing where the review has no date), status, group, owner,
        owner_email, reviewer, request_number, comments, created_date, modified_date, review_date (UTC),
        type, authors (ORCID in brackets), categories, custom_fields, files, size (bytes), license, review_id.

    Raises:
        ParameterError: `today` lies before an item was handed in.
    """
    people = {account["id"]: account for account in accounts}
    names = {group["id"]: group["name"] for group in groups}
    reviews = list(reviews)
    newest = max(((review.get("created_date") or "")[:10] for review in reviews), default="")
    require(not date_rule(today), f"today must be {date_rule(today)}, not {today!r}.")
    require(today >= newest, f"today {today} lies before {newest}, when the newest review began: choose a later day.")
    rows = [_review_row(review, people, names, today) for review in reviews]
    rows.sort(key=lambda row: (row["days"] is None, -(row["days"] or 0), row["review_id"]))
    return frame_of(rows, _REVIEW_COLUMNS)


def waiting_frame(reviews: pd.DataFrame, by: str = "group", *, overdue_after: int = 30) -> pd.DataFrame:
    """Returns how long reviews wait, by group, reviewer or owner; most reviews first.

    Args:
        reviews: From `reviews_frame`.
        by: The column to sum up by; an empty text in it is "nobody".
        overdue_after: Days; what has waited longer is overdue.

    Returns:
        The column `by` (text); items and overdue (Int64), how many; median (float) and longest (Int64), days.
    """
    named = reviews.assign(**{by: reviews[by].replace("", "nobody"), "overdue": reviews["days"].gt(overdue_after)})
    rows = [
        (name, len(part), int(part["overdue"].sum()), *_median_and_longest(part["days"].dropna()))
        for name, part in named.groupby(by)
    ]
    rows.sort(key=lambda row: (-row[1], row[0]))
    return frame_of(rows, {by: "text", "items": "int", "overdue": "int", "median": "float", "longest": "int"})


def _median_and_longest(days: pd.Series) -> tuple[float, int | None]:
    return (float(days.median()), int(days.max())) if len(days) else (float("nan"), None)


def waiting_numbers(reviews: pd.DataFrame, status: str, overdue_after: int) -> dict[str, int]:
    """Returns the main numbers of a queue for `show_head`, by what they count: items, overdue, longest, middle."""
    days = reviews["days"].dropna()
    numbers = {
        f"items {REVIEW_STATUS[status]}": len(reviews),
        f"of them more than {overdue_after:,} days": int(days.gt(overdue_after).sum()),
    }
    if len(days):
        numbers |= {"days: the longest": int(days.max()), "days or more: half of the items": _median_days(days)}
    return numbers


def waiting_sentence(reviews: pd.DataFrame, overdue_after: int) -> str:
    """Says in a sentence how long the reviews of `reviews_frame` wait or waited, or that there are none."""
    days, late = reviews["days"].dropna(), int(reviews["days"].gt(overdue_after).sum())
    if not len(days):
        return "No item is in this list, so nothing waits."
    verb = "have waited" if reviews["review_date"].isna().all() else "waited"
    return (
        f"{late:,} of {len(reviews):,} items {verb} more than {overdue_after:,} days. The longest: "
        f"{_days_text(days.max())}; half of them: {_days_text(_median_days(days))} or more."
    )


def _median_days(days: pd.Series) -> int:
    """Returns the whole days that half of the items waited, or more."""
    return math.ceil(days.median())


def _days_text(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"


_REVIEW_COLUMNS = {
    "article_id": "int",
    "title": "text",
    "days": "int",
    "status": "text",
    "group": "text",
    "owner": "text",
    "owner_email": "text",
    "reviewer": "text",
    "request_number": "int",
    "comments": "int",
    "created_date": "time",
    "modified_date": "time",
    "review_date": "time",
    "type": "text",
    "authors": "text",
    "categories": "text",
    "custom_fields": "text",
    "files": "int",
    "size": "int",
    "license": "text",
    "review_id": "int",
}


def _days_between(start: str | None, end: str) -> int | None:
    """Returns whole days from one date to another, with or without a time; None where the first is not known."""
    return (date.fromisoformat(end) - date.fromisoformat(start[:10])).days if start else None


def _review_row(review: dict, people: dict, groups: dict, today: str) -> dict:
    item = review.get("item") or {}
    owner, reviewer = (people.get(review.get(key)) or {} for key in ("account_id", "assigned_to"))
    end = (review.get("review_date") or today)[:10]
    custom = [f"{row['name']}: {row['value']}" for row in custom_field_rows({"id": 0, **item}) if row["value"]]
    return {
        **record_row(item),
        **review,
        "review_id": review["id"],
        "title": plain_text(item.get("title")),
        "days": _days_between(review.get("created_date"), end),
        "group": groups.get(review.get("group_id")) or review.get("group_id"),
        "owner": account_name(owner),
        "owner_email": owner.get("email"),
        "reviewer": account_name(reviewer),
        "comments": review.get("comments_count"),
        "custom_fields": custom,
        "authors": [name_with_orcid(author) for author in item.get("authors") or []],
    }
