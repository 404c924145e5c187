"""JSON Schema of the list of people, made from its table of keys: editors complete and check the file with it."""

from core.list_keys import LIST_OF_PEOPLE
from core.list_kinds import Schema


def mail_list_schema() -> Schema:
    """Say the list's grammar as JSON Schema, draft 7, which is what editors know.

    It takes every list that the reader takes. The reader also refuses what a schema cannot say: a name that is taken,
    an alias that leads to nobody.
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Who has mail",
        "description": "The list of people of Mailstead.",
        **LIST_OF_PEOPLE.schema(),
    }
