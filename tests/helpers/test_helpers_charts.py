"""Charts: titles, units and dates that can be read; numbers that are the table's."""

import itertools

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import figshare_helpers as fh
from figshare_workbook.base.frames import frame_of
from figshare_workbook.tables.chart_style import COLOURS
from figshare_workbook.tables.one_page import rounded


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def months(count: int) -> pd.DataFrame:
    periods = pd.period_range("2020-01", periods=count, freq="M").astype(str)
    return frame_of([{"period": period, "value": 1000 * number} for number, period in enumerate(periods)],
                     {"period": "text", "value": "int"})


def labels(axis) -> list[str]:
    axis.figure.canvas.draw()
    return [tick.get_text() for tick in axis.get_ticklabels() if tick.get_text()]


def overlaps(axis) -> bool:
    """Do any two labels of the axis touch?"""
    axis.figure.canvas.draw()
    boxes = [tick.get_window_extent() for tick in axis.get_ticklabels() if tick.get_text() and tick.get_visible()]
    return any(one.overlaps(other) for one, other in itertools.pairwise(boxes))


@pytest.mark.parametrize("count", [1, 3, 8, 9, 29, 120])
def test_a_timeline_has_units_dates_and_no_piled_up_labels(count):
    ax = fh.plot_timeline(months(count), title="Views of group 21332", unit="views per month")
    first, last = months(count)["period"].iloc[[0, -1]]
    assert ax.get_title(loc="left") == f"Views of group 21332, {first}{f' to {last}' if count > 1 else ''}"
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("views per month", "month")
    values = [bar.get_height() for bar in ax.patches] if count <= 3 else ax.lines[0].get_ydata().tolist()
    assert values == months(count)["value"].tolist()
    assert not overlaps(ax.xaxis)
    assert count < 3 or any("," in label for label in labels(ax.yaxis))


@pytest.mark.parametrize(("periods", "unit"), [(["2019", "2020", "2021"], "year"),
                                               (["2024-05-01", "2024-05-02"], "day")])
def test_years_and_days(periods, unit):
    frame = frame_of([{"period": period, "value": 1} for period in periods], {"period": "text", "value": "int"})
    ax = fh.plot_timeline(frame, title="Views")
    assert ax.get_xlabel() == unit and labels(ax.xaxis) == periods


@pytest.mark.parametrize(("start", "end", "granularity", "shown"), [
    ("2020-02-29", "2020-02-29", "year", "2020-02-29"), ("2020-01-01", "2021-12-31", "year", "2020 to 2021"),
    ("2020-01-03", "2022-05-31", "month", "2020-01-03 to 2022-05-31"), ("2020-02-01", "2020-02-29", "month", "2020-02"),
    ("2020-01-01", "2020-02-28", "month", "2020-01-01 to 2020-02-28"), ("2020-01-01", "2020-01-02", "day",
                                                                        "2020-01-01 to 2020-01-02")])
def test_a_title_tells_the_days_that_were_counted(start, end, granularity, shown):
    frame = fh.deposits_frame([], start, end, granularity=granularity)
    assert fh.plot_timeline(frame, title="Items").get_title(loc="left") == f"Items, {shown}"
    ax = fh.plot_timeline({"one": frame, "two": frame.copy()}, title="Items")
    assert ax.get_title(loc="left") == f"Items, {shown}"


def test_a_part_of_a_table_has_no_days_of_the_whole():
    frame = fh.deposits_frame([], "2020-01-03", "2022-05-12").iloc[5:8]
    assert fh.plot_timeline(frame, title="Items").get_title(loc="left") == "Items, 2020-06 to 2020-08"


def test_several_lines_differ_without_colour():
    ax = fh.plot_timeline({"views": months(5), "downloads": months(5)}, title="Both")
    assert len({(line.get_linestyle(), line.get_marker()) for line in ax.lines}) == 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["views", "downloads"]


def test_an_empty_timeline_says_so():
    ax = fh.plot_timeline(months(0), title="Views")
    assert ax.get_title(loc="left") == "Views (no data)"


def test_bars_are_ordered_labelled_and_cut_with_a_word():
    frame = pd.DataFrame({"type": [f"type {number}" for number in range(30)], "items": range(1000, 31000, 1000)})
    ax = fh.plot_counts(frame, "type", "items", title="Items by type", most=10)
    assert ax.get_title(loc="left") == "Items by type (first 10 of 30)"
    assert [bar.get_width() for bar in ax.patches][-1] == 30000
    assert ax.texts[-1].get_text() == "30,000"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("items", "type")


def test_long_names_stand_above_their_bars_in_three_lines_at_most():
    frame = pd.DataFrame({"title": ["On the frogs of ponds " * 30, "a<b and c>d in vivo", ""], "views": [3, 1, 1]})
    ax = fh.plot_counts(frame, "title", "views", title="Top")
    assert labels(ax.yaxis)[:2] == ["(none)", "a<b and c>d in vivo"] and labels(ax.yaxis)[2].count("\n") == 2


@pytest.mark.parametrize("values", [[], [0], [0, 0]])
def test_no_bars(values):
    frame = pd.DataFrame({"type": ["a", "b"][:len(values)], "items": values})
    ax = fh.plot_counts(frame, "type", "items", title="None")
    assert len(ax.patches) == len(values) and labels(ax.xaxis) == ["0", "1"]
    assert ax.get_title(loc="left") == ("None" if values else "None (none)")


@pytest.mark.parametrize(("number", "shown"), [
    (100, "100%"), (99.67, ">99%"), (99.4, "99%"), (0.3, "<1%"), (0, "0%"), (0.7, "1%"), (50.5, "50%")])
def test_shares_that_are_not_all_do_not_look_like_it(number, shown):
    assert rounded(number, "%", 100) == shown


def test_countries_are_added_up_over_cities_and_periods():
    rows = [{"period": period, "country": country, "city": city, "value": 2}
            for period in ("2023", "2024") for country in ("Spain", "Peru") for city in ("a", "b")][:-1]
    ax = fh.plot_countries(pd.DataFrame(rows), title="Views by country, 2023 to 2024")
    assert labels(ax.yaxis) == ["Peru", "Spain"] and [bar.get_width() for bar in ax.patches] == [6, 8]


def test_top_items_by_name():
    frame = frame_of([{"id": 5, "value": 9}, {"id": 6, "value": 3}], {"id": "int", "value": "int"})
    assert labels(fh.plot_top(frame, title="Top", names={5: "Frogs"}).yaxis) == ["6", "Frogs"]


def test_a_figure_is_saved_whole(tmp_path):
    path = fh.save_figure(fh.plot_timeline(months(3), title="Views"), tmp_path / "new" / "views.png")
    assert path.read_bytes()[:4] == b"\x89PNG"
    assert [entry.name for entry in path.parent.iterdir()] == ["views.png"]


def test_neighbouring_colours_differ_in_grey():
    from matplotlib.colors import to_rgb

    greys = [sum(part * weight for part, weight in zip(to_rgb(colour), (0.3, 0.59, 0.11), strict=True))
             for colour in COLOURS]
    assert abs(greys[0] - greys[1]) > 0.05
