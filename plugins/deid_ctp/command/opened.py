"""Opened files: every element in its own character set, for people to read; one that is unknown is read as Latin 1."""

from obia import Rejected
from obia.plugins.deid_ctp.dicom.charsets import Charset, charset
from obia.plugins.deid_ctp.dicom.elements import Item
from obia.plugins.deid_ctp.dicom.reader import read
from obia.plugins.deid_ctp.language.ctp_charsets import latin_1


def opened(file: bytes) -> Item:
    """Read a file, with what stands behind its pixels. Raises Rejected."""
    found = read(file, _charset, latin_1())
    found.root.elements = [*found.root.elements, *found.tail]
    return found.root


def _charset(value: bytes) -> Charset:
    try:
        return charset(value)
    except Rejected:
        return latin_1()
