"""Everything that the notebooks of the Figshare API workbook need: the front door of `figshare_workbook`.

    import figshare_helpers as fh

    figshare = fh.connect("local")                  # or "sandbox", "figshare"
    figshare.get("/articles/5616445")               # one request, its answer parsed
    figshare.search(":title: frog", limit=5)        # a job: as many requests as it takes
    fh.records_frame(records)                       # `..._frame` gives a pandas DataFrame, `..._frames` several
    fh.plot_counts(frame)                           # `plot_...` draws one

A method of `figshare` has the name of what Figshare gives, and may give it as a DataFrame: `timeline`,
`breakdown`, `top`, `totals`. What publishes, saves or sends may tell in a DataFrame what it did.

This file only names things. What a helper does stands in one of the rooms of `figshare_workbook`, a file
of a hundred lines or a few hundred; each floor uses only those below it:

    lesson      parameters        check_parameters: one sentence instead of a traceback
                question          check_question: what the parameters name exists and goes together
                forms             *Try it*, and a field for a token
                explorer          the TRY button of Figshare's documentation; exchange_view shows its answers
                exercises         *Right.*, or a hint
                page_link         an address for the reader's browser, in Colab too
    reports     head              what stands above every report
                author            notebook 10: whose items these are
                sums              one timeline, one breakdown for several things
                dimensions_export notebook 12: an export row by row; then batch_plan, batch_upload, batch_outcome
                review_queue      notebook 13: what waits for review
                dashboard         notebook 14: a repository's records, kept fresh
                harvest_ways      notebook 15: OAI-PMH, ResourceSync and a snapshot compared
    client      connect           `connect`, and `Figshare`, the client: all methods of the rooms below
                snapshot, harvest a repository on disk; oai reads its pages
                statistics        views, downloads and shares, by time, place and rank
                institution       what an administrator may list
                downloads         files by stream; uploads, file_part: files in parts
                custom_fields     what a group asks of its items
                account           one's own items: create, change, publish, delete
                articles          public items, collections, projects, categories, licences
                groups            groups, and the subgroups below a group
                many_requests     several requests at once, page after page
                transport         get, post, put, delete, stats; `_request`, the one function that sends
                as_script         the last request as a curl line, as a script of `requests`
                request, answer, request_errors, pace, cache_errors, log, credentials    the parts that it is made of;
                limits, redirects, masking    how long an answer may take, where it may lead, what is not shown
                answer_shapes     what every answer must look like, and which job takes which
                local_site, site_date   starting local Figshare; which day it is on the site
    tables      records, groups, counts     records as DataFrames; groups as a tree; how many of each
                save, html_table  CSV, XLSX, Parquet (xlsx, parquet, cells); tables as people read them
                report_book a report's tables as a workbook for people; sheet_columns, a column of it
                bar_charts, timelines, waiting_chart, world_map, one_page      charts
                chart_style, chart_text, alt_text         what they share: style, texts, the sentence beside the picture
    base        errors            what can go wrong: what, cause, fix
                rules             what a value must be like; shapes: what an answer must be like
                identifiers       ids, DOIs, ORCIDs, addresses: what a text stands for; pasted and page_addresses
                search_language   quoted: a text as a phrase of a search
                disk, ledgers     files that are whole; results that a killed run finds again
                locks             one run at a time on a ledger or in a folder
                frames, texts, periods, sequences, checksums, file_names, author_key, screen, sites

Beside them stands `live_check`, which a person starts: does the real service still answer as expected?

A docstring says what it knows from where: *documented* (in Figshare's own documentation), *recorded* (seen in
answers of the live service) or *our choice*.
"""

from figshare_workbook import __version__
from figshare_workbook.base.checksums import md5
from figshare_workbook.base.errors import (
    BadRequest,
    ConnectionFailed,
    CredentialError,
    FigshareError,
    FileProblem,
    Forbidden,
    NotFound,
    ParameterError,
    UncertainWrite,
    require,
)
from figshare_workbook.base.file_names import safe_name
from figshare_workbook.base.identifiers import clean_doi, clean_orcid
from figshare_workbook.base.periods import date_range, year_before
from figshare_workbook.base.rules import COUNTERS, GRANULARITIES, MAX_LISTING, MAX_PAGE_SIZE
from figshare_workbook.base.screen import is_interactive, progress
from figshare_workbook.base.search_language import quoted
from figshare_workbook.base.sequences import unique
from figshare_workbook.base.sites import SITES, Site
from figshare_workbook.base.texts import plain_text
from figshare_workbook.client.connect import Figshare, connect, open_snapshot
from figshare_workbook.client.credentials import Secret, admin_token
from figshare_workbook.client.harvest import harvest_frame
from figshare_workbook.client.site_date import end_date_up_to_today, report_period, site_date
from figshare_workbook.client.statistics import OTHER_CITIES
from figshare_workbook.client.transport import as_curl, as_python
from figshare_workbook.lesson.exercises import answer_digest, check_answer
from figshare_workbook.lesson.explorer import explorer
from figshare_workbook.lesson.forms import NumberRange, token_form, try_it
from figshare_workbook.lesson.page_link import PageLink, page_link
from figshare_workbook.lesson.parameters import check_parameters
from figshare_workbook.lesson.question import check_question
from figshare_workbook.reports.author import (
    author_collections,
    author_records,
    author_title,
    authorship_frame,
    first_published_date,
    items_to_count,
    own_records,
    persons_frame,
)
from figshare_workbook.reports.batch_outcome import outcome_frame, outcome_numbers, reasons_frame
from figshare_workbook.reports.batch_plan import batch_requests_frame, plan_frame, prepare_batch
from figshare_workbook.reports.batch_upload import ledger_frame, publish_batch, save_failed_rows, send_batch
from figshare_workbook.reports.dashboard import item_counts_frame, refresh_records
from figshare_workbook.reports.dimensions_export import BatchRow, batch_plan, mapping_frame, read_export
from figshare_workbook.reports.harvest_ways import (
    harvest_costs_frame,
    indented_xml,
    oai_sets_frame,
    record_differences,
    record_formats_frame,
    resource_sync_frames,
)
from figshare_workbook.reports.head import ReportHead, show_head
from figshare_workbook.reports.review_queue import (
    REVIEW_STATUS,
    reviews_frame,
    reviews_with_items,
    waiting_frame,
    waiting_numbers,
    waiting_sentence,
)
from figshare_workbook.reports.sums import (
    added_timelines_frame,
    comparison_frame,
    side_by_side_frame,
    summed_breakdown_frame,
    summed_timeline_frame,
    timelines_frame,
)
from figshare_workbook.tables.bar_charts import plot_countries, plot_counts, plot_stacked, plot_top
from figshare_workbook.tables.chart_style import save_figure
from figshare_workbook.tables.counts import (
    completeness_frame,
    counts_frame,
    deposits_frame,
    name_fields_frame,
    name_in_portal_frame,
    periods_frame,
    size_text,
)
from figshare_workbook.tables.groups import (
    direct_subgroups_frame,
    group_sums_frame,
    group_tree,
    groups_frame,
    indented_groups_frame,
)
from figshare_workbook.tables.html_table import ShownTable, show_table
from figshare_workbook.tables.one_page import plot_dashboard
from figshare_workbook.tables.records import (
    collections_frame,
    files_frame,
    item_links,
    records_frame,
    tidy_frames,
    timeline_dates_frame,
)
from figshare_workbook.tables.report_book import save_report
from figshare_workbook.tables.save import file_name, output_folder, report_folder, save_table, save_tables
from figshare_workbook.tables.timelines import plot_timeline
from figshare_workbook.tables.waiting_chart import plot_waiting
from figshare_workbook.tables.world_map import plot_world, unmapped_frame

__all__ = [
    "COUNTERS",
    "GRANULARITIES",
    "MAX_LISTING",
    "MAX_PAGE_SIZE",
    "OTHER_CITIES",
    "REVIEW_STATUS",
    "SITES",
    "BadRequest",
    "BatchRow",
    "ConnectionFailed",
    "CredentialError",
    "Figshare",
    "FigshareError",
    "FileProblem",
    "Forbidden",
    "NotFound",
    "NumberRange",
    "PageLink",
    "ParameterError",
    "ReportHead",
    "Secret",
    "ShownTable",
    "Site",
    "UncertainWrite",
    "__version__",
    "added_timelines_frame",
    "admin_token",
    "answer_digest",
    "as_curl",
    "as_python",
    "author_collections",
    "author_records",
    "author_title",
    "authorship_frame",
    "batch_plan",
    "batch_requests_frame",
    "check_answer",
    "check_parameters",
    "check_question",
    "clean_doi",
    "clean_orcid",
    "collections_frame",
    "comparison_frame",
    "completeness_frame",
    "connect",
    "counts_frame",
    "date_range",
    "deposits_frame",
    "direct_subgroups_frame",
    "end_date_up_to_today",
    "explorer",
    "file_name",
    "files_frame",
    "first_published_date",
    "group_sums_frame",
    "group_tree",
    "groups_frame",
    "harvest_costs_frame",
    "harvest_frame",
    "indented_groups_frame",
    "indented_xml",
    "is_interactive",
    "item_counts_frame",
    "item_links",
    "items_to_count",
    "ledger_frame",
    "mapping_frame",
    "md5",
    "name_fields_frame",
    "name_in_portal_frame",
    "oai_sets_frame",
    "open_snapshot",
    "outcome_frame",
    "outcome_numbers",
    "output_folder",
    "own_records",
    "page_link",
    "periods_frame",
    "persons_frame",
    "plain_text",
    "plan_frame",
    "plot_countries",
    "plot_counts",
    "plot_dashboard",
    "plot_stacked",
    "plot_timeline",
    "plot_top",
    "plot_waiting",
    "plot_world",
    "prepare_batch",
    "progress",
    "publish_batch",
    "quoted",
    "read_export",
    "reasons_frame",
    "record_differences",
    "record_formats_frame",
    "records_frame",
    "refresh_records",
    "report_folder",
    "report_period",
    "require",
    "resource_sync_frames",
    "reviews_frame",
    "reviews_with_items",
    "safe_name",
    "save_failed_rows",
    "save_figure",
    "save_report",
    "save_table",
    "save_tables",
    "send_batch",
    "show_head",
    "show_table",
    "side_by_side_frame",
    "site_date",
    "size_text",
    "summed_breakdown_frame",
    "summed_timeline_frame",
    "tidy_frames",
    "timeline_dates_frame",
    "timelines_frame",
    "token_form",
    "try_it",
    "unique",
    "unmapped_frame",
    "waiting_frame",
    "waiting_numbers",
    "waiting_sentence",
    "year_before",
]
