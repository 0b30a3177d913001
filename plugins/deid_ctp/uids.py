"""UIDs: which are registered by the standard, and so nobody's."""

from pydicom._uid_dict import UID_dictionary

_REGISTERED = frozenset(UID_dictionary)


def is_registered(uid: str) -> bool:
    """Whether the standard's register of UIDs (PS3.6 Annex A) has it."""
    return uid in _REGISTERED


def is_storage_class(uid: str) -> bool:
    """Whether it is a SOP class under which an instance can be stored."""
    entry = UID_dictionary.get(uid)
    return entry is not None and entry[1] == "SOP Class" and "Storage" in entry[0]
