"""Sends requests to a site: get, post, put, delete and stats, and `_request`, through which all of them go."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, Self

import pandas as pd
import requests
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util.retry import Retry

from figshare_workbook import __version__
from figshare_workbook.base.errors import ParameterError, require
from figshare_workbook.base.shapes import Shape
from figshare_workbook.base.sites import Site
from figshare_workbook.base.texts import safe_text
from figshare_workbook.client.answer import content_of, describe_foreign_answer, outcome_of
from figshare_workbook.client.answer_shapes import ANYTHING
from figshare_workbook.client.as_script import curl_line, python_script
from figshare_workbook.client.cache_errors import cache_errors
from figshare_workbook.client.credentials import Secret, configured_secret, find_secret
from figshare_workbook.client.limits import Limits, limits_applied
from figshare_workbook.client.log import LastExchange, LogRow, RequestLog, counts_by_address, log_frame
from figshare_workbook.client.masking import mask_urllib3_log, masked_address, masked_body, without_secrets
from figshare_workbook.client.pace import (
    RETRIED_STATUSES,
    PoliteAdapter,
    Throttle,
    may_have_arrived,
    pause_before_retry,
)
from figshare_workbook.client.redirects import MOST_REDIRECTS, next_address, redirect_target
from figshare_workbook.client.request import Request, shown_path
from figshare_workbook.client.request_errors import (
    foreign_answer_error,
    misshapen_answer_error,
    no_answer_error,
    redirect_error,
    refusal_error,
)

DEFAULT_TIMEOUT = 120  # seconds; enough for a slow page of 1,000 records, or a slow answer of the stats service
_CREDENTIALS = {
    "token": ("FIGSHARE_TOKEN", "a token"),
    "password": ("FIGSHARE_STATS_CREDENTIALS", "the institution's stats credentials"),
}
_PRIVATE_PATH = re.compile(r"/(account|institution|institutions|symplectic)\b")
_OPEN_STATS = re.compile(r"/((total|timeline|breakdown|top|count)/|[^/]+/total/)")


def _check_no_braces(path: str) -> None:
    """Raises `ParameterError` for braces in a path: the user has forgotten the f of an f-string."""
    if braces := re.search(r"{[^{}]*}?", path):
        raise ParameterError(
            f"The address {masked_address(path)} holds {braces[0]} in braces, so nothing was sent.",
            fix=f'write an f before the quotes, f"{masked_address(path)}", or the number itself.',
        )


class Transport:
    """The connection to a site. Every request goes through `_request`."""

    def __init__(
        self,
        site: Site,
        token: Secret | None,
        stats_credentials: Secret | None,
        workers: int,
        cache: bool | str | None,
        timeout: float = DEFAULT_TIMEOUT,
    ):
        mask_urllib3_log()
        self.timeout, self._has_announced = timeout, False
        self.site, self.api_url, self.stats_url = site.name, site.api_url, site.stats_url
        self.workers = workers
        self._secrets = {"token": token, "password": stats_credentials}
        self._prompt_lock = threading.Lock()
        self._throttle = Throttle(site.requests_per_second)
        self.retry = Retry(
            total=5,
            backoff_factor=1 if site.requests_per_second else 0.1,
            backoff_max=30,
            status_forcelist=RETRIED_STATUSES,
            allowed_methods=None,
            raise_on_status=False,
        )
        self._session = self._prepared_session(requests.Session())
        self._cache = self._cache_session(cache)
        self._log = RequestLog()
        self._last_request: Request | None = None
        self._is_tracing = False
        self._impersonated_account: int | None = None
        self.notes: list[str] = []

    def _prepared_session(self, session: requests.Session) -> requests.Session:
        adapter = PoliteAdapter(self._throttle, self.workers + 1)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # the API needs no cookies
        session.headers["Accept-Encoding"] = "gzip, deflate"
        session.headers["User-Agent"] = f"figshare-api-workbook/{__version__} requests/{requests.__version__}"
        return session

    def _cache_session(self, cache: bool | str | Path | None) -> Any:
        """Returns a session that caches answers; None where the cache is off, or requests-cache is not installed.

        Without a choice of the user (`cache` None) it is off on local Figshare.
        """
        if cache is False or (cache is None and self.site == "local"):
            return None
        try:
            from platformdirs import user_cache_dir
            from requests_cache import CachedSession
        except ImportError:
            require(cache is None, "cache needs the package requests-cache: install it, or leave cache out.")
            return None
        file = Path(cache if isinstance(cache, (str, Path)) else Path(user_cache_dir(), "figshare-api-workbook"))
        file = file if file.suffix else file.with_name(f"{file.name}.sqlite")
        with cache_errors(file):
            return self._prepared_session(
                CachedSession(
                    str(file),
                    backend="sqlite",
                    expire_after=3600,
                    allowable_methods=("GET", "POST"),
                    match_headers=["X-Cursor"],
                    filter_fn=lambda response: not describe_foreign_answer(response, is_json_expected=True),
                )
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Figshare: {self.site}>"

    def close(self) -> None:
        """Closes the connections. Local Figshare runs on until the process ends, because other clients may use it."""
        for session in filter(None, (self._session, self._cache)):
            session.close()

    # ---- endpoint verbs -------------------------------------------------------------------

    def ask(self, method: str, path: str, *, shape: Shape = ANYTHING, **details: Any) -> Any:
        """Sends any request and returns the parsed answer; `get`, `post` and so on are its short forms.

        Args:
            method, path, **details: As `_request` takes them: service, params, body, is_repeatable.
            shape: What the answer must look like, from `answer_shapes`.

        Raises:
            FigshareError: The answer is not 2xx or has not the shape, or no answer came.
        """
        response = self._request(method, path, **details)
        return self._parsed(response, shape, is_repeatable=details.get("is_repeatable", method == "GET"))

    def get(self, path: str, **params: Any) -> Any:
        """Sends a GET request and returns the parsed answer, exactly as the API gives it.

        Args:
            path: As in the documentation, e.g. `/articles/5616445`.
            **params: Query parameters, e.g. `page_size=5`.

        Returns:
            dict or list; text where the answer is not JSON; None where it is empty.

        Raises:
            FigshareError: The answer is not 2xx, or no answer came.
        """
        return self.ask("GET", path, params=params)

    def post(self, path: str, body: dict | None = None, **params: Any) -> Any:
        """Sends a JSON body by POST; returns and raises as `get`. Only a search is retried."""
        is_repeatable = path.endswith("/search")
        return self.ask("POST", path, body=body or {}, params=params, is_repeatable=is_repeatable)

    def put(self, path: str, body: dict | None = None, **params: Any) -> Any:
        """Sends a JSON body by PUT; returns and raises as `get`. It is never retried."""
        return self.ask("PUT", path, body=body or {}, params=params)

    def delete(self, path: str, **params: Any) -> Any:
        """Sends a DELETE request; returns and raises as `get`. It is never retried."""
        return self.ask("DELETE", path, params=params)

    def stats(self, path: str, **params: Any) -> Any:
        """Sends a GET request to the stats service: `/total/views/article/5616445`; arguments as `get`.

        A path that begins with an institution (`/iastate/timeline/...`) carries the stats credentials,
        except for `total`, which is open (documented).
        """
        return self.ask("GET", path, params=params, service="stats")

    # ---- the requests so far --------------------------------------------------------------

    @property
    def requests_made(self) -> pd.DataFrame:
        """Every request so far: method, path, status, ms (milliseconds), bytes, from_cache.

        `status` is missing where no answer came; `bytes` where the answer was streamed.
        """
        return log_frame(self._log.rows)

    def request_counts(self, *, all_connections: bool = False) -> pd.DataFrame:
        """Counts how often each address was asked, ids written as {id}: the same in every run of a notebook.

        Args:
            all_connections: Whether to count the requests of all clients since the notebook began, not only of this
                one.

        Returns:
            method (text), path (text, without its query), requests (Int64), sorted by path and method.
        """
        logs = RequestLog.of_process if all_connections else [self._log]
        return counts_by_address(row for log in logs for row in log.rows)

    @contextlib.contextmanager
    def trace(self) -> Iterator[None]:
        """Prints a line for each request in the `with` block: `GET /articles?page=2 → 200, 10 items`."""
        was_tracing, self._is_tracing = self._is_tracing, True
        try:
            yield
        finally:
            self._is_tracing = was_tracing

    def as_curl(self) -> str:
        """Returns the last request as a curl line. It names the environment variable of a credential, not its value."""
        return self._without_secrets(curl_line(self._require_last_request()))

    def as_python(self) -> str:
        """Returns the last request as a script that needs only the package requests, not the helpers.

        It holds no credentials: it reads the token or the stats credentials from the environment
        (`FIGSHARE_TOKEN`, `FIGSHARE_STATS_CREDENTIALS`). For another site only the address in its first lines
        changes.
        """
        return python_script(self._require_last_request(), self.api_url, self.stats_url, self._without_secrets)

    @contextlib.contextmanager
    def impersonating(self, account_id: int) -> Iterator[None]:
        """Lets an administrator's token act for another account within the `with` block (documented).

        `impersonate` goes into the query of GET and DELETE, and into the body of POST and PUT.
        """
        previous_account, self._impersonated_account = self._impersonated_account, account_id
        try:
            yield
        finally:
            self._impersonated_account = previous_account

    @property
    def last_exchange(self) -> LastExchange:
        """The last request: method, address and JSON body (with masked secrets), status, ms (milliseconds)."""
        request, row = self._require_last_request(), self._log.rows[-1]
        has_json_body = isinstance(request.body, (dict, list)) and request.body
        body = json.dumps(masked_body(request.body), indent=2, ensure_ascii=False) if has_json_body else ""
        return LastExchange(
            row.method, masked_address(request.address), row.status, row.ms, self._without_secrets(body)
        )

    def _require_last_request(self) -> Request:
        if self._last_request is None:
            raise ParameterError("There is no request to show yet: make one first.")
        return self._last_request

    def note(self, sentence: str) -> None:
        """Prints a sentence that says what a result lacks, and keeps it in `notes`."""
        self.notes.append(safe_text(sentence))
        print(self.notes[-1])

    def announce(self, seconds: float) -> None:
        """Prints once for a client that it waits, so that nobody thinks that it hangs."""
        if not self._has_announced:
            self._has_announced = True
            print(f"{self.site} asks for patience, or is out of order: the next try is in {seconds:.0f} seconds.")

    def _parsed(self, response: requests.Response, shape: Shape, is_repeatable: bool = True) -> Any:
        """Returns the parsed content of an answer.

        Raises:
            FigshareError: The content has not the shape; then the answer is also removed from the cache.
        """
        try:
            return content_of(response, shape)
        except ValueError as error:
            flaw = self._without_secrets(str(error))
        self._drop_from_cache(response)
        address = response.url.removeprefix(self.api_url).removeprefix(self.stats_url)
        raise misshapen_answer_error(
            response, self._without_secrets(shown_path(address, None)), shape.name, flaw, is_repeatable
        )

    def _drop_from_cache(self, response: requests.Response) -> None:
        """Removes an answer from the cache."""
        if self._cache and (key := getattr(response, "cache_key", "")):
            with contextlib.suppress(sqlite3.Error, OSError):
                self._cache.cache.delete(key)

    # ---- sending --------------------------------------------------------------------------

    def _request(
        self, method: str, path: str, *, service: str = "api", retry_on: tuple = (), **details: Any
    ) -> requests.Response:
        """Sends one request, and retries it where that is safe. All requests of the workbook are sent here.

        Args:
            method, path: The request; the path may be a whole URL (uploads, downloads).
            service: "api" or "stats".
            retry_on: Further statuses after which to retry.
            **details: Fields of `Request`: `params`, `body`, `headers`, `stream`, `is_repeatable`, `most_bytes` ...

        Raises:
            FigshareError: The answer is not 2xx or not Figshare's, or none came within `timeout` seconds.
        """
        request = self._make_request(method, path, service, details)
        retry = self.retry if request.is_repeatable else self.retry.new(total=0)
        limits = Limits(self.timeout, request.stream, request.most_bytes)
        is_json_expected = request.is_api_or_stats and request.is_repeatable
        while True:
            response, error = self._exchange(request, limits)
            flaw = "" if request.stream else describe_foreign_answer(response, is_json_expected)
            if response is not None and not flaw and response.status_code not in (*RETRIED_STATUSES, *retry_on):
                break
            if limits.is_late or limits.is_too_long:  # another try would end like this one
                break
            raw = getattr(response, "raw", None)
            try:
                retry = retry.increment(method, request.display_path, response=raw, error=error)
            except MaxRetryError:
                break
            if not pause_before_retry(retry, raw, limits, self.announce):
                break
            if response is not None:
                response.close()
        if response is None:
            raise no_answer_error(request, may_have_arrived(error), limits)
        if address := redirect_target(response):
            raise redirect_error(request, response.status_code, self._without_secrets(masked_address(address)))
        if flaw:
            raise foreign_answer_error(request, response.status_code, flaw)
        if not 200 <= response.status_code <= 299:
            raise refusal_error(request, response, self._without_secrets)
        return response

    def _make_request(self, method: str, path: str, service: str, details: dict) -> Request:
        """Makes the request, with its address and only those credentials that the address needs."""
        _check_no_braces(path)
        base = self.api_url if service == "api" else self.stats_url
        url = path if "://" in path else f"{base}/{path.lstrip('/')}"
        display_path = self._without_secrets(shown_path(url.removeprefix(base), details.get("params")))
        request = Request(method, url, display_path, **{"is_repeatable": method == "GET", **details})
        request.is_api_or_stats = url.startswith((f"{self.api_url}/", f"{self.stats_url}/")) and "/download" not in url
        if kind := self._credentials_for(url, request.is_private):
            request.secret = self._secret(kind)
            request.credential_kind = kind if request.secret else ""
        if self._impersonated_account and url.startswith(f"{self.api_url}/account"):
            field = "params" if method in ("GET", "DELETE") else "body"
            values = {**(getattr(request, field) or {}), "impersonate": self._impersonated_account}
            setattr(request, field, values)
        return request

    def _credentials_for(self, url: str, is_private: bool) -> str:
        """Returns the kind of credential that an address needs: "token", "password" (of an institution) or ""."""
        if url.startswith(f"{self.stats_url}/"):
            return "" if _OPEN_STATS.match(f"{url.removeprefix(self.stats_url)}/") else "password"
        if url.startswith(f"{self.api_url}/"):
            return "token" if is_private or _PRIVATE_PATH.match(url.removeprefix(self.api_url)) else ""
        return ""

    def _secret(self, kind: str) -> Secret:
        """Returns the token or the password; looks for it, or prompts for it, when it is first needed."""
        with self._prompt_lock:  # only one of several threads may prompt
            secret = self._secrets[kind]
            if secret is None:
                secret = self._secrets[kind] = find_secret(*_CREDENTIALS[kind], self.site == "local")
        return secret

    @property
    def has_stats_credentials(self) -> bool:
        """Whether the client has an institution's stats credentials. It does not prompt for them."""
        secret = self._secrets["password"]
        return bool(configured_secret(_CREDENTIALS["password"][0], self.site == "local") if secret is None else secret)

    def use_token(self, token: Secret | None) -> Secret | None:
        """Sends this token from now on, and keeps it in memory only.

        Returns:
            The token before; None where none was needed yet.
        """
        previous_token, self._secrets["token"] = self._secrets["token"], token
        return previous_token

    def _exchange(self, request: Request, limits: Limits) -> tuple[requests.Response | None, Exception | None]:
        """Tries a request once and logs it. Returns the answer, with its body unless it is streamed, or the error."""
        self._last_request = request if request.is_logged else self._last_request
        response, error, begin = None, None, time.perf_counter()
        try:
            with limits_applied(limits):
                response = self._follow_redirects(request, limits)
        except (requests.RequestException, HTTPError, TimeoutError) as problem:
            error = problem.with_traceback(None)
            if isinstance(error, requests.RequestException):
                error.request = error.response = None  # they hold the token, and a traceback may show variables
        if self._cache and not request.is_repeatable:
            self._clear_cache()
        if request.is_logged:
            self._log_exchange(request, response, 1000 * (time.perf_counter() - begin))
        return response, error

    def _follow_redirects(self, request: Request, limits: Limits) -> requests.Response:
        """Sends a request and follows a few redirects of a GET; returns the last answer.

        A credential is sent on only to an address that needs the same kind.
        """
        response = self._send(request, limits)
        for _ in range(MOST_REDIRECTS):
            address = next_address(request, response)
            if not address:
                break
            response.close()
            request = replace(request, url=address, params={}, is_api_or_stats=False)
            if self._credentials_for(address, request.is_private) != request.credential_kind:
                request.credential_kind, request.secret = "", None
            response = self._send(request, limits)
        return response

    def _send(self, request: Request, limits: Limits) -> requests.Response:
        """Sends the request once and returns its answer, from the site or from the cache."""
        cache = self._cache if request.is_cacheable else None
        with cache_errors(cache.cache.db_path) if cache else contextlib.nullcontext():
            response = (cache or self._session).request(request.method, request.url, **request.options(limits))
        response.request.headers.pop("Authorization", None)
        if request.stream and response.status_code not in (200, 206):
            response.content  # noqa: B018  (reads the message of an error here, where the caller catches broken connections)
        return response

    def _clear_cache(self) -> None:
        """Empties the cache, because a write may have changed what it holds. Where that fails, the cache is off."""
        try:
            self._cache.cache.clear()
        except (sqlite3.Error, OSError):
            self._cache = None

    def _log_exchange(self, request: Request, response: requests.Response | None, ms: float) -> None:
        """Adds a row to `requests_made`, and prints a line during a trace."""
        status = response.status_code if response is not None else None
        size = len(response.content) if response is not None and not request.stream else None
        if response is not None:
            request.is_json_answer = bool(size and "json" in response.headers.get("Content-Type", ""))
        from_cache = bool(getattr(response, "from_cache", False))
        self._log.rows.append(LogRow(request.method, request.display_path, status, round(ms, 1), size, from_cache))
        if self._is_tracing:
            has_json_body = isinstance(request.body, dict) and request.body
            body = f" {json.dumps(masked_body(request.body), ensure_ascii=False)}" if has_json_body else ""
            outcome = outcome_of(response, request, from_cache)
            print(safe_text(self._without_secrets(f"{request.method} {request.display_path}{body} → {outcome}")))

    def _without_secrets(self, text: str) -> str:
        """Returns the text without the client's secrets, which a server may have repeated."""
        return without_secrets(text, self._secrets.values())


as_curl, as_python = Transport.as_curl, Transport.as_python  # fh.as_curl(figshare)
