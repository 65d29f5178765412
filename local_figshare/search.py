"""The search language of Figshare: text -> tokens -> tree -> SQL condition.

Documented (docs.figshare.com, "Search"): ``AND``, ``OR``, ``NOT`` in capitals; ``:field: value``; a phrase in
double quotes; parentheses. Parentheses bind tightest, then NOT, AND, OR; a space between plain words
means OR. Recorded: single quotes round a value, as in ``:category: 'Art'``.
Our choice, where nothing is documented: ``a NOT b`` is ``a AND NOT b``; an unquoted value of several
words must have them all; an unknown field is plain text; what cannot be parsed is refused with 400.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .bigrams import query_words
from .catalogue import is_day
from .messages import Problem
from .record_parts import licence_word

# Fields of the language -> column of the full-text index.
TEXT_FIELDS = {
    "title": "title",
    "description": "description",
    "tag": "tag",
    "tags": "tag",
    "keyword": "tag",
    "keywords": "tag",
    "category": "category",
    "categories": "category",
    "author": "author",
    "authors": "author",
    "orcid": "orcid",
    "references": "reference",
    "reference": "reference",
    "resource_title": "resource_title",
    "resource_doi": "resource_doi",
    "resource_link": "resource_link",
    "doi": "doi",
    "extension": "extension",
    "item_type": "item_type",
    "licence": "licence",
    "license": "licence",
    "institution": "institution",
    "project": "project",
    "search_term": "*",
}
# `posted_*` (recorded): the range is [after, before).
DATE_FIELDS = {"published_before": "<", "published_after": ">", "posted_before": "<", "posted_after": ">="}
# Words of `:item_type:` that are not the name of a type.
TYPE_WORDS = {"paper": "journal contribution", "code": "software"}
# The columns in which plain words are looked for.
PLAIN_COLUMNS = "title description tag category author orcid reference resource_title resource_doi doi other"
MAX_TERMS, MAX_DEPTH = 300, 40

TOKEN = re.compile(
    r"""\s*(?: (?P<open>\() | (?P<close>\))
      | "(?P<phrase>[^"]*)" | (?P<unclosed>")
      | :(?P<field>[A-Za-z][A-Za-z_\ ]*):
      | (?P<word>[^\s()"]+) )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Term:
    """A text to look for in one field.

    Attributes:
        field: the field; "*" stands for `PLAIN_COLUMNS`.
        value: the text.
        exact: whether its words must stand side by side.
    """

    field: str
    value: str
    exact: bool = False


@dataclass(frozen=True)
class Group:
    """Parts that are joined by ``AND`` or ``OR``, or one part behind ``NOT``."""

    operator: str
    parts: tuple


def bad_search(reason: str) -> Problem:
    """Returns the refusal of a search that cannot be parsed: 400 with the reason."""
    return Problem(400, "BadRequest", f"search_for: {reason}", {"invalid_params": "search_for"})


def tokens(text: str) -> list[tuple[str, str]]:
    """Splits a search into pairs of kind and value; kinds are open, close, phrase, field, word, AND, OR, NOT."""
    pairs = []
    for match in TOKEN.finditer(text.rstrip()):
        kind = match.lastgroup or ""
        value = match[kind]
        if kind == "unclosed":
            raise bad_search("a double quote is opened and not closed")
        if kind == "field":
            kind, value = _field_token(value)
        elif kind == "word" and value in ("AND", "OR", "NOT"):
            kind = value
        pairs.append((kind, value))
    return _join_single_quotes(pairs)


def _field_token(name: str) -> tuple[str, str]:
    """Returns the token of a field, with its name as in `TEXT_FIELDS`; an unknown field is a plain word."""
    name = name.strip().lower().replace(" ", "_")
    return ("field", name) if name in TEXT_FIELDS or name in DATE_FIELDS else ("word", name)


def _join_single_quotes(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Makes a phrase of the words between a word that begins with ``'`` and a word that ends with it."""
    joined: list[tuple[str, str]] = []
    i = 0
    while i < len(pairs):
        end = _closing_quote(pairs, i)
        if end is None:
            joined.append(pairs[i])
            i += 1
        else:
            joined.append(("phrase", " ".join(value for _, value in pairs[i : end + 1])[1:-1]))
            i = end + 1
    return joined


def _closing_quote(pairs: list[tuple[str, str]], start: int) -> int | None:
    if pairs[start][0] != "word" or not pairs[start][1].startswith("'"):
        return None
    for i in range(start, len(pairs)):
        kind, value = pairs[i]
        if kind in ("field", "phrase"):
            return None
        if kind == "word" and value.endswith("'") and (i > start or len(value) > 1):
            return i
    return None


class Parser:
    """A recursive-descent parser: one method for each level of precedence, the loosest first."""

    def __init__(self, text: str):
        self.tokens = tokens(text)
        self.position = self.depth = 0
        if len(self.tokens) > MAX_TERMS:
            raise bad_search(f"more than {MAX_TERMS} words and operators")

    def parse(self) -> Term | Group | None:
        """Returns the tree of all tokens; None where there are none."""
        if not self.tokens:
            return None
        tree = self.alternatives()
        if self.kind:
            raise bad_search("a parenthesis is closed that was not opened")
        return tree

    @property
    def kind(self) -> str | None:
        """The kind of the next token; None at the end."""
        return self.tokens[self.position][0] if self.position < len(self.tokens) else None

    def take(self) -> str:
        """Takes the next token and gives its value."""
        self.position += 1
        return self.tokens[self.position - 1][1]

    def alternatives(self) -> Term | Group:
        """Reads parts joined by OR or by a space."""
        parts = [self.conjunction()]
        while self.kind not in (None, "close"):
            if self.kind == "OR":
                self.take()
            parts.append(self.conjunction())  # no operator: a space, which is OR
        return parts[0] if len(parts) == 1 else Group("OR", tuple(parts))

    def conjunction(self) -> Term | Group:
        """Reads parts joined by AND; ``a NOT b`` counts as ``a AND NOT b``."""
        parts = [self.negation()]
        while self.kind in ("AND", "NOT"):
            if self.kind == "AND":
                self.take()
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else Group("AND", tuple(parts))

    def negation(self) -> Term | Group:
        """Reads one part, behind any number of NOTs."""
        negations = 0
        while self.kind == "NOT":
            self.take()
            negations += 1
        part = self.operand()
        return Group("NOT", (part,)) if negations % 2 else part

    def operand(self) -> Term | Group:
        """Reads a word, a phrase, a field with its value, or a search in parentheses."""
        if self.kind == "open":
            return self.grouping()
        if self.kind == "field":
            return self.field_value(self.take())
        if self.kind == "phrase":
            return Term("*", self.take(), exact=True)
        if self.kind == "word":
            return Term("*", self.take(), exact=True)
        raise bad_search("an operator or a field has nothing after it")

    def grouping(self, field: str | None = None) -> Term | Group:
        """Reads a search in parentheses, which may be the value of a field."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise bad_search(f"more than {MAX_DEPTH} parentheses inside each other")
        self.take()
        tree = self.alternatives()
        if self.kind != "close":
            raise bad_search("a parenthesis is opened and not closed")
        self.take()
        self.depth -= 1
        return _in_field(tree, field) if field else tree

    def field_value(self, field: str) -> Term | Group:
        """Reads the value of a field: words, a phrase, or a search in parentheses."""
        if self.kind == "open":
            return self.grouping(field)
        if self.kind == "phrase":
            return Term(field, self.take(), exact=True)
        words = []
        while self.kind == "word":
            words.append(self.take())
        if not words:
            raise bad_search(f"the field {field} has no value")
        return Term(field, " ".join(words))


def _in_field(tree: Term | Group, field: str) -> Term | Group:
    """Returns the tree of ``:title: (frog OR toad)``, in which every plain term gets the field."""
    if isinstance(tree, Group):
        return Group(tree.operator, tuple(_in_field(part, field) for part in tree.parts))
    return Term(field, tree.value, tree.exact) if tree.field == "*" else tree


def parse(text: str) -> Term | Group | None:
    """Returns the tree of a search; None where it is empty. Raises `Problem` 400."""
    return Parser(str(text)).parse()


def condition(text: str) -> tuple[str, list]:
    """Returns a SQL condition on an entity table (it has the columns `text_id` and `published_date`).

    Args:
        text: the query as a client sends it in ``search_for``.

    Returns:
        The condition and its arguments; ``("1", [])`` for an empty query.
    """
    tree = parse(text)
    return ("1", []) if tree is None else _sql_condition(tree)


def _sql_condition(tree: Term | Group) -> tuple[str, list]:
    match = _fts_expression(tree)
    if match is not None:
        return _fts_condition(match)
    if isinstance(tree, Term):
        return _date_condition(tree)
    parts = [_sql_condition(part) for part in tree.parts]
    args = [arg for _, part_args in parts for arg in part_args]
    if tree.operator == "NOT":
        return f"NOT ({parts[0][0]})", args
    return "(" + f" {tree.operator} ".join(sql for sql, _ in parts) + ")", args


def _fts_condition(match: str) -> tuple[str, list]:
    if not match:
        return "0", []
    return "text_id IN (SELECT rowid FROM texts WHERE texts MATCH ?)", [match]


def _fts_expression(tree: Term | Group) -> str | None:
    """Returns one FTS5 expression for a tree; None for a tree with NOT or dates, which FTS5 cannot express."""
    if isinstance(tree, Term):
        return None if tree.field in DATE_FIELDS else _term_expression(tree)
    parts = [] if tree.operator == "NOT" else [_fts_expression(part) for part in tree.parts]
    if not parts or None in parts:
        return None
    if tree.operator == "AND" and "" in parts:
        return ""
    return "(" + f" {tree.operator} ".join(filter(None, parts)) + ")" if any(parts) else ""


def _term_expression(term: Term) -> str:
    """Returns the FTS5 expression of a term; "" where it holds no letter and no digit and so matches nothing."""
    column = TEXT_FIELDS.get(term.field, "*")
    value = term.value
    if column == "licence":
        value = licence_word(value)
    if column == "item_type":
        value = TYPE_WORDS.get(value.strip("'").lower(), value)
    chunks = [value] if term.exact else value.split()
    phrases = [_fts_phrase(chunk) for chunk in chunks]
    phrases = [chunk for chunk in phrases if chunk]
    if not phrases:
        return ""
    return f"({{{PLAIN_COLUMNS if column == '*' else column}}} : ({' AND '.join(phrases)}))"


def _fts_phrase(chunk: str) -> str:
    """Returns a chunk as an FTS5 phrase, whose words must stand side by side."""
    words, is_beginning = query_words(chunk)
    return f'"{" ".join(words)}"{"*" if is_beginning else ""}' if words else ""


def _date_condition(term: Term) -> tuple[str, list]:
    value = term.value.strip("'")
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}(T\d\d:\d\d(:\d\d)?Z?)?", value) or not is_day(value[:10]):
        raise bad_search(f"{term.field} wants a date, YYYY-MM-DD")
    return f"published_date {DATE_FIELDS[term.field]} ?", [value]
