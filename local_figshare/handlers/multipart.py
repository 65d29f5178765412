"""Reads the files of a multipart form, for the few operations that take one."""

from __future__ import annotations

import csv
import io

from werkzeug.formparser import parse_form_data

from ..messages import Request
from .metadata import bad_field


def uploaded_file(request: Request, name: str) -> bytes:
    """Returns the bytes of a file in a multipart form. Raises `Problem` 400 that names the field."""
    environ = {
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.input": io.BytesIO(request.body),
    }
    _, _, files = parse_form_data(environ, silent=True)
    contents = {}
    for field, file in files.items(multi=True):
        with file.stream:
            contents[field] = file.read()
    if name not in contents:
        raise bad_field(name, "a file of this name must be in the form")
    return contents[name]


def csv_column(request: Request, name: str) -> list[str]:
    """Returns the first column of an uploaded CSV file, empty lines left out."""
    try:
        text = uploaded_file(request, name).decode("utf-8-sig")
        return [row[0].strip() for row in csv.reader(io.StringIO(text, newline="")) if row and row[0].strip()]
    except (UnicodeDecodeError, csv.Error):
        raise bad_field(name, "must be a CSV file in UTF-8") from None
