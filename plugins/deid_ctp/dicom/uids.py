"""UIDs: which are registered by the standard, and so nobody's."""

from pydicom._uid_dict import UID_dictionary

MAX_UID = 64  # characters, PS3.5 section 9.1

_CODING_SCHEMES = tuple(
    f"2.16.840.1.113883.{arc}"  # HL7's register, as PS3.16 Table 8-1 cites it
    for arc in ("3.26.1.1", *(f"6.{n}" for n in (1, 3, 8, 12, 24, 42, 86, 88, 90, 96, 103, 104, 119, 256)))
)
_REGISTERED = frozenset((*UID_dictionary, *_CODING_SCHEMES))


def is_registered(uid: str) -> bool:
    """Whether the standard's register of UIDs (PS3.6 Annex A), or its list of coding schemes, has it."""
    return uid in _REGISTERED


def is_storage_class(uid: str) -> bool:
    """Whether it is a SOP class under which an instance can be stored."""
    entry = UID_dictionary.get(uid)
    return entry is not None and entry[1] == "SOP Class" and "Storage" in entry[0]
