"""Texts in charts: whatever a title holds, it is drawn as it is, inside the picture, and unlike any other."""

import warnings

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from PIL import Image

import figshare_helpers as fh
from figshare_workbook.base.texts import one_line, plain_text, safe_text
from figshare_workbook.tables import chart_text
from figshare_workbook.tables.alt_text import alt_text_of
from figshare_workbook.tables.chart_text import (
    distinct_labels,
    drawable,
    label_text,
    shorten_middle,
    width_of,
    wrapped_lines,
)

pytestmark = pytest.mark.slow  # sockets, processes and files take seconds

TEX = [
    r"$",
    "$$",
    "$ $",
    "$5 and $10",
    "costs of 5$",
    "$x$",
    "$x_{1}$ and $y^2$",
    r"$\alpha$-decay",
    r"\alpha and $\beta",
    r"$\frac{1}{2}$ or $\frac{1}$",
    r"$\undefined{x}$",
    r"$\mathbf{x",
    r"${}$",
    "$}{$",
    "$_$",
    "$^$",
    r"\$5 to \$10",
    r"\\$a\\$",
    r"$\ce{H2O}$",
    r"$\text{a $b$ c}$",
    "a_b^c",
    "100 % of {x}",
    "{",
    "}",
    "\\",
    r"C:\new\table",
    r"\n is no line",
    r"$\begin{matrix}1&2\end{matrix}$",
    "# & ~ % $",
    r"\begin{document}",
    r"$\left( x$",
    r"$\sqrt[3]{$",
    r"$\hat$ $\bar$",
    "$" * 7,
    "US$ 5, AU$ 6, NZ$ 7",
    r"\(x\) and \[y\]",
    r"$\mathrm{CO}_2$ uptake",
    "`$HOME` and $(pwd)",
]
ODD = [
    "a\tb\nc\r\nd",
    "tick\x00tock\x1b[31mred\x1b[0m",
    "zero\u200bwidth\ufeff",
    "over\u202eturned",
    "e\u0301" * 20,
    "o" + "\u0308" * 40,
    "שלום 2024",
    "مرحبا بالعالم",
    "数据集" * 60,
    "データ一覧",
    "데이터 목록",
    "🐸🦠 frogs",
    "𝒳 and 𝔸",
    "",
    "x" * 600,
    "Donaudampfschifffahrt" * 12,
    "\ue000 private",
    "नमस्ते",
    "<b>bold</b> & &amp;",
]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture
def no_other_fonts(monkeypatch):
    """As on a machine that has the fonts of matplotlib alone."""
    monkeypatch.setattr(chart_text, "FALLBACK_FONTS", ())


def charts(names):
    """Draws each kind of chart, with these texts everywhere that a text can stand."""
    long, first = " ".join(names), names[0]
    frame = pd.DataFrame({"title": pd.Series(names, dtype=object), "views": range(len(names), 0, -1)})
    frame[label_text(first)] = 1
    months = pd.DataFrame({"period": ["2024-01", "2024-02", "2024-03", "2024-04"], "value": [1, 4, 2, 3]})
    said = dict(title=long, unit=first, finding=long, source=long)
    yield fh.plot_counts(frame, "title", "views", most=50, **said)
    yield fh.plot_stacked(frame, "title", ["views", label_text(first)], most=50, **said)
    yield fh.plot_timeline(
        {names[0]: months, f"{names[-1]}.": months},
        before=months.assign(period=["2023-01", "2023-02", "2023-03", "2023-04"]),
        **said,
    )
    yield fh.plot_timeline({names[0]: months[:2], f"{names[-1]}.": months[:2]}, **said)
    places = frame.rename(columns={"title": "country", "views": "value"})
    yield fh.plot_world(places, "data/countries-110m.json", **said)
    table = frame[["title", "views"]]
    shares = pd.DataFrame({"has": frame["title"][:5], "share": 5.0})
    yield fh.plot_dashboard(
        {name: name for name in names[:4]},
        title=long,
        deposits=months,
        views=months,
        types=table,
        groups=table,
        top=table,
        source=long,
        shares=shares,
    )


def is_text_with_a_dollar(artist):
    return isinstance(artist, matplotlib.text.Text) and "$" in artist.get_text()


@pytest.mark.parametrize(
    "names", [TEX[:13], TEX[13:26], TEX[26:], ODD[:10], ODD[10:]], ids=["TeX", "TeX 2", "TeX 3", "odd", "odd 2"]
)
def test_no_text_stops_a_chart_or_is_taken_for_mathematics(names, tmp_path, monkeypatch):
    monkeypatch.chdir(fh.__file__.rpartition("/")[0])
    for number, ax in enumerate(charts(names)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ax.figure.savefig(tmp_path / f"{number}.png", dpi=40)
        assert not any(text.get_parse_math() for text in ax.figure.findobj(is_text_with_a_dollar))
        assert ax.figure.axes[0].get_window_extent().width > ax.figure.bbox.width / 3 or number == 5
        plt.close(ax.figure)


def test_dollars_are_drawn_as_they_stand():
    frame = pd.DataFrame({"title": TEX, "views": range(len(TEX), 0, -1)})
    ax = fh.plot_counts(frame, "title", "views", title="Views", most=50)
    ax.figure.canvas.draw()
    shown = [text.get_text() for text in ax.get_yticklabels()][::-1]
    assert shown == [" ".join(title.split()) for title in TEX]
    assert not any(text.get_parse_math() for text in ax.get_yticklabels())


@pytest.mark.usefixtures("no_other_fonts")
@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("数据集", "[3 Chinese characters]"),
        ("数据 of 2024", "[2 Chinese characters] of 2024"),
        ("한", "[1 Korean character]"),
        ("データ一覧", "[5 Japanese characters]"),
        ("🐸 frogs", "[frog face] frogs"),
        ("👩\u200d🔬", "[woman][microscope]"),
        ("\ue000", "[U+E000]"),
        ("ποταμός река", "ποταμός река"),
    ],
)
def test_what_no_font_can_draw_has_a_name(title, shown):
    assert drawable(title) == shown


def test_hebrew_is_read_from_the_right():
    does_it_itself = hasattr(matplotlib.ft2font, "__libraqm_version__")
    assert drawable("שלום עולם 2024") == ("שלום עולם 2024" if does_it_itself else "םלוע םולש 2024")


@pytest.mark.usefixtures("no_other_fonts")
def test_without_fonts_no_warning_and_the_same_height(tmp_path):
    frame = pd.DataFrame({"title": ["数据集" * 60, "データ一覧🐸", "Plain"], "views": [3, 2, 1]})
    ax = fh.plot_counts(frame, "title", "views", title="题目")
    fh.save_figure(ax, tmp_path / "a.png")
    assert sum(label.get_text().count("\n") for label in ax.get_yticklabels()) == 2
    assert round(ax.figure.get_figheight(), 2) == FULL_HEIGHT


FULL_HEIGHT = round(1.2 + 3 * (0.17 + 0.13) + 5 * 0.168, 2)  # three bars; three lines of a name, one, and one


def test_with_fonts_the_height_is_that_without_them():
    frame = pd.DataFrame({"title": ["数据集" * 60, "データ一覧🐸", "Plain"], "views": [3, 2, 1]})
    assert round(fh.plot_counts(frame, "title", "views", title="题目").figure.get_figheight(), 2) == FULL_HEIGHT


@pytest.mark.parametrize("text", ["one two three four five six seven", "x" * 90, "数据集" * 20, "a " * 60, "éa" * 30])
def test_lines_are_within_their_width_and_lose_nothing(text):
    lines = wrapped_lines(text, 1.0, 10)
    assert len(lines) > 1 and all(width_of(line, 10) <= 1.0 + 0.05 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert len(wrapped_lines(shorten_middle(text, 1.0, 10, 2), 1.0, 10)) <= 2 and "…" in shorten_middle(
        text, 1.0, 10, 2
    )


def test_a_sign_is_as_wide_as_matplotlib_draws_it():
    from matplotlib.textpath import TextPath

    path = TextPath((0, 0), "Wind loads on solar trackers", size=72, prop={"family": "DejaVu Sans"})
    assert width_of("Wind loads on solar trackers", 72) == pytest.approx(path.get_extents().width / 72, rel=0.02)


@pytest.mark.parametrize(
    "texts",
    [
        [
            f"{'A seamless dataset of the land surface ' * 4}{time}{' for all of the world since 2018' * 4}"
            for time in ("daytime", "nighttime")
        ],
        [f"{'x' * 300}{letter}{'y' * 300}" for letter in "abc"],
        ["a" * 400, "a" * 401],
        ["数" * 200 + "据" + "数" * 200, "数" * 401],
    ],
)
def test_titles_that_differ_look_different(texts):
    shown = distinct_labels(texts, lambda text: shorten_middle(text, 3.0, 9, 1))
    assert len(set(shown)) == len(texts) and all(len(wrapped_lines(text, 3.0, 9)) == 1 for text in shown)
    assert distinct_labels([texts[0], texts[0]], lambda text: text[:5]) == [texts[0][:5]] * 2


def test_the_longest_label_of_a_bar_leaves_it_a_third_of_the_width():
    for length in range(1, 120, 7):
        frame = pd.DataFrame({"title": ["W" * length], "views": [1_200_000]})
        ax = fh.plot_counts(frame, "title", "views", title="Views")
        ax.figure.canvas.draw()
        bar = ax.patches[0].get_window_extent()
        assert bar.width >= ax.figure.bbox.width / 3
        assert ax.texts[0].get_window_extent().x1 <= ax.figure.bbox.width
        plt.close(ax.figure)


def test_markup_is_stripped_once():
    title = plain_text("a&lt;b and c&gt;d in <em>vivo</em>")
    assert title == "a<b and c>d in vivo" and label_text(title) == title
    assert plain_text("<p>one</p><p>H<sub>2</sub>O</p>a<br/>b <a href='x' target=_blank>c</a>") == "one H2O a b c"
    assert plain_text("p<b and q>r") == "p<b and q>r"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07words", "words"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("a\x9b31mb", "a31mb"),
        ("tick\x00tock\x7f", "ticktock"),
        ("two\nlines\tand", "two\nlines\tand"),
        ("\u202eabc", "abc"),
        ("\x1b", ""),
    ],
)
def test_words_of_a_server_are_no_commands(sent, shown):
    assert safe_text(sent) == shown


def test_long_words_of_a_server_are_cut_and_counted():
    assert safe_text("x" * 5_000_000) == f"{'x' * 2000} … (cut: 5,000,000 characters in all)"
    assert safe_text("\x00" * 100_000).endswith("(cut: 100,000 characters in all)")
    error = fh.FigshareError("\x1b[2Jwiped", "y" * 100_000, message="\x1b[31mno\x07")
    assert str(error).startswith("wiped\n  Cause: yyy") and len(str(error)) < 2500 and error.message == "no"


def test_a_label_is_one_composed_line():
    assert one_line(" a\x0bb\u2028c\u200bd  e\u0301 ") == "a b cd é"
    assert label_text("\ud800 half") == "half"
    assert one_line("o" + "\u0323" * 40) == "ọ" + "\u0323" * 4


def test_a_saved_picture_carries_its_sentence(tmp_path):
    frame = pd.DataFrame({"type": ["数据 $x$", "b"], "items": [1200, 3]})
    ax = fh.plot_counts(frame, "type", "items", title="Items")
    with Image.open(fh.save_figure(ax, tmp_path / "a.png")) as picture:
        assert picture.text["Description"] == "Bar chart. Items: 数据 $x$ 1,200; b 3 (items, by type)."
        assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)
    for ending in (".svg", ".pdf"):
        assert fh.save_figure(ax, tmp_path / f"a{ending}").stat().st_size > 1000


def test_a_sentence_of_ones_own():
    ax = fh.plot_counts(pd.DataFrame({"a": ["b"], "c": [1]}), "a", "c", title="Items", alt="All is one.")
    assert alt_text_of(ax.figure) == "All is one."


def test_a_dollar_in_a_table_is_none_of_mathjax():
    frame = pd.DataFrame({"title": ["$5 and $10"]})
    for markup in (fh.show_table(frame)._repr_html_(), frame._repr_html_()):
        assert "$5 and $10" in markup and "tex2jax_ignore" in markup.partition(">")[0] + markup.partition("<table")[2]
    assert "mathjax_ignore" in fh.show_table(frame)._repr_html_()
