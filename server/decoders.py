"""GDCM, loaded when a file first needs it: it takes 20 MB, and few files are in a syntax that only it reads."""

import importlib
import sys
from importlib import metadata
from types import ModuleType
from typing import Any

_GDCM, _REQUESTS = "gdcm", "requests"
_ABSENT: Any = None  # among the modules, this stands for one that cannot be imported


class _Later(ModuleType):
    """Stands for GDCM in pydicom: answers what is asked of it on import, and becomes GDCM when asked for more."""

    def __init__(self, version: str) -> None:
        super().__init__(_GDCM)
        self.Version = type("Version", (), {"GetVersion": staticmethod(lambda: version)})
        self.DataElement = type("DataElement", (), {"SetByteStringValue": None})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self.__dict__.update(vars(importlib.import_module(_GDCM)))
        silence()
        return self.__dict__[name]


def postpone() -> None:
    """Import pydicom without GDCM; pydicom gets it when it decodes with it, anyone else on import. And without requests,
    with which pydicom would fetch the files of its own tests.

    Does nothing where pydicom or GDCM is loaded already, or GDCM is not installed.
    """
    if "pydicom" in sys.modules or _GDCM in sys.modules:
        return
    try:
        sys.modules[_GDCM] = _Later(metadata.version("python-gdcm"))
    except metadata.PackageNotFoundError:
        return
    is_new = sys.modules.setdefault(_REQUESTS, _ABSENT) is _ABSENT
    try:
        importlib.import_module("pydicom.dataset")
    finally:
        del sys.modules[_GDCM]
        if is_new:
            del sys.modules[_REQUESTS]


def silence() -> None:
    """Keep GDCM, where it is loaded, from telling standard error of what it cannot read: it quotes the file."""
    gdcm: Any = sys.modules.get(_GDCM)
    if gdcm is not None:
        gdcm.Trace.DebugOff()
        gdcm.Trace.WarningOff()
        gdcm.Trace.ErrorOff()
