"""Everything that the notebooks of the Figshare API workbook need, in one module.

    import figshare_helpers as fh

    figshare = fh.connect("local")                  # or "sandbox", "figshare"
    figshare.get("/articles/5616445")               # one request, its answer parsed
    figshare.search(":title: frog", limit=5)        # a job: as many requests as it takes
    fh.records_frame(records)                       # `..._frame` gives a pandas DataFrame
    fh.plot_counts(frame)                           # `plot_...` draws one

The module talks HTTP and nothing else. It is read from top to bottom, section by section:

    Errors                  what can go wrong: what, cause, fix
    Sites and credentials   `connect`; where a token may come from
    Parameters              `check_parameters`: one sentence instead of a traceback
    Transport               the endpoint verbs, and `_request`, the one function that sends
    Progress and ledgers    progress bars; files that a killed run leaves whole
    Articles and search     public items, collections, projects, categories, licences
    Account and writing     one's own items: create, update, publish, delete
    Files                   uploads in parts, downloads by stream
    Groups and institution  what an administrator may list
    Statistics              views, downloads and shares, by time, place and rank
    Harvest and snapshot    a whole repository on disk; then `Figshare`, all of the above
    Tables                  records as DataFrames; saving them
    Author report           notebook 10: whose items these are
    Counting                notebooks 11 and 14: what there is, how complete it is, sums of groups
    Repository dashboard    notebook 14: the records, kept fresh
    Batch upload            notebook 12: an export, row by row
    Items in review         notebook 13
    Ways of harvesting      notebook 15: OAI-PMH, ResourceSync and a snapshot compared
    Charts                  one style; bars, lines, parts, a map, a page
    Forms                   *Try it*, and a field for a token
    Explorer                the TRY button of Figshare's documentation
    Exercises               *right*, or a hint

What a function rests on is told apart in its docstring: *documented* (Figshare's own documentation),
*recorded* (seen in answers of the live service) or *our choice*.
"""

from __future__ import annotations

import ast
import atexit
import base64
import contextlib
import difflib
import functools
import hashlib
import html
import itertools
import json
import math
import os
import re
import reprlib
import sqlite3
import sys
import tempfile
import threading
import time
import unicodedata
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import pandas as pd
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError
from urllib3.util.retry import Retry

__version__ = "1.0"

COUNTERS = ("views", "downloads", "shares")
GRANULARITIES = ("day", "month", "year", "total")
MAX_PAGE_SIZE = 1000  # documented
MAX_LISTING = 9000  # entities that a listing gives without a cursor; documented


# ============================================================================================
# Errors
# ============================================================================================


class FigshareError(Exception):
    """Something went wrong between this notebook and Figshare.

    Attributes:
        status: HTTP status, None where no answer came.
        code: Figshare's own error code, "" where it gave none.
        message: Figshare's own message, "" where it gave none.
        method, path: the request, "" where none was made.
    """

    def __init__(self, what: str, cause: str = "", fix: str = "", *, status: int | None = None,
                 code: str = "", message: str = "", method: str = "", path: str = ""):
        lines = [what] + [f"  {head}: {text}" for head, text in (("Cause", cause), ("Fix", fix)) if text]
        super().__init__("\n".join(lines))
        self.status, self.code, self.message, self.method, self.path = status, code, message, method, path

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback: the sentences alone."""
        return [f"{type(self).__name__}: {self}"]


class ParameterError(FigshareError):
    """A value that was given to a notebook or a function cannot be right; nothing was sent."""


class CredentialError(FigshareError):
    """A token or a password is needed and none was found, or what was found is a placeholder."""


class BadRequest(FigshareError):
    """Figshare did not accept a parameter or a body (400, 422)."""


class Forbidden(FigshareError):
    """Figshare does not allow this to these credentials (401, 403)."""


class NotFound(FigshareError):
    """There is nothing at this address that these credentials may see (404)."""


class ConnectionFailed(FigshareError):
    """No answer came, or one that is not Figshare's; nothing was changed."""


class UncertainWrite(FigshareError):
    """A write was sent, and no answer tells what became of it: it may have happened, or not."""


class FileProblem(FigshareError):
    """A file is missing, incomplete, or not what it should be."""


def _explain(status: int, is_html: bool, sent: str, source: str) -> tuple[type[FigshareError], str, str]:
    """The kind of error, its cause and its fix for a status; `sent` says which credentials went along."""
    if status in (400, 422):
        return (BadRequest, "a parameter, or a field of the body, has a name or value that is not accepted.",
                "compare the request with its entry in Figshare's documentation.")
    if status in (401, 403) and is_html:
        return (Forbidden, "this is a page of the server in front of Figshare, which blocks some addresses.",
                "wait, ask more slowly, or try from another network.")
    if status in (401, 403) and not sent:
        return (Forbidden, "the request carried no token or password, and this address needs one.",
                "give a token (FIGSHARE_TOKEN) or, for an institution's stats, FIGSHARE_STATS_CREDENTIALS.")
    if status in (401, 403):
        return (Forbidden, f"this account may not do it, or the {sent} from {source} is unknown here.",
                f"go by the message; check that the {sent} was made on this very site.")
    if status == 404 and is_html:
        return (NotFound, "the API has no such path, or not with this method.", "check path and method.")
    if status == 404:
        return (NotFound, "it does not exist, is not public, or is not yours to read.",
                "check the number; your own drafts are under /account.")
    if status == 429:
        return FigshareError, "too many requests in a short time.", "wait a while, then go on."
    return FigshareError, "the service has a problem of its own.", "try again later."


# ============================================================================================
# Sites and credentials
# ============================================================================================


@dataclass(frozen=True)
class Site:
    """A Figshare installation: its two addresses, and how fast it may be asked (0: no limit)."""

    name: str
    api_url: str
    stats_url: str
    requests_per_second: float


def _site(name: str, domain: str, pace: float) -> Site:
    return Site(name, f"https://api.{domain}/v2", f"https://stats.{domain}", pace)


# One request a second is what Figshare's documentation asks of clients.
SITES = {
    "local": Site("local", "", "", 0),
    "sandbox": _site("sandbox", "figsh.com", 1),
    "figshare": _site("figshare", "figshare.com", 1),
}
_DEMONSTRATION = {"FIGSHARE_TOKEN": "local-researcher", "FIGSHARE_STATS_CREDENTIALS": "local:local"}
_PLACEHOLDER = re.compile(r"(enter|your|insert|paste|my|the)?[\W_]*(api|personal)?[\W_]*token[\W_]*(here)?"
                          r"|x+|<.*>|user(name)?:pass(word)?", re.IGNORECASE)


class Secret:
    """A token or a password that does not show itself, and where it was found; "" stands for anonymous."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str | None, source: str):
        self._value, self.source = (value or "").strip(), source

    @classmethod
    def given(cls, value: str | Secret | None, name: str) -> Secret | None:
        """The secret that a caller gave; None: it is to be looked for when it is needed."""
        return value if value is None or isinstance(value, Secret) else cls(value, f"the argument {name}")

    def reveal(self) -> str:
        """The value itself; called only where it goes into a request."""
        return self._value

    def is_placeholder(self) -> bool:
        """Is it `ENTER-TOKEN` or the like, or could it not be a credential at all?"""
        return bool(_PLACEHOLDER.fullmatch(self._value) or re.search(r"[^!-~]", self._value))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return f"<secret from {self.source}>" if self else "<no secret>"


def is_interactive() -> bool:
    """Is a person there to answer? Not under papermill, nbval or cron, nor with FIGSHARE_HEADLESS=1."""
    if os.environ.get("FIGSHARE_HEADLESS", "") not in ("", "0"):
        return False
    kernel = getattr(_ipython(), "kernel", None)
    if kernel is None:
        return bool(sys.stdin and sys.stdin.isatty())
    return bool(getattr(kernel, "_allow_stdin", True))  # the front end says so with every cell


def _ipython() -> Any:
    """The running IPython, or None; IPython is not imported for that."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module else None


def _colab_secret(name: str) -> str:
    """A secret of Colab's key store; "" outside Colab, where it is not set, or where access is refused."""
    if "google.colab" not in sys.modules:
        return ""
    try:
        from google.colab import userdata
        return userdata.get(name) or ""
    except Exception:  # SecretNotFoundError, NotebookAccessError, TimeoutException: all mean "not from here"
        return ""


def _prompt(name: str) -> str:
    """Asks the person in front of the notebook, without showing what is typed."""
    from getpass import getpass
    try:
        return getpass(f"{name} (is not shown, is not saved): ")
    except (EOFError, NotImplementedError, RuntimeError):  # a kernel without a front end
        return ""


def _find_secret(name: str, what: str, is_local: bool) -> Secret:
    """Environment, Colab, demonstration or prompt, in this order; a `CredentialError` where there is none."""
    for secret in (Secret(os.environ.get(name), name), Secret(_colab_secret(name), "Colab's secrets")):
        if secret:
            return _checked(secret)
    if is_local:
        return Secret(_DEMONSTRATION[name], "the demonstration account")
    if is_interactive() and not _in_a_form and (secret := Secret(_prompt(name), "the prompt")):
        return _checked(secret)
    asked = "a form cannot ask" if _in_a_form else "nobody is there to be asked"
    raise CredentialError(f"This request needs {what}, and none was found.", f"{name} is not set, and {asked}.",
                          f"set the environment variable {name} (in Colab: a secret of that name).")


_in_a_form = False  # while a button's work runs: the browser would never show the question


@contextlib.contextmanager
def _form_at_work() -> Iterator[None]:
    global _in_a_form
    _in_a_form = True
    try:
        yield
    finally:
        _in_a_form = False


def _checked(secret: Secret | None) -> Secret | None:
    """Refuses `ENTER-TOKEN` and the like before they are sent anywhere."""
    if secret and secret.is_placeholder():
        raise CredentialError(f"What {secret.source} gives is not a token or password.",
                              "it is a placeholder, or holds blanks or other characters that none has.",
                              "put your own in its place.")
    return secret


def connect(site: str = "local", *, token: str | None = None, stats_credentials: str | None = None,
            requests_per_second: float | None = None, cache: bool | str | None = None,
            data: str | Path | None = None) -> Figshare:
    """Opens the way to a Figshare site; use it as a context manager, or call `close()` at the end.

    Args:
        site: "local" (starts local Figshare, needs nothing), "sandbox" (figsh.com) or "figshare".
        token: A personal token. None: `FIGSHARE_TOKEN`, a Colab secret of that name, or a masked prompt,
            looked for when first needed; local Figshare has a demonstration account. "": anonymous.
        stats_credentials: `user:password` for an institution's stats; `FIGSHARE_STATS_CREDENTIALS` likewise.
        requests_per_second: Pace for all threads together; 1 on live sites, no limit on local Figshare.
        cache: Keep answers to anonymous questions on disk, for an hour or until something is written; on
            for live sites if requests-cache is there. A text is the file to keep them in.
        data: Folder that local Figshare serves instead of its own catalogue; with "local" only.

    Returns:
        The client that the lessons call `figshare`.

    Raises:
        ParameterError: The site is unknown, or `data` does not go with it.
        CredentialError: The token is a placeholder.

    Our choice: `FIGSHARE_API_URL` and `FIGSHARE_STATS_URL` override a site's addresses.
    """
    token = Secret.given(token, "token")  # from here on no variable holds the text itself
    stats_credentials = Secret.given(stats_credentials, "stats_credentials")
    require(site in SITES, f"site must be one of {', '.join(SITES)}, not {site!r}.")
    require(not data or site == "local", f"data goes with site 'local' only, not with {site!r}.")
    found = _located(SITES[site], data)
    workers = 1 if found.requests_per_second and requests_per_second is None else 8
    if requests_per_second is not None:
        require(requests_per_second > 0, f"requests_per_second must be above 0, not {requests_per_second}.")
        found = replace(found, requests_per_second=requests_per_second)
    return Figshare(found, _checked(token), _checked(stats_credentials), workers, cache)


def _located(site: Site, data: str | Path | None) -> Site:
    """The site with its addresses; local Figshare is started for them where it does not run."""
    api = os.environ.get("FIGSHARE_API_URL", "").rstrip("/")
    stats = os.environ.get("FIGSHARE_STATS_URL", "").rstrip("/")
    if api or site.name != "local":
        if api and not stats and site.name == "local":
            stats = api.removesuffix("/v2") + "/stats"
        return replace(site, api_url=api or site.api_url, stats_url=stats or site.stats_url)
    server = _serve(data)
    return replace(site, api_url=server.url, stats_url=stats or server.stats_url)


_RUNNING: dict[str, Any] = {}  # catalogue folder -> the local Figshare that this process started for it


def _serve(data: str | Path | None) -> Any:
    """Local Figshare on a catalogue: one for the whole process, as a site is the same for everybody."""
    folder = str(Path(data).resolve()) if data else ""
    if folder not in _RUNNING:
        _RUNNING[folder] = _started(data)
        atexit.register(_RUNNING[folder].close)
    return _RUNNING[folder]


def _started(data: str | Path | None) -> Any:
    """Starts local Figshare; its package is imported only here."""
    try:
        import local_figshare
        from local_figshare.catalogue import CatalogueError
    except ImportError:
        raise ConnectionFailed("Local Figshare could not be started.",
                               "the package local_figshare was not found.",
                               "run the notebook inside the workbook's folder.") from None
    try:
        return local_figshare.serve(data=data, port=0)
    except (OSError, ValueError, CatalogueError) as error:
        problem = str(error)
    raise ConnectionFailed(f"Local Figshare could not be started: {problem}",
                           fix="mend that, then run the cell again.")


# ============================================================================================
# Parameters
# ============================================================================================


def require(condition: Any, sentence: str) -> None:
    """Stops with one sentence that says what to change."""
    if not condition:
        raise ParameterError(sentence)


def check_parameters(namespace: dict[str, Any]) -> None:
    """Stops the notebook with one sentence if a parameter is unknown or cannot be right.

    Called as `fh.check_parameters(globals())` in the cell after the parameters. It reads the cells that
    have run: annotated assignments (`site: str = "local"`) give names and types, and the cell that
    papermill injects (it begins with `# Parameters`) may set only those. Outside IPython the values
    alone are checked.

    Args:
        namespace: The notebook's `globals()`.

    Raises:
        ParameterError: One sentence that says what to change.

    Our choice, because papermill (2.7) only logs an unknown parameter and does not check types.
    """
    cells = [cell for cell in namespace.get("In", []) if cell]
    declared = _declared(cells)
    _check_injected(cells, declared)
    for name, annotation in declared.items():
        value = namespace.get(name)
        require(_fits(value, annotation),
                f"{name} must be {ast.unparse(annotation)}, not {value!r}: change it.")
    names = declared or [name for name in namespace if not name.startswith("_")]
    _check_values({name: namespace.get(name) for name in names})


def _parsed(cell: str) -> list[ast.stmt]:
    try:
        return ast.parse(cell).body
    except SyntaxError:  # a cell with a magic, which holds no parameters
        return []


def _declared(cells: Sequence[str]) -> dict[str, ast.expr]:
    """Names and type annotations of all annotated assignments."""
    return {node.target.id: node.annotation for cell in cells for node in _parsed(cell)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}


def _check_injected(cells: Sequence[str], declared: dict[str, ast.expr]) -> None:
    """Every name that papermill has set must be one that the notebook declares."""
    injected = [node for cell in cells if cell.lstrip().startswith("# Parameters") for node in _parsed(cell)]
    for name in (target.id for node in injected if isinstance(node, ast.Assign) for target in node.targets):
        near = difflib.get_close_matches(name, declared, 1, 0.5)
        hint = f"write {near[0]!r} instead" if near else "leave it out"
        require(name in declared,
                f"{name!r} is no parameter of this notebook: {hint} (it takes {', '.join(declared)}).")


_PLAIN_TYPES = {"str": str, "int": int, "float": (int, float), "bool": bool, "list": list, "dict": dict}


def _fits(value: Any, annotation: ast.expr) -> bool:
    """Is the value of the annotated type? `bool` is no `int`, an `int` is a `float`."""
    if isinstance(annotation, ast.BinOp):  # int | None
        return _fits(value, annotation.left) or _fits(value, annotation.right)
    if isinstance(annotation, ast.Constant):
        return value is None if annotation.value is None else value == annotation.value
    if isinstance(annotation, ast.Subscript):
        return _fits_inside(value, ast.unparse(annotation.value), annotation.slice)
    wanted = _PLAIN_TYPES.get(ast.unparse(annotation), object)
    return isinstance(value, wanted) and (wanted in (bool, object) or not isinstance(value, bool))


def _fits_inside(value: Any, outer: str, inner: ast.expr) -> bool:
    """`list[int]`, `Literal["a", "b"]`, `Optional[int]`; of a dict only that it is one."""
    choices = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if outer == "Literal":
        return any(_fits(value, choice) for choice in choices)
    if outer == "Optional":
        return value is None or _fits(value, inner)
    if outer == "list":
        return isinstance(value, list) and all(_fits(item, inner) for item in value)
    return isinstance(value, _PLAIN_TYPES.get(outer, object))


def _check_values(values: dict[str, Any]) -> None:
    """The rules that go with a parameter's name, whatever the notebook."""
    for name, value in values.items():
        rule = next((rule for pattern, rule in _RULES.items() if re.fullmatch(pattern, name)), None)
        if rule and value is not None and (wanted := rule(value)):
            raise ParameterError(f"{name} must be {wanted}, not {value!r}: change it.")
    if values.get("start_date") and values.get("end_date"):
        _check_order(values["start_date"], values["end_date"])


def _check_order(start_date: str, end_date: str) -> None:
    require(start_date <= end_date,
            f"start_date {start_date} lies after end_date {end_date}: change one of them.")


def _one_of(choices: Iterable[str]) -> Callable[[Any], str]:
    return lambda value: "" if value in choices else f"one of {', '.join(choices)}"


def _iso_date(value: Any) -> str:
    try:
        fine = date.fromisoformat(value).isoformat() == value
    except (TypeError, ValueError):
        fine = False
    return "" if fine else "a date such as 2024-01-31"


def _page_size(value: Any) -> str:
    fine = isinstance(value, int) and 1 <= value <= MAX_PAGE_SIZE
    return "" if fine else f"a whole number from 1 to {MAX_PAGE_SIZE}"


def _whole_ids(value: Any) -> str:
    items = value if isinstance(value, (list, tuple)) else [value]
    fine = all(isinstance(item, int) and item > 0 for item in items)
    return "" if fine else "a whole number above 0, or a list of them"


def _folder(value: Any) -> str:
    fine = isinstance(value, (str, Path)) and (value == "" or not any(
        part.is_file() for part in (Path(value), *Path(value).parents)))
    return "" if fine else "the name of a folder, or empty for a temporary one"


def _data_folder(value: Any) -> str:
    fine = value == "" or (isinstance(value, (str, Path)) and Path(value).is_dir())
    return "" if fine else "a folder that exists, or empty"


def _date_or_empty(value: Any) -> str:
    return f"{_iso_date(value)}, or empty" if value and _iso_date(value) else ""


def _some_texts(value: Any) -> str:
    fine = isinstance(value, list) and value and all(isinstance(text, str) and text.strip() for text in value)
    return "" if fine else "a list of at least one text, and none of them empty"


def _at_least(least: int) -> Callable[[Any], str]:
    return lambda value: "" if isinstance(value, (int, float)) and value >= least else f"a number from {least} on"


_RULES = {
    "most_.*": _at_least(0), ".*_mb": _at_least(1),
    "site": _one_of(SITES), "counter": _one_of(COUNTERS), "granularity": _one_of(GRANULARITIES),
    "page_size": _page_size, ".*_date": _iso_date, ".*_dir": _folder, "local_data": _data_folder,
    "today": _date_or_empty, "names|categories": _some_texts,
    "(article|item|group|author|project|collection)_ids?": _whole_ids,
}


# ============================================================================================
# Transport
# ============================================================================================


class _Throttle:
    """Lets at most `per_second` callers through, all threads together; 0 lets everybody through."""

    def __init__(self, per_second: float):
        self._gap = 1 / per_second if per_second else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Sleeps until it is this caller's turn; raises `CancelledError` where nothing is to be sent any more."""
        with self._lock:
            turn = max(time.monotonic(), self._next)
            self._next = turn + self._gap
        _sleep(max(0.0, turn - time.monotonic()))


class _PoliteAdapter(HTTPAdapter):
    """Keeps the pace where the request leaves, so that an answer from the cache costs no waiting."""

    def __init__(self, throttle: _Throttle, connections: int):
        super().__init__(pool_connections=4, pool_maxsize=connections)
        self._throttle = throttle

    def send(self, *args: Any, **options: Any) -> requests.Response:
        self._throttle.wait()
        return super().send(*args, **options)


@contextlib.contextmanager
def _cache_file(path: Path) -> Iterator[None]:
    """One sentence where the file that keeps answers cannot be used."""
    try:
        yield
    except requests.RequestException:  # an OSError too, but of the network
        raise
    except (sqlite3.Error, OSError) as error:
        raise FileProblem(f"The file {path} cannot keep answers: {error}.", "it is damaged, in use or not a cache.",
                          "delete it or name another as cache; cache=False does without.") from None


@dataclass
class _Request:
    """One request before it is sent. `shown` is its path as the documentation writes it."""

    method: str
    url: str
    shown: str
    kind: str = ""  # which credentials go along: "", "token" or "password"
    secret: Secret | None = None
    params: dict = field(default_factory=dict)
    body: Any = None
    headers: dict = field(default_factory=dict)
    stream: bool = False
    is_private: bool = False  # send the token although the path is a public one
    is_read: bool = True  # repeating it changes nothing
    is_own: bool = False  # of the API or the stats; not an upload, a download or somebody else's page

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        """Adds the credentials (requests calls this `auth`); it also keeps ~/.netrc out."""
        if self.kind == "token":
            prepared.headers["Authorization"] = f"token {self.secret.reveal()}"
        elif self.kind == "password":
            encoded = base64.b64encode(self.secret.reveal().encode()).decode()
            prepared.headers["Authorization"] = f"Basic {encoded}"
        return prepared

    @property
    def is_cacheable(self) -> bool:
        """An anonymous question to Figshare itself; what a token sees, or an address that is one, is never kept."""
        return (self.is_own and self.method in ("GET", "POST") and self.is_read and not self.kind
                and not self.stream and self.address == _masked(self.address))

    @property
    def address(self) -> str:
        """The whole web address, with its query."""
        if not self.params:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(self.params, doseq=True)}"

    def options(self) -> dict[str, Any]:
        """What requests is to be told."""
        content = {"data": self.body} if isinstance(self.body, bytes) else {"json": self.body}
        return {"params": self.params, "headers": self.headers, "auth": self, "stream": self.stream,
                "timeout": (10, 120), **content}


_NEEDED = {"token": ("FIGSHARE_TOKEN", "a token"),
           "password": ("FIGSHARE_STATS_CREDENTIALS", "the institution's stats credentials")}
_LATER = (429, 500, 502, 503, 504)  # statuses after which asking again makes sense
_LOOK_FIRST = "look before you repeat it: figshare.account_articles() lists the account's items."
_LONGEST_WAIT = 120  # seconds; a longer Retry-After is told to the person instead
_PRIVATE_PATH = re.compile(r"/(account|institution|institutions|symplectic)\b")
_OPEN_STATS = re.compile(r"/((total|timeline|breakdown|top|count)/|[^/]+/total/)")


_LOGS: list[list[tuple]] = []  # what each connection of this process has asked


class Transport:
    """The one way to a site. Everything that is sent goes through `_request`."""

    def __init__(self, site: Site, token: Secret | None, stats_credentials: Secret | None,
                 workers: int, cache: bool | str | None):
        self.site, self.api_url, self.stats_url = site.name, site.api_url, site.stats_url
        self.workers = workers
        self._secrets = {"token": token, "password": stats_credentials}
        self._asking = threading.Lock()
        self._throttle = _Throttle(site.requests_per_second)
        self._retry = Retry(total=5, backoff_factor=1 if site.requests_per_second else 0.1, backoff_max=30,
                            status_forcelist=_LATER, allowed_methods=None, raise_on_status=False)
        self._session = self._prepared_session(requests.Session())
        self._cache = self._cache_session(cache)
        self._log: list[tuple] = []
        _LOGS.append(self._log)
        self._last: _Request | None = None
        self._is_tracing = False
        self._impersonated: int | None = None
        self._remembered: dict[str, Any] = {}
        self.notes: list[str] = []

    def _prepared_session(self, session: requests.Session) -> requests.Session:
        adapter = _PoliteAdapter(self._throttle, self.workers + 1)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        session.headers["User-Agent"] = f"figshare-api-workbook/{__version__} requests/{requests.__version__}"
        return session

    def _cache_session(self, cache: bool | str | None) -> requests.Session | None:
        """A session that keeps answers; None on local Figshare, or where requests-cache is absent."""
        if cache is False or (cache is None and self.site == "local"):
            return None
        try:
            from platformdirs import user_cache_dir
            from requests_cache import CachedSession
        except ImportError:
            require(cache is None, "cache needs the package requests-cache: install it, or leave cache out.")
            return None
        is_named = isinstance(cache, (str, Path))
        file = Path(cache) if is_named else Path(user_cache_dir(), "figshare-api-workbook")
        file = file if file.suffix else file.with_name(f"{file.name}.sqlite")
        with _cache_file(file):
            return self._prepared_session(CachedSession(
                str(file), backend="sqlite", expire_after=3600, allowable_methods=("GET", "POST"),
                match_headers=["X-Cursor"], filter_fn=lambda response: not _flaw(response, is_json_due=True)))

    def __enter__(self) -> Figshare:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Figshare: {self.site}>"

    def close(self) -> None:
        """Closes the connections. A local site goes on until the process ends, for its other clients."""
        for session in filter(None, (self._session, self._cache)):
            session.close()

    # ---- endpoint verbs -------------------------------------------------------------------

    def get(self, path: str, **params: Any) -> Any:
        """The parsed answer to a GET request, exactly as the API gives it.

        Args:
            path: As in the documentation, e.g. `/articles/5616445`.
            **params: Query parameters, e.g. `page_size=5`.

        Returns:
            dict or list; text where the answer is not JSON; None where it is empty.

        Raises:
            FigshareError: Any answer but 2xx, or none.
        """
        return _content(self._request("GET", path, params=params))

    def post(self, path: str, body: dict | None = None, **params: Any) -> Any:
        """Sends a JSON body by POST; returns and raises as `get`. Never repeated on its own."""
        is_read = path.endswith("/search")
        return _content(self._request("POST", path, body=body or {}, params=params, is_read=is_read))

    def put(self, path: str, body: dict | None = None, **params: Any) -> Any:
        """Sends a JSON body by PUT; returns and raises as `get`. Never repeated on its own."""
        return _content(self._request("PUT", path, body=body or {}, params=params))

    def delete(self, path: str, **params: Any) -> Any:
        """Deletes what is at `path`; returns and raises as `get`. Never repeated on its own."""
        return _content(self._request("DELETE", path, params=params))

    def stats(self, path: str, **params: Any) -> Any:
        """As `get`, of the stats service: `/total/views/article/5616445`.

        A path that begins with an institution (`/iastate/timeline/...`) carries the stats credentials,
        except for `total`, which is open (documented).
        """
        return _content(self._request("GET", path, params=params, service="stats"))

    # ---- what was asked -------------------------------------------------------------------

    @property
    def requests_made(self) -> pd.DataFrame:
        """Every request so far: method, path, status, ms (milliseconds), bytes, from_cache.

        `status` is missing where no answer came; `bytes` where the answer was streamed.
        """
        return self._made(self._log)

    @staticmethod
    def _made(log: Iterable[tuple]) -> pd.DataFrame:
        return _frame(list(log), {"method": "text", "path": "text", "status": "int", "ms": "float",
                                  "bytes": "int", "from_cache": "bool"})

    def request_counts(self, *, all_connections: bool = False) -> pd.DataFrame:
        """How often each address was asked, ids written as {id}: the same in every run of a notebook.

        Args:
            all_connections: Of every connection since the notebook began, not of this one alone.

        Returns:
            method (text), path (text, without its query), requests (Int64), sorted by path and method.
        """
        made = self._made(itertools.chain(*_LOGS) if all_connections else self._log)
        made["path"] = [re.sub(r"/\d+(?=/|$)", "/{id}", path.partition("?")[0]) for path in made["path"]]
        counts = made.groupby(["path", "method"], as_index=False).size()
        return _frame(counts[["method", "path", "size"]].to_numpy(),
                      {"method": "text", "path": "text", "requests": "int"})

    @contextlib.contextmanager
    def trace(self) -> Iterator[None]:
        """Prints each exchange in one line: `GET /articles?page=2 → 200, 10 items`."""
        before, self._is_tracing = self._is_tracing, True
        try:
            yield
        finally:
            self._is_tracing = before

    def as_curl(self) -> str:
        """The last request as a line for a terminal; no credential is in it, the token's variable is named."""
        require(self._last is not None, "There is no request to show yet: make one first.")
        request = self._last
        parts = ["curl"] + ([] if request.method == "GET" else [f"-X {request.method}"])
        parts += {"token": ['-H "Authorization: token $FIGSHARE_TOKEN"'],
                  "password": ['-u "$FIGSHARE_STATS_CREDENTIALS"']}.get(request.kind, [])
        if isinstance(request.body, (dict, list)):
            parts += ['-H "Content-Type: application/json"', f"-d {_shell_quoted(json.dumps(request.body))}"]
        return self._redacted(" ".join([*parts, _shell_quoted(_masked(request.address))]))

    @contextlib.contextmanager
    def impersonating(self, account_id: int) -> Iterator[None]:
        """Within the `with` block an administrator's token acts for another account (documented).

        `impersonate` goes into the query of GET and DELETE, and into the body of POST and PUT.
        """
        before, self._impersonated = self._impersonated, account_id
        try:
            yield
        finally:
            self._impersonated = before

    def note(self, sentence: str) -> None:
        """Says what a result lacks: printed, and kept in `notes`."""
        self.notes.append(sentence)
        print(sentence)

    # ---- the seam -------------------------------------------------------------------------

    def _request(self, method: str, path: str, *, service: str = "api", retry_on: tuple = (),
                 **details: Any) -> requests.Response:
        """Sends one request, again where that is safe; the only caller of requests.

        Args:
            method, path: The request; a path may be a whole URL (uploads, downloads).
            service: "api" or "stats".
            retry_on: Further statuses after which to ask again.
            **details: `params`, `body`, `headers`, `stream`, `is_read` of `_Request`.

        Raises:
            FigshareError: Any answer but 2xx, none, or one that is not Figshare's.
        """
        request = self._described(method, path, service, details)
        retry = self._retry if request.is_read else self._retry.new(total=0)
        while True:
            response, error = self._exchange(request)
            flaw = "" if request.stream else _flaw(response, request.is_own and request.is_read)
            if response is not None and not flaw and response.status_code not in (*_LATER, *retry_on):
                break
            raw = getattr(response, "raw", None)
            try:
                retry = retry.increment(method, request.url, response=raw, error=error)
            except MaxRetryError:
                break
            if not _paused(retry, raw):
                break
            if response is not None:
                response.close()
        if response is None:
            raise self._no_answer(request, _was_sent(error))
        if flaw:
            raise self._not_figshares(request, response.status_code, flaw)
        if not response.ok:
            raise self._refused(request, response)
        return response

    def _described(self, method: str, path: str, service: str, details: dict) -> _Request:
        """The request with its address, and with the credentials that belong to it and to no other."""
        base = self.api_url if service == "api" else self.stats_url
        url = path if "://" in path else f"{base}/{path.lstrip('/')}"
        shown = self._redacted(_shown(url.removeprefix(base), details.get("params")))
        request = _Request(method, url, shown, **{"is_read": method == "GET", **details})
        request.is_own = url.startswith((f"{self.api_url}/", f"{self.stats_url}/")) and "/download" not in url
        if kind := self._credentials_for(url, request.is_private):
            request.secret = self._secret(kind)
            request.kind = kind if request.secret else ""
        if self._impersonated and url.startswith(f"{self.api_url}/account"):
            place = "params" if method in ("GET", "DELETE") else "body"
            setattr(request, place, {**(getattr(request, place) or {}), "impersonate": self._impersonated})
        return request

    def _credentials_for(self, url: str, is_private: bool) -> str:
        """The token belongs to the API's private paths, the password to an institution's stats."""
        if url.startswith(f"{self.stats_url}/"):
            return "" if _OPEN_STATS.match(f"{url.removeprefix(self.stats_url)}/") else "password"
        if url.startswith(f"{self.api_url}/"):
            return "token" if is_private or _PRIVATE_PATH.match(url.removeprefix(self.api_url)) else ""
        return ""

    def _secret(self, kind: str) -> Secret:
        """The token or the password, looked for at its first use."""
        with self._asking:  # threads must not prompt one after the other
            if self._secrets[kind] is None:
                self._secrets[kind] = _find_secret(*_NEEDED[kind], self.site == "local")
        return self._secrets[kind]

    def _exchange(self, request: _Request) -> tuple[requests.Response | None, Exception | None]:
        """One try: the answer, read whole unless streamed, or the error; both go into the log."""
        cache = self._cache if request.is_cacheable else None
        self._last = request
        response, error, begin = None, None, time.perf_counter()
        try:
            with _cache_file(cache.cache.db_path) if cache else contextlib.nullcontext():
                response = (cache or self._session).request(request.method, request.url, **request.options())
        except requests.RequestException as problem:
            error = problem.with_traceback(None)
            error.request = None  # it holds the token, and tracebacks show variables
        if response is not None:
            response.request.headers.pop("Authorization", None)
        if self._cache and not request.is_read:
            self._forget()
        self._record(request, response, 1000 * (time.perf_counter() - begin))
        return response, error

    def _forget(self) -> None:
        """Throws away what was kept, as it may be out of date now; where that fails it is not asked again."""
        try:
            self._cache.cache.clear()
        except (sqlite3.Error, OSError):
            self._cache = None

    def _record(self, request: _Request, response: requests.Response | None, ms: float) -> None:
        """One row of `requests_made`, and one line where a trace is on."""
        status = response.status_code if response is not None else None
        size = len(response.content) if response is not None and not request.stream else None
        from_cache = bool(getattr(response, "from_cache", False))
        self._log.append((request.method, request.shown, status, round(ms, 1), size, from_cache))
        if self._is_tracing:
            is_json = isinstance(request.body, dict) and request.body
            body = f" {json.dumps(request.body, ensure_ascii=False)}" if is_json else ""
            outcome = _outcome(response, request, from_cache)
            print(f"{request.method} {request.shown}{body} → {outcome}")

    def _refused(self, request: _Request, response: requests.Response) -> FigshareError:
        """The error of an answer that is not 2xx, with Figshare's own words, never with a secret."""
        answer = _content(response)
        answer = answer if isinstance(answer, dict) else {}
        code, message = (self._redacted(str(answer.get(key) or "")) for key in ("code", "message"))
        code = code or self._redacted(str(answer.get("errcode") or ""))
        detail = answer.get("data") or {}
        extra = self._redacted(str(detail.get("extra", ""))) if isinstance(detail, dict) else ""
        source = request.secret.source if request.secret else ""
        kind, cause, fix = _explain(response.status_code, "html" in response.headers.get("Content-Type", ""),
                                    request.kind, source)
        said = ": ".join(filter(None, (message, extra))) or response.reason or "no message"
        if response.status_code >= 500 and not request.is_read:  # it may have failed before, or afterwards
            kind, cause, fix = UncertainWrite, "the site may have done it, or not; it does not say.", _LOOK_FIRST
        return kind(f"Figshare answered {response.status_code} to {request.method} {request.shown}: {said}",
                    cause, fix, status=response.status_code, code=code, message=message,
                    method=request.method, path=request.shown)

    def _no_answer(self, request: _Request, was_sent: bool) -> FigshareError:
        """The error where no answer came: harmless, or a write of which nobody knows."""
        known = {"method": request.method, "path": request.shown}
        if was_sent and not request.is_read:
            return UncertainWrite(
                f"The connection broke after {request.method} {request.shown} was sent.",
                "the site may have done it, or not; no answer came.", _LOOK_FIRST, **known)
        host = urlsplit(request.url).netloc
        return ConnectionFailed(f"No answer to {request.method} {request.shown} from {host}.",
                                "the site cannot be reached, or broke off.",
                                "check the network and the site's address, then run the cell again.", **known)

    def _not_figshares(self, request: _Request, status: int, flaw: str) -> FigshareError:
        """The error of an answer that something between here and Figshare gave."""
        known = {"method": request.method, "path": request.shown, "status": status}
        what = f"{request.method} {request.shown} was answered with {flaw} ({status})."
        if not request.is_read:
            return UncertainWrite(what, "the site may have done it, or not; such an answer does not tell.",
                                  _LOOK_FIRST, **known)
        return ConnectionFailed(what, "not the API answered, but a server in front of it, or a proxy on the way.",
                                "wait, ask more slowly, or try from another network.", **known)

    def _redacted(self, text: str) -> str:
        """The text without any secret that the server may have repeated."""
        for secret in filter(None, self._secrets.values()):
            text = text.replace(secret.reveal(), "***")
        return text

    # ---- many requests --------------------------------------------------------------------

    def _map(self, work: Callable[[Any], Any], items: Sequence[Any], label: str,
             workers: int | None = None) -> Iterator[Any]:
        """`work` of each item in order, several at once where the site allows it, with a progress bar.

        Ctrl-C, an error, or closing the iterator: nothing more is sent or waited for; what is on its way
        ends by itself. While a trace is on, one after the other, so that its lines stand in order.
        """
        workers = 1 if self._is_tracing else workers or self.workers
        stop = threading.Event()
        pool = ThreadPoolExecutor(workers, initializer=_work_until, initargs=(stop,))
        waiting: deque = deque()
        bar = progress(total=len(items), label=label)
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
                    bar.update()
            while waiting:
                yield waiting.popleft().result()
                bar.update()
        finally:
            stop.set()
            bar.close()
            pool.shutdown(wait=False, cancel_futures=True)

    def _listing(self, method: str, path: str, filters: dict, *, limit: int | None = None,
                 page_size: int = MAX_PAGE_SIZE) -> Iterator[dict]:
        """All items of a listing or a search, one by one, no item twice."""
        require(limit is None or limit > 0, f"limit must be above 0, not {limit!r}.")
        require(not _page_size(page_size), f"page_size must be {_page_size(page_size)}, not {page_size!r}.")
        pages = self._pages(method, path, _given(**filters), min(page_size, limit or page_size))
        return itertools.islice(_first_of(itertools.chain.from_iterable(pages)), limit)

    def _pages(self, method: str, path: str, filters: dict, size: int) -> Iterator[list[dict]]:
        """Pages until a short one; past 9,000 items by the cursor of the page before (documented)."""
        paging, headers = {"page": 1, "page_size": size}, {}
        while True:
            place = "params" if method == "GET" else "body"
            response = self._request(method, path, is_read=True, headers=headers,
                                     **{place: {**filters, **paging}})
            page = _content(response)
            if not isinstance(page, list):
                raise FigshareError(f"{method} {path} was answered with something that is no list.",
                                    "it lists nothing, or the answer is damaged.", "check the path.",
                                    status=response.status_code, method=method, path=path)
            yield page
            if len(page) < size:
                return
            number = paging.get("page", 0) + 1
            if paging.get("page") and number * size <= MAX_LISTING:
                paging = {"page": number, "page_size": size}
                continue
            cursor = response.headers.get("X-Cursor")
            if not cursor or cursor == headers.get("X-Cursor"):
                if path not in _WITH_CURSOR:
                    self.note(f"{path} gives no more than {MAX_LISTING:,} items: there may be others.")
                return
            paging, headers = {"limit": size}, {"X-Cursor": cursor}


as_curl = Transport.as_curl  # fh.as_curl(figshare)
_COMPLETION = re.compile(r"^POST .*/files/\d+$")  # says that all parts of an upload are there
_WITH_CURSOR = {f"/{kind}{search}" for kind in ("articles", "collections", "projects")
                for search in ("", "/search")}


def _given(**values: Any) -> dict[str, Any]:
    """Only the parameters that have a value."""
    return {name: value for name, value in values.items() if value is not None}


def _first_of(items: Iterable[dict]) -> Iterator[dict]:
    """Each item the first time that its id comes."""
    seen = set()
    for item in items:
        if item["id"] not in seen:
            seen.add(item["id"])
            yield item


def _content(response: requests.Response) -> Any:
    """JSON parsed, other text as it is, None where the body is empty (205) or a page of HTML (202)."""
    kind = response.headers.get("Content-Type", "")
    if not response.content or "html" in kind:
        return None
    try:
        return response.json()
    except ValueError:
        return response.text


def _flaw(response: requests.Response | None, is_json_due: bool) -> str:
    """What came in the place of Figshare's answer; "" where it is Figshare's, be it an error.

    Recorded: the firewall's challenge is a 202 without a body; completing an upload is answered by a 202
    with a page; a write may be answered by nothing.
    """
    if response is None:
        return ""
    kind, body = response.headers.get("Content-Type", ""), response.content
    if "x-amzn-waf-action" in response.headers or (response.status_code == 202 and not body):
        return "a firewall's challenge"
    if not response.ok or response.status_code in (204, 205):
        return ""
    if "html" in kind and body:
        is_completion = response.status_code == 202 and _COMPLETION.search(f"{response.request.method} {response.url}")
        return "" if is_completion else "a web page"
    if is_json_due and not body:
        return "nothing"
    is_text = not kind or "json" in kind or "plain" in kind  # OAI-PMH is XML
    return "something that is not JSON" if is_json_due and is_text and not _is_json(body) else ""


def _is_json(body: bytes) -> bool:
    """Its ends tell: a whole page is parsed only once, and one that was cut short is an error before."""
    if body[:64].lstrip()[:1] + body[-64:].rstrip()[-1:] in (b"{}", b"[]"):
        return True
    with contextlib.suppress(ValueError):
        json.loads(body)
        return True
    return False


def _outcome(response: requests.Response | None, request: _Request, from_cache: bool) -> str:
    """`200, 10 items`: what a trace says of an answer; no times, so that it is the same every time."""
    if response is None:
        return "no answer"
    content = None if request.stream else _content(response)
    what = f", {len(content)} item{'s' * (len(content) != 1)}" if isinstance(content, list) else ""
    return f"{response.status_code}{what}{' (from the cache)' * from_cache}"


def _shown(path: str, params: dict | None) -> str:
    """A path for logs and messages, without credentials."""
    path = urlsplit(path).path if "://" in path else path
    query = urlencode(params or {}, doseq=True, safe=":,/ ")
    return _masked(f"{path}{'&' if '?' in path else '?'}{query}" if query else path)


# A value in a query that opens something; an upload's address does so by itself (recorded).
_CREDENTIAL = re.compile(r"([?&](?!resumptionToken=)[^=&#]*(?:token|passw|secret|signature|credential|accesskey"
                         r"|private_link)[^=&#]*=)[^&#]*", re.IGNORECASE)


def _masked(address: str) -> str:
    """The address without what is a credential in it."""
    return _CREDENTIAL.sub(r"\1***", re.sub(r"/upload/[^/?#]+", "/upload/…", address))


def _paused(retry: Retry, raw: Any) -> bool:
    """Waits as the server asks (`Retry-After`), else a little longer each time; False: too long to wait."""
    asked = _asked_to_wait(raw.headers.get("Retry-After")) if raw is not None else None
    seconds = retry.get_backoff_time() if asked is None else asked
    if seconds > _LONGEST_WAIT:
        return False
    _sleep(seconds)
    return True


def _asked_to_wait(header: str | None) -> float | None:
    """The seconds of a `Retry-After`, a number or a date; None where it says nothing that can be read."""
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]+([.][0-9]+)?", text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


_working = threading.local()  # in a thread of `_map`: `stop`, the event that ends its work


def _work_until(stop: threading.Event) -> None:
    _working.stop = stop


def _sleep(seconds: float) -> None:
    """Waits, in a thread of `_map` only until it is told to stop; then the work ends here, unfinished."""
    stop = getattr(_working, "stop", None)
    if stop is None:
        time.sleep(seconds)
    elif stop.wait(seconds):
        raise CancelledError


def _was_sent(error: Exception | None) -> bool:
    """Could the request have reached the server before the error?"""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.InvalidURL)):
        return False
    reason = getattr(error.args[0], "reason", error.args[0]) if error is not None and error.args else None
    return type(reason).__name__ not in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def _shell_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# ============================================================================================
# Progress and ledgers
# ============================================================================================


def progress(items: Iterable | None = None, *, total: int | None = None, label: str = "",
             unit: str = "") -> Any:
    """A plain progress bar for jobs of more than a second while a person watches; silent when headless.

    Args:
        items: What to go through; or leave it out and call `update(n)`.
        total: How many there are.
        label, unit: Words beside the bar; unit "B" counts bytes in kB and MB.
    """
    from tqdm import tqdm
    return tqdm(items, total=total, desc=label or None, unit=unit or "it", unit_scale=unit == "B",
                disable=not is_interactive(), leave=False, delay=1, file=_bar_file())


def _bar_file() -> Any:
    """Where a bar is drawn: in a notebook not on stderr, where it leaves a red stripe that looks like an error."""
    if getattr(_ipython(), "kernel", None) is None:
        return sys.stderr
    return sys.stdout if _in_a_form else _BarOutput()  # a form's output cannot be overwritten


class _BarOutput:
    """A file for tqdm: one output of the cell that is overwritten, and is empty at the end."""

    def __init__(self):
        self._handle: Any = None

    def write(self, text: str) -> None:
        from IPython.display import display
        shown = {"text/plain": text.strip()}
        if self._handle is not None:
            self._handle.update(shown, raw=True)
        elif text.strip():
            self._handle = display(shown, raw=True, display_id=True)

    def flush(self) -> None:
        """Nothing waits."""


class _Ledger:
    """Results on disk, one JSON line each, written as they come: a killed run goes on where it stopped.

    The first line says whose results these are, where the caller says it: results of another job or
    another site must not pass for those of this one.
    """

    def __init__(self, path: str | Path | None, job: dict | None = None):
        self._path, self.job, self._lock = Path(path) if path else None, job, threading.Lock()
        lines = _read_lines(path) if path else []
        head = lines.pop(0) if lines and "job" in lines[0] and "id" not in lines[0] else None
        if self._path:
            require(all("id" in line for line in lines), f"{_short_path(self._path)} is no ledger: give another file.")
            self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path and job:
            self._bind(head, is_new=not (head or lines))
        self.done: dict[Any, dict] = {record["id"]: record for record in lines}

    def _bind(self, head: dict | None, is_new: bool) -> None:
        """Writes the first line, or compares it."""
        if is_new:
            _add_line(self._path, self.job)
            head = self.job
        require(head, f"{_short_path(self._path)} does not say which job and site its lines are from (an older "
                      "version wrote it): give another file, or delete it.")
        require(head == self.job, f"{_short_path(self._path)} is the ledger of another job, {_job_text(head)}, not of "
                                  f"{_job_text(self.job)}: give another file, or delete it.")

    def add(self, record: dict) -> dict:
        """Writes one result; it is safe from then on."""
        with self._lock:
            self.done[record["id"]] = record
            if self._path:
                _add_line(self._path, record)
        return record


def _short_path(path: Path) -> str:
    """A file in a sentence: its folder's name and its own."""
    return f"{path.parent.name}/{path.name}".lstrip("/")


def _job_text(job: dict) -> str:
    """The first line of a ledger, in words."""
    return f"{job['job']} of {job.get('site')}{' as its owner' if job.get('private') else ''}"


def _read_lines(path: str | Path) -> list[dict]:
    """The records of a JSONL file, [] where there is none; a line that a crash cut off is cut away."""
    lines = Path(path).read_bytes().splitlines(keepends=True) if Path(path).exists() else []
    if lines and not lines[-1].endswith(b"\n"):
        os.truncate(path, sum(map(len, lines[:-1])))
        lines.pop()
    return [_read_line(line, Path(path), number) for number, line in enumerate(lines, 1)]


def _read_line(line: bytes, path: Path, number: int) -> dict:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise FileProblem(f"Line {number} of {_short_path(path)} cannot be read.",
                          "something other than the workbook has changed the file, or the disk has.",
                          "take a copy from before, or delete this line and all below it: what they held is "
                          "asked for again.")
    return record


def _add_line(path: Path, record: dict) -> None:
    with _disk_errors(path), path.open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps(record, ensure_ascii=False)}\n")


def _write_lines(path: Path, records: Iterable[dict]) -> None:
    _write_text(path, "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records))


def _write_text(path: Path, text: str) -> None:
    with _whole(path) as part:
        part.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Where to write a file meanwhile; it takes its place when it is finished, whole or not at all."""
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        with _disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            yield part
            part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    """A full disk, or a file that may not be written, as one sentence."""
    try:
        yield
    except OSError as error:
        raise FileProblem(f"{_short_path(path)} could not be written.", f"{error.strerror or error}.",
                          "make room, or close the file where it is open, then run it again.") from None


# ============================================================================================
# Articles and search
# ============================================================================================


class Articles(Transport):
    """Public items, projects and collections, and the lists that records are made of."""

    def article(self, article_id: int | str, *, version: int | None = None, private: bool = False) -> dict:
        """The full record of an item, with all its files.

        Args:
            article_id: The number at the end of the item's address.
            version: An earlier version; None: the newest.
            private: Read it as its owner (drafts too); needs a token.

        Returns:
            The record as the API gives it; `files` is completed where it was cut.

        Raises:
            NotFound: No public item has this id.

        Documented: `files` holds up to ten files. Our choice: a record with just ten is completed by
        one request for the list of files.
        """
        record = self.get(_article_path(article_id, version, private))
        if len(record.get("files") or []) == 10:
            record["files"] = self.files(article_id, version=version, private=private)
        return record

    def articles(self, *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE,
                 include_subgroups: bool = False, **filters: Any) -> Iterator[dict]:
        """Public items, one by one, as many as there are; pages are fetched as they are needed.

        Args:
            limit: At most so many.
            page_size: Items a request brings, 1 to 1000.
            include_subgroups: With `group`: the groups below it too (needs a token of the institution).
            **filters: institution, group, item_type, published_since, modified_since, resource_doi,
                doi, handle, order, order_direction (documented).

        Returns:
            A lazy iterator of short records, no item twice.
        """
        return self._over_groups("GET", "/articles", filters, include_subgroups, limit, page_size)

    def search(self, search_for: str = "", *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE,
               include_subgroups: bool = False, **filters: Any) -> Iterator[dict]:
        """Items that match a search, one by one, as many as there are.

        Args:
            search_for: Figshare's search language, e.g. `:title: frog AND :category: Ecology`.
            limit, page_size, include_subgroups, **filters: As `articles`; `project_id` too.

        Returns:
            A lazy iterator of short records, no item twice. A hit may be gone a moment later (recorded).

        Raises:
            BadRequest: The search cannot be read.
        """
        filters = {**({"search_for": search_for} if search_for else {}), **filters}
        return self._over_groups("POST", "/articles/search", filters, include_subgroups, limit, page_size)

    def _over_groups(self, method: str, path: str, filters: dict, include_subgroups: bool,
                     limit: int | None, page_size: int) -> Iterator[dict]:
        """One listing, or one for each group of a tree; the API's `group` leaves subgroups out (recorded)."""
        if not include_subgroups:
            return self._listing(method, path, filters, limit=limit, page_size=page_size)
        require(filters.get("group"), "include_subgroups goes with group: say which group.")
        groups = [filters["group"], *self.subgroups(filters["group"])]
        lists = (self._listing(method, path, {**filters, "group": group}, limit=limit, page_size=page_size)
                 for group in groups)
        return itertools.islice(_first_of(itertools.chain.from_iterable(lists)), limit)

    def full_records(self, article_ids: Iterable[int | dict], *, private: bool = False,
                     ledger: str | Path | None = None) -> list[dict]:
        """The full records of many items, in the order of the ids.

        Args:
            article_ids: Numbers, or records that have an `id`.
            private: Read them as their owner; needs a token.
            ledger: A JSONL file that keeps what was fetched: an interrupted run goes on from it. One for
                each job and site.

        Returns:
            One record for each id, all files included. Items that are gone are left out, and said so.

        Raises:
            ParameterError: The ledger is of another job or site.
        """
        ids = _ids(article_ids)
        book = self._ledger(ledger, "full_records", private)
        missing = [number for number in ids if number not in book.done]
        found = self._map(lambda number: self._kept_record(number, private, book), missing, "records")
        gone = [str(number) for number, record in zip(missing, found, strict=True) if record is None]
        if gone:
            self.note(f"{len(gone)} of {len(ids)} items cannot be read (any more): {', '.join(gone)}.")
        return [book.done[number] for number in ids if number in book.done]

    def _kept_record(self, article_id: int, private: bool, book: _Ledger) -> dict | None:
        try:
            return book.add(self.article(article_id, private=private))
        except NotFound:
            return None

    def _ledger(self, path: str | Path | None, job: str, private: bool = False) -> _Ledger:
        """The ledger of a job on this site; private results are those of one account."""
        whose = (self._impersonated or True) if private else False
        return _Ledger(path, {"job": job, "site": self._identity(), "private": whose} if path else None)

    def _identity(self) -> str:
        """What tells this site from others, for files that outlive the session.

        That is its address or, of local Figshare, which is at another port each time, its catalogue. The
        question goes to the server's control and not to the API, so it is in no log.
        """
        if not self.api_url.startswith("http://"):  # no live site is; local Figshare has no certificate
            return self.api_url
        if "identity" not in self._remembered:
            self._remembered["identity"] = re.sub(r":\d+", "", self.api_url.removeprefix("http://"))
            with contextlib.suppress(requests.RequestException, ValueError, KeyError, TypeError):
                health = self._session.get(f"{self.api_url.removesuffix('/v2')}/_local/health", timeout=30).json()
                self._remembered["identity"] = f"local Figshare (catalogue {health['catalogue']})"
        return self._remembered["identity"]

    def versions(self, article_id: int | str) -> list[dict]:
        """The versions of an item, oldest first: `[{"version": 1, "url": ...}]`."""
        found = self.get(f"/articles/{_whole_id(article_id)}/versions")
        return sorted(found, key=lambda entry: entry["version"])

    def files(self, article_id: int | str, *, version: int | None = None,
              private: bool = False) -> list[dict]:
        """All files of an item; the API gives ten a page unless asked for more (recorded)."""
        return list(self._listing("GET", f"{_article_path(article_id, version, private)}/files", {}))

    def projects(self, *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE,
                 **filters: Any) -> Iterator[dict]:
        """Public projects; as `articles`."""
        return self._listing("GET", "/projects", filters, limit=limit, page_size=page_size)

    def collections(self, *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE,
                    **filters: Any) -> Iterator[dict]:
        """Public collections; as `articles`."""
        return self._listing("GET", "/collections", filters, limit=limit, page_size=page_size)

    def project_articles(self, project_id: int) -> Iterator[dict]:
        """The public items of a project."""
        return self._listing("GET", f"/projects/{_whole_id(project_id)}/articles", {})

    def collection_articles(self, collection_id: int) -> Iterator[dict]:
        """The public items of a collection."""
        return self._listing("GET", f"/collections/{_whole_id(collection_id)}/articles", {})

    def categories(self) -> list[dict]:
        """All categories that an item may have: id, title, parent_id, path, source_id, taxonomy_id."""
        return self._once("/categories")

    def licenses(self) -> list[dict]:
        """The licences that everybody may choose: `value`, `name`, `url`."""
        return self._once("/licenses")

    def _once(self, path: str) -> list[dict]:
        """A list that does not change during a session: asked for once."""
        if path not in self._remembered:
            self._remembered[path] = self.get(path)
        return self._remembered[path]

    def find_category(self, title: str, *, taxonomy_id: int | None = None) -> dict:
        """The category of this title.

        Args:
            title: Upper and lower case alike.
            taxonomy_id: Which one, where several taxonomies have the title; a title that stands
                only once is found without.

        Raises:
            ParameterError: None has it (the nearest titles are named), or several have it, and
                `taxonomy_id` does not say which.
        """
        nearest = _named(self.categories(), title, "title", "category")
        same = [entry for entry in self.categories() if entry["title"].casefold() == nearest["title"].casefold()]
        chosen = [entry for entry in same if entry.get("taxonomy_id") == taxonomy_id] if len(same) > 1 else same
        listed = ", ".join(f"id {entry['id']} in taxonomy {entry.get('taxonomy_id')}" for entry in same)
        require(len(chosen) == 1, f"{len(same)} categories are called {nearest['title']!r}: {listed}. "
                                  "Say which with taxonomy_id, or give the id itself.")
        return chosen[0]

    def find_license(self, name: str) -> dict:
        """The licence of this name, e.g. "CC BY 4.0"; raises as `find_category`."""
        return _named(self.licenses(), name, "name", "licence")

    def resolve(self, address: str) -> dict:
        """What a DOI or a web address stands for: `{"kind", "id", "version"}`.

        Args:
            address: `10.6084/m9.figshare.5616445.v2`, the same as a https://doi.org address, or the
                address of an item's, collection's or project's page.

        Returns:
            `kind` is "article", "collection" or "project"; `version` None where the address names none.

        Raises:
            NotFound: Figshare knows no item of this DOI.
            ParameterError: There is no DOI.

        Recorded: institutions have DOIs of their own, so one without Figshare's name is asked for.
        """
        if found := _read_address(address):
            return found
        doi = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)\s*", "", address.strip(), flags=re.IGNORECASE)
        require(doi, f"{address!r} holds no DOI: give one, or the address of an item's page.")
        bare, _, version = re.fullmatch(r"(.*?)(\.v(\d+))?", doi).groups()
        for kind, candidate in itertools.product(("article", "collection"), (doi, bare)):
            if hits := self.get(f"/{kind}s", doi=candidate):
                return {"kind": kind, "id": hits[0]["id"], "version": int(version) if version else None}
        raise NotFound(f"Figshare knows no public item at {address!r}.",
                       "the DOI is not one of Figshare's, or is mistyped.",
                       "check it; the number at the end of the item's page does as well.")


_PAGE_ADDRESS = re.compile(r"https?://.+?/(articles|collections|projects)/(?:[^/]+/)*?"
                           r"(\d+)(?:/(\d+))?/?(?:[?#].*)?$")
_FIGSHARE_DOI = re.compile(r"(?:m9\.figshare|stagefigshare)\.(c\.)?(\d+)(?:\.v(\d+))?$", re.IGNORECASE)


def _read_address(address: str) -> dict | None:
    """What can be told from the address alone; the version in it is kept."""
    if found := _PAGE_ADDRESS.match(address.strip()):
        kind, number, version = found[1].removesuffix("s"), found[2], found[3]
    elif found := _FIGSHARE_DOI.search(address.strip()):
        kind, number, version = "collection" if found[1] else "article", found[2], found[3]
    else:
        return None
    return {"kind": kind, "id": int(number), "version": int(version) if version else None}


def _article_path(article_id: int | str, version: int | None, private: bool) -> str:
    path = f"{'/account' if private else ''}/articles/{_whole_id(article_id)}"
    return f"{path}/versions/{version}" if version else path


def _whole_id(value: int | str) -> int:
    """An id as a number; a text of digits will do."""
    text = str(value).strip()
    require(re.fullmatch(r"[0-9]{1,18}", text) and int(text) > 0,
            f"An id is a whole number such as 5616445, not {value!r}: "
            "use the number at the end of the item's address.")
    return int(text)


def _ids(items: Iterable[int | dict] | int | str | dict) -> list[int]:
    """The ids of numbers or records, or of one alone, each once, in order."""
    several = isinstance(items, Iterable) and not isinstance(items, (str, bytes, dict))
    return list(dict.fromkeys(_whole_id(item.get("id") if isinstance(item, dict) else item)
                              for item in (items if several else [items])))


def _named(entries: Sequence[dict], name: str, key: str, what: str) -> dict:
    """The first entry of this name, upper and lower case alike."""
    titles = {entry[key].casefold(): entry for entry in reversed(entries)}
    if found := titles.get(name.strip().casefold()):
        return found
    near = difflib.get_close_matches(name.casefold(), titles, 3, 0.5)
    nearest = " or ".join(repr(titles[title][key]) for title in near)
    hint = f"did you mean {nearest}?" if near else "look through the list."
    raise ParameterError(f"There is no {what} {name!r}: {hint}")


def unique(items: Iterable[dict]) -> list[dict]:
    """The items without repetitions, in order; for joining the hits of several searches."""
    return list(_first_of(items))


# ============================================================================================
# Account and writing
# ============================================================================================


class Account(Articles):
    """What a token allows: one's own items, drafts and published, and changing them."""

    def account(self) -> dict:
        """The account that the token belongs to."""
        return self.get("/account")

    def account_articles(self, *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE) -> Iterator[dict]:
        """The account's own items, drafts and published, newest first; lazy, all pages."""
        return self._listing("GET", "/account/articles", {}, limit=limit, page_size=page_size)

    def create_article(self, metadata: dict, *, keep_owner: bool = True) -> int:
        """Creates a draft item and returns its id.

        Args:
            metadata: The fields of the documentation; `title` is the only one a draft must have.
            keep_owner: Figshare puts the token's owner first among the authors, whatever was given
                (recorded); False sets the authors to those in `metadata` afterwards.

        Raises:
            BadRequest: A field is not accepted.
            UncertainWrite: The draft may exist or not; look at `account_articles()`.

        The id is read from the `Location` header (recorded: the body does not always have it).
        """
        require(isinstance(metadata, dict) and metadata.get("title"),
                'A draft needs a title: give the metadata as a dictionary, {"title": "..."}.')
        article_id = _created_id(self._request("POST", "/account/articles", body=metadata))
        if not keep_owner and metadata.get("authors"):
            self.put(f"/account/articles/{article_id}/authors", {"authors": metadata["authors"]})
        return article_id

    def update_article(self, article_id: int, metadata: dict) -> None:
        """Changes the given fields of an item; a published one changes only when published again."""
        self.put(f"/account/articles/{_whole_id(article_id)}", metadata)

    def publish_article(self, article_id: int, *, wait: float = 30) -> dict:
        """Publishes an item, for everybody and for good, and returns its record.

        Args:
            article_id: A draft, or a published item that was changed.
            wait: Seconds to wait until the public can see it.

        Returns:
            The public record; the private one (`is_public` False) where the item waits for review.

        Raises:
            BadRequest: Something is missing; `missing_fields` tells what before.

        Recorded: a public item may answer 404 for a moment after it was published.
        """
        path = f"/articles/{_whole_id(article_id)}"
        self.post(f"/account{path}/publish")
        private = self.get(f"/account{path}")
        if private.get("status") != "public" and not private.get("is_public"):
            return private
        for _ in _moments(wait):
            with contextlib.suppress(NotFound):
                return self.article(article_id)
        return private

    def delete_article(self, article_id: int) -> None:
        """Deletes a draft. A published item cannot be deleted (documented)."""
        try:
            self.delete(f"/account/articles/{_whole_id(article_id)}")
        except Forbidden as error:
            what = str(error).partition("\n")[0]
            raise Forbidden(what, "only drafts of one's own can be deleted; what is published stays.",
                            "let a published item stand; if it is a draft, check whose the token is.",
                            status=error.status, code=error.code, message=error.message, method=error.method,
                            path=error.path) from None

    def missing_fields(self, article_id: int) -> list[str]:
        """What an item still lacks before it can be published; [] when nothing.

        Recorded: title, description, authors, categories, keywords, type, licence and a file. An
        institution may ask for more.
        """
        record = self.article(article_id, private=True)
        return [name for key, name in _TO_PUBLISH.items()
                if not record.get(key) and not (key == "files" and record.get("is_metadata_record"))]


_TO_PUBLISH = {"title": "title", "description": "description", "authors": "authors",
               "categories": "categories", "tags": "keywords", "defined_type_name": "defined_type",
               "license": "license", "files": "a file"}


def _created_id(response: requests.Response) -> int:
    """The id at the end of the `Location` header, or of `location` in the body."""
    body = _content(response)
    location = response.headers.get("Location") or (body.get("location") if isinstance(body, dict) else "")
    if number := re.search(r"/(\d+)/?$", str(location)):
        return int(number[1])
    path = _shown(response.url, None)
    raise UncertainWrite(f"Figshare answered {response.status_code} to POST {path}, but not with a number.",
                         "the site may have made it, or not.", _LOOK_FIRST,
                         status=response.status_code, method="POST", path=path)


def _moments(seconds: float) -> Iterator[None]:
    """Yields at once, then after growing pauses, until the time is over."""
    end, pause = time.monotonic() + seconds, 0.05
    while True:
        yield
        if time.monotonic() + pause > end:
            return
        time.sleep(pause)
        pause = min(2 * pause, 5)


# ============================================================================================
# Files
# ============================================================================================


class Files(Account):
    """Uploads in parts and downloads by stream: any size, little memory, resumable, checked."""

    def upload_file(self, article_id: int, path: str | Path, *, name: str | None = None) -> dict:
        """Uploads a file into a draft, in parts, several at once, and checks what arrived.

        Args:
            article_id: The draft.
            path: The file.
            name: Its name on Figshare; `/` in it makes folders. None: the file's own.

        Returns:
            The file's entry, `status` "available". A file that is there already is not sent again, and an
            upload that was cut off goes on with the parts that the server lacks, also in a new process.

        Raises:
            FileProblem: The file is missing or empty, or its MD5 on the server is another.

        Recorded: the file service wants size and MD5 first, parts of its own choosing, then a POST.
        """
        path, target = Path(path), f"/account/articles/{_whole_id(article_id)}/files"
        _check_uploadable(path)
        wanted = {"name": name or path.name, "size": path.stat().st_size, "md5": md5(path)}
        entry = self._uploaded_before(target, wanted)
        if entry is None:
            file_id = _created_id(self._request("POST", target, body=wanted))
            entry = self._when(f"{target}/{file_id}", lambda found: found.get("upload_url"), 10)
        if entry.get("upload_url") and entry.get("status") == "created":
            self._send_parts(path, entry["upload_url"])
            self._complete(f"{target}/{entry['id']}")
        entry = self._when(f"{target}/{entry['id']}", lambda found: found["status"] in _SETTLED, 120)
        if entry["status"] == "ic_failure" or (entry.get("computed_md5") or wanted["md5"]) != wanted["md5"]:
            raise FileProblem(f"{path.name} arrived damaged: its MD5 on the server is another.",
                              "a part was changed on its way, or the file changed meanwhile.",
                              f"delete file {entry['id']} of item {article_id}, then upload again.")
        return entry

    def upload_folder(self, article_id: int, folder: str | Path) -> list[dict]:
        """Uploads all files below a folder and keeps its structure; empty files are left out, and said so.

        Args:
            article_id: The draft.
            folder: What to upload; raises as `upload_file`, too where it is none.

        Returns:
            The files' entries, in the order of their paths.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise FileProblem(f"There is no folder {folder.name!r}.", "the path is wrong.", "check it.")
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in (path for path in paths if not path.stat().st_size):
            self.note(f"{path.relative_to(folder).as_posix()} is empty and was left out.")
        return [self.upload_file(article_id, path, name=path.relative_to(folder).as_posix())
                for path in paths if path.stat().st_size]

    def _uploaded_before(self, target: str, wanted: dict) -> dict | None:
        """The entry of the same file, whole or half sent; folder, name, size and MD5 must agree."""
        place = PurePosixPath(wanted["name"])
        same = [entry for entry in self._listing("GET", target, {})
                if PurePosixPath(entry["name"]).name == place.name and entry["size"] == wanted["size"]
                and wanted["md5"] in (entry.get("supplied_md5"), entry.get("computed_md5"))
                and entry.get("status") != "ic_failure"]
        folders = (self.get(target.removesuffix("/files")).get("folder_structure") or {}) if same else {}
        return next((entry for entry in same
                     if PurePosixPath(folders.get(str(entry["id"]), "").strip("/")) == place.parent), None)

    def _send_parts(self, path: Path, upload_url: str) -> None:
        """Sends the parts that the server does not have yet."""
        parts = self._request("GET", upload_url).json()["parts"]
        todo = [part for part in parts if part["status"] != "COMPLETE"]
        for _ in self._map(lambda part: self._send_part(path, upload_url, part), todo, path.name, workers=4):
            pass

    def _send_part(self, path: Path, upload_url: str, part: dict) -> None:
        """Sends one part, again on a lock (409) or a gateway's error: sending it twice does no harm."""
        with path.open("rb") as file:
            file.seek(part["startOffset"])
            body = file.read(part["endOffset"] - part["startOffset"] + 1)  # endOffset is inclusive (recorded)
        self._request("PUT", f"{upload_url}/{part['partNo']}", body=body, is_read=True, retry_on=(409,))

    def _complete(self, path: str) -> None:
        """Says that all parts are there; where the answer is lost, the file's status tells."""
        try:
            self._request("POST", path)
        except UncertainWrite:
            if self.get(path)["status"] == "created":
                self._request("POST", path)

    def _when(self, path: str, is_fine: Callable[[dict], Any], wait: float) -> dict:
        """What is at `path` once it is as wanted; a new file may be 404 for a moment (recorded)."""
        entry = None
        for _ in _moments(wait):
            with contextlib.suppress(NotFound):
                entry = self.get(path)
                if is_fine(entry):
                    return entry
        number = path.rsplit("/", 1)[-1]
        raise FileProblem(f"Figshare has not finished with file {number} after {wait:.0f} seconds.",
                          f"its status is {entry['status']!r}." if entry else "it is not there yet.",
                          "look at the item's page later; nothing need be sent again.")

    def download_files(self, article_id: int, folder: str | Path, *, version: int | None = None,
                       private: bool = False) -> list[dict]:
        """Downloads all files of an item into a folder, and checks each.

        Args:
            article_id: The item.
            folder: Where to; made if need be. Folders inside the item become folders in it.
            version: An earlier version; None: the newest.
            private: Read it as its owner; needs a token.

        Returns:
            One entry a file: `article_id, file_id, name, path` (inside `folder`), `size` (bytes), `md5`,
            `outcome`: "downloaded", "already there", or "link" (its address is elsewhere; not fetched).

        Raises:
            FileProblem: A file could not be fetched whole.

        Names that come from the server never lead out of the folder.
        """
        record = self.article(article_id, version=version, private=private)
        root = Path(folder)
        root.mkdir(parents=True, exist_ok=True)
        plan = _targets(record.get("files") or [], record.get("folder_structure") or {})
        with progress(total=record.get("size"), label=f"item {article_id}", unit="B") as bar:
            return [{"article_id": record["id"], "file_id": file["id"], "name": file["name"],
                     "path": "" if file.get("is_link_only") else target.as_posix(), "size": file["size"],
                     "md5": _known_md5(file), "outcome": self._fetched(file, root / target, private, bar)}
                    for file, target in plan]

    def download_each(self, article_ids: Iterable[int | dict], folder: str | Path) -> list[dict]:
        """Downloads the files of many items, a folder per item; one that fails does not stop the others.

        Returns:
            As `download_files`; an item whose files could not all be fetched has one entry, its
            `outcome` "failed: ..." with the reason.
        """
        found: list[dict] = []
        for article_id in _ids(article_ids):
            try:
                found += self.download_files(article_id, Path(folder) / str(article_id))
            except (FileProblem, Forbidden, NotFound) as error:
                found.append({"article_id": article_id, "outcome": f"failed: {str(error).partition(chr(10))[0]}"})
        return found

    def _fetched(self, file: dict, target: Path, private: bool, bar: Any) -> str:
        """Brings one file to its place, by way of a `.part` file that is renamed only when right."""
        if file.get("is_link_only"):
            return "link"
        if _is_right(file, target):
            return "already there"
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.{file['id']}.part")
        problem = None
        for address in self._download_addresses(file, private):
            try:
                digest = self._stream(address, part, private, bar)
            except FileProblem:  # the disk is full: another try does not help
                raise
            except FigshareError as error:
                problem = error
                continue
            if _is_right(file, part, digest):
                part.replace(target)
                return "downloaded"
            if part.exists() and part.stat().st_size >= file["size"]:
                part.unlink()  # whole, but wrong: nothing to go on from
        raise _not_fetched(file, problem)

    def _download_addresses(self, file: dict, private: bool) -> list[str]:
        """The file's own address, three times, then the API's, which the firewall leaves alone (recorded)."""
        by_api = f"{self.api_url}/file/download/{file['id']}"
        return [by_api] * 3 if private else [file["download_url"]] * 3 + [by_api]

    def _stream(self, address: str, part: Path, private: bool, bar: Any) -> str | None:
        """Appends to the `.part` file what is missing, and returns the MD5 of the whole; None: nothing came."""
        have = part.stat().st_size if part.exists() else 0
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={have}-"} if have else {})}
        response = self._request("GET", address, headers=headers, stream=True, is_private=private)
        with contextlib.closing(response):
            if response.status_code not in (200, 206):  # a 202 is the firewall's answer, not the file (recorded)
                return None
            return _append(part, _chunks(response), bar, is_rest=response.status_code == 206)


_SETTLED = ("available", "ic_failure")
_RESERVED = {"CON", "PRN", "AUX", "NUL",  # Windows's devices
             *(f"{name}{digit}" for name in ("COM", "LPT") for digit in range(1, 10))}


def _not_fetched(file: dict, problem: FigshareError | None) -> FileProblem:
    """The error of a download that failed, with the site's own words where it refused."""
    what = f"{file['name']!r} (file {file['id']}) could not be fetched whole."
    if problem is None or isinstance(problem, ConnectionFailed):
        return FileProblem(what, "the connection broke off, or a firewall in front of Figshare held it back.",
                           "run it again: it goes on where it stopped.",
                           method="GET", path=_shown(file["download_url"], None))
    known = {key: getattr(problem, key) for key in ("status", "code", "message", "method", "path")}
    return FileProblem(f"{what} {problem}", **known)


def _chunks(response: requests.Response) -> Iterator[bytes]:
    """The body in pieces; ends quietly where the connection breaks, since the size is checked afterwards."""
    try:
        yield from response.iter_content(1 << 20)
    except requests.RequestException:
        return


def _append(part: Path, chunks: Iterable[bytes], bar: Any, *, is_rest: bool) -> str:
    """Writes the pieces and returns the MD5 of the whole file, counted beside the network in a thread."""
    digest = _digest(part) if is_rest else _new_md5()
    with _disk_errors(part), part.open("ab" if is_rest else "wb") as file, ThreadPoolExecutor(1) as beside:
        counted = None
        for chunk in chunks:
            bar.update(file.write(chunk))
            if counted:
                counted.result()  # never more than two pieces in memory
            counted = beside.submit(digest.update, chunk)
    return digest.hexdigest()


def _check_uploadable(path: Path) -> None:
    if not path.is_file():
        raise FileProblem(f"There is no file {path.name!r}.", "the path is wrong, or names a folder.",
                          "check the path; upload_folder takes a folder.")
    if not path.stat().st_size:
        raise FileProblem(f"{path.name!r} is empty.",
                          "what Figshare does with an empty file is not documented.",
                          "leave it out, or write a line into it.")


def md5(path: str | Path) -> str:
    """The MD5 of a file as hexadecimal digits: the fingerprint that Figshare keeps of its files."""
    return _digest(path).hexdigest()


def _digest(path: str | Path) -> Any:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, _new_md5)


def _new_md5() -> Any:
    return hashlib.md5(usedforsecurity=False)  # a check of transport, so that it works under FIPS too


def _known_md5(file: dict) -> str:
    """The MD5 that the record gives; either may be empty (recorded)."""
    return file.get("computed_md5") or file.get("supplied_md5") or ""


def _is_right(file: dict, path: Path, digest: str | None = None) -> bool:
    """Does the file on disk have the size and, where one is known, the MD5 of the record?"""
    if not path.is_file() or path.stat().st_size != file["size"]:
        return False
    return not _known_md5(file) or (digest or md5(path)) == _known_md5(file)


def _safe_name(name: str) -> str:
    """A name that every file system takes and that stays where it is put; "" if nothing is left."""
    name = re.sub(r'[\x00-\x1f\x7f<>:"|?*\\/\ud800-\udfff]', "_", name).strip(". ")
    if name.split(".")[0].upper() in _RESERVED:
        name = f"_{name}"
    stem, dot, suffix = name.rpartition(".")
    return f"{_cut(stem, 120)}{dot}{_cut(suffix, 20)}" if stem else _cut(suffix, 140)


def _cut(text: str, most: int) -> str:
    """At most so many bytes, no character halved: Linux counts bytes, 255 with the `-id` and `.part` of ours."""
    return text.encode()[:most].decode(errors="ignore")


def _targets(files: Sequence[dict], folders: dict) -> list[tuple[dict, Path]]:
    """Where each file goes inside the download folder; a file whose name another file or a folder has
    gets its id added.
    """
    places = [_place_in(file, folders.get(str(file["id"]), "")) for file in files]
    taken = {str(folder).casefold() for place in places for folder in place.parents}
    plan = []
    for file, place in zip(files, places, strict=True):
        endings = itertools.chain(["", f"-{file['id']}"], (f"-{file['id']}-{number}" for number in itertools.count(2)))
        names = (place.with_name(f"{place.stem}{ending}{place.suffix}") for ending in endings)
        target = next(name for name in names if str(name).casefold() not in taken)
        taken.add(str(target).casefold())
        plan.append((file, target))
    return plan


def _place_in(file: dict, folder: str) -> Path:
    """A file's folder inside the item, and its name, both made safe."""
    *inside, name = f"{folder}/{file['name']}".replace("\\", "/").split("/")
    return Path(*filter(None, map(_safe_name, inside)), _safe_name(name) or f"file-{file['id']}")


# ============================================================================================
# Groups and institution
# ============================================================================================


class Groups(Files):
    """The institution that the token belongs to. Most of it needs an administrator's token."""

    def groups(self) -> list[dict]:
        """The institution's groups: `id, name, resource_id, parent_id, association_criteria`."""
        return self._once("/account/institution/groups")

    def subgroups(self, group_id: int) -> list[int]:
        """The ids of all groups below a group, children before grandchildren."""
        below, level = [], [_whole_id(group_id)]
        while level:
            level = [group["id"] for group in self.groups() if group["parent_id"] in level]
            below += level
        return below

    def institution_articles(self, *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE,
                             **filters: Any) -> Iterator[dict]:
        """All items of the institution, drafts too; complete past 9,000.

        Args:
            **filters: status, group, item_type, resource_doi, published_since, modified_since (documented).
        """
        return self._walk("/account/institution/articles", "modified_since", "modified_date",
                          {"order": "modified_date", "order_direction": "asc", **filters}, limit, page_size)

    def institution_accounts(self, *, limit: int | None = None, page_size: int = MAX_PAGE_SIZE,
                             **filters: Any) -> Iterator[dict]:
        """All accounts of the institution; complete past 9,000. Filters: is_active, email, id_gte, id_lte."""
        return self._walk("/account/institution/accounts", "id_gte", "id", filters, limit, page_size)

    def _walk(self, path: str, since: str, key: str, filters: dict, limit: int | None,
              page_size: int) -> Iterator[dict]:
        """A listing without a cursor, window by window: each begins where the last one ended."""
        self._listing("GET", path, {}, limit=limit, page_size=page_size)  # refuses odd values; asks nothing yet
        return itertools.islice(_first_of(self._window_items(path, since, key, filters, page_size)), limit)

    def _window_items(self, path: str, since: str, key: str, filters: dict, page_size: int) -> Iterator[dict]:
        per_window = MAX_LISTING // page_size * page_size
        while True:
            count, last = 0, None
            for item in self._listing("GET", path, filters, page_size=page_size, limit=per_window):
                count, last = count + 1, item[key]
                yield item
            if count < per_window:
                return
            if last == filters.get(since):
                self.note(f"{path}: more than {per_window:,} items share one {key}, so some are not here.")
                return
            filters = {**filters, since: last}

    def reviews(self, *, limit: int | None = None, **filters: Any) -> list[dict]:
        """Items in review, all pages. Filters: status (pending, approved ...), group_id, article_id."""
        require(limit is None or limit > 0, f"limit must be above 0, not {limit!r}.")
        size, found = min(MAX_PAGE_SIZE, limit or MAX_PAGE_SIZE), []
        while True:
            page = self.get("/account/institution/reviews", limit=size, offset=len(found), **filters)
            found += page
            if len(page) < size or len(found) >= (limit or math.inf):
                return found[:limit]


# ============================================================================================
# Statistics
# ============================================================================================


class Statistics(Groups):
    """Views, downloads and shares, of items, authors, collections, groups and projects.

    `institution` is the short name in front of `.figshare.com`. With it, timeline, breakdown and top need
    the institution's stats credentials (documented); total never does.
    """

    def total(self, item: str, item_id: int, *, counter: str = "views", start_date: str | None = None,
              end_date: str | None = None, institution: str | None = None) -> int:
        """All views (or downloads, shares) of one thing, ever or between two dates.

        Args:
            item: "article", "author", "collection", "group" or "project".
            item_id: Its id; an unknown one counts 0 (documented).
            counter: "views", "downloads" or "shares".
            start_date, end_date: `YYYY-MM-DD`, both included.
            institution: Short name of the institution.
        """
        _check_days(start_date, end_date)
        path = _stats_path(institution, "total", counter, item, _whole_id(item_id))
        return self.stats(path, **_given(start_date=start_date, end_date=end_date)).get("totals") or 0

    def totals(self, article_ids: Iterable[int | dict], counters: Sequence[str] = ("views", "downloads"), *,
               ledger: str | Path | None = None, institution: str | None = None) -> pd.DataFrame:
        """All views and downloads of many items.

        Args:
            article_ids: Numbers, or records that have an `id`.
            counters: Which of "views", "downloads", "shares".
            ledger: A JSONL file that keeps what was counted: an interrupted run goes on from it. One for
                each job and site.
            institution: With its stats credentials, one request brings up to 1,000 items.

        Returns:
            `id` (Int64) and a column for each counter (Int64), in the order of the ids; missing where
            the service gave no number (recorded for a few items).
        """
        ids, book = _ids(article_ids), self._ledger(ledger, "totals")
        counters = [counters] if isinstance(counters, str) else counters
        for counter in counters:
            require(counter in COUNTERS, f"A counter is one of {', '.join(COUNTERS)}, not {counter!r}.")
        missing = [number for number in ids if not set(counters) <= set(book.done.get(number, {}))]
        tops = self._top_counts(counters, institution) if institution and len(missing) > 1 else {}
        for _ in self._map(lambda number: book.add(self._counted(number, counters, tops)), missing, "totals"):
            pass
        return _frame([book.done[number] for number in ids], {"id": "int", **dict.fromkeys(counters, "int")})

    def _top_counts(self, counters: Sequence[str], institution: str) -> dict[str, dict[int, int]]:
        """For each counter the institution's most counted items: id and number."""
        answers = {counter: self.stats(_stats_path(institution, "top", counter, "article"), count=_TOP_MAX)
                   for counter in counters}
        return {counter: {int(key): value for key, value in _unwrapped(answer, "top").items()}
                for counter, answer in answers.items()}

    def _counted(self, article_id: int, counters: Sequence[str], tops: dict[str, dict[int, int]]) -> dict:
        """One row: from the top lists where they tell, else asked for.

        The service may cut a list before what was asked for. One that is shorter than another is not cut:
        an item that the other shows to be the institution's own, and that is not in it, counts 0.
        """
        is_own, row = any(article_id in top for top in tops.values()), {"id": article_id}
        cut = min(_TOP_MAX, max(map(len, tops.values()), default=0))
        for counter in counters:
            top = tops.get(counter, {})
            row[counter] = top.get(article_id, 0 if is_own and len(top) < cut else None)
            if row[counter] is None:
                row[counter] = self.stats(f"/total/{counter}/article/{article_id}").get("totals")
        return row

    def timeline(self, item: str, item_id: int, *, counter: str = "views", granularity: str = "month",
                 start_date: str | None = None, end_date: str | None = None, institution: str | None = None,
                 sub_item: str | None = None, sub_item_id: int | str | None = None) -> pd.DataFrame:
        """Views (or downloads, shares) over time.

        Args:
            item, item_id, counter, institution: As `total`.
            granularity: "day", "month", "year" or "total".
            start_date, end_date: `YYYY-MM-DD`, both included; always needed, since the service would
                otherwise answer for this month only (documented).
            sub_item, sub_item_id: Count only "category" or "item_type" of this number.

        Returns:
            `period` (text: 2024-05-17, 2024-05, 2024 or total) and `value` (Int64), every period once, 0
            where the service says nothing. A long range is asked for in pieces that the service does not cut.
        """
        counts: Counter[str] = Counter()
        path = _range_path("timeline", item, item_id, counter, granularity, institution)
        for answer in self._stats_windows(path, granularity, start_date, end_date, sub_item, sub_item_id):
            counts.update(answer)
        return _period_frame(counts, granularity, start_date, end_date)

    def breakdown(self, item: str, item_id: int, *, counter: str = "views", granularity: str = "total",
                  start_date: str | None = None, end_date: str | None = None, institution: str | None = None,
                  sub_item: str | None = None, sub_item_id: int | str | None = None) -> pd.DataFrame:
        """Views (or downloads, shares) by country and city.

        Args:
            Those of `timeline`.

        Returns:
            `period`, `country`, `city` (text), `value` (Int64), most viewed first within a period. The
            service names ten cities a country at most (documented): the rest is the row "(other cities)", so
            that a country's rows add up to its total.
        """
        counts: Counter[tuple] = Counter()
        path = _range_path("breakdown", item, item_id, counter, granularity, institution)
        for answer in self._stats_windows(path, granularity, start_date, end_date, sub_item, sub_item_id):
            for place, value in _places(answer):
                counts[place] += value
        ordered = sorted(counts.items(), key=lambda pair: (
            pair[0][0], pair[0][2] == OTHER_CITIES, -pair[1], pair[0]))
        return _frame([(*place, value) for place, value in ordered],
                      {"period": "text", "country": "text", "city": "text", "value": "int"})

    def _stats_windows(self, path: str, granularity: str, start_date: str | None, end_date: str | None,
                       sub_item: str | None, sub_item_id: int | str | None) -> Iterator[dict]:
        """The answers for each window of the range, unwrapped; no events is `null` (recorded)."""
        _check_range(start_date, end_date)
        more = _given(sub_item=sub_item, sub_item_id=sub_item_id)
        for start, end in _windows(granularity, start_date, end_date):
            answer = self.stats(path, start_date=start, end_date=end, **more)
            yield _unwrapped(answer, "breakdown" if "/breakdown/" in path else "timeline")

    def top(self, counter: str = "views", item: str = "article", *, count: int = 10,
            item_id: int | None = None, sub_item: str | None = None, start_date: str | None = None,
            end_date: str | None = None, institution: str | None = None) -> pd.DataFrame:
        """The most viewed (downloaded, shared) things.

        Args:
            counter, item, institution: As `total`.
            count: How many.
            item_id: Inside this one; None: of all.
            sub_item: Rank its "category", "item_type" or "referral" instead; wants both dates.
            start_date, end_date: `YYYY-MM-DD`; both None: all time. A start alone reaches to today; an end
                alone would begin with this month (documented), so it is refused.

        Returns:
            `id` (Int64), or the column named by `sub_item` (text), and `value` (Int64), highest first.
        """
        require(not sub_item or (start_date and end_date),
                f"top by {sub_item} needs start_date and end_date: without them it covers this month only.")
        require(start_date or not end_date,
                f"top until {end_date} needs start_date too: without it Figshare begins with this month.")
        _check_days(start_date, end_date)
        more = _given(item_id=item_id, sub_item=sub_item, start_date=start_date, end_date=end_date)
        answer = self.stats(_stats_path(institution, "top", counter, item), count=count, **more)
        name, kind = (sub_item, "text") if sub_item else ("id", "int")
        ranked = sorted(_unwrapped(answer, "top").items(), key=lambda pair: (-pair[1], pair[0]))
        return _frame([(_tidy_place(key), value) for key, value in ranked], {name: kind, "value": "int"})

    def count_articles(self, group_ids: Iterable[int]) -> pd.DataFrame:
        """How many public items each group has, its subgroups not counted.

        Returns:
            `group_id` and `articles` (both Int64), in the order given.
        """
        ids = _ids(group_ids)
        counts = _content(self._request("POST", "/count/articles", service="stats", is_read=True,
                                        body={"groups": [{"id": number} for number in ids]})) or {}
        return _frame([(number, counts.get(str(number), 0)) for number in ids],
                      {"group_id": "int", "articles": "int"})


OTHER_CITIES = "(other cities)"
_TOP_MAX = 1000  # the highest `count` is not documented; local Figshare takes this much
_SPAN_YEARS = {"day": 1, "month": 2, "year": 5, "total": 1}  # where breakdown cuts a range (documented)
_PERIOD = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y", "total": "total"}


def _stats_path(institution: str | None, *parts: Any) -> str:
    return "/" + "/".join(str(part) for part in ((institution,) if institution else ()) + parts)


def _range_path(endpoint: str, item: str, item_id: int, counter: str, granularity: str,
                institution: str | None) -> str:
    require(granularity in GRANULARITIES,
            f"granularity must be one of {', '.join(GRANULARITIES)}, not {granularity!r}.")
    return _stats_path(institution, endpoint, granularity, counter, item, _whole_id(item_id))


def _unwrapped(answer: dict, wrapper: str) -> dict:
    """`{"top": {...}}`, the same without its wrapper, and `{"timeline": null}` all become a dict."""
    return answer.get(wrapper, answer) or {}


def _check_range(start_date: str | None, end_date: str | None) -> None:
    require(start_date and end_date,
            "start_date and end_date are needed: without them Figshare counts this month only.")
    _check_days(start_date, end_date)


def _check_days(start_date: str | None, end_date: str | None) -> None:
    """Dates that may be left out."""
    for name, value in _given(start_date=start_date, end_date=end_date).items():
        require(not _iso_date(value), f"{name} must be {_iso_date(value)}, not {value!r}.")
    if start_date and end_date:
        _check_order(start_date, end_date)


def _windows(granularity: str, start_date: str, end_date: str) -> Iterator[tuple[str, str]]:
    """The range in pieces that the service does not cut, each ending where a period ends."""
    start, end = date.fromisoformat(start_date), date.fromisoformat(end_date)
    while start <= end:
        following = _years_later(start, _SPAN_YEARS[granularity])
        if granularity == "month":
            following = following.replace(day=1)
        elif granularity == "year":
            following = following.replace(month=1, day=1)
        last = min(end, following - timedelta(days=1))
        yield start.isoformat(), last.isoformat()
        start = last + timedelta(days=1)


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def _periods(granularity: str, start_date: str, end_date: str) -> list[str]:
    """Every period that the range touches, in order."""
    days = pd.date_range(start_date, end_date, freq="D")
    return list(dict.fromkeys(days.strftime(_PERIOD[granularity])))


def _period_frame(counts: Counter[str], granularity: str, start_date: str, end_date: str) -> pd.DataFrame:
    """Counts by period as `timeline` gives them: every period of the range once, 0 where none was counted.

    The table carries the days that were counted, since the first and the last period may not be whole.
    """
    periods = _periods(granularity, start_date, end_date)
    frame = _frame([(period, counts[period]) for period in periods], {"period": "text", "value": "int"})
    frame.attrs["days"] = [start_date, end_date]
    return frame


def _tidy_place(name: str) -> str:
    """The service also writes `Unkown` (documented)."""
    return "Unknown" if name == "Unkown" else name


def _places(answer: dict) -> Iterator[tuple[tuple[str, str, str], int]]:
    """`(period, country, city), value`; `total` stands among the cities, and may exceed their sum."""
    for period, countries in answer.items():
        for country, cities in countries.items():
            named = {city: value for city, value in cities.items() if city != "total"}
            for city, value in named.items():
                yield (period, _tidy_place(country), _tidy_place(city)), value
            if rest := cities.get("total", 0) - sum(named.values()):
                yield (period, _tidy_place(country), OTHER_CITIES), rest


# ============================================================================================
# Harvest and snapshot
# ============================================================================================


class Harvest(Statistics):
    """Whole repositories: their metadata as a dataset on disk, or as a folder that local Figshare serves."""

    def harvest(self, folder: str | Path, *, set_name: str | None = None, start_date: str | None = None,
                end_date: str | None = None) -> dict:
        """Streams the metadata of a repository into a Parquet dataset by month, by OAI-PMH.

        Ten records a request (documented) instead of one; any size in little memory. An interrupted run
        goes on where it stopped; a finished one, run again, fetches what changed since.

        Args:
            folder: The dataset; `month=2024-05/batch-000001.parquet` and so on are made in it.
            set_name: An OAI-PMH set: `portal_2`, `item_type_3`, `category_4`.
            start_date, end_date: `"2024-01-31"`; items published or changed between them, both included.

        Returns:
            `records` (rows in the dataset), `newest` (the last datestamp).

        Raises:
            ParameterError: The folder holds another harvest, or a date is none.
        """
        dates = _given(start_date=start_date, end_date=end_date)
        _check_values(dates)
        run = _HarvestRun(Path(folder), {**_given(set=set_name), **dates}, self._identity())
        with progress(label="records", unit=" records") as bar:
            while question := run.question():
                bar.update(run.take(self._request("GET", "/oai", params=question).content))
        return run.finish()

    def resource_list(self, address: str) -> pd.DataFrame:
        """A ResourceSync document (ANSI/NISO Z39.99) as a table: what it lists.

        Args:
            address: Of the document, e.g. `https://HOST/.well-known/resourcesync` or one that it links.

        Returns:
            loc (the address), lastmod (UTC), capability, change, hash, length (bytes), type.
        """
        rows = []
        for entry in _xml(self._request("GET", address).content):
            if entry.tag.endswith(("}url", "}sitemap")):
                texts = {_local_name(child): (child.text or "").strip() for child in entry}
                rows.append({**texts, **(entry.attrib | _child(entry, "md").attrib)})
        return _frame(rows, {"loc": "text", "lastmod": "time", "capability": "text", "change": "text",
                             "hash": "text", "length": "int", "type": "text"})

    def snapshot(self, folder: str | Path, article_ids: Iterable[int | dict], *, totals: bool = True,
                 files: bool = False) -> Path:
        """Writes public items into a folder that local Figshare serves: one's repository, without a network.

        Args:
            folder: For `fh.connect("local", data=folder)` or `python -m local_figshare --data FOLDER`.
            article_ids: Numbers or records, e.g. what `articles(institution=...)` gives.
            totals: Views and downloads too.
            files: The files too; otherwise local Figshare makes up bytes of the right size.

        Returns:
            The folder. An interrupted run goes on where it stopped; a finished one, run again, asks anew.
        """
        folder, ids = Path(folder), _ids(article_ids)
        records = self.full_records(ids, ledger=folder / ".records.jsonl")
        _write_lines(folder / "articles.jsonl", records)
        _write_text(folder / "catalogue.json", json.dumps({"api_url": self.api_url}))
        if totals:
            counts = self.totals(records, ledger=folder / ".totals.jsonl")
            save_table(counts.rename(columns={"id": "article_id"}).fillna(0), folder / "totals.csv")
        for record in records if files else []:
            self._snapshot_files(record, folder / "files")
        for ledger in (".records.jsonl", ".totals.jsonl"):  # what they know grows old
            (folder / ledger).unlink(missing_ok=True)
        return folder

    def _snapshot_files(self, record: dict, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for file in record.get("files") or []:
            with contextlib.closing(progress(unit="B")) as bar:
                self._fetched(file, folder / str(file["id"]), False, bar)


class _HarvestRun:
    """A harvest on disk. `_harvest.json` says first of all what is asked for, and where. Answers go into
    `_spool.jsonl`, a line each, as they come; many lines become a batch of Parquet files, and only then is
    `_harvest.json` moved on. Killed at any moment, it loses one request.
    """

    batch_pages = 1000

    def __init__(self, folder: Path, query: dict, site: str):
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._state_file, self._spool = folder / "_harvest.json", folder / "_spool.jsonl"
        self._state = self._state_before(query, site) or {
            "site": site, "query": query, "batch": 1, "token": None, "records": 0, "newest": "",
            "newest_ids": [], "is_ordered": True}
        self._state["is_finished"] = False
        # the answers of a run that was cut off; those of a batch that was written are left aside
        self._pages = [page for page in _read_lines(self._spool) if page["batch"] == self._state["batch"]]
        if not self._pages:
            _write_text(self._state_file, json.dumps(self._state))
        for page in self._pages:
            self._move_on(page)

    def _state_before(self, query: dict, site: str) -> dict | None:
        """Where an earlier run has come to; None where nothing was harvested. Refuses another harvest's folder."""
        is_begun = self._spool.exists() or any(self._folder.glob("month=*"))
        state = {}
        if self._state_file.exists():
            state = _read_line(self._state_file.read_bytes(), self._state_file, 1)
        if not is_begun and state.get("batch", 1) == 1:
            return None
        require("site" in state, f"The folder {self._folder.name} does not say which harvest it holds (an older "
                                 "version wrote it): choose another folder.")
        require((state["query"], state["site"]) == (query, site),
                f"The folder {self._folder.name} holds a harvest of {state['query'] or 'everything'} from "
                f"{state['site']}, not of {query or 'everything'} from {site}: choose another folder.")
        return state

    def question(self) -> dict | None:
        """The parameters of the next request; None when all is there."""
        if self._state["is_finished"]:
            return None
        if self._state["token"]:
            return {"verb": "ListRecords", "resumptionToken": self._state["token"]}
        query = self._state["query"]
        since = self._state["newest"] or _oai_time(query.get("start_date"), "00:00:00")
        return {"verb": "ListRecords", "metadataPrefix": "oai_dc", **_given(**{
            "set": query.get("set"), "from": since, "until": _oai_time(query.get("end_date"), "23:59:59")})}

    def take(self, answer: bytes) -> int:
        """Keeps an answer; returns how many records it brought."""
        rows, token, error = _oai_page(answer)
        if error == "badResumptionToken":  # it expired: go on from the newest record, or from the start
            self._state.update(token=None, newest=self._state["newest"] * self._state["is_ordered"])
            return 0
        if error and error != "noRecordsMatch":
            raise BadRequest(f"OAI-PMH refused the harvest: {error}.", fix="check the name of the set.")
        known = {(number, self._state["newest"]) for number in self._state["newest_ids"]}
        page = {"batch": self._state["batch"], "token": token,
                "rows": [row for row in rows if (row["id"], row["datestamp"]) not in known]}
        _add_line(self._spool, page)
        self._pages.append(page)
        self._move_on(page)
        if len(self._pages) >= self.batch_pages:
            self._write_batch()
        return len(page["rows"])

    def _move_on(self, page: dict) -> None:
        """The state after a page."""
        state = self._state
        for row in page["rows"]:
            state["is_ordered"] = state["is_ordered"] and row["datestamp"] >= state["newest"]
            if row["datestamp"] > state["newest"]:
                state.update(newest=row["datestamp"], newest_ids=[])
            if row["datestamp"] == state["newest"]:
                state["newest_ids"].append(row["id"])
        state.update(records=state["records"] + len(page["rows"]), token=page["token"],
                     is_finished=not page["token"])

    def _write_batch(self) -> None:
        """The pages so far as Parquet files by month; writing them twice gives the same files."""
        frame = _frame([row for page in self._pages for row in page["rows"]], _HARVEST_COLUMNS)
        for month, rows in frame.groupby(frame["datestamp"].dt.strftime("%Y-%m")):
            save_table(rows, self._folder / f"month={month}" / f"batch-{self._state['batch']:06d}.parquet")
        self._state["batch"] += 1
        _write_text(self._state_file, json.dumps(self._state))
        self._pages = []
        self._spool.unlink(missing_ok=True)

    def finish(self) -> dict:
        self._write_batch()
        return {"records": self._state["records"], "newest": self._state["newest"]}


_HARVEST_COLUMNS = {"id": "int", "datestamp": "time", "is_deleted": "bool", "title": "text", "creators": "text",
                    "date": "time", "type": "text", "doi": "text", "url": "text", "rights": "text",
                    "subjects": "text", "description": "text", "sets": "text"}
_OAI = "{http://www.openarchives.org/OAI/2.0/}"


def harvest_frame(folder: str | Path) -> pd.DataFrame:
    """A harvest as a table, each item once, in its newest state; deleted ones left out.

    Returns:
        id (Int64), datestamp, date (UTC), title, creators, type, doi, url, rights, subjects, description,
        sets (text).
    """
    if not any(Path(folder).glob("month=*/*.parquet")):
        require(Path(folder, "_harvest.json").exists(), f"{Path(folder).name!r} holds no harvest: check the path.")
        frame = _frame([], _HARVEST_COLUMNS)
    else:
        frame = pd.read_parquet(folder, columns=list(_HARVEST_COLUMNS))
    frame = frame.sort_values(["datestamp", "id"], kind="stable").drop_duplicates("id", keep="last")
    frame = frame[~frame["is_deleted"].astype(bool)].reset_index(drop=True)
    return pd.DataFrame({name: _column(frame[name].tolist(), kind)
                         for name, kind in _HARVEST_COLUMNS.items() if name != "is_deleted"})


def _oai_time(day: str | None, clock: str) -> str | None:
    """A date with the time that OAI-PMH's granularity asks for."""
    return f"{day}T{clock}Z" if day else None


def _oai_page(answer: bytes) -> tuple[list[dict], str | None, str | None]:
    """The rows of a page, the token of the next one, and the code of an error."""
    root = _xml(answer)
    error = root.find(f"{_OAI}error")
    token = root.findtext(f".//{_OAI}resumptionToken")  # absent or empty on the last page
    return [_oai_row(record) for record in root.iter(f"{_OAI}record")], token or None, (
        None if error is None else error.get("code"))


def _oai_row(record: Any) -> dict:
    """One record of Dublin Core; creators lose the id that Figshare adds in brackets (documented)."""
    header, values = record.find(f"{_OAI}header"), {}
    for element in record.iterfind(f"{_OAI}metadata/*/*"):
        values.setdefault(_local_name(element), []).append(element.text or "")
    first = {name: texts[0] for name, texts in values.items()}
    return {"id": int(header.findtext(f"{_OAI}identifier").rsplit("/", 1)[-1]),
            "datestamp": header.findtext(f"{_OAI}datestamp"), "is_deleted": header.get("status") == "deleted",
            "title": plain_text(first.get("title")), "description": plain_text(first.get("description")),
            "creators": [re.sub(r" \(\d+\)$", "", name) for name in values.get("creator", [])],
            "subjects": values.get("subject"), "date": first.get("date"), "type": first.get("type"),
            "doi": first.get("identifier"), "url": first.get("relation"), "rights": first.get("rights"),
            "sets": [entry.text for entry in header.iterfind(f"{_OAI}setSpec")]}


def _xml(answer: bytes | str) -> Any:
    from xml.etree import ElementTree
    return ElementTree.fromstring(answer)


def _local_name(element: Any) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _child(element: Any, name: str) -> Any:
    """The child of this name, or the element itself without it, so that attributes can be read."""
    return next((child for child in element if _local_name(child) == name), element)


class Figshare(Harvest):
    """A Figshare site, as `connect` opens it. Its methods stand above, section by section:

    endpoint verbs (`get`, `post`, `put`, `delete`, `stats`) show the API itself; jobs, named by what
    people say, give plain dicts, lists, lazy iterators or, for counts, a DataFrame.
    """


# ============================================================================================
# Tables
# ============================================================================================


def _text(value: Any) -> str:
    """Text for a table: nothing is "", a list is joined by "; "."""
    if value is None or value != value:
        return ""
    return "; ".join(map(_text, value)) if isinstance(value, (list, tuple)) else str(value)


def _column(values: list, kind: str) -> Any:
    """A column of a fixed dtype, the same under pandas 2.2 and 3.1 and when there are no rows."""
    if kind == "text":
        return pd.array([_text(value) for value in values], dtype=pd.StringDtype("python"))
    if kind == "time":
        moments = pd.Series([value or None for value in values], dtype=object)
        times = pd.to_datetime(moments, utc=True, format="ISO8601", errors="coerce")
        return times.astype("datetime64[ns, UTC]")
    if kind == "float":
        return pd.array(values, dtype="float64")
    return pd.array(values, dtype={"int": "Int64", "bool": "boolean"}[kind])


def _frame(rows: Iterable[dict | Sequence], columns: dict[str, str]) -> pd.DataFrame:
    """A DataFrame with just these columns; kinds: text, int, float, bool, time.

    A row is a dict, in which a column may be absent, or a sequence with a value for each column.
    """
    rows = [row if isinstance(row, dict) else dict(zip(columns, row, strict=True)) for row in rows]
    return pd.DataFrame({name: _column([row.get(name) for row in rows], kind)
                         for name, kind in columns.items()})


def plain_text(markup: str | None) -> str:
    """Text without HTML: titles and descriptions may hold tags, entities and odd blanks (recorded)."""
    text = re.sub(r"</?[a-zA-Z][^<>]*>", " " if "<p" in (markup or "") else "", markup or "")
    return " ".join(_UNPRINTABLE.sub("", html.unescape(text)).split())


# Neither signs nor blanks: control characters, and halves of signs that UTF-8 cannot write.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff\ufffe\uffff]")


_RECORD_COLUMNS = {
    "id": "int", "title": "text", "type": "text", "published_date": "time", "group_id": "int", "doi": "text",
    "handle": "text", "url": "text", "version": "int", "status": "text", "size": "int", "files": "int",
    "authors": "text", "categories": "text", "tags": "text", "license": "text", "description": "text",
    "is_embargoed": "bool", "created_date": "time", "modified_date": "time", "resource_doi": "text",
}


def records_frame(records: Iterable[dict], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Records as a table, one row an item; takes short and full records.

    Args:
        records: From `articles`, `search`, `full_records` and so on.
        columns: Only these, in this order; None: all.

    Returns:
        Text, ids and numbers Int64, times UTC, `is_embargoed` boolean:
        id, title, type, published_date, group_id, doi, handle, url (the page), version, status,
        size (bytes), files (how many), authors, categories, tags ("; " between), license, description,
        is_embargoed, created_date, modified_date, resource_doi. Without HTML; text that is missing is "",
        and what only full records have is missing for short ones.
    """
    columns = list(_RECORD_COLUMNS if columns is None else columns)
    unknown = [name for name in columns if name not in _RECORD_COLUMNS]
    require(not unknown,
            f"A record's table has no column {unknown}: choose from {', '.join(_RECORD_COLUMNS)}.")
    rows = [_record_row(record) for record in records]
    return _frame(rows, {name: _RECORD_COLUMNS[name] for name in columns})


def _record_row(record: dict) -> dict:
    """One row; 0, "" and null for "no group" or "no date" all become missing (recorded variants)."""
    files = record.get("files")
    return {
        **record,
        "title": plain_text(record.get("title")), "description": plain_text(record.get("description")),
        "type": record.get("defined_type_name"), "group_id": record.get("group_id") or None,
        "url": record.get("url_public_html") or record.get("figshare_url"),
        "authors": [author["full_name"] for author in record.get("authors") or []],
        "categories": [category["title"] for category in record.get("categories") or []],
        "tags": record.get("tags") or record.get("keywords"),
        "license": (record.get("license") or {}).get("name"),
        "files": None if files is None else len(files),
    }


_FILE_COLUMNS = {"article_id": "int", "id": "int", "name": "text", "size": "int", "mimetype": "text",
                 "is_link_only": "bool", "md5": "text", "download_url": "text"}


def files_frame(records: Iterable[dict]) -> pd.DataFrame:
    """The files of full records, one row a file.

    Returns:
        article_id, id (Int64), name, size (bytes, Int64), mimetype, is_link_only (boolean), md5 ("" where
        unknown), download_url.
    """
    rows = [{**file, "article_id": record["id"], "md5": _known_md5(file)}
            for record in records for file in record.get("files") or []]
    return _frame(rows, _FILE_COLUMNS)


def collections_frame(collections: Iterable[dict]) -> pd.DataFrame:
    """Full records of collections as a table.

    Returns:
        id (Int64), title, published_date (UTC), doi, authors (text), items (how many, Int64).
    """
    rows = [{**_record_row(record), "items": record.get("articles_count")} for record in collections]
    return _frame(rows, {"id": "int", "title": "text", "published_date": "time", "doi": "text",
                         "authors": "text", "items": "int"})


def groups_frame(groups: Iterable[dict]) -> pd.DataFrame:
    """Groups as a table.

    Returns:
        id (Int64), name, parent_id (Int64; 0 at the top), path (names from the top, " > " between).
    """
    groups = list(groups)
    by_id = {group["id"]: group for group in groups}
    rows = [{**group, "path": " > ".join(_lineage(group, by_id))} for group in groups]
    return _frame(rows, {"id": "int", "name": "text", "parent_id": "int", "path": "text"})


def _lineage(group: dict, by_id: dict) -> list[str]:
    above = by_id.get(group.get("parent_id"))
    return [*(_lineage(above, by_id) if above else []), group["name"]]


def tables(records: Iterable[dict]) -> dict[str, pd.DataFrame]:
    """Full records as tidy tables that join on `article_id`.

    Returns:
        main (`records_frame`, with `article_id` for `id`), authors (position, id, full_name, orcid_id,
        is_active), categories (id, title, source_id, taxonomy_id), tags (tag), funding (title, grant_code,
        funder_name, is_user_defined, url), files (`files_frame`), custom_fields (name, value; one row for
        each of several values).
    """
    records = list(records)
    main = records_frame(records).rename(columns={"id": "article_id"})
    made = {name: _frame([row for record in records for row in rows_of(record)],
                         {"article_id": "int", **columns}) for name, (rows_of, columns) in _TABLES.items()}
    return {"main": main, **made, "files": files_frame(records)}


def _list_rows(key: str) -> Callable[[dict], Iterator[dict]]:
    """Rows of a list inside a record, numbered from 1."""
    def rows_of(record: dict) -> Iterator[dict]:
        for position, entry in enumerate(record.get(key) or [], 1):
            yield {**entry, "article_id": record["id"], "position": position}
    return rows_of


def _tag_rows(record: dict) -> Iterator[dict]:
    for tag in record.get("tags") or record.get("keywords") or []:
        yield {"article_id": record["id"], "tag": tag}


def _funding_rows(record: dict) -> Iterator[dict]:
    """The list of grants; where there is none, the older free text as a row (both recorded)."""
    entries = record.get("funding_list") or []
    if not entries and record.get("funding"):
        entries = [{"title": record["funding"], "is_user_defined": 1}]
    for entry in entries:
        yield {**entry, "article_id": record["id"], "is_user_defined": bool(entry.get("is_user_defined"))}


def _custom_rows(record: dict) -> Iterator[dict]:
    """Custom fields are a list when read, a dict when written; a value may be a list (recorded)."""
    fields = record.get("custom_fields") or []
    if isinstance(fields, dict):
        fields = [{"name": name, "value": value} for name, value in fields.items()]
    for entry in fields:
        values = entry.get("value") if isinstance(entry.get("value"), list) else [entry.get("value")]
        for value in values:
            yield {"article_id": record["id"], "name": entry["name"], "value": value}


_TABLES = {
    "authors": (_list_rows("authors"), {"position": "int", "id": "int", "full_name": "text",
                                        "orcid_id": "text", "is_active": "bool"}),
    "categories": (_list_rows("categories"), {"id": "int", "title": "text", "source_id": "text",
                                              "taxonomy_id": "int"}),
    "tags": (_tag_rows, {"tag": "text"}),
    "funding": (_funding_rows, {"title": "text", "grant_code": "text", "funder_name": "text",
                                "is_user_defined": "bool", "url": "text"}),
    "custom_fields": (_custom_rows, {"name": "text", "value": "text"}),
}


def _full_name(account: dict) -> str:
    return " ".join(filter(None, (account.get("first_name"), account.get("last_name"))))


def _with_orcid(author: dict) -> str:
    return author["full_name"] + (f" ({author['orcid_id']})" if author.get("orcid_id") else "")


def output_folder(path: str | Path = "") -> Path:
    """The folder for a notebook's files, made if need be; a new temporary one where none is named."""
    if not path:
        return Path(tempfile.mkdtemp(prefix="figshare-workbook-"))
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ParameterError(f"The folder {str(path)!r} cannot be made ({error.strerror}): "
                             "name another output_dir.") from None
    return Path(path)


def report_folder(output_dir: str | Path, notebook: str, subject: str | int) -> Path:
    """The folder of a report's files, `output_dir/notebook/subject`, made if need be; or a temporary one."""
    return output_folder(Path(output_dir) / notebook / _safe_name(str(subject)) if output_dir else "")


def save_table(frame: pd.DataFrame | dict[str, pd.DataFrame], path: str | Path) -> Path:
    """Writes a table as CSV, XLSX or Parquet, by the name's ending; whole or not at all.

    Args:
        frame: A DataFrame; for XLSX also several, by the name of their sheet.
        path: The file; its folder is made if need be.

    Returns:
        The path.

    A text that a spreadsheet would take for a formula (it begins with = + - @) gets an apostrophe in
    front, in CSV and XLSX; control characters, which XLSX cannot hold, are left out of both.
    """
    path = Path(path)
    writer = {".csv": _write_csv, ".xlsx": _write_xlsx, ".parquet": _write_parquet}.get(path.suffix.lower())
    require(writer, f"A table is saved as .csv, .xlsx or .parquet, not {path.suffix!r}: change the name.")
    with _whole(path) as part:
        writer(frame, part)
    return path


def save_tables(frames: dict[str, pd.DataFrame], folder: str | Path,
                endings: Sequence[str] = (".csv", ".parquet")) -> list[Path]:
    """Writes each table in each form, `NAME.csv` and `NAME.parquet`; as `save_table`. Returns the paths."""
    return [save_table(frame, Path(folder) / f"{name}{ending}")
            for name, frame in frames.items() for ending in endings]


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    _harmless(frame).to_csv(path, index=False, lineterminator="\n")


def _write_xlsx(frames: pd.DataFrame | dict[str, pd.DataFrame], path: Path) -> None:
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, frame in (frames if isinstance(frames, dict) else {"table": frames}).items():
            frame = _harmless(frame)
            for column in frame.select_dtypes("datetimetz"):  # Excel knows no time zones
                frame[column] = frame[column].dt.tz_localize(None)
            frame.to_excel(book, sheet_name=name[:31], index=False, freeze_panes=(1, 0))


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False)


def _harmless(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy in which no text can become a formula or break the file; plain numbers such as -5 stay."""
    def defused(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        value = re.sub(r"[\x0b\x0c\x1c-\x1f]", " ", _UNPRINTABLE.sub("", value))  # blanks, but not for XLSX
        is_formula = re.match(r"[=+\-@\t\r]", value) and not re.fullmatch(r"[+-]?[\d.]+", value)
        return f"'{value}" if is_formula else value
    frame = frame.rename(columns=defused)
    for column in frame.select_dtypes(["string", "object", "category"]):
        frame[column] = frame[column].map(defused)
    return frame


# ============================================================================================
# Author report
# ============================================================================================

_ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])/?", re.IGNORECASE)


def author_records(figshare: Figshare, author: str | int) -> list[dict]:
    """Full records of the public items that an author may have published.

    Args:
        figshare: The client; for an author id it needs a token.
        author: ORCID, author id or full name ("Ada Byron" or "Byron, Ada").

    Returns:
        Records found by the ORCID, and by every name that goes with the ORCID or the id: more than the
        author's own, since people share names. `authorship_frame` says which is which.

    Raises:
        NotFound: There is no author of this id.

    Documented: the search fields `orcid` and `author`. There is none for the id, so it is turned into a
    name first.
    """
    key, value = _author_key(author)
    if key == "id":
        profile = figshare.get(f"/account/authors/{value}")
        orcid, names = profile.get("orcid_id") or "", {profile["full_name"]}
    else:
        orcid, names = (value, set()) if key == "orcid_id" else ("", {value})
    records = figshare.full_records(figshare.search(f":orcid: {orcid}")) if orcid else []
    names |= {entry["full_name"] for record in records for entry in record["authors"]
              if entry["orcid_id"] == orcid}
    hits = itertools.chain.from_iterable(figshare.search(_by_author(name)) for name in sorted(names))
    known = {record["id"] for record in records}
    return records + figshare.full_records(hit for hit in unique(hits) if hit["id"] not in known)


def _author_key(author: str | int) -> tuple[str, Any]:
    """Which field of an author is meant, and its value."""
    text = str(author).strip()
    require(text, "author must be an ORCID, an author id or a name, not empty: change it.")
    if found := _ORCID.fullmatch(text):
        return "orcid_id", found[1].upper()
    if text.isdigit():
        return "id", int(text)
    family, comma, given = text.partition(",")
    return "full_name", f"{given.strip()} {family.strip()}" if comma else text


def _by_author(name: str) -> str:
    return ':author: "' + name.replace('"', " ") + '"'


def authorship_frame(records: Iterable[dict], author: str | int) -> pd.DataFrame:
    """How each record was matched to an author.

    Args:
        records: From `author_records`.
        author: As there.

    Returns:
        article_id, author_id (Int64), full_name, orcid_id (text), match (text), is_theirs (boolean); one
        row for each fitting entry of an item's list of authors. `match` is "ORCID", "author id", "name" (a
        name was asked for), "name only" (the same name, but another id and no ORCID: perhaps the same
        person) or "name, other ORCID" (a namesake). The last two are not counted as theirs.
    """
    entries = [(record["id"], entry) for record in records for entry in record.get("authors") or []]
    key, value = _author_key(author)
    if key == "full_name":
        own = [entry for _, entry in entries if _same_name(entry["full_name"]) == _same_name(value)]
    else:
        own = [entry for _, entry in entries if entry.get(key) == value]
    known = {name: {entry.get(name) for entry in own} - {"", None} for name in ("id", "orcid_id")}
    known["names"] = {_same_name(entry["full_name"]) for entry in own}
    rows = [{"article_id": number, "author_id": entry["id"], "full_name": entry["full_name"],
             "orcid_id": entry.get("orcid_id"), "match": match, "is_theirs": match in _THEIRS}
            for number, entry in entries if (match := _match(entry, known, key == "full_name"))]
    return _frame(rows, {"article_id": "int", "author_id": "int", "full_name": "text", "orcid_id": "text",
                         "match": "text", "is_theirs": "bool"})


_THEIRS = ("ORCID", "author id", "name")


def _same_name(name: str) -> str:
    """A name without case, accents and dots, for comparison."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char))
    return " ".join(re.sub(r"[.,]", " ", bare).casefold().split())


def _match(entry: dict, known: dict[str, set], by_name: bool) -> str:
    """What connects an entry of a list of authors with the author; "" where nothing does."""
    if _same_name(entry["full_name"]) in known["names"] and by_name:
        return "name"
    if not by_name and entry.get("orcid_id") in known["orcid_id"]:
        return "ORCID"
    if not by_name and entry["id"] in known["id"]:
        return "author id"
    if _same_name(entry["full_name"]) in known["names"]:
        return "name, other ORCID" if entry.get("orcid_id") else "name only"
    return ""


def persons_frame(authorship: pd.DataFrame) -> pd.DataFrame:
    """Who is behind the matches: one row a person, as far as ids can tell.

    Args:
        authorship: From `authorship_frame`.

    Returns:
        author_id, full_name, orcid_id, match, is_theirs, items (Int64); most items first.
    """
    keys = ["author_id", "full_name", "orcid_id", "match", "is_theirs"]
    counts = authorship.groupby(keys, as_index=False).agg(items=("article_id", "nunique"))
    rows = counts.sort_values(["items", "author_id"], ascending=[False, True]).to_dict("records")
    return _frame(rows, {"author_id": "int", "full_name": "text", "orcid_id": "text", "match": "text",
                         "is_theirs": "bool", "items": "int"})


def author_collections(figshare: Figshare, persons: pd.DataFrame) -> list[dict]:
    """Full records of the public collections that persons have made, found by name and checked by id.

    Args:
        figshare: The client.
        persons: From `persons_frame`; those with `is_theirs` count.
    """
    own = persons[persons["is_theirs"]]
    queries = [{"search_for": _by_author(name)} for name in own["full_name"].unique()]
    hits = itertools.chain.from_iterable(
        figshare._listing("POST", "/collections/search", query) for query in queries)
    found = figshare._map(lambda hit: figshare.get(f"/collections/{hit['id']}"), unique(hits), "collections")
    ids = set(own["author_id"])
    return [record for record in found if any(entry["id"] in ids for entry in record["authors"])]


_TIMELINE_KEYS = {"submission": "submission", "revision": "revision", "publisherAcceptance": "acceptance",
                  "publisherPublication": "publication", "firstOnline": "first_online", "posted": "posted"}


def timeline_dates_frame(records: Iterable[dict]) -> pd.DataFrame:
    """The dates in each record's `timeline` as columns.

    Returns:
        id (Int64), then submission, revision, acceptance and publication (the publisher's), first_online
        and posted, all UTC times, missing where the record has none.

    Recorded: times come without a zone, and some `firstOnline` as a bare date; the other keys are rare.
    """
    rows = [{"id": record["id"], **{column: (record.get("timeline") or {}).get(key)
                                    for key, column in _TIMELINE_KEYS.items()}} for record in records]
    return _frame(rows, {"id": "int", **dict.fromkeys(_TIMELINE_KEYS.values(), "time")})


# ============================================================================================
# Counting
# ============================================================================================


def counts_frame(frame: pd.DataFrame, column: str, *, by: str | None = None,
                 most: int | None = None) -> pd.DataFrame:
    """How many items have each value of a column.

    Args:
        frame: A table with `article_id`, one or more rows an item.
        column: What to count; spellings that differ only in case are one, shown as most items have it.
        by: A second column that divides the items, with few values: each becomes a column of counts.
        most: So many rows at most.

    Returns:
        the column (text, "(none)" for empty), items (Int64), then one column (Int64) for each value of
        `by`; most items first.
    """
    parts = sorted(set(frame[by])) if by else []
    spellings: dict[str, dict[str, set]] = {}
    for row in frame[["article_id", column]].itertuples(index=False):
        text = _text(row[1]) or "(none)"
        spellings.setdefault(text.casefold(), {}).setdefault(text, set()).add(row[0])
    members = {part: set(frame.loc[frame[by] == part, "article_id"]) for part in parts}
    rows = []
    for found in spellings.values():
        items = set().union(*found.values())
        rows.append({column: max(sorted(found), key=lambda text: len(found[text])), "items": len(items),
                     **{part: len(items & members[part]) for part in parts}})
    rows.sort(key=lambda row: (-row["items"], row[column]))
    return _frame(rows[:most], {column: "text", "items": "int", **dict.fromkeys(parts, "int")})


def mentions_frame(records: Iterable[dict], names: Sequence[str]) -> pd.DataFrame:
    """Where in each record a name stands.

    Args:
        records: Full records.
        names: Spellings of one name; case does not matter. A lone text is one.

    Returns:
        article_id (Int64) and named_in (text): title, description, tags, authors, funding, custom_fields,
        references, resource_title, "; " between; "elsewhere" where the search found it and we do not.
    """
    rows, names = [], [names] if isinstance(names, str) else names
    for record in records:
        found = [field.removesuffix("_list") for field in _NAMING if _mentions(record.get(field), names)]
        rows.append((record["id"], list(dict.fromkeys(found)) or "elsewhere"))
    return _frame(rows, {"article_id": "int", "named_in": "text"})


_NAMING = ("title", "description", "tags", "authors", "funding", "funding_list", "custom_fields",
           "references", "resource_title")


def _mentions(value: Any, names: Sequence[str]) -> bool:
    text = plain_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).casefold()
    return any(name.casefold() in text for name in names)


def deposits_frame(records: Iterable[dict], start_date: str, end_date: str, *,
                   granularity: str = "month") -> pd.DataFrame:
    """How many items were published in each period.

    Args:
        records: Short or full records.
        start_date, end_date: `YYYY-MM-DD`, both included.
        granularity: "day", "month" or "year".

    Returns:
        period (text) and value (Int64), every period once, as `timeline`, so that `plot_timeline` draws it.
    """
    _check_range(start_date, end_date)
    days = [record["published_date"][:10] for record in records if record.get("published_date")]
    length = len(pd.Timestamp(start_date).strftime(_PERIOD[granularity]))
    counts = Counter(day[:length] for day in days if start_date <= day <= end_date)
    return _period_frame(counts, granularity, start_date, end_date)


_COMPLETE = {
    "licence": lambda record: (record.get("license") or {}).get("name"),
    "description": lambda record: plain_text(record.get("description")),
    "ORCID of an author": lambda record: any(entry.get("orcid_id") for entry in record.get("authors") or []),
    "keyword": lambda record: record.get("tags") or record.get("keywords"),
    "category": lambda record: record.get("categories"),
    "funding": lambda record: record.get("funding_list") or record.get("funding"),
    "DOI": lambda record: record.get("doi"),
    "file": lambda record: record.get("files") or record.get("size"),  # old snapshots have the size alone
}


def completeness_frame(records: Sequence[dict]) -> pd.DataFrame:
    """How many full records have a licence, a description, an ORCID and so on.

    Returns:
        has (text), items (Int64), share (float, per cent of all; missing where there is no record).
    """
    counts = {name: sum(bool(test(record)) for record in records) for name, test in _COMPLETE.items()}
    rows = [(name, count, 100 * count / len(records) if records else None) for name, count in counts.items()]
    return _frame(rows, {"has": "text", "items": "int", "share": "float"})


def summed_timeline(figshare: Figshare, item: str, item_ids: Iterable[int], **question: Any) -> pd.DataFrame:
    """One timeline for several things, e.g. a group and its subgroups.

    Args:
        figshare: The client.
        item: "article", "author", "collection", "group" or "project".
        item_ids: Their ids. What belongs to two of them is counted twice; an item has one group only.
        **question: counter, granularity, start_date, end_date, institution of `timeline`.

    Returns:
        period (text), value (Int64), as `timeline`; only zeros where there is no id.
    """
    _check_range(question.get("start_date"), question.get("end_date"))
    counts: Counter[str] = Counter()
    for frame in figshare._map(lambda number: figshare.timeline(item, number, **question),
                               _ids(item_ids), "timelines"):
        counts.update(dict(zip(frame["period"], frame["value"], strict=True)))
    return _period_frame(counts, question.get("granularity", "month"), question["start_date"],
                         question["end_date"])


def summed_breakdown(figshare: Figshare, item: str, item_ids: Iterable[int], **question: Any) -> pd.DataFrame:
    """One breakdown for several things; arguments as `summed_timeline`.

    Returns:
        country (text) and value (Int64), highest first.
    """
    _check_range(question.get("start_date"), question.get("end_date"))
    counts: Counter[str] = Counter()
    for frame in figshare._map(lambda number: figshare.breakdown(item, number, **question),
                               _ids(item_ids), "countries"):
        counts.update(frame.groupby("country")["value"].sum().to_dict())
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return _frame(ordered, {"country": "text", "value": "int"})


def group_tree(groups: Iterable[dict], top_group: int = 0, *, include_subgroups: bool = True) -> list[dict]:
    """A group and all groups below it, each before its own subgroups, by name.

    Args:
        groups: From `figshare.groups()`.
        top_group: The id of the group at the top; 0: all groups, below one that we add (its id is 0).
        include_subgroups: False: the group alone.

    Raises:
        ParameterError: There is no such group; some that there are get named.
    """
    by_id = {group["id"]: group for group in groups}
    some = ", ".join(f"{number} {group['name']}" for number, group in list(by_id.items())[:5])
    require(top_group in (0, *by_id), f"{top_group} is no group of the token's institution: "
                                      f"choose one, such as {some}, or 0 for all.")
    by_id[0] = {"id": 0, "name": "All groups", "parent_id": None}  # the parent_id of a group at the top is 0
    found = [by_id[number] for _, number in _descended(by_id, top_group)]
    return found if include_subgroups or not top_group else found[:1]


def group_sums_frame(tree: Sequence[dict], items: pd.DataFrame) -> pd.DataFrame:
    """Items, views and downloads of a group and of each group below it, subgroups included.

    Args:
        tree: From `group_tree`.
        items: One row an item: group_id, views, downloads.

    Returns:
        group_id (Int64), group (its name), path (names from the top, " > " between), level (0: the top),
        own_items (without subgroups), items, views, downloads (Int64; with subgroups); in the tree's order.
    """
    by_id = {group["id"]: group for group in tree}
    rows = []
    for level, number in _descended(by_id, tree[0]["id"]):
        below = [number, *(child for _, child in _descended(by_id, number))]
        inside = items[items["group_id"].isin(below)]
        rows.append({"group_id": number, "group": by_id[number]["name"], "level": level, "items": len(inside),
                     "path": " > ".join(_lineage(by_id[number], by_id)),
                     "own_items": int(items["group_id"].eq(number).sum()),
                     "views": inside["views"].sum(), "downloads": inside["downloads"].sum()})
    return _frame(rows, {"group_id": "int", "group": "text", "path": "text", "level": "int",
                         "own_items": "int", "items": "int", "views": "int", "downloads": "int"})


def branches_frame(sums: pd.DataFrame) -> pd.DataFrame:
    """Of a `group_sums_frame` the groups right below the top, and what is in the top group itself.

    Returns:
        group (text), items, views, downloads (Int64); most items first. The items add up to all of them.
    """
    top, below = sums[sums["level"] == 0], sums[sums["level"] == 1]
    columns = ["items", "views", "downloads"]
    itself = top[columns].iloc[0] - below[columns].sum()
    name = f"{top['group'].iloc[0]}{' itself' if len(below) else ''}"
    rows = below.to_dict("records")
    rows += [{"group": name, **itself}] if itself["items"] or not rows else []
    rows.sort(key=lambda row: -row["items"])
    return _frame(rows, {"group": "text", **dict.fromkeys(columns, "int")})


def _descended(by_id: dict[int, dict], group_id: int, level: int = 0) -> Iterator[tuple[int, int]]:
    """`level, id` of a group and of all below it, each before its own subgroups, by name."""
    yield level, group_id
    children = [group for group in by_id.values() if group["parent_id"] == group_id]
    for child in sorted(children, key=lambda group: group["name"]):
        yield from _descended(by_id, child["id"], level + 1)


def date_range(moments: pd.Series) -> str:
    """The first and the last day of a column of times, for titles: `2019-04-30 to 2022-05-05`."""
    days = moments.dropna().dt.strftime("%Y-%m-%d")
    return f"{days.min()} to {days.max()}" if len(days) else "never"


def size_text(size: float) -> str:
    """A number of bytes for people: 1.2 GB, in powers of 1,000."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:,.{0 if unit == 'bytes' else 1}f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"


# ============================================================================================
# Repository dashboard
# ============================================================================================


def administrator(site: str, institution: str) -> str | None:
    """The token of an institution's administrator on local Figshare; None elsewhere: use your own."""
    return f"local-{'faber-' if institution == 'faber' else ''}admin" if site == "local" else None


def refresh_records(figshare: Figshare, path: str | Path, group_ids: Iterable[int]) -> dict:
    """Full records of some groups' public items, kept in a file: a later run fetches what has changed.

    Args:
        figshare: The client.
        path: A JSONL file, one record a line. An interrupted run goes on from it.
        group_ids: The groups; those below them are not meant by it (`group_tree` gives them all).

    Returns:
        records (list, by id), fetched (ids of new and changed items) and gone (ids that are not public in
        these groups any more). What the file holds of other groups is dropped from it.

    Documented: `modified_since`. Our choice: it is asked for from the day of the newest record in the
    file; and since it does not tell what was withdrawn or moved, a group whose number of items (one
    request counts all groups) is not what the file holds is listed as a whole.
    """
    book, groups = figshare._ledger(path, "full_records"), _ids(group_ids)
    kept = {number: record for number, record in book.done.items() if record["group_id"] in groups}
    newest = max((record["modified_date"] for record in kept.values()), default="")[:10]
    listed = _listed_in(figshare, groups, modified_since=newest or None)
    group_of = {number: record["group_id"] for number, record in {**kept, **listed}.items()}
    odd = _miscounted(figshare, groups, group_of) if kept else []
    listed |= _listed_in(figshare, odd)
    gone = sorted(number for number in kept if group_of[number] in odd and number not in listed)
    current = {number: record for number, record in kept.items()
               if number not in gone and not _differs(record, listed.get(number, record))}
    if len(current) < len(book.done):
        _write_lines(Path(path), [book.job, *current.values()])
    records = figshare.full_records(sorted({*kept, *listed} - set(gone)), ledger=path)
    fetched = [record["id"] for record in records if record["id"] not in current]
    return {"records": records, "fetched": fetched, "gone": gone}


def _listed_in(figshare: Figshare, groups: Sequence[int], **filters: Any) -> dict[int, dict]:
    """Short records of these groups by id; `group_id` is 0 in some lists (recorded), so we set it."""
    lists = figshare._map(lambda group: list(figshare.articles(group=group, **filters)), groups, "groups")
    return {item["id"]: {**item, "group_id": group}
            for group, items in zip(groups, lists, strict=True) for item in items}


def _miscounted(figshare: Figshare, groups: Sequence[int], group_of: dict[int, int]) -> list[int]:
    """The groups that hold more or fewer items than we know of."""
    known = Counter(group_of.values())
    counts = figshare.count_articles(groups)["articles"]
    return [group for group, count in zip(groups, counts, strict=True) if count != known[group]]


def _differs(record: dict, item: dict) -> bool:
    """Is the short record of a later day, or of another group, than the full one?"""
    return any(record.get(key) != item.get(key) for key in ("modified_date", "group_id"))


# ============================================================================================
# Batch upload
# ============================================================================================

_PUBLICATION_TYPES = {
    "article": "journal contribution", "chapter": "chapter", "book": "book", "monograph": "monograph",
    "proceeding": "conference contribution", "preprint": "preprint",
}
_ON_DUPLICATE = ("skip", "update", "create")
_MAPPING = (
    ("id", "(ledger only)", "the row's name in the ledger where it has no DOI"),
    ("title", "title, resource_title", "without markup; 3 to 1,000 characters"),
    ("abstract", "description", "without markup; where there is none, the description says so"),
    ("journal, publisher, date", "description", "one sentence: where the original appeared"),
    ("authors", "authors", "name, and ORCID where its check character is right"),
    ("doi", "resource_doi, link-only file", "lower case, without https://doi.org/; never the item's own DOI"),
    ("date, else year", "timeline.firstOnline", "a partial date is completed with 01"),
    ("type", "defined_type", "; ".join(f"{key}: {value}" for key, value in _PUBLICATION_TYPES.items())),
    ("category_for", "categories_by_source_id", "the most exact code; of a group 'not elsewhere classified'"),
    ("concepts", "keywords", "the first six"),
    ("funders, supporting_grant_ids", "funding_list", "a title each"),
    ("linkout", "references", "if it is an address"),
    ("path", "files", "not part of an export: a file, or several, beside it"),
)
_MOST_KEYWORDS = 6
_TITLE_LENGTHS = (3, 1000)  # documented


@dataclass
class BatchRow:
    """One row of an export on its way to Figshare.

    `errors` keep it from being sent, `missing` is what publishing would still need, `notes` say what was
    changed or left out on the way. `action` is create, update, skip, leave out or done.
    """

    number: int
    source_id: str = ""
    title: str = ""
    doi: str = ""
    metadata: dict = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    action: str = "create"
    why: str = ""
    article_id: int | None = None
    twins: list[int] = field(default_factory=list)  # items of the account that were there before

    @property
    def key(self) -> str:
        """The row's name in the ledger, the same in every run."""
        return self.doi or self.source_id

    @property
    def link(self) -> str:
        """The address of the original."""
        return f"https://doi.org/{self.doi}" if self.doi else ""


def mapping_frame() -> pd.DataFrame:
    """Which field of a Dimensions export goes where: field, goes_to, how."""
    return _frame(_MAPPING, {"field": "text", "goes_to": "text", "how": "text"})


def read_export(path: str | Path) -> list:
    """The rows of a JSON export, whatever they are.

    Raises:
        ParameterError: The file is not there, or holds no JSON list.
    """
    try:
        rows = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise ParameterError(f"{path} cannot be read as JSON ({error}): give another file.") from None
    require(isinstance(rows, list), f"{path} holds no list of publications: give another file.")
    return rows


def batch_plan(rows: Sequence[Any], folder: str | Path = ".") -> list[BatchRow]:
    """What every row of an export would become. Asks nothing of any site.

    Args:
        rows: Publications in the shape of a Dimensions export; broken rows included.
        folder: Where the files named by a row's `path` are.

    Returns:
        One BatchRow a row, in order, with every error and every missing field named.
    """
    plan = [_batch_row(number, row, Path(folder)) for number, row in enumerate(rows)]
    _mark_copies(plan)
    return plan


def _batch_row(number: int, row: Any, folder: Path) -> BatchRow:
    """One row read; a row that is no record has one error."""
    if not isinstance(row, dict):
        return BatchRow(number, errors=["a record (the row is empty)"])
    title = plain_text(_word(row.get("title")))
    found = BatchRow(number, _word(row.get("id")), title, clean_doi(row.get("doi")))
    notes = found.notes
    notes += [_unreadable(name, row[name]) for name in _EXPORT_TEXTS if row.get(name) and not _word(row[name])]
    if _word(row.get("doi")) and not found.doi:
        notes.append(f"no DOI: {_word(row['doi'])}")
    elif found.doi and found.doi != row["doi"]:
        notes.append(f"DOI was {_word(row['doi'])!r}")
    if found.title != _word(row.get("title")):
        notes.append("title without its markup")
    found.files = [folder / path for path in map(_word, _entries(row, "path", str, notes)) if path]
    found.codes = _export_codes(_entries(row, "category_for", dict, notes))
    day = _export_day(row, notes)
    found.metadata = _given(
        title=found.title, resource_title=found.title, resource_doi=found.doi or None,
        description=_export_description(row, found, day),
        authors=_export_authors(_entries(row, "authors", dict, notes), notes) or None,
        defined_type=_PUBLICATION_TYPES.get(_word(row.get("type")).lower()),
        keywords=_export_keywords(_entries(row, "concepts", (str, int), notes)) or None,
        funding_list=_export_funding(row, notes) or None,
        timeline={"firstOnline": day} if day else None, references=_export_references(row) or None)
    _check_row(found, row)
    return found


def _word(value: Any) -> str:
    """A text or a whole number as text, anything else as nothing; half a character as "?"."""
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return ""
    return str(value).encode(errors="replace").decode().strip()


def _entries(row: dict, name: str, kind: Any, notes: list[str]) -> list:
    """What a field that should be a list holds of this kind, one alone too; the rest is noted."""
    value = row.get(name)
    values = value if isinstance(value, list) else [] if value in (None, "") else [value]
    odd = [entry for entry in values if not isinstance(entry, kind)]
    notes += [_unreadable(name, odd[0])] if odd else []
    return [entry for entry in values if isinstance(entry, kind)]


def _unreadable(name: str, value: Any) -> str:
    return f"{name} {reprlib.repr(value)} cannot be read"


_EXPORT_TEXTS = ("id", "title", "doi", "abstract", "publisher", "type", "date", "year", "linkout")


def clean_doi(text: Any) -> str:
    """A DOI in its plain form, "10.1145/3526104"; "" where there is none in the text.

    DOIs are compared without regard to case, so it is in lower case.
    """
    found = re.fullmatch(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", _word(text).lower())
    return found[1] if found else ""


def clean_orcid(text: Any) -> str:
    """An ORCID in its plain form, "0000-0002-1825-0097"; "" where it is none or a character is wrong."""
    found = _ORCID.fullmatch(_word(text))
    if not found:
        return ""
    orcid, total = found[1].upper(), 0
    for digit in orcid[:-1].replace("-", ""):
        total = (total + int(digit)) * 2
    return orcid if "0123456789X"[(12 - total % 11) % 11] == orcid[-1] else ""


def _export_authors(people: Sequence[dict], notes: list[str]) -> list[dict]:
    """`{"name"}` or `{"name", "orcid_id"}` of everybody who has a name."""
    authors = []
    for person in people:
        name = " ".join(filter(None, (_word(person.get("first_name")), _word(person.get("last_name")))))
        orcids = [text for text in _entries(person, "orcid", object, notes) if text]
        orcid = next(filter(None, map(clean_orcid, orcids)), "")
        if orcids and not orcid:
            notes.append(f"ORCID {_word(orcids[0]) or reprlib.repr(orcids[0])} of {name} is not valid")
        if name:
            authors.append({"name": name, **({"orcid_id": orcid} if orcid else {})})
        else:
            notes.append("an author without a name")
    return authors


def _export_day(row: dict, notes: list[str]) -> str:
    """The date of publication, made whole: the first of date and year that is one; "" where there is none."""
    texts = [text for text in (_word(row.get("date")), _word(row.get("year"))) if text]
    for text in texts:
        whole = f"{text}-01-01"[:10] if re.fullmatch(r"\d{4}(-\d\d)?", text) else text
        try:
            day = date.fromisoformat(whole).isoformat()
        except ValueError:
            notes.append(f"{text!r} is no date")
            continue
        if day != text:
            notes.append(f"date {text} completed to {day}")
        return day
    notes += [] if texts else ["no date"]
    return ""


def _export_description(row: dict, found: BatchRow, day: str) -> str:
    """The abstract, or a sentence that says that there is none, and where the original appeared."""
    abstract = plain_text(_word(row.get("abstract")))
    if not abstract:
        found.notes.append("no abstract")
        abstract = "The source of this record has no abstract."
    journals = [_word(journal.get("title")) for journal in _entries(row, "journal", dict, found.notes)]
    places = filter(None, (*journals, _word(row.get("publisher")), day[:4], found.link))
    return "".join(f"<p>{html.escape(text, quote=False)}</p>"
                   for text in (abstract, f"Published in: {', '.join(places)}."))


def _export_codes(fields: Sequence[dict]) -> list[str]:
    """The codes at the beginning of the names, those left out that others make more exact."""
    names = [_word(entry.get("name")) for entry in fields]
    codes = list(dict.fromkeys(found[0] for found in (re.match(r"\d+", name) for name in names) if found))
    return [code for code in codes if not any(other != code and other.startswith(code) for other in codes)]


def _export_keywords(concepts: Sequence[str | int]) -> list[str]:
    return list(dict.fromkeys(filter(None, map(_word, concepts))))[:_MOST_KEYWORDS]


def _export_funding(row: dict, notes: list[str]) -> list[dict]:
    funders = [_word(entry.get("name")) for entry in _entries(row, "funders", dict, notes)]
    grants = [_word(grant) for grant in _entries(row, "supporting_grant_ids", (str, int), notes)]
    return [{"title": title} for title in dict.fromkeys([*funders, *grants]) if title]


def _export_references(row: dict) -> list[str]:
    return [address for address in [_word(row.get("linkout"))] if re.fullmatch(r"https?://\S+", address)]


def _check_row(found: BatchRow, row: dict) -> None:
    """Names every error and every missing field; decides nothing yet that needs the site."""
    low, high = _TITLE_LENGTHS
    if not found.title:
        found.errors.append("title")
    elif not low <= len(found.title) <= high:
        found.errors.append(f"a title of {low} to {high:,} characters (it has {len(found.title):,})")
    if not found.key:
        found.errors.append("id or DOI")
    found.errors += [f"the file {path.name}" for path in found.files if not os.path.isfile(path)]
    kind = _word(row.get("type"))
    absent = {"authors": found.metadata.get("authors"), "category_for": found.codes,
              "concepts": found.metadata.get("keywords"), "doi or path": found.doi or found.files,
              f"type ({kind!r} is unknown)" if kind else "type": found.metadata.get("defined_type")}
    found.missing = [name for name, value in absent.items() if not value]


def _mark_copies(plan: list[BatchRow]) -> None:
    """A publication that comes twice in the export is sent once; the same id alone is only noted."""
    keys, ids = {}, {}
    for row in plan:
        if row.key and not row.errors and (first := keys.setdefault(row.key, row.number)) != row.number:
            row.action, row.why = "skip", f"copy of row {first}"
        elif row.source_id and (first := ids.setdefault(row.source_id, row.number)) != row.number:
            row.notes.append(f"same id as row {first}")


def prepare_batch(figshare: Figshare, plan: list[BatchRow], *, license_name: str = "CC BY 4.0",
                  group_id: int | None = None, custom_fields: Sequence[str] = (), on_duplicate: str = "skip",
                  send_incomplete: bool = False, ledger: str | Path | None = None) -> list[BatchRow]:
    """Fills in what only the site knows, and decides what happens to each row. Sends only reads.

    Args:
        figshare: The site; within `figshare.impersonating(...)` for another account.
        plan: From `batch_plan`; changed in place.
        license_name: Of all rows.
        group_id: Of all rows; None or 0: the account's own group.
        custom_fields: `"Name=value"`, for all rows; checked against the group's fields.
        on_duplicate: What happens to a row whose DOI is the `resource_doi` of an item of this account:
            skip, update, create. Other people's items are never updated.
        send_incomplete: Send rows too that could not be published.
        ledger: Of an earlier run; what it sent is no duplicate.

    Returns:
        The plan.

    Raises:
        ParameterError: The group asks for another custom field, or does not know one of those given.
    """
    require(on_duplicate in _ON_DUPLICATE, f"on_duplicate must be one of {', '.join(_ON_DUPLICATE)}.")
    common = _given(license=figshare.find_license(license_name)["value"], group_id=group_id or None,
                    custom_fields=_custom_values(figshare, group_id, custom_fields) or None)
    codes = {entry["source_id"]: entry["title"] for entry in figshare.get("/account/categories")}
    for row in plan:
        _fill_in(row, common, codes)
    own = list(figshare.account_articles())
    book = _Ledger(ledger).done
    ids = {item["id"] for item in own}
    _mark_twins(plan, own, book)
    _mark_done(plan, ids, book)
    _decide(plan, _strangers(figshare, plan, ids), on_duplicate, send_incomplete)
    return plan


def _mark_done(plan: list[BatchRow], own: set[int], book: dict) -> None:
    """Rows that an earlier run has sent, unless their item is gone."""
    for row in plan:
        known = book.get(row.key) if row.action == "create" and not row.errors else None
        if known and known["state"] in _SENT and known["article_id"] in own:
            row.action, row.why, row.article_id = "done", "in the ledger", known["article_id"]


def _custom_values(figshare: Figshare, group_id: int | None, given: Sequence[str]) -> dict[str, str]:
    """Names and values, checked against the rules of the group (documented: names, options, mandatory)."""
    values = {name.strip(): value.strip() for name, _, value in (text.partition("=") for text in given)}
    group_id = group_id or figshare.account().get("group_id")
    found = figshare.get(f"/account/groups/{group_id}/metadata/item") if group_id else []
    rules = {rule["name"]: rule for rule in found}
    for name, value in values.items():
        require(name in rules,
                f"Group {group_id} has no custom field {name!r}: it has {', '.join(rules) or 'none'}.")
        options = (rules[name].get("settings") or {}).get("options") or [value]
        require(value in options, f"{name} must be one of {', '.join(options)}, not {value!r}.")
    absent = [name for name, rule in rules.items() if rule.get("is_mandatory") and not values.get(name)]
    require(not absent, f"Group {group_id} asks for {', '.join(absent)}: add it to custom_fields.")
    return values


def _fill_in(row: BatchRow, common: dict, codes: dict[str, str]) -> None:
    """Licence, group, custom fields, and the site's categories for the codes."""
    row.metadata.update(common)
    found = {code: _category_code(code, codes) for code in row.codes}
    row.notes += [f"{code} taken for {exact} {codes[exact]}" for code, exact in found.items()
                  if exact not in ("", code, code.ljust(6, "9"), f"{code}99")]
    if row.codes and not any(found.values()):
        row.missing.append(f"category_for ({', '.join(row.codes)} is unknown here)")
    if any(found.values()):
        row.metadata["categories_by_source_id"] = list(dict.fromkeys(filter(None, found.values())))


def _category_code(code: str, known: Iterable[str]) -> str:
    """The site's six-digit code: the same, or 'not elsewhere classified' of the group, or the first in it."""
    inside = sorted(other for other in known if other.startswith(code))
    wanted = (code, code.ljust(6, "9"), *(other for other in inside if other.endswith("99")), *inside[:1])
    return next((other for other in wanted if other in inside), "")


def _mark_twins(plan: list[BatchRow], own: list[dict], book: dict) -> None:
    """Items of the account that are the same publication: same DOI; without a DOI, same title.

    What an earlier run of this batch made is left aside: the ledger knows what was there before.
    """
    by_doi, by_title = {}, {}
    for item in own:
        by_doi.setdefault(clean_doi(item.get("resource_doi")), []).append(item["id"])
        by_title.setdefault(plain_text(item.get("title")), []).append(item["id"])
    for row in plan:
        twins = sorted(by_doi.get(row.doi, []) if row.doi else by_title.get(row.title, []))
        known = book.get(row.key)
        row.twins = [number for number in twins if number in known["twins"]] if known else twins


def _strangers(figshare: Figshare, plan: list[BatchRow], own: set[int]) -> dict[str, int]:
    """Other people's public item for each DOI that has one; one request a DOI (documented filter)."""
    def public(doi: str) -> list[int]:
        return [item["id"] for item in figshare.articles(resource_doi=doi) if item["id"] not in own]
    dois = [row.doi for row in plan if row.doi and not (row.twins or row.errors) and row.action == "create"]
    found = zip(dois, figshare._map(public, dois, "duplicates"), strict=True)
    return {doi: ids[0] for doi, ids in found if ids}


def _decide(plan: list[BatchRow], strangers: dict[str, int], on_duplicate: str,
            send_incomplete: bool) -> None:
    """What happens to each row, and why; the first reason counts."""
    for row in plan:
        if row.action == "done":
            continue
        if row.errors or (row.missing and not send_incomplete):
            row.action, row.why = "leave out", f"needs {', '.join(row.errors + row.missing)}"
        elif row.action == "skip":
            continue
        elif row.twins and on_duplicate != "create":
            row.action, row.why = on_duplicate, f"is item {row.twins[0]} of this account"
            row.article_id = row.twins[0]
        elif row.doi in strangers and on_duplicate != "create":
            row.action, row.why = "skip", f"is item {strangers[row.doi]} of somebody else"


def plan_frame(plan: Iterable[BatchRow]) -> pd.DataFrame:
    """A plan as a table: row (from 0) and article_id (Int64); id, title, doi, action, why, missing, notes."""
    rows = [{**vars(row), "row": row.number, "id": row.source_id, "missing": row.errors + row.missing}
            for row in plan]
    return _frame(rows, {"row": "int", "id": "text", "title": "text", "doi": "text", "action": "text",
                         "why": "text", "article_id": "int", "missing": "text", "notes": "text"})


def batch_requests_frame(row: BatchRow) -> pd.DataFrame:
    """The requests that send a row: method, path, body. Nothing is sent."""
    path = f"/account/articles/{row.article_id or '{id}'}"
    first = ("PUT", path) if row.action == "update" else ("POST", "/account/articles")
    asked = [(*first, row.metadata), ("PUT", f"{path}/authors", {"authors": row.metadata.get("authors", [])})]
    asked += [("POST", f"{path}/files", {"link": row.link})] if row.link else []
    asked += [("POST", f"{path}/files", {"name": file.name}) for file in row.files]
    rows = [(method, where, json.dumps(body, ensure_ascii=False)) for method, where, body in asked]
    return _frame(rows, {"method": "text", "path": "text", "body": "text"})


_SENT = ("done", "publishing", "published", "in review")


def send_batch(figshare: Figshare, plan: Iterable[BatchRow], ledger: str | Path) -> pd.DataFrame:
    """Creates or updates an item for each row that the plan wants to; goes on where a run stopped.

    For each row: the record, its authors (so that the token's owner is not left among them), the
    original's DOI as a link-only file, the files. The ledger gets a line before the first request of a
    row and after each step, so that a run that was killed leaves nothing twice and nothing half done.
    A row that the site refuses does not stop the others. Recorded: the owner becomes the first author of
    every new item; a link-only file is a file with `link` for `name`.

    Args:
        figshare: The site; within `figshare.impersonating(...)` for another account.
        plan: From `prepare_batch`, which must have seen the same ledger.
        ledger: A file of JSON lines; one for each site and account.

    Returns:
        The ledger as a table, see `ledger_frame`.

    Raises:
        ConnectionFailed: The site is gone; run it again later.
    """
    book = _Ledger(ledger)
    own = {item["id"]: item for item in figshare.account_articles()}
    for row in progress([row for row in plan if row.action in ("create", "update")], label="rows"):
        try:
            _send_row(figshare, row, book, own)
        except (ConnectionFailed, CredentialError):
            raise
        except FigshareError as error:
            why = error.message or str(error).splitlines()[0]
            book.add({**book.done[row.key], "state": "failed", "why": why})
    return ledger_frame(ledger)


def _noted(book: _Ledger, row: BatchRow) -> dict:
    """The ledger's first line of a row: what is going to be done, and what was there before."""
    return book.add({"id": row.key, "row": row.number, "state": "begun", "action": row.action,
                     "article_id": row.article_id, "twins": row.twins, "why": ""})


def _send_row(figshare: Figshare, row: BatchRow, book: _Ledger, own: dict[int, dict]) -> None:
    """One row, from wherever an earlier run has left it; each step can be done twice without harm."""
    earlier = book.done.get(row.key)
    entry = earlier or _noted(book, row)
    article_id = entry["article_id"] or (_left_behind(row, book, own) if earlier else None)
    is_new = article_id not in own
    if is_new:
        article_id = figshare.create_article(row.metadata)
    else:
        figshare.update_article(article_id, row.metadata)
    entry = book.add({**entry, "article_id": article_id, "state": "sent", "why": ""})
    figshare.put(f"/account/articles/{article_id}/authors", {"authors": row.metadata.get("authors", [])})
    if row.link and (is_new or not _has_link(figshare, article_id, row.link)):
        figshare.post(f"/account/articles/{article_id}/files", {"link": row.link})
    for path in row.files:
        figshare.upload_file(article_id, path)
    book.add({**entry, "state": "done"})


def _left_behind(row: BatchRow, book: _Ledger, own: dict[int, dict]) -> int | None:
    """The draft that a run has made without getting round to writing its number down."""
    claimed = {*row.twins, *(entry["article_id"] for entry in book.done.values())}

    def is_same(item: dict) -> bool:
        if row.doi:
            return clean_doi(item.get("resource_doi")) == row.doi
        return plain_text(item["title"]) == row.title
    return next((number for number, item in own.items() if number not in claimed and is_same(item)), None)


def _has_link(figshare: Figshare, article_id: int, link: str) -> bool:
    return any(file.get("download_url") == link for file in figshare.files(article_id, private=True))


def publish_batch(figshare: Figshare, ledger: str | Path) -> pd.DataFrame:
    """Publishes, for good, every item that the ledger says was sent whole; a step of its own.

    Args:
        figshare: The site.
        ledger: Of `send_batch`.

    Returns:
        The ledger as a table; state `published`, or `in review` where the group is curated.
    """
    book = _Ledger(ledger)
    waiting = [entry for entry in book.done.values() if entry["state"] in ("done", "publishing")]
    for entry in progress(waiting, label="items"):
        try:
            book.add({**entry, **_published(figshare, entry, book)})
        except (BadRequest, Forbidden, NotFound) as error:
            book.add({**entry, "state": "done", "why": f"not published: {error.message}"})
    return ledger_frame(ledger)


def _published(figshare: Figshare, entry: dict, book: _Ledger) -> dict:
    """Publishes an item, unless a run that was killed has done so already."""
    private = {}
    if entry["state"] == "publishing":
        private = figshare.article(entry["article_id"], private=True)
    book.add({**entry, "state": "publishing"})
    record = private if private.get("status") == "public" else figshare.publish_article(entry["article_id"])
    return {"state": "published" if record.get("status") == "public" else "in review", "why": ""}


def ledger_frame(ledger: str | Path) -> pd.DataFrame:
    """The ledger of a batch, sorted by row: row and article_id (Int64); id, action, state, why (text)."""
    rows = sorted(_Ledger(ledger).done.values(), key=lambda entry: entry["row"])
    return _frame(rows, {"row": "int", "id": "text", "action": "text", "state": "text", "article_id": "int",
                         "why": "text"})


def save_failed_rows(rows: Sequence[Any], plan: Sequence[BatchRow], ledger: str | Path,
                     folder: str | Path) -> pd.DataFrame:
    """Writes what was left out or refused: a table to read, and the rows themselves to mend and send again.

    Args:
        rows: The export.
        plan: What became of it.
        ledger: Of `send_batch`; need not exist.
        folder: Gets `failed_rows.csv` and `failed_rows.json`; the latter is an export again.

    Returns:
        row (Int64), id, title, doi, why (text).
    """
    entries = _Ledger(ledger).done.values()
    refused = {entry["id"]: entry["why"] for entry in entries if entry["state"] == "failed"}
    failed = [(row, row.why if row.action == "leave out" else refused[row.key]) for row in plan
              if row.action == "leave out" or (row.key in refused and row.action != "skip")]
    frame = _frame([(row.number, row.source_id, row.title, row.doi, why) for row, why in failed],
                   {"row": "int", "id": "text", "title": "text", "doi": "text", "why": "text"})
    save_table(frame, Path(folder) / "failed_rows.csv")
    text = json.dumps([rows[row.number] for row, _ in failed], ensure_ascii=False, indent=1)
    _write_text(Path(folder) / "failed_rows.json", text.encode(errors="backslashreplace").decode())
    return frame


# ============================================================================================
# Items in review
# ============================================================================================


def site_date(figshare: Figshare) -> str:
    """The site's own date (UTC), "2026-01-15": what OAI-PMH gives as the date of its answers."""
    return re.search(r"<responseDate>(\d{4}-\d\d-\d\d)", figshare.get("/oai", verb="Identify"))[1]


def last_day(figshare: Figshare, start_date: str, end_date: str) -> str:
    """`end_date`, or the site's today where it lies in the future; then it says so.

    Raises:
        ParameterError: The first day lies in the future too: there is nothing to count yet.
    """
    today = site_date(figshare)
    require(start_date <= today, f"start_date {start_date} lies in the future (today is {today}): change it.")
    if end_date > today:
        print(f"end_date {end_date} lies after the site's today: counted until {today}.")
    return min(end_date, today)


def review_items(figshare: Figshare, reviews: Sequence[dict]) -> list[dict]:
    """Reviews with the item that was handed in; one request each. Needs an administrator's token.

    Args:
        figshare: The client.
        reviews: From `figshare.reviews()`.

    Returns:
        The reviews, each with `item`, a full private record; None where the item is gone.
    """
    def with_item(review: dict) -> dict:
        try:
            return figshare.get(f"/account/institution/review/{review['id']}")
        except NotFound:
            return {**review, "item": None}
    return list(figshare._map(with_item, reviews, "reviews"))


def reviews_frame(reviews: Iterable[dict], accounts: Iterable[dict], groups: Iterable[dict],
                  today: str) -> pd.DataFrame:
    """Reviews as a table, longest waiting first.

    Args:
        reviews: From `review_items`.
        accounts, groups: From `institution_accounts` and `groups`; they give names and e-mail.
        today: `YYYY-MM-DD`, up to which an open review has waited.

    Returns:
        article_id, title, days (from handing in to the decision, or to today), status, group, owner,
        owner_email, reviewer, request_number, comments, created_date, modified_date, review_date (UTC),
        type, authors (ORCID in brackets), categories, custom_fields, files, size (bytes), license, review_id.

    Raises:
        ParameterError: `today` lies before an item was handed in.
    """
    people = {account["id"]: account for account in accounts}
    names = {group["id"]: group["name"] for group in groups}
    reviews = list(reviews)
    newest = max((review["created_date"][:10] for review in reviews), default="")
    require(not _iso_date(today), f"today must be {_iso_date(today)}, not {today!r}.")
    require(today >= newest, f"today {today} lies before {newest}, when the newest review began: choose a later day.")
    rows = [_review_row(review, people, names, today) for review in reviews]
    rows.sort(key=lambda row: (-row["days"], row["review_id"]))
    return _frame(rows, _REVIEW_COLUMNS)


_REVIEW_COLUMNS = {
    "article_id": "int", "title": "text", "days": "int", "status": "text", "group": "text", "owner": "text",
    "owner_email": "text", "reviewer": "text", "request_number": "int", "comments": "int",
    "created_date": "time", "modified_date": "time", "review_date": "time", "type": "text", "authors": "text",
    "categories": "text", "custom_fields": "text", "files": "int", "size": "int", "license": "text",
    "review_id": "int",
}


def _review_row(review: dict, people: dict, groups: dict, today: str) -> dict:
    item = review.get("item") or {}
    owner, reviewer = (people.get(review.get(key)) or {} for key in ("account_id", "assigned_to"))
    end = (review.get("review_date") or today)[:10]
    custom = [f"{row['name']}: {row['value']}" for row in _custom_rows({"id": 0, **item}) if row["value"]]
    return {
        **_record_row(item), **review, "review_id": review["id"], "title": plain_text(item.get("title")),
        "days": (date.fromisoformat(end) - date.fromisoformat(review["created_date"][:10])).days,
        "group": groups.get(review["group_id"]) or review["group_id"], "owner": _full_name(owner),
        "owner_email": owner.get("email"), "reviewer": _full_name(reviewer),
        "comments": review.get("comments_count"), "custom_fields": custom,
        "authors": [_with_orcid(author) for author in item.get("authors") or []],
    }


# ============================================================================================
# Ways of harvesting
# ============================================================================================


def oai_sets(figshare: Figshare) -> pd.DataFrame:
    """All sets of the OAI-PMH interface, page after page: set (its name in requests), name."""
    rows, question = [], {"verb": "ListSets"}
    while question:
        root = _xml(figshare.get("/oai", **question))
        rows += [(entry.findtext(f"{_OAI}setSpec"), entry.findtext(f"{_OAI}setName"))
                 for entry in root.iter(f"{_OAI}set")]
        token = root.findtext(f".//{_OAI}resumptionToken")
        question = {"verb": "ListSets", "resumptionToken": token} if token else None
    return _frame(rows, {"set": "text", "name": "text"})


def indented_xml(text: str, most: int = 40) -> str:
    """XML with one element a line, for reading; the first `most` lines."""
    from lxml import etree
    root = etree.fromstring(text.encode(), etree.XMLParser(remove_blank_text=True, resolve_entities=False))
    names = {prefix: name for element in root.iter("*") for prefix, name in element.nsmap.items()}
    etree.cleanup_namespaces(root, top_nsmap=names)
    lines = etree.tostring(root, encoding="unicode", pretty_print=True).splitlines()
    return "\n".join(lines[:most] + (["..."] if len(lines) > most else []))


def record_forms(figshare: Figshare, article_id: int) -> pd.DataFrame:
    """One item as REST, Dublin Core and DataCite give it, side by side; three requests.

    Returns:
        field, rest, oai_dc, oai_datacite: texts, "" where a form does not have the field.
    """
    record = figshare.article(article_id)
    forms = {prefix: _oai_values(figshare, article_id, prefix) for prefix in ("oai_dc", "oai_datacite")}
    rest = {**_record_row(record), "authors": [_with_orcid(author) for author in record.get("authors") or []],
            "subjects": [*(entry["title"] for entry in record["categories"]), *(record.get("tags") or [])],
            "custom_fields": [row["value"] for row in _custom_rows(record)],
            "funding": [row["title"] for row in _funding_rows(record)],
            "files": [file["name"] for file in record.get("files") or []]}
    rows = [{"field": name, "rest": rest.get(key), **{prefix: forms[prefix].get(tag) for prefix, tag in
             (("oai_dc", dublin), ("oai_datacite", datacite))}} for name, key, dublin, datacite in _FORMS]
    return _frame(rows, {"field": "text", "rest": "text", "oai_dc": "text", "oai_datacite": "text"})


_FORMS = (  # what it is, and its name in REST, Dublin Core and DataCite ("" where there is none)
    ("title", "title", "title", "title"), ("authors", "authors", "creator", "creator"),
    ("description", "description", "description", "description"), ("DOI", "doi", "identifier", "identifier"),
    ("published", "published_date", "date", "date Issued"), ("created", "created_date", "", "date Created"),
    ("modified", "modified_date", "", "date Updated"), ("type", "type", "type", "resourceType"),
    ("categories, keywords", "subjects", "subject", "subject"), ("licence", "license", "rights", "rights"),
    ("version", "version", "", "version"), ("files", "files", "", ""), ("size", "size", "", ""),
    ("group", "group_id", "", ""), ("references", "references", "", ""), ("funding", "funding", "", ""),
    ("custom fields", "custom_fields", "", ""),
)


def _oai_values(figshare: Figshare, article_id: int, prefix: str) -> dict[str, list[str]]:
    """The elements of one record by name, dates with their kind, creators with their ORCID."""
    answer = figshare.get("/oai", verb="GetRecord", metadataPrefix=prefix,
                          identifier=f"oai:figshare.com:article/{_whole_id(article_id)}")
    values: dict[str, list[str]] = {}
    for element in _xml(answer).find(f".//{_OAI}metadata").iter():
        name = _local_name(element)
        parts = [child.text for child in element] if name == "creator" and len(element) else [element.text]
        text = plain_text(f"{parts[0]} ({parts[1]})" if len(parts) > 1 else parts[0])
        if text:
            values.setdefault(f"{name} {element.get('dateType') or ''}".strip(), []).append(text)
    return values


def resource_sync(figshare: Figshare, address: str) -> dict[str, pd.DataFrame]:
    """Everything that a ResourceSync description leads to, by capability; a request for each document.

    Args:
        figshare: The client.
        address: Of the description, `https://PORTAL/.well-known/resourcesync`.

    Returns:
        Tables as `resource_list` gives them: `description`, `capabilitylist`, `resourcelist`, `changelist`
        and what else there is.

    It rests on the standard (ANSI/NISO Z39.99); no document of Figshare's own is on record.
    """
    found = {"description": figshare.resource_list(address)}
    found["capabilitylist"] = figshare.resource_list(found["description"]["loc"].iloc[0])
    for _, row in found["capabilitylist"].iterrows():
        found[row["capability"]] = _whole_list(figshare, row["loc"])
    return found


def _whole_list(figshare: Figshare, address: str) -> pd.DataFrame:
    """A list, or all the lists of an index: its entries are documents without hash and type."""
    entries = figshare.resource_list(address)
    is_index = entries["loc"].str.endswith(".xml") & entries["hash"].eq("") & entries["type"].eq("")
    if entries.empty or not is_index.all():
        return entries
    return pd.concat([figshare.resource_list(part) for part in entries["loc"]], ignore_index=True)


def harvest_costs_frame(items: int, changed: int) -> pd.DataFrame:
    """What each way of taking a repository's metadata costs.

    Args:
        items: How many there are.
        changed: How many have changed since the last time.

    Returns:
        way, brings (text), first_time, afterwards (requests), minutes (of the first time, at one request a
        second).

    Documented: 1,000 items a page of a list, ten records a page of OAI-PMH. A resource list holds up to
    50,000 (the standard); it stands behind a description and a list of capabilities.
    """
    lists, changed_lists = _pages_of(items, MAX_PAGE_SIZE), _pages_of(changed, MAX_PAGE_SIZE)
    documents = 2 + _pages_of(items, 50_000)
    rows = [("REST, lists only", "short records", lists, changed_lists),
            ("REST, full records", "everything", lists + items, changed_lists + changed),
            ("OAI-PMH, Dublin Core", "13 elements", _pages_of(items, 10), _pages_of(changed, 10)),
            ("ResourceSync and REST", "everything, with checksums", documents + items, 3 + changed)]
    return _frame([(*row, round(row[2] / 60, 1)) for row in rows],
                  {"way": "text", "brings": "text", "first_time": "int", "afterwards": "int",
                   "minutes": "float"})


def _pages_of(items: int, size: int) -> int:
    """How many pages that is; an empty answer is one, too."""
    return max(1, -(-items // size))


def open_snapshot(folder: str | Path) -> Figshare:
    """A folder that `snapshot` wrote, served by a local Figshare of its own, whatever FIGSHARE_API_URL says."""
    server = _started(folder)
    atexit.register(server.close)
    return Figshare(Site("local", server.url, server.stats_url, 0), None, None, 8, None)


def same_records(first: Iterable[dict], second: Iterable[dict]) -> list[str]:
    """Compares the records of a site and of its snapshot, but for the addresses, which must differ.

    Args:
        first, second: Full records, in any order.

    Returns:
        A sentence for each difference; [] where there is none.
    """
    mine, theirs = ({record["id"]: _without_addresses(record) for record in records}
                    for records in (first, second))
    differences = [f"{number} is in one only" for number in mine.keys() ^ theirs.keys()]
    for number in mine.keys() & theirs.keys():
        ours, other = mine[number], theirs[number]
        differences += [f"{number}: {key} differs" for key in ours.keys() | other.keys()
                        if ours.get(key) != other.get(key)]
    return sorted(differences)


def _without_addresses(record: dict) -> dict:
    """A record without its own addresses and those of its files; a local one's in texts lose their port."""
    record = json.loads(re.sub(r"http://127\.0\.0\.1:\d+", "http://local", json.dumps(record)))
    files = [{**file, "download_url": ""} for file in record.get("files") or []]
    return {**{key: value for key, value in record.items() if not _ADDRESS.fullmatch(key)}, "files": files}


_ADDRESS = re.compile(r"(figshare_)?url(_.*)?|thumb")


# ============================================================================================
# Charts
# ============================================================================================

# Okabe and Ito's colours, in an order of falling darkness, so that they differ in black and white too.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_LINES = ("-", "--", ":", "-.")
_MARKERS = ("o", "s", "^", "D")


def _axes(title: str, height: float = 3.8) -> Any:
    """Empty axes in the one style of all charts."""
    import matplotlib.pyplot as plt
    _, ax = plt.subplots(figsize=(8, height), layout="constrained")
    _style(ax, title, wrap=True)
    return ax


def _style(ax: Any, title: str, *, wrap: bool = False) -> None:
    ax.set_title(title, loc="left", fontsize=12, fontweight="bold", wrap=wrap)
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)


def _thousands(axis: Any) -> None:
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter
    axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def plot_counts(frame: pd.DataFrame, label: str, value: str, *, title: str, unit: str | None = None,
                most: int = 20) -> Any:
    """Horizontal bars, longest on top, each with its number.

    Args:
        frame: A table with one row a bar.
        label, value: The columns for the bars' names and lengths.
        title: What is counted, where and when.
        unit: Of the value axis; None: the column's name.
        most: Bars at most; the rest is left out, and the title says so.

    Returns:
        The matplotlib Axes.
    """
    ordered = frame[[label, value]].astype({value: float}).sort_values(value, ascending=False, kind="stable")
    ax, bars = _bar_axes(ordered, label, title, unit or value, most, height=1.2)
    drawn = ax.barh(range(len(bars)), bars[value], color=_COLOURS[0])
    ax.bar_label(drawn, labels=[f"{number:,.0f}" for number in bars[value]], padding=3)
    ax.margins(x=0.12)
    if not bars[value].any():
        ax.set_xlim(0, 1)
    return ax


def _bar_axes(frame: pd.DataFrame, label: str, title: str, unit: str, most: int,
              height: float) -> tuple[Any, pd.DataFrame]:
    """Axes for one bar a row, and the rows to draw, from below; the title says what is left out."""
    bars = frame.head(most).iloc[::-1]
    title += f" (first {most} of {len(frame)})" if len(frame) > most else "" if len(frame) else " (none)"
    ax = _axes(title, height + 0.3 * max(len(bars), 1))
    ax.set_yticks(range(len(bars)), [_short(name) for name in bars[label]])  # two may have one name
    _thousands(ax.xaxis)
    ax.set_xlabel(unit)
    ax.set_ylabel(label.replace("_", " "))
    ax.grid(axis="x", alpha=0.3)
    return ax, bars


def _short(name: Any, length: int = 45) -> str:
    """A long name without its middle: titles of a series differ at the end."""
    text = plain_text(_text(name)) or "(none)"
    end = length // 3
    return text if len(text) <= length else f"{text[:length - end - 1].rstrip()}…{text[-end:].lstrip()}"


def plot_parts(frame: pd.DataFrame, label: str, parts: Sequence[str], *, title: str, unit: str = "items",
               most: int = 20) -> Any:
    """Horizontal bars made of parts, e.g. from `counts_frame(..., by=...)`; each with its sum.

    Args:
        frame: One row a bar.
        label: The column with the bars' names.
        parts: The columns that make up a bar, left to right; one that is not there counts 0.
        title, unit, most: As `plot_counts`.

    Returns:
        The matplotlib Axes.
    """
    ax, bars = _bar_axes(frame, label, title, unit, most, height=1.6)
    left = [0.0] * len(bars)
    for number, part in enumerate(parts):
        values = bars[part].astype(float).tolist() if part in bars else [0.0] * len(bars)
        drawn = ax.barh(range(len(bars)), values, left=left, label=part, color=_COLOURS[number % 6],
                        hatch=("", "//", "..")[number % 3], edgecolor="white")
        left = [start + value for start, value in zip(left, values, strict=True)]
    if len(bars):
        ax.bar_label(drawn, labels=[f"{number:,.0f}" for number in left], padding=3)
        ax.figure.legend(frameon=False, loc="outside lower center", ncols=len(parts))
    ax.set_xlim(0, 1.12 * max(left, default=0) or 1)
    return ax


def plot_countries(frame: pd.DataFrame, *, title: str, unit: str = "views", most: int = 15) -> Any:
    """Bars by country, from a `breakdown`, its cities and periods added up; arguments as `plot_counts`."""
    sums = frame.groupby("country", as_index=False)["value"].sum()
    return plot_counts(sums, "country", "value", title=title, unit=unit, most=most)


def plot_top(frame: pd.DataFrame, *, title: str, unit: str = "views", names: dict | None = None) -> Any:
    """Bars of a `top` table; arguments as `plot_counts`, and `names`: for each id a title to show."""
    key, label = frame.columns[0], "item" if frame.columns[0] == "id" else frame.columns[0]
    shown = frame.assign(**{label: [(names or {}).get(value, str(value)) for value in frame[key]]})
    return plot_counts(shown, label, "value", title=title, unit=unit)


def plot_timeline(frame: pd.DataFrame | dict[str, pd.DataFrame], *, title: str, unit: str = "views") -> Any:
    """Values over time as a line; several as lines that differ in colour, dash and marker.

    Args:
        frame: From `timeline`; or several, by the name of the line.
        title: What is shown; the first and the last period are added, or days where these are not whole.
        unit: Of the value axis, e.g. "views per month".

    Returns:
        The matplotlib Axes.
    """
    lines = frame if isinstance(frame, dict) else {unit: frame}
    periods = [period for line in lines.values() for period in line["period"]]
    ax = _axes(f"{title}, {_span(lines.values())}" if periods else f"{title} (no data)")
    for number, (name, line) in enumerate(lines.items()):
        ax.plot(_dates_of(line["period"]), line["value"].astype(float), label=name, markersize=4,
                color=_COLOURS[number % 6], linestyle=_LINES[number % 4], marker=_MARKERS[number % 4])
    _readable_dates(ax, sorted(set(periods)))
    _thousands(ax.yaxis)
    ax.margins(y=0.1)  # air above the highest point
    ax.set_ylim(bottom=0)
    if not any(line["value"].any() for line in lines.values()):
        ax.set_ylim(0, 1)
    ax.set_ylabel(unit)
    ax.grid(axis="y", alpha=0.3)
    if len(lines) > 1:
        ax.legend(frameon=False)
    return ax


def _span(frames: Iterable[pd.DataFrame]) -> str:
    """From when to when: `2020-01 to 2022-05`, or the days where the first or the last period is not whole."""
    frames = [frame for frame in frames if len(frame)]
    ends = [min(frame["period"].min() for frame in frames), max(frame["period"].max() for frame in frames)]
    known = [frame.attrs["days"] for frame in frames if _has_days(frame)]
    if len(known) == len(frames):
        days = [min(start for start, _ in known), max(end for _, end in known)]
        whole = [pd.Period(ends[0]).start_time, pd.Period(ends[1]).end_time]
        ends = ends if days == [f"{moment:%Y-%m-%d}" for moment in whole] else days
    return " to ".join(dict.fromkeys(ends))


def _has_days(frame: pd.DataFrame) -> bool:
    """Does the table carry the days that it covers? Not those of a longer one that it is a part of."""
    start, end = frame.attrs.get("days", ("", ""))
    return (start[:len(frame["period"].min())], end[:len(frame["period"].max())]) == (
        frame["period"].min(), frame["period"].max())


def _dates_of(periods: Iterable[str]) -> list:
    """Periods such as 2024, 2024-05 or 2024-05-17 as dates for an axis."""
    return [pd.Timestamp(period).to_pydatetime() for period in periods]


def _readable_dates(ax: Any, periods: Sequence[str]) -> None:
    """A few dates that cannot run into each other; never ticks between the periods."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    ax.set_xlabel({4: "year", 7: "month", 10: "day"}.get(len(periods[0]) if periods else 0, "period"))
    if len(periods) <= 8:
        ax.set_xticks(_dates_of(periods), periods)
        return
    locator = AutoDateLocator(minticks=4, maxticks=9)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=True))


def save_figure(ax: Any, path: str | Path) -> Path:
    """Writes the figure of these axes, e.g. as PNG; whole or not at all. Returns the path."""
    with _whole(Path(path)) as part:
        ax.figure.savefig(part, dpi=150)
    return Path(path)


def plot_world(frame: pd.DataFrame, outlines: str | Path, *, aliases: str | Path | None = None, title: str,
               unit: str = "views") -> Any:
    """Countries of the world, the darker the more; places without an outline are named underneath.

    Args:
        frame: With `country` and `value`, e.g. from `breakdown`; rows of one country are added up.
        outlines: A TopoJSON file with an object `countries`, whose members have a `name`.
        aliases: A CSV with the columns country and outline: names that the outlines spell otherwise.
        title: What is shown, with its dates.
        unit: Of the scale.

    Returns:
        The matplotlib Axes.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import LogNorm
    shapes, (values, missing) = _outlines(outlines), _placed(frame, outlines, aliases)
    ax = _axes(title, height=4.2)
    lowest, highest = (min(values.values()), max(values.values())) if values else (1, 10)
    norm = LogNorm(10 ** (len(str(lowest)) - 1), max(10 * lowest, highest))
    colour = ScalarMappable(norm, "viridis_r")
    rings = [(ring, colour.to_rgba(values[name]) if values.get(name) else "#e8e8e8")
             for name, polygons in shapes.items() for ring in polygons]
    ax.add_collection(PolyCollection([ring for ring, _ in rings], facecolors=[shade for _, shade in rings],
                                     edgecolors="white", linewidths=0.4))
    ax.set(xlim=(-171, 191), ylim=(-58, 84), aspect=1.25, xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.figure.colorbar(colour, ax=ax, shrink=0.7, label=f"{unit} (grey: none)", format="{x:,.0f}")
    ax.set_xlabel(_not_on_the_map(missing), fontsize=9, loc="left", wrap=True)
    return ax


def unmapped_frame(frame: pd.DataFrame, outlines: str | Path,
                   aliases: str | Path | None = None) -> pd.DataFrame:
    """The places that `plot_world` has no outline for: country (text), value (Int64), highest first."""
    _, missing = _placed(frame, outlines, aliases)
    return _frame(missing.items(), {"country": "text", "value": "int"})


def _placed(frame: pd.DataFrame, outlines: str | Path, aliases: str | Path | None) -> tuple[dict, dict]:
    """Sums by the outline's name, and by the country's own name where it has no outline."""
    names = {name.casefold(): name for name in _outlines(outlines)}
    if aliases:
        table = pd.read_csv(aliases, keep_default_na=False)
        names |= {name.casefold(): outline for name, outline in table[["country", "outline"]].values}
    values, missing = {}, {}
    sums = frame[frame["value"] > 0].groupby("country")["value"].sum()
    for country, value in sums.sort_values(ascending=False, kind="stable").items():
        outline = names.get(str(country).casefold(), "")
        found, name = (values, outline) if outline else (missing, country)
        found[name] = found.get(name, 0) + int(value)
    return values, missing


def _not_on_the_map(missing: dict[str, int]) -> str:
    """`Not on the map: Unknown 12, Singapore 3 and 2 more`, eight by name."""
    shown = [f"{name} {value:,}" for name, value in list(missing.items())[:8]]
    more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
    return f"Not on the map: {', '.join(shown)}{more}" if missing else ""


@functools.lru_cache(maxsize=4)
def _outlines(path: str | Path) -> dict[str, list]:
    """Each country's rings as arrays of longitude and latitude, from a TopoJSON file.

    Its arcs are differences of whole numbers (TopoJSON's specification). Longitudes are unwrapped, so that
    Russia and Fiji, which cross the date line, stay in one piece; Antarctica is left out.
    """
    import numpy as np
    topology = json.loads(Path(path).read_text(encoding="utf-8"))
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(arc, axis=0) * scale + shift for arc in topology["arcs"]]

    def ring(numbers: list[int]) -> Any:
        points = np.concatenate([arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers])
        longitudes = np.unwrap(points[:, 0], period=360)
        longitudes += 360 * (longitudes.mean() < -170)
        return np.column_stack([longitudes, points[:, 1]])

    shapes = {}
    for country in topology["objects"]["countries"]["geometries"]:
        polygons = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        if country["properties"]["name"] != "Antarctica":
            shapes[country["properties"]["name"]] = [ring(polygon[0]) for polygon in polygons]
    return shapes


def plot_dashboard(numbers: dict[str, str], *, title: str, deposits: pd.DataFrame, views: pd.DataFrame,
                   types: pd.DataFrame, groups: pd.DataFrame, top: pd.DataFrame, shares: pd.DataFrame) -> Any:
    """A repository on one page, in the proportions of a slide (16:9).

    Args:
        numbers: The figures in large print, by what they count.
        title: What is shown; a second line gives the months.
        deposits, views: period and value, from `deposits_frame` and `timeline`.
        types, groups: A name and a number of items.
        top: A title and a number of views.
        shares: has and share (per cent), from `completeness_frame`.

    Returns:
        The Axes of the headline; `save_figure` takes them.
    """
    import matplotlib.pyplot as plt
    figure, axes = plt.subplot_mosaic(
        [["head"] * 3, ["deposits", "views", "types"], ["groups", "top", "shares"]],
        figsize=(13.33, 7.5), height_ratios=[0.42, 1, 1.1], layout="constrained")
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.08)
    months = f"by month: {_span([deposits, views])}, all else: all time"
    figure.suptitle(f"{title}  –  {months}", x=0.012, ha="left", fontsize=15, fontweight="bold")
    _headline(axes["head"], numbers)
    _panel_of_periods(axes["deposits"], deposits, "Items published per month", is_line=False)
    _panel_of_periods(axes["views"], views, "Views per month", is_line=True)
    _panel_of_bars(axes["types"], _with_others(types, 7), "Items by type")
    _panel_of_bars(axes["groups"], _with_others(groups, 8), "Items by group, subgroups included")
    _panel_of_bars(axes["top"], top.head(8), "Views of the most viewed items")
    _panel_of_bars(axes["shares"], shares[["has", "share"]], "Share of items that have …", unit="%", full=100)
    return axes["head"]


def _headline(ax: Any, numbers: dict[str, str]) -> None:
    """Large figures side by side."""
    ax.axis("off")
    for position, (what, number) in enumerate(numbers.items()):
        x = (position + 0.5) / len(numbers)
        ax.text(x, 0.7, number, ha="center", va="center", fontsize=26, color=_COLOURS[0], fontweight="bold")
        ax.text(x, 0.12, what, ha="center", va="center", fontsize=12)


def _with_others(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """The first two columns with at most so many rows; the last adds up what has no row of its own."""
    name, value = frame.columns[:2]
    rest = frame.iloc[most - 1:]
    if len(rest) < 2:
        return frame[[name, value]]
    others = pd.DataFrame({name: [f"{len(rest)} others"], value: [rest[value].sum()]})
    return pd.concat([frame[[name, value]].iloc[:most - 1], others], ignore_index=True)


def _panel_of_bars(ax: Any, frame: pd.DataFrame, title: str, *, unit: str = "", full: float = 0) -> None:
    """Two columns as bars, the name above each bar, so that long names do not take the bars' room."""
    _style(ax, title)
    name, value = frame.columns[:2]
    values = frame[value].astype(float).fillna(0).tolist()
    if not values:
        ax.text(0, 0, "none", va="center", fontsize=9.5)
    drawn = ax.barh(range(len(values)), values, height=0.36, color=_COLOURS[0])
    ax.bar_label(drawn, labels=[_rounded(number, unit, full) for number in values], padding=3, fontsize=9.5)
    for row, text in enumerate(frame[name]):
        ax.text(0, row - 0.24, _short(text, 52), va="bottom", fontsize=9)
    ax.set_xlim(0, 1.15 * (full or max(values, default=0) or 1))
    ax.set_ylim(max(len(values), 6) - 0.6, -0.85)
    ax.axis("off")


def _rounded(number: float, unit: str, full: float) -> str:
    """A whole number; what is not quite all or not quite nothing does not look as if it were."""
    if full and number != round(number) and round(number) in (0, full):
        return f"<1{unit}" if number < 1 else f">{full - 1:.0f}{unit}"
    return f"{number:,.0f}{unit}"


def _panel_of_periods(ax: Any, frame: pd.DataFrame, title: str, *, is_line: bool) -> None:
    """Values over time, as a line, or as bars."""
    _style(ax, title)
    moments, values = _dates_of(frame["period"]), frame["value"].astype(float)
    if is_line:
        ax.plot(moments, values, color=_COLOURS[0], marker="o", markersize=3)
    else:
        ax.bar(moments, values, width=25, color=_COLOURS[0])
    _readable_dates(ax, list(frame["period"]))
    _thousands(ax.yaxis)
    ax.set_ylim(0, 1.08 * max(*values, 1))
    ax.set_xlabel("")
    ax.grid(axis="y", alpha=0.3)


# ============================================================================================
# Forms
# ============================================================================================


def try_it(function: Callable, **controls: Any) -> Any:
    """A small form that calls a function and shows what it returns; nothing when headless.

    Args:
        function: The very function that the cell above calls.
        **controls: Its arguments and where they begin: a text, a number, True or False, a number
            `Between(10, 1, 1000)`, or a list to choose from (its first entry is the beginning).

    Returns:
        The form (ipywidgets 7.7 or 8), None when headless: nobody could press the button.
    """
    if not is_interactive():
        return None
    return _form(function, {name: _control(name, value) for name, value in controls.items()})


def _form(function: Callable, fields: dict[str, Any], beside: dict[str, str] | None = None) -> Any:
    """Fields, a button, and below it what the function makes of the fields; `beside`: words at a field."""
    import ipywidgets as widgets
    button = widgets.Button(description="Run", button_style="primary")
    output = widgets.Output()

    def run(_: Any) -> None:
        button.description, button.disabled = "Running …", True
        try:
            output.clear_output()
            with output, _form_at_work():
                _show_result(function, {name: box.value for name, box in fields.items()})
        finally:
            button.description, button.disabled = "Run", False

    button.on_click(run)
    rows = [_row(box, (beside or {}).get(name, "")) for name, box in fields.items()]
    return widgets.VBox([*rows, button, output])


def _row(box: Any, words: str) -> Any:
    import ipywidgets as widgets
    return widgets.HBox([box, widgets.Label(words)]) if words else box


class Between(NamedTuple):
    """A number in a form: where it begins, and its limits."""

    value: int
    low: int
    high: int


def _control(name: str, value: Any) -> Any:
    """The control that fits a value; core widgets only, with 7.7 and 8 alike."""
    import ipywidgets as widgets
    options = {"description": name.replace("_", " "), "style": {"description_width": "11em"},
               "layout": widgets.Layout(width="30em", max_width="100%")}
    if isinstance(value, Between):
        options["description"] += f" ({value.low} to {value.high})"
        return widgets.BoundedIntText(value=value.value, min=value.low, max=value.high, **options)
    if isinstance(value, (list, tuple)):
        return widgets.Dropdown(options=list(value), value=value[0], **options)
    kinds = {bool: widgets.Checkbox, int: widgets.IntText, float: widgets.FloatText}
    return kinds.get(type(value), widgets.Text)(value=value, **options)


def _show_result(function: Callable, arguments: dict) -> None:
    """Calls the function and displays its result, or the sentence that says what went wrong."""
    from IPython.display import display
    try:
        result = function(**arguments)
        if isinstance(result, Iterator):
            result = list(itertools.islice(result, 100))
        if result is not None and not type(result).__module__.startswith("matplotlib"):
            display(result)
        _show_charts()
    except FigshareError as error:
        print(error)


def _show_charts() -> None:
    """Shows what was drawn: after a cell the notebook does it by itself, after a button nobody does."""
    from IPython.display import display
    pyplot = sys.modules.get("matplotlib.pyplot")
    for number in pyplot.get_fignums() if pyplot else []:
        display(pyplot.figure(number))
        pyplot.close(number)  # or the next cell would show it again


def token_form(figshare: Figshare) -> Any:
    """A masked field for a token, emptied as soon as it is read; None when headless."""
    if not is_interactive():
        return None
    import ipywidgets as widgets
    box, button = widgets.Password(description="token"), widgets.Button(description="Use it")
    said = widgets.Label()

    def use(_: Any) -> None:
        secret, box.value = Secret(box.value, "the form"), ""
        if not secret or secret.is_placeholder():
            said.value = "That is no token: nothing was kept."
            return
        figshare._secrets["token"], said.value = secret, "Kept until this notebook is closed."

    button.on_click(use)
    return widgets.HBox([box, button, said])


# ============================================================================================
# Explorer
# ============================================================================================


@dataclass(frozen=True)
class _Endpoint:
    """One address of the API: `fields` are where its parameters begin, those in {braces} stand in the path."""

    method: str
    path: str
    fields: dict[str, Any] = field(default_factory=dict)
    service: str = "api"

    @property
    def label(self) -> str:
        """As it stands in the list to choose from."""
        return f"{self.method} {self.path}" + (" (stats)" if self.service == "stats" else "")


_PAGING = {"page": Between(1, 1, 5000), "page_size": Between(10, 1, MAX_PAGE_SIZE)}
_ORDER = {"order": ["published_date", "created_date", "modified_date", "views", "shares", "downloads", "cites"],
          "order_direction": ["desc", "asc"]}
_DAYS = {"start_date": "2021-01-01", "end_date": "2021-12-31"}
_COUNTED = {"counter": list(COUNTERS), "item": ["article", "author", "collection", "project", "group"],
            "item_id": 5616445}
_OF_GROUP = {**_COUNTED, "institution": "team", "item": ["group", "article", "author", "collection", "project"],
             "item_id": 21332}

# What the lessons ask, in their order.
_ENDPOINTS = (
    _Endpoint("GET", "/articles/{article_id}", {"article_id": 5616445}),
    _Endpoint("GET", "/articles/{article_id}/versions", {"article_id": 5616445}),
    _Endpoint("GET", "/articles/{article_id}/versions/{version}", {"article_id": 5616445, "version": 1}),
    _Endpoint("GET", "/articles/{article_id}/files", {"article_id": 20400025, **_PAGING}),
    _Endpoint("GET", "/articles", {**_PAGING, **_ORDER, "published_since": "", "group": "", "item_type": ""}),
    _Endpoint("POST", "/articles/search", {"search_for": ":title: frog", **_PAGING, **_ORDER, "group": ""}),
    _Endpoint("GET", "/collections", _PAGING),
    _Endpoint("GET", "/collections/{collection_id}/articles", {"collection_id": 4820113, **_PAGING}),
    _Endpoint("GET", "/projects", _PAGING),
    _Endpoint("GET", "/projects/{project_id}/articles", {"project_id": 98761, **_PAGING}),
    _Endpoint("GET", "/categories"),
    _Endpoint("GET", "/licenses"),
    _Endpoint("GET", "/oai", {"verb": ["Identify", "ListSets", "ListMetadataFormats"]}),
    _Endpoint("GET", "/account"),
    _Endpoint("GET", "/account/articles", _PAGING),
    _Endpoint("GET", "/account/articles/{article_id}", {"article_id": 8260098}),
    _Endpoint("GET", "/account/institution/groups"),
    _Endpoint("POST", "/count/articles", {"body": '{"groups": [{"id": 21332}, {"id": 21334}]}'}, "stats"),
    _Endpoint("GET", "/total/{counter}/{item}/{item_id}", _COUNTED, "stats"),
    _Endpoint("GET", "/timeline/{granularity}/{counter}/{item}/{item_id}",
              {"granularity": ["month", "day", "year", "total"], **_COUNTED, **_DAYS}, "stats"),
    _Endpoint("GET", "/{institution}/timeline/{granularity}/{counter}/{item}/{item_id}",
              {"granularity": ["month", "day", "year", "total"], **_OF_GROUP, **_DAYS}, "stats"),
    _Endpoint("GET", "/breakdown/{granularity}/{counter}/{item}/{item_id}",
              {"granularity": ["total", "year", "month", "day"], **_COUNTED, **_DAYS}, "stats"),
    _Endpoint("GET", "/{institution}/breakdown/{granularity}/{counter}/{item}/{item_id}",
              {"granularity": ["total", "year", "month", "day"], **_OF_GROUP, **_DAYS}, "stats"),
    _Endpoint("GET", "/{institution}/top/{counter}/{item}",
              {"institution": "team", "counter": list(COUNTERS), "item": _COUNTED["item"],
               "count": Between(5, 1, _TOP_MAX), **_DAYS}, "stats"),
)

# Publishing is not among them: it cannot be taken back.
_WRITING = (
    _Endpoint("POST", "/account/articles", {"body": '{"title": "My own item"}'}),
    _Endpoint("PUT", "/account/articles/{article_id}",
              {"article_id": "", "body": '{"description": "What it is.", "tags": ["pond"]}'}),
    _Endpoint("DELETE", "/account/articles/{article_id}", {"article_id": ""}),
)
_LIMITS = {  # documented
    **dict.fromkeys(("article_id", "collection_id", "project_id", "item_id"), "a whole number above 0"),
    "search_for": "at least 2 letters; fields as in lesson 01",
    "published_since": "YYYY-MM-DD, or empty", "start_date": "YYYY-MM-DD",
    "end_date": "YYYY-MM-DD; a day: up to 1 year, a month: 2 years, a year: 5 years",
    "group": "id of a group, or empty", "item_type": "a number (3: dataset), or empty", "version": "1 or more",
    "institution": "as in team.figshare.com", "body": "JSON", "order_direction": "desc: largest or newest first",
}


def explorer(figshare: Figshare, *, writing: bool = False) -> Any:
    """The TRY button of Figshare's documentation, in a notebook: choose an address, fill in, press.

    It shows the request's address and its curl line, status and time, and the answer as folding JSON and
    as a table. The addresses are those of the lessons.

    Args:
        figshare: From `connect`.
        writing: Offer requests too that create, change and delete drafts; none publishes.

    Returns:
        The form (ipywidgets 7.7 or 8), None when headless: nobody could press the button.
    """
    if not is_interactive():
        return None
    import ipywidgets as widgets
    offered = {endpoint.label: endpoint for endpoint in (*_ENDPOINTS, *(_WRITING if writing else ()))}
    choice = _control("request", list(offered))
    choice.layout.width = "52em"
    place = widgets.VBox([_endpoint_form(figshare, offered[choice.value])])

    def change(event: dict) -> None:
        place.children = [_endpoint_form(figshare, offered[event["new"]])]

    choice.observe(change, names="value")
    token = [token_form(figshare)] if figshare.site != "local" else []
    return widgets.VBox([*token, choice, place])


def _endpoint_form(figshare: Figshare, endpoint: _Endpoint) -> Any:
    """The form of one address, its parameters with their limits."""
    fields = {name: _control(name, value) for name, value in endpoint.fields.items()}
    return _form(lambda **values: _explored(figshare, endpoint, values), fields, _LIMITS)


@dataclass(frozen=True)
class _Exchange:
    """A request of the explorer and its answer; a notebook shows it as HTML."""

    request: str
    curl: str
    status: int | None
    ms: float
    content: Any
    problem: str = ""

    def __repr__(self) -> str:
        return f"{self.request} → {self.status or 'no answer'}, {self.ms:.0f} ms"

    def _repr_html_(self) -> str:
        head = (f"<p><code>{html.escape(self.request)}</code><br><b>{self.status or 'no answer'}</b> "
                f"after {self.ms:.0f} ms</p>")
        curl = _folded("as a curl line", _preformatted(self.curl))
        if self.problem:
            return head + curl + _preformatted(self.problem)
        table = _answer_frame(self.content)
        shown = "" if table is None else _folded("as a table", _table_html(table.head(20)), len(table))
        return head + curl + shown + _folding(self.content, "the answer", is_open=True)


def _explored(figshare: Figshare, endpoint: _Endpoint, values: dict) -> _Exchange:
    """Sends what the form says; an answer that is an error is an answer to look at too."""
    path, details = _filled_in(endpoint, values)
    content, problem = None, ""
    try:
        content = _content(figshare._request(endpoint.method, path, service=endpoint.service, **details))
    except CredentialError:  # nothing was sent
        raise
    except FigshareError as error:
        problem = str(error)
    _, _, status, ms, _, _ = figshare._log[-1]
    request = f"{endpoint.method} {_masked(figshare._last.address)}"
    return _Exchange(request, figshare.as_curl(), status, ms, content, problem)


def _filled_in(endpoint: _Endpoint, values: dict) -> tuple[str, dict]:
    """The path, and query or body; an empty field is not sent."""
    in_path = re.findall(r"{(\w+)}", endpoint.path)
    for name in in_path:
        require(str(values[name]).strip(), f"{name} must not be empty.")
    path = endpoint.path.format_map({name: quote(str(values[name]).strip(), safe="") for name in in_path})
    others = {name: value for name, value in values.items() if name not in in_path and value != ""}
    if endpoint.method == "GET":
        return path, {"params": others}
    numbered = {name: _number(value) for name, value in others.items()}
    body = _json_body(others["body"]) if "body" in others else numbered
    return path, {"body": body, "is_read": path.endswith("/search") or endpoint.service == "stats"}


def _json_body(text: str) -> dict:
    try:
        return json.loads(text)
    except ValueError as error:
        problem = str(error)
    raise ParameterError(f"body is not JSON: {problem}.",
                         fix='write names and texts in double quotes: {"title": "…"}')


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.strip().isdecimal() else value


def _folded(title: str, inside: str, rows: int = 0, is_open: bool = False) -> str:
    """A part of the answer that can be folded; `title` is escaped, `inside` is HTML."""
    words = f"{title}, first 20 of {rows:,} rows" if rows > 20 else title
    return f"<details{' open' * is_open}><summary>{html.escape(words)}</summary>{inside}</details>"


def _preformatted(text: str) -> str:
    return f"<pre style='white-space: pre-wrap'>{html.escape(text)}</pre>"


def _folding(value: Any, name: str, is_open: bool = False) -> str:
    """JSON as HTML that folds, everything in it escaped; long lists and texts are cut, and say so."""
    if isinstance(value, (dict, list)) and value:
        entries = list(value.items() if isinstance(value, dict) else enumerate(value))
        inside = "".join(_folding(part, str(key)) for key, part in entries[:100])
        rest = f"<div>… and {len(entries) - 100:,} more</div>" if len(entries) > 100 else ""
        indented = f"<div style='margin-left: 1.5em'>{inside}{rest}</div>"
        return _folded(f"{name}: {_gist(value)}", indented, is_open=is_open)
    is_text = isinstance(value, str) and "\n" in value
    shown = value if is_text else json.dumps(value, ensure_ascii=False)
    shown = shown if len(shown) <= 5000 else f"{shown[:5000]}…"
    code = _preformatted(shown) if is_text else f"<code>{html.escape(shown)}</code>"
    return f"<div>{html.escape(name)}: {code}</div>"


def _gist(value: dict | list) -> str:
    """A few words on what is folded away: a title or name, else how many parts there are."""
    keys = ("title", "full_name", "name") if isinstance(value, dict) else ()
    if name := next((value[key] for key in keys if value.get(key)), ""):
        return _short(name, 70)
    words = ("entry", "entries") if isinstance(value, list) else ("field", "fields")
    return f"{len(value):,} {words[len(value) != 1]}"


def _bare(content: Any) -> Any:
    """An answer without its wrapper, as stats have one: {"timeline": {...}}."""
    parts = list(content.values()) if isinstance(content, dict) else []
    return parts[0] if len(parts) == 1 and isinstance(parts[0], (dict, list)) else content


def _table_html(table: pd.DataFrame) -> str:
    """A table that scrolls sideways instead of squeezing its columns."""
    rows = table.where(table.notna(), "").to_html(index=False, border=0)
    for tag in ("th", "td"):  # Jupyter's own style is the other way round
        rows = rows.replace(f"<{tag}>", f"<{tag} style='white-space: nowrap; text-align: left'>")
    return f"<div style='overflow-x: auto'>{rows}</div>"


def _answer_frame(content: Any) -> pd.DataFrame | None:
    """Entries as rows, a dictionary as field and value, what is nested in a few words; None for the rest."""
    content = _bare(content)

    def plain(value: Any) -> Any:
        if isinstance(value, str) and len(value) > 70:
            return f"{value[:69]}…"
        return _gist(value) if isinstance(value, (dict, list)) else value

    if isinstance(content, dict) and content:
        rows = [{"field": key, "value": plain(value)} for key, value in content.items()]
        return pd.DataFrame(rows, dtype=object)
    if isinstance(content, list) and content and all(isinstance(entry, dict) for entry in content):
        rows = [{key: plain(value) for key, value in entry.items()} for entry in content]
        return pd.DataFrame(rows, dtype=object)
    return None


# ============================================================================================
# Exercises
# ============================================================================================


def answer_digest(answer: Any) -> str:
    """A fingerprint of an answer: `check_answer` compares it, and nobody can read the answer off it."""
    return hashlib.sha256(_plain(answer).encode()).hexdigest()[:12]


def _plain(answer: Any) -> str:
    """One text for equal answers: 3, 3.0 and "3" agree, lists keep their order, sets and dicts have none."""
    if isinstance(answer, dict):
        return _plain({f"{_plain(key)}={_plain(value)}" for key, value in answer.items()})
    if isinstance(answer, (set, frozenset)):
        return _plain(sorted(map(_plain, answer)))
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
    if isinstance(answer, (list, tuple)):
        return "[" + ",".join(map(_plain, answer)) + "]"
    if isinstance(answer, str) and re.fullmatch(r"\s*\d{1,3}(,\d{3})+\s*", answer):
        answer = answer.replace(",", "")
    with contextlib.suppress(TypeError, ValueError):
        return f"{float(answer):.6g}"
    return str(answer).strip().casefold()


def check_answer(answer: Any, expected: Any, hint: str) -> None:
    """Says "Right." or gives a hint, never the answer.

    Args:
        answer: What the learner found; None or ... where nothing was written yet.
        expected: The digest that `answer_digest` gives, as "digest:...", or the value itself; "members:..."
            is the digest of a set, for which a list in any order is right too.
        hint: Where to look.
    """
    if answer is None or answer is ...:
        print("Nothing to check yet: write your answer in the cell above, and run it.")
        return
    kind, _, wanted = str(expected).partition(":")
    if kind not in ("digest", "members"):
        wanted = answer_digest(expected)
    if kind == "members" and isinstance(answer, (list, tuple)):
        answer = set(map(_plain, answer))
    print("Right." if wanted == answer_digest(answer) else f"Not yet. Hint: {hint}")
