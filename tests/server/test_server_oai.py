"""OAI-PMH: the protocol's schemas, its errors, complete harvests, and oaipmh-scythe as a client."""

import base64
import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree
from make_big_catalogue import make_data_folder
from small_site import SmallSite, make_small_site

from local_figshare.catalogue import SHIPPED
from local_figshare.handlers import oai
from local_figshare.times import utc_datetime

SCHEMAS = Path(__file__).parent / "schemas"
NS = {
    "oai": "http://www.openarchives.org/OAI/2.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "oai_dc": "http://www.openarchives.org/OAI/2.0/oai_dc/",
    "dcterms": "http://purl.org/dc/terms/",
    "mets": "http://www.loc.gov/METS/",
    "xlink": "http://www.w3.org/1999/xlink",
    "datacite": "http://datacite.org/schema/kernel-4",
    "qdc": "http://dspace.org/qualifieddc/",
}
FORMATS = ("oai_dc", "oai_datacite", "qdc", "mets")
COUNT = 64


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    yield from make_small_site(tmp_path_factory.mktemp("oai"), COUNT, oai)


@pytest.fixture
def own_site(tmp_path):
    """A site of its own, for tests that write."""
    yield from make_small_site(tmp_path, 25, oai)


@pytest.fixture(scope="session")
def schema(tmp_path_factory):
    """The protocol's schema together with that of oai_dc, as a validator needs them."""
    folder = tmp_path_factory.mktemp("schemas")
    for name in ("OAI-PMH.xsd", "oai_dc.xsd", "simpledc20021212.xsd", "xml.xsd"):
        tree = etree.parse(SCHEMAS / name)
        for element in tree.iter("{*}import"):
            element.set("schemaLocation", Path(element.get("schemaLocation")).name)
        tree.write(folder / name)
    both = etree.Element("{http://www.w3.org/2001/XMLSchema}schema")
    for namespace, name in ((NS["oai"], "OAI-PMH.xsd"), (NS["oai_dc"], "oai_dc.xsd")):
        etree.SubElement(both, "{http://www.w3.org/2001/XMLSchema}import", namespace=namespace, schemaLocation=name)
    etree.ElementTree(both).write(folder / "both.xsd")
    return etree.XMLSchema(etree.parse(folder / "both.xsd"))


def ask(site, query: str = "", **arguments: str) -> etree._Element:
    """Returns the root of an answer."""
    reply = site.ask(f"/v2/oai?{query}{urlencode(arguments)}")
    assert reply.status == 200
    assert reply.content_type == "text/xml; charset=utf-8"
    return etree.fromstring(reply.body.encode())


def error(root: etree._Element) -> str | None:
    found = root.find("oai:error", NS)
    return None if found is None else found.get("code")


def texts(root: etree._Element, path: str) -> list[str]:
    return [element.text for element in root.iterfind(path, NS)]


def pages(site, **arguments: str):
    """Yields all pages of a list; follows the tokens as a client does."""
    root = ask(site, **arguments)
    while True:
        yield root
        token = root.find(".//oai:resumptionToken", NS)
        if token is None or not token.text:
            return
        root = ask(site, verb=arguments["verb"], resumptionToken=token.text)


def list_identifiers(site, **arguments: str) -> list[str]:
    """Returns the identifiers of all records of a list, in order."""
    arguments = {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc", **arguments}
    return [text for page in pages(site, **arguments) for text in texts(page, ".//oai:identifier")]


def identifier(record: dict) -> str:
    return f"oai:figshare.com:article/{record['id']}"


# Against the protocol's own schema


def test_every_verb_is_valid(site, schema):
    first = identifier(site.records()[0])
    queries = [
        "verb=Identify",
        "verb=ListSets",
        "verb=ListMetadataFormats",
        f"verb=ListMetadataFormats&identifier={first}",
        "verb=ListIdentifiers&metadataPrefix=oai_dc",
        "verb=ListRecords&metadataPrefix=oai_dc",
        f"verb=GetRecord&metadataPrefix=oai_dc&identifier={first}",
        "verb=ListRecords&metadataPrefix=oai_dc&from=2015-01-01&until=2020-01-01&set=item_type_3",
    ]
    for query in queries:
        root = ask(site, query)
        assert error(root) is None, query
        schema.assertValid(root)


def test_all_pages_are_valid(site, schema):
    for verb in ("ListRecords", "ListSets"):
        arguments = {"metadataPrefix": "oai_dc"} if verb == "ListRecords" else {}
        for page in pages(site, verb=verb, **arguments):
            schema.assertValid(page)


def whole_harvest(folder, cache, monkeypatch) -> list[etree._Element]:
    """Returns every page of the records of a folder."""
    monkeypatch.setenv("LOCAL_FIGSHARE_CACHE", str(cache))
    site = SmallSite(folder, oai)
    try:
        return list(pages(site, verb="ListRecords", metadataPrefix="oai_dc"))
    finally:
        site.store.close()


def test_the_shipped_catalogue_is_valid(tmp_path, monkeypatch, schema):
    found = whole_harvest(SHIPPED, tmp_path, monkeypatch)
    lines = (SHIPPED / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    assert sum(len(page.findall(".//oai:record", NS)) for page in found) == len(lines)
    for page in found:
        schema.assertValid(page)


def test_real_records_are_valid(iowa, tmp_path, monkeypatch, schema):
    """Titles with HTML, records without files, several kinds of licence: what people really deposit."""
    found = whole_harvest(iowa, tmp_path, monkeypatch)
    assert sum(len(page.findall(".//oai:record", NS)) for page in found) == 171
    for page in found:
        schema.assertValid(page)


@pytest.mark.parametrize("prefix", FORMATS)
def test_the_envelope_of_every_format_is_valid(site, schema, prefix):
    root = ask(site, verb="ListRecords", metadataPrefix=prefix)
    assert len(root.findall(".//oai:metadata", NS)) == 10
    for metadata in root.iterfind(".//oai:metadata", NS):
        namespace = etree.QName(metadata[0]).namespace
        assert namespace == oai.FORMATS[prefix].namespace
        location = metadata[0].get("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation").split()
        assert location[:2] == [namespace, oai.FORMATS[prefix].schema]
        metadata[:] = [etree.Element(f"{{{NS['oai_dc']}}}dc")]  # the schemas of the others are not at hand
    schema.assertValid(root)


ERRORS = [
    ("", "badVerb"),
    ("verb=", "badVerb"),
    ("verb=identify", "badVerb"),
    ("verb=Destroy", "badVerb"),
    ("verb=Identify&colour=red", "badArgument"),
    ("verb=ListSets&metadataPrefix=oai_dc", "badArgument"),
    ("verb=GetRecord&metadataPrefix=oai_dc", "badArgument"),
    ("verb=GetRecord&identifier=oai:figshare.com:article/30000000", "badArgument"),
    ("verb=ListRecords", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-02-30", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01T10:00:00", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01T25:00:00Z", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01&until=2020-02-01T00:00:00Z", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-02-01&until=2020-01-01", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&set=a%20b", "badArgument"),
    ("verb=GetRecord&metadataPrefix=oai_dc&identifier=a%22b", "badArgument"),
    ("verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"),
    ("verb=ListRecords&metadataPrefix=rdf", "cannotDisseminateFormat"),
    ("verb=GetRecord&metadataPrefix=marc21&identifier=oai:figshare.com:article/30000000", "cannotDisseminateFormat"),
    ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:figshare.com:article/1", "idDoesNotExist"),
    ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:figshare.com:article/30000000/v1", "idDoesNotExist"),
    ("verb=GetRecord&metadataPrefix=oai_dc&identifier=really_wrong_id", "idDoesNotExist"),
    ("verb=ListMetadataFormats&identifier=oai:figshare.com:article/1", "idDoesNotExist"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2031-01-01", "noRecordsMatch"),
    ("verb=ListRecords&metadataPrefix=oai_dc&until=1999-01-01", "noRecordsMatch"),
    ("verb=ListIdentifiers&metadataPrefix=oai_dc&set=portal_999", "noRecordsMatch"),
    ("verb=ListIdentifiers&metadataPrefix=oai_dc&set=nothing", "noRecordsMatch"),
    ("verb=ListIdentifiers&metadataPrefix=oai_dc&set=category_abc", "noRecordsMatch"),
    ("verb=ListSets&resumptionToken=nonsense", "badResumptionToken"),
    ("verb=ListRecords&resumptionToken=nonsense", "badResumptionToken"),
    ("verb=ListRecords&resumptionToken=", "badResumptionToken"),
]


@pytest.mark.parametrize(("query", "code"), ERRORS)
def test_protocol_errors(site, schema, query, code):
    root = ask(site, query)
    assert error(root) == code
    schema.assertValid(root)
    echoed = dict(root.find("oai:request", NS).attrib)
    assert echoed == {} if code in ("badVerb", "badArgument") else "verb" in echoed


def test_arguments_given_twice_are_refused(site, schema):
    body = b"verb=Identify&verb=Identify"
    root = etree.fromstring(site.ask("/v2/oai", "POST", body).body.encode())
    assert error(root) == "badVerb"
    body = b"verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=mets"
    root = etree.fromstring(site.ask("/v2/oai", "POST", body).body.encode())
    assert error(root) == "badArgument"
    schema.assertValid(root)


@given(st.text(), st.sampled_from(["verb", "set", "from", "identifier", "metadataPrefix", "resumptionToken"]))
def test_no_value_breaks_the_answer(site, schema, text, name):
    assume(text not in FORMATS)  # their own schemas are not at hand
    arguments = {"verb": "ListRecords", "metadataPrefix": "oai_dc"} | {name: text}
    if name == "identifier":
        arguments["verb"] = "GetRecord"
    if name == "resumptionToken":
        del arguments["metadataPrefix"]
    root = ask(
        site,
        urlencode(arguments, errors="surrogatepass")
        if text.isascii()
        else "&".join(f"{key}={quote(value, errors='replace')}" for key, value in arguments.items()),
    )
    schema.assertValid(root)


def test_a_form_may_be_posted(site):
    query = b"verb=ListRecords&metadataPrefix=oai_dc&set=portal_701"
    posted = site.ask("/v2/oai", "POST", query)
    assert posted.body == site.ask(f"/v2/oai?{query.decode()}").body


# What is listed


def test_identify_says_what_figshare_says(site):
    root = ask(site, "verb=Identify")
    answer = {etree.QName(child).localname: child.text for child in root.find("oai:Identify", NS)}
    assert answer == {
        "repositoryName": "figshare",
        "baseURL": "http://local-figshare.invalid/v2/oai",
        "protocolVersion": "2.0",
        "adminEmail": "info@figshare.com",
        "earliestDatestamp": "1800-01-01T00:00:00Z",
        "deletedRecord": "transient",
        "granularity": "YYYY-MM-DDThh:mm:ssZ",
    }
    assert texts(ask(site, "verb=ListMetadataFormats"), ".//oai:metadataPrefix") == list(FORMATS)


def test_the_document_begins_as_figshares_does(site):
    body = site.ask("/v2/oai?verb=Identify").body
    assert body.startswith(
        "<?xml version='1.0' encoding='utf-8'?>\n<?xml-stylesheet type=\"text/xsl\" href=\"/v2/static/oai2.xsl\"?>"
    )


def test_browsers_get_the_sheet_that_the_document_names(site):
    reply = site.ask("/v2/static/oai2.xsl")
    sheet = etree.XSLT(etree.fromstring(reply.body.encode()))
    page = sheet(ask(site, "verb=ListRecords&metadataPrefix=oai_dc"))
    assert site.records()[0]["title"] in str(page)
    assert page.xpath("//a[starts-with(@href, '?verb=ListRecords&resumptionToken=')]")


def test_a_harvest_has_every_record_once(site):
    expected = [identifier(record) for record in sorted(site.records(), key=lambda r: (r["published_date"], r["id"]))]
    assert list_identifiers(site) == expected
    sizes = [
        len(page.findall(".//oai:record", NS)) for page in pages(site, verb="ListRecords", metadataPrefix="oai_dc")
    ]
    assert sizes == [10] * (COUNT // 10) + [COUNT % 10]


def test_the_last_of_several_pages_has_an_empty_token_and_a_single_page_none(site):
    several = list(pages(site, verb="ListIdentifiers", metadataPrefix="oai_dc"))
    assert several[-1].find(".//oai:resumptionToken", NS).text is None
    day = site.records()[0]["published_date"][:10]
    single = ask(site, verb="ListIdentifiers", metadataPrefix="oai_dc", until=day)
    assert single.find(".//oai:resumptionToken", NS) is None


@pytest.mark.parametrize("big", [0, 1000])
def test_sets_hold_what_their_names_say(site, monkeypatch, big):
    """However they are found: big sets are walked, small ones looked up."""
    monkeypatch.setattr(oai, "BIG_SET", big)
    records = site.records()
    for number in (701, 702, 703):
        expected = {identifier(r) for r in records if r["group_id"] // 100 == number}
        assert set(list_identifiers(site, set=f"portal_{number}")) == expected
    kind, category = records[0]["defined_type"], records[0]["categories"][0]["id"]
    assert set(list_identifiers(site, set=f"item_type_{kind}")) == {
        identifier(r) for r in records if r["defined_type"] == kind
    }
    assert set(list_identifiers(site, set=f"category_{category}")) == {
        identifier(r) for r in records if category in [entry["id"] for entry in r["categories"]]
    }
    month = records[7]["published_date"][:7]
    assert set(list_identifiers(site, set=f"month_year_{month[5:]}_{month[:4]}")) == {
        identifier(r) for r in records if r["published_date"].startswith(month)
    }


def test_headers_name_the_sets(site):
    record = site.records()[3]
    root = ask(site, verb="GetRecord", metadataPrefix="oai_dc", identifier=identifier(record))
    assert texts(root, ".//oai:setSpec") == [
        *(f"category_{category['id']}" for category in record["categories"]),
        f"portal_{record['group_id'] // 100}",
        f"item_type_{record['defined_type']}",
    ]
    assert texts(root, ".//oai:datestamp") == [record["published_date"]]


def test_sets_come_thirty_a_page(site):
    found = list(pages(site, verb="ListSets"))
    sizes = [len(page.findall(".//oai:set", NS)) for page in found]
    assert sizes[:-1] == [30] * (len(sizes) - 1) and 0 < sizes[-1] <= 30
    names = dict(
        zip(
            (spec for page in found for spec in texts(page, ".//oai:setSpec")),
            (name for page in found for name in texts(page, ".//oai:setName")),
            strict=True,
        )
    )
    assert len(names) == sum(sizes)
    assert names["item_type_7"] == "Article type: presentation"
    assert names["portal_703"] == "College of the Lakes"
    for record in site.records():
        month = record["published_date"]
        assert {f"category_{entry['id']}" for entry in record["categories"]} < set(names)
        assert f"month_year_{month[5:7]}_{month[:4]}" in names


@given(st.data())
@settings(max_examples=40)
def test_from_and_until_of_both_granularities_are_inclusive(site, data):
    records = sorted(site.records(), key=lambda r: r["published_date"])
    low = data.draw(st.integers(0, COUNT - 1))
    high = data.draw(st.integers(low, COUNT - 1))
    length = data.draw(st.sampled_from([10, 20]))
    start, end = (records[n]["published_date"][:length] for n in (low, high))
    expected = [identifier(r) for r in records if start <= r["published_date"][:length] <= end]
    assert list_identifiers(site, **{"from": start, "until": end}) == expected
    assert list_identifiers(site, **{"from": start}) == [
        identifier(r) for r in records if start <= r["published_date"][:length]
    ]


# Tokens


def token_of(site, verb="ListRecords", **arguments):
    return ask(site, verb=verb, **arguments).find(".//oai:resumptionToken", NS)


def test_a_token_is_the_next_query_in_base64(site):
    token = token_of(site, "ListSets")
    assert base64.b64decode(token.text).startswith(b"verb=ListSets&page=2")
    expires = utc_datetime(token.get("expirationDate"))
    assert expires == site.store.clock() + timedelta(minutes=60)


def test_a_token_serves_its_own_verb_only(site):
    token = token_of(site, metadataPrefix="oai_dc").text
    assert error(ask(site, verb="ListIdentifiers", resumptionToken=token)) == "badResumptionToken"
    assert error(ask(site, verb="ListRecords", resumptionToken=token)) is None


def test_a_token_can_be_used_again(site):
    token = token_of(site, metadataPrefix="oai_dc").text
    url = f"/v2/oai?verb=ListRecords&resumptionToken={quote(token)}"
    assert site.ask(url).body == site.ask(url).body


@pytest.mark.parametrize(
    "text",
    [
        "verb=ListRecords&metadataPrefix=oai_dc",
        "verb=ListRecords&metadataPrefix=oai_dc&after=x&expires=2030",
        "verb=ListRecords&after=2020-01-01T00:00:00Z.1&expires=2030",
        "verb=ListRecords&metadataPrefix=oai_dc&page=2",
        "verb=ListRecords&metadataPrefix=marc&after=2020-01-01T00:00:00Z.1&expires=2030",
        "",
        "\udcff",
    ],
)
def test_a_forged_token_is_refused(site, text):
    token = base64.b64encode(text.encode(errors="surrogateescape")).decode()
    assert error(ask(site, verb="ListRecords", resumptionToken=token)) == "badResumptionToken"


def test_the_recorded_token_is_understood(site):
    second = list(pages(site, verb="ListSets"))[1]
    asked = ask(site, verb="ListSets", resumptionToken="dmVyYj1MaXN0U2V0cyZwYWdlPTI=")
    assert texts(asked, ".//oai:setSpec") == texts(second, ".//oai:setSpec")


def test_a_page_that_is_not_there_is_refused(site):
    for page in ("0", "99", "-1", "two"):
        token = base64.b64encode(f"verb=ListSets&page={page}&expires=2030".encode()).decode()
        assert error(ask(site, verb="ListSets", resumptionToken=token)) == "badResumptionToken"


def test_a_token_expires(own_site):
    token = token_of(own_site, metadataPrefix="oai_dc").text
    set_clock(own_site.store, own_site.store.clock() + timedelta(minutes=60))
    assert error(ask(own_site, verb="ListRecords", resumptionToken=token)) is None
    own_site.store.tick()
    assert error(ask(own_site, verb="ListRecords", resumptionToken=token)) == "badResumptionToken"


def set_clock(store, moment):
    with store.write() as db:
        text = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        db.execute("UPDATE meta SET value = ? WHERE key = 'clock'", (text,))


# Deleted records


def withdraw(store, record, date):
    with store.write() as db:
        db.execute("DELETE FROM articles WHERE id = ?", (record["id"],))
        db.execute("INSERT INTO withdrawn VALUES (?, ?, ?)", (record["id"], json.dumps(record), date))


def test_a_withdrawn_item_is_a_deleted_record(own_site, schema):
    record = own_site.records()[4]
    withdraw(own_site.store, record, "2026-01-15T12:00:01Z")
    root = ask(own_site, verb="GetRecord", metadataPrefix="mets", identifier=identifier(record))
    header = root.find(".//oai:header", NS)
    assert header.get("status") == "deleted"
    assert texts(root, ".//oai:datestamp") == ["2026-01-15T12:00:01Z"]
    assert root.find(".//oai:metadata", NS) is None
    schema.assertValid(root)
    assert list_identifiers(own_site)[-1] == identifier(record)  # it has just changed
    assert len(list_identifiers(own_site)) == 25
    assert list_identifiers(own_site, **{"from": "2026-01-15"}) == [identifier(record)]


def test_a_withdrawn_item_stays_in_its_sets(own_site):
    record = own_site.records()[4]
    before = {
        name: list_identifiers(own_site, set=name)
        for name in (
            f"portal_{record['group_id'] // 100}",
            f"item_type_{record['defined_type']}",
            f"category_{record['categories'][1]['id']}",
        )
    }
    withdraw(own_site.store, record, "2026-01-15T12:00:01Z")
    for name, items in before.items():
        assert sorted(list_identifiers(own_site, set=name)) == sorted(items)
    assert list_identifiers(own_site, set="month_year_01_2026")[-1] == identifier(record)


# The formats


def metadata(site, record, prefix):
    root = ask(site, verb="GetRecord", metadataPrefix=prefix, identifier=identifier(record))
    return root.find(".//oai:metadata", NS)[0]


def test_oai_dc_looks_like_the_documented_sample(site):
    record = site.records()[5]
    root = metadata(site, record, "oai_dc")
    author = record["authors"][0]
    assert texts(root, "dc:title") == [record["title"]]
    assert texts(root, "dc:creator")[0] == f"{author['full_name']} ({author['id']})"
    assert texts(root, "dc:subject") == [c["title"] for c in record["categories"]] + record["tags"]
    assert texts(root, "dc:description") == [record["description"]]  # with its HTML, as text
    assert texts(root, "dc:date") == [record["published_date"]]
    assert texts(root, "dc:type") == [record["defined_type_name"].capitalize()]
    assert texts(root, "dc:identifier") == [record["doi"]]
    assert texts(root, "dc:relation")[0].endswith(f"/{record['id']}")
    assert texts(root, "dc:rights") == [record["license"]["name"]]


def test_mets_holds_what_clients_read(site):
    record = max(site.records(), key=lambda r: len(r["files"]))
    root = metadata(site, record, "mets")
    urls = [f"http://local-figshare.invalid/files/{file['id']}" for file in record["files"]]
    data = "mets:dmdSec/mets:mdWrap/mets:xmlData"
    assert texts(root, f"{data}/dc:title") == [record["title"]]
    assert texts(root, f"{data}/dcterms:hasVersion") == [str(record["version"])]
    assert texts(root, f"{data}/dcterms:hasPart") == urls
    places = root.findall(".//mets:FLocat", NS)
    assert [place.get(f"{{{NS['xlink']}}}href") for place in places] == urls
    files = {file.get("ID") for file in root.iterfind(".//mets:file", NS)}
    assert {pointer.get("FILEID") for pointer in root.iterfind(".//mets:structMap//mets:fptr", NS)} == files
    assert [etree.QName(child).localname for child in root] == ["dmdSec", "fileSec", "structMap"]


def test_datacite_has_its_mandatory_properties(site):
    record = site.records()[6]
    resource = metadata(site, record, "oai_datacite").find(".//datacite:resource", NS)
    assert resource.find("datacite:identifier", NS).get("identifierType") == "DOI"
    assert texts(resource, "datacite:identifier") == [record["doi"]]
    assert texts(resource, ".//datacite:creatorName") == [author["full_name"] for author in record["authors"]]
    assert texts(resource, ".//datacite:title") == [record["title"]]
    assert texts(resource, "datacite:publisher") == ["figshare"]
    assert texts(resource, "datacite:publicationYear") == [record["published_date"][:4]]
    assert resource.find("datacite:resourceType", NS).get("resourceTypeGeneral")


def test_qdc_adds_to_oai_dc(site):
    record = site.records()[6]
    root = metadata(site, record, "qdc")
    assert texts(root, "dc:title") == [record["title"]]
    assert texts(root, "dcterms:issued") == [record["published_date"]]
    assert texts(root, "dcterms:license") == [record["license"]["url"]]


def test_control_characters_do_not_break_xml(own_site):
    record = own_site.records()[0] | {"title": "A\x00B\x0bC <em>D</em>", "tags": ["\ud800"]}
    with own_site.store.write() as db:
        db.execute("UPDATE articles SET record = ? WHERE id = ?", (json.dumps(record), record["id"]))
    for prefix in FORMATS:
        root = metadata(own_site, record, prefix)
        assert "ABC" in etree.tostring(root, encoding="unicode")


# A client that nobody here wrote


@pytest.fixture
def scythe(fresh_server, tmp_path):
    from oaipmh_scythe import Scythe
    from oaipmh_scythe.config import RetryConfig

    server = fresh_server(make_data_folder(tmp_path / "data", 35))
    with Scythe(f"{server.url}/oai", retry_config=RetryConfig(max_retries=2)) as client:
        yield client


def test_scythe_harvests_everything(scythe):
    records = list(scythe.list_records(metadata_prefix="oai_dc"))
    assert len({record.header.identifier for record in records}) == len(records) == 35
    assert records[0].metadata["title"][0]
    assert len(list(scythe.list_identifiers(metadata_prefix="mets"))) == 35
    sets = {entry.setSpec for entry in scythe.list_sets()}
    assert set(records[0].header.setSpecs) < sets
    assert scythe.identify().repositoryName == "figshare"
    assert [kind.metadataPrefix for kind in scythe.list_metadata_formats()] == list(FORMATS)
    one = scythe.get_record(identifier=records[3].header.identifier, metadata_prefix="oai_dc")
    assert one.metadata == records[3].metadata


def test_scythe_meets_the_errors_it_knows(scythe):
    from oaipmh_scythe import exceptions

    with pytest.raises(exceptions.NoRecordsMatch):
        list(scythe.list_records(metadata_prefix="oai_dc", from_="2040-01-01"))
    with pytest.raises(exceptions.CannotDisseminateFormat):
        list(scythe.list_records(metadata_prefix="marc21"))
    with pytest.raises(exceptions.IdDoesNotExist):
        scythe.get_record(identifier="oai:figshare.com:article/1", metadata_prefix="oai_dc")


def test_over_http_the_addresses_are_the_servers_own_and_repetitions_are_seen(fresh_server, tmp_path):
    import requests

    server = fresh_server(make_data_folder(tmp_path / "data", 12))
    answer = requests.get(f"{server.url}/oai", {"verb": "Identify"}, timeout=10)
    assert f"<baseURL>{server.url}/oai</baseURL>" in answer.text
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    answer = requests.get(f"{server.url}/oai?verb=ListSets&verb=ListSets", timeout=10)
    assert 'code="badVerb"' in answer.text
    answer = requests.post(f"{server.url}/oai", {"verb": "ListRecords", "metadataPrefix": "mets"}, timeout=10)
    assert answer.text.count("<record>") == 10
    assert "local-figshare.invalid" not in answer.text
