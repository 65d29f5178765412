"""Charts: titles, units and dates that can be read; numbers that are the table's."""

import base64
import io
import itertools
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
import refresh_outputs
from matplotlib.colors import to_rgb
from PIL import Image

import figshare_helpers as fh
from figshare_workbook.base.frames import frame_of
from figshare_workbook.tables.alt_text import alt_text_of
from figshare_workbook.tables.chart_style import COLOURS, GREY
from figshare_workbook.tables.one_page import whole_number_text
from figshare_workbook.tables.world_map import NO_VALUE_COLOUR, SHADES, shades_of, steps_of


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def months(count: int) -> pd.DataFrame:
    periods = pd.period_range("2020-01", periods=count, freq="M").astype(str)
    return frame_of(
        [{"period": period, "value": 1000 * number} for number, period in enumerate(periods)],
        {"period": "text", "value": "int"},
    )


def labels(axis) -> list[str]:
    axis.figure.canvas.draw()
    return [tick.get_text() for tick in axis.get_ticklabels() if tick.get_text()]


def overlaps(axis) -> bool:
    """Tells whether any two labels of the axis touch."""
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


@pytest.mark.parametrize(
    ("periods", "unit"), [(["2019", "2020", "2021"], "year"), (["2024-05-01", "2024-05-02"], "day")]
)
def test_years_and_days(periods, unit):
    frame = frame_of([{"period": period, "value": 1} for period in periods], {"period": "text", "value": "int"})
    ax = fh.plot_timeline(frame, title="Views")
    assert ax.get_xlabel() == unit and labels(ax.xaxis) == periods


@pytest.mark.parametrize(
    ("start", "end", "granularity", "shown"),
    [
        ("2020-02-29", "2020-02-29", "year", "2020-02-29"),
        ("2020-01-01", "2021-12-31", "year", "2020 to 2021"),
        ("2020-01-03", "2022-05-31", "month", "2020-01-03 to 2022-05-31"),
        ("2020-02-01", "2020-02-29", "month", "2020-02"),
        ("2020-01-01", "2020-02-28", "month", "2020-01-01 to 2020-02-28"),
        ("2020-01-01", "2020-01-02", "day", "2020-01-01 to 2020-01-02"),
    ],
)
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


def timeline(start: str, end: str, granularity: str = "month") -> pd.DataFrame:
    """Returns a table as `timeline` gives it, with the days that it covers."""
    frame = fh.deposits_frame([], start, end, granularity=granularity)
    frame["value"] = range(10, 10 * len(frame) + 1, 10)
    return frame


def test_a_month_that_the_range_cuts_is_hollow_and_said():
    ax = fh.plot_timeline(timeline("2024-01-01", "2024-06-10"), title="Views")
    whole, way, point = ax.lines
    assert whole.get_ydata().tolist() == [10, 20, 30, 40, 50] and list(way.get_ydata()) == [50, 60]
    assert list(point.get_ydata()) == [60] and point.get_markerfacecolor() == "white"
    assert ax.get_xlabel() == "month (hollow: not the whole month)"
    assert alt_text_of(ax.figure).endswith("last 2024-06 (not whole) with 60.")
    first = fh.plot_timeline(timeline("2024-01-05", "2024-06-30"), title="Views").lines
    assert first[0].get_ydata().tolist() == [20, 30, 40, 50, 60] and list(first[1].get_ydata()) == [20, 10]


def test_whole_months_are_not_hollow():
    ax = fh.plot_timeline(timeline("2024-01-01", "2024-06-30"), title="Views", today="2024-07-01")
    assert len(ax.lines) == 1 and ax.get_xlabel() == "month"


@pytest.mark.parametrize(
    ("today", "drawn", "is_hollow"),
    [
        ("2026-03-05", ["2023", "2024", "2025", "2026"], True),
        ("2025-12-31", ["2023", "2024", "2025"], False),
        ("2025-01-01", ["2023", "2024", "2025"], True),
        ("", ["2023", "2024", "2025", "2026", "2027"], False),
    ],
)
def test_years_are_bars_the_running_one_is_hollow_and_none_lies_ahead(today, drawn, is_hollow):
    frame = pd.DataFrame({"period": ["2023", "2024", "2025", "2026", "2027"], "value": [5, 0, 7, 2, 0]})
    ax = fh.plot_timeline(frame, title="Items", today=today)
    assert labels(ax.xaxis) == drawn and len(ax.patches) == len(drawn) and not ax.lines
    assert [bar.get_height() for bar in ax.patches] == frame["value"].tolist()[: len(drawn)]
    assert [bar.get_facecolor()[:3] == (1, 1, 1) for bar in ax.patches] == [False] * (len(drawn) - 1) + [is_hollow]


def test_a_year_without_a_row_is_a_gap():
    frame = pd.DataFrame({"period": ["2019", "2022"], "value": [5, 6]})
    centres = [bar.get_x() + bar.get_width() / 2 for bar in fh.plot_timeline(frame, title="Items").patches]
    assert centres == pytest.approx([2019, 2022])


def test_many_years_are_named_in_steps():
    years = pd.DataFrame({"period": [str(year) for year in range(1961, 2026)], "value": 1})
    ax = fh.plot_timeline(years, title="Items")
    assert labels(ax.xaxis) == [str(year) for year in range(1970, 2026, 10)] and not overlaps(ax.xaxis)


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [("2023-01-01", "2023-06-30", "a year earlier"), ("2020-01-01", "2020-06-30", "4 years earlier")],
)
def test_the_same_months_earlier_are_a_grey_line(start, end, name):
    now, then = timeline("2024-01-01", "2024-06-30"), timeline(start, end)
    ax = fh.plot_timeline(now, title="Views", before=then)
    grey, ours = ax.lines
    assert grey.get_label() == name and grey.get_color() == GREY
    assert grey.get_xdata().tolist() == ours.get_xdata().tolist()
    assert f"{name}: 210 in 6 months" in alt_text_of(ax.figure)


def test_peak_and_last_value_are_written():
    frame = months(9).assign(value=[1, 5, 1200, 3, 4, 5, 6, 7, 8])
    ax = fh.plot_timeline(frame, title="Views")
    assert {text.get_text() for text in ax.texts} == {"1,200", "8"}


@pytest.mark.parametrize("highest", [1, 3, 7, 19, 48, 130, 999, 1_200_000])
def test_values_are_ticked_in_steps_of_1_2_5_10(highest):
    ax = fh.plot_timeline(months(9).assign(value=[highest, *[0] * 8]), title="Views")
    steps = {round(b - a) for a, b in itertools.pairwise(ax.get_yticks())}
    assert len(steps) == 1 and str(steps.pop()).rstrip("0") in ("1", "2", "5")


def test_a_finding_stands_above_the_title_and_a_source_below():
    plain = fh.plot_timeline(months(9), title="Views")
    ax = fh.plot_timeline(months(9), title="Views", finding="More than ever", source="Figshare, made on 2026-01-15")
    texts = [text.get_text() for text in ax.figure.texts]
    assert ax.figure.get_suptitle() == "More than ever" and "Source: Figshare, made on 2026-01-15" in texts
    assert ax.get_title(loc="left") == plain.get_title(loc="left")
    assert ax.figure.get_figheight() > plain.figure.get_figheight()


@pytest.mark.parametrize("values", [[1], [9], [3, 40, 500], [1, 1_200_000], [7, 8, 9], [100, 999], range(1, 50)])
def test_the_map_has_few_steps_that_hold_every_value(values):
    steps = steps_of(values)
    assert steps == sorted(set(steps)) and 2 <= len(steps) <= 7
    assert len(set(shades_of(len(steps) - 1))) == len(steps) - 1
    assert steps[0] <= min(values) and steps[-1] > max(values)


def test_the_grey_of_no_views_differs_from_the_lowest_step_in_black_and_white():
    def lightness(colour):
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)
        )
        return 116 * (0.2126 * red + 0.7152 * green + 0.0722 * blue) ** (1 / 3) - 16

    shades = [lightness(shade) for shade in (NO_VALUE_COLOUR, *SHADES)]
    assert all(lighter - darker > 10 for lighter, darker in itertools.pairwise(shades))


CELLS = [
    """import warnings, figshare_helpers as fh, pandas as pd
years = pd.DataFrame({"period": ["2024", "2025"], "value": [3, 4]})
_ = fh.plot_timeline(years, title="Items")""",
    """import matplotlib.pyplot as plt
_ = plt.plot([1, 2])""",
    """%config InlineBackend.figure_format = "png"
_ = fh.plot_timeline(years, title="Again")""",
    """%config InlineBackend.figure_format = "svg"
_ = fh.plot_timeline(years, title="As SVG")""",
]


@pytest.mark.slow
def test_a_notebook_shows_each_picture_with_its_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(fh.__file__).parent))
    path = tmp_path / "charts.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS]), path)
    notebook = refresh_outputs.run_notebook(path)
    refresh_outputs.tidy_notebook(notebook)
    ours, others, again, vector = [cell.outputs[-1] for cell in notebook.cells]
    assert ours.data["text/plain"] == again.data["text/plain"] == "<Figure size 800x380 with 1 Axes>"
    assert ours.metadata["image/png"]["alt"] == (
        "Chart of values over time. Items, 2024 to 2025 (views): 7 in 2 years, highest 2025 with 4, last 2025 with 4."
    )
    assert again.metadata["image/png"]["alt"].startswith("Chart of values over time. Again")
    assert "alt" not in str(others.metadata) and "image/png" not in vector.data
    with Image.open(io.BytesIO(base64.b64decode(ours.data["image/png"]))) as picture:
        assert picture.width > 1.9 * ours.metadata["image/png"]["width"]


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
    frame = pd.DataFrame({"type": ["a", "b"][: len(values)], "items": values})
    ax = fh.plot_counts(frame, "type", "items", title="None")
    assert len(ax.patches) == len(values) and labels(ax.xaxis) == ["0", "1"]
    assert ax.get_title(loc="left") == ("None" if values else "None (none)")


@pytest.mark.parametrize(
    ("number", "shown"),
    [(100, "100%"), (99.67, ">99%"), (99.4, "99%"), (0.3, "<1%"), (0, "0%"), (0.7, "1%"), (50.5, "50%")],
)
def test_shares_that_are_not_all_do_not_look_like_it(number, shown):
    assert whole_number_text(number, "%", 100) == shown


def test_countries_are_added_up_over_cities_and_periods():
    rows = [
        {"period": period, "country": country, "city": city, "value": 2}
        for period in ("2023", "2024")
        for country in ("Spain", "Peru")
        for city in ("a", "b")
    ][:-1]
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

    greys = [
        sum(part * weight for part, weight in zip(to_rgb(colour), (0.3, 0.59, 0.11), strict=True)) for colour in COLOURS
    ]
    assert abs(greys[0] - greys[1]) > 0.05
