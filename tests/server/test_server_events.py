"""The derived events: whatever is asked, the parts add up to the whole."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from local_figshare import events
from local_figshare.events import Counts

LAST = int(np.datetime64("2026-01-15", "D").astype(int))


@st.composite
def counts(draw, most=400):
    """Counters of a few items, published in any of the last years (or, by mistake, later than today)."""
    items = draw(
        st.lists(
            st.tuples(st.integers(1, 10**9), st.integers(LAST - 6000, LAST + 30), st.integers(0, most)),
            max_size=6,
            unique_by=lambda item: item[0],
        )
    )
    columns = np.array(items, np.int64).reshape(-1, 3).T
    return Counts(draw(st.sampled_from(events.COUNTERS)), *columns, LAST)


days = st.integers(LAST - 6500, LAST + 100)


@st.composite
def periods(draw):
    """The edges of some periods that follow each other: day before the first, last day of each."""
    return np.array(sorted(draw(st.lists(days, min_size=2, max_size=8))))


@given(counts(), periods())
def test_periods_sum_to_the_whole_range(some, edges):
    assert some.by_period(edges).sum() == some.by_period(edges[[0, -1]]).sum()
    assert (some.by_period(edges) >= 0).all()


@given(counts(), days, st.integers(0, 400))
def test_days_are_differences_that_sum_to_the_range(some, start, length):
    daily = some.by_period(np.arange(start, start + length + 1))
    assert daily.sum() == some.by_period(np.array([start, start + length])).sum()


@given(counts())
def test_all_events_have_happened_on_the_last_day_and_none_before_publication(some):
    assert (some.up_to(np.array([LAST]))[:, 0] == some.totals).all()
    assert (some.up_to(np.array([LAST + 50]))[:, 0] == some.totals).all()
    assert (some.by_item(events.FIRST_DAY, events.LAST_DAY) == some.totals).all()
    parts = some._parts(events.CELLS)  # noqa: SLF001  (one item's events are no question of the API's)
    for one, published in zip(parts, some.published, strict=True):
        assert one.up_to(np.array([min(published, LAST) - 1])).sum() == 0


@given(counts(), periods())
def test_places_and_links_sum_to_the_periods(some, edges):
    assert (some.by_place(edges).sum(axis=1) == some.by_period(edges)).all()
    first, last = int(edges[0]) + 1, int(edges[-1])
    assert some.by_referrer(first, last).sum() == some.by_period(edges).sum()


@given(counts(), periods())
def test_places_of_periods_sum_to_the_places_of_the_range(some, edges):
    assert (some.by_place(edges).sum(axis=0) == some.by_place(edges[[0, -1]])[0]).all()


@given(counts(), periods())
def test_items_together_are_the_sum_of_the_items_alone(some, edges):
    alone = [
        Counts(some.counter, *(column[[n]] for column in (some.ids, some.published, some.totals)), LAST)
        for n in range(len(some))
    ]
    assert (some.by_period(edges) == sum((one.by_period(edges) for one in alone), 0)).all()
    assert (some.by_place(edges) == sum((one.by_place(edges) for one in alone), 0)).all()


@given(counts(), periods())
@settings(max_examples=30)
def test_the_lots_do_not_show(some, edges):
    whole = some.by_place(edges), some.by_period(edges)
    before, events.CELLS = events.CELLS, 7
    try:
        assert (some.by_place(edges) == whole[0]).all()
        assert (some.by_period(edges) == whole[1]).all()
    finally:
        events.CELLS = before


def test_every_place_and_link_has_a_share_of_the_table():
    assert set(events.PLACE_OF) == set(range(len(events.PLACES)))
    assert set(events.REFERRER_OF) == set(range(len(events.REFERRERS)))
    assert len(events.PLACE_OF) == len(events.REFERRER_OF) == events.SLOTS
    countries = {country for country, _ in events.PLACES}
    assert len(countries) >= 60
    assert {"Unknown", "Unkown", "United States", "Netherlands"} <= countries


def test_a_popular_item_lives_like_an_item():
    """Busier on Tuesdays than on Sundays, in October than in July, and fresh than old."""
    published = LAST - 5 * 365
    item = Counts("views", np.array([123456]), np.array([published]), np.array([100_000]), LAST)
    daily = item.by_period(np.arange(published - 1, LAST + 1))
    dates = np.arange(published, LAST + 1).astype("datetime64[D]")
    weekday = (dates.astype(int) + 3) % 7
    month = dates.astype("datetime64[M]").astype(int) % 12
    assert daily[weekday == 1].mean() > 1.5 * daily[weekday == 6].mean()
    assert daily[month == 9].mean() > 1.3 * daily[month == 6].mean()
    assert daily[:28].mean() > 3 * daily[-365:].mean()
    assert daily.sum() == 100_000


def test_no_items_have_no_events():
    none = Counts("views", *np.zeros((3, 0), np.int64), LAST)
    edges = np.array([LAST - 10, LAST])
    assert none.by_period(edges).tolist() == [0]
    assert none.by_place(edges).sum() == 0
