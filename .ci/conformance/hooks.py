"""What schemathesis is told of this API (SCHEMATHESIS_HOOKS=hooks): its scalars, whose token each request carries, and what an
answer must be.

Schemathesis calls every answer with an error a failure. Here most of what it makes up is rightly refused: ids of nothing, pages of
2,000, a hundred mutations a second. So its own check stands back for `told_in_a_code`: whatever is sent is answered, soon, with
a code of the closed list; and none of them is INTERNAL or UNAVAILABLE. What is deliberately absent: a list of what may fail.
"""

import itertools
import json
import os
import pathlib
import re

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

SCHEMA = pathlib.Path(__file__).with_name("schema.graphql").read_text()
CODES = set(re.findall(r"^  ([A-Z_]+)$", re.search(r"^enum ErrorCode \{(.*?)^\}", SCHEMA, re.S | re.M)[1], re.M))
TOKENS = itertools.cycle(json.loads(os.environ["DIPOLI_TOKENS"]))
FAULTS = {"INTERNAL", "UNAVAILABLE"}
assert FAULTS < CODES, CODES

odd = st.text(max_size=40)
for name, likely in {
    "Date": ["2027-03-01", "2027-02-30", "0000-00-00"],
    "DateTime": ["2027-03-01T09:00:00Z", "2027-03-01T09:00:00+02:00", "2027-02-30T00:00:00Z", "9999-12-31T23:59:60Z"],
    "EmailAddress": ["leena@example.org", "ЛЕЕНА@пример.рф", "no address", "a@b@c", "a" * 400 + "@example.org"],
    "LanguageTag": ["en", "be-BY", "x-private", "no tag"],
    "TimeZone": ["Europe/Minsk", "UTC", "Mars/Olympus", "../../etc/passwd"],
}.items():
    schemathesis.graphql.scalar(name, st.one_of(st.sampled_from(likely), odd).map(nodes.String))


@schemathesis.hook
def before_call(context, case, kwargs):
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {next(TOKENS)}"}


@schemathesis.check
def told_in_a_code(ctx, response, case):
    body = response.json()
    assert "data" in body or body.get("errors"), body
    for error in body.get("errors", []):
        code = error.get("extensions", {}).get("code")
        assert code in CODES, error
        assert code not in FAULTS, error
        assert len(error["message"]) < 200, error
    assert response.elapsed < 5, response.elapsed
