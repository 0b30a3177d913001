"""GDCM, loaded when a file first needs it: it takes 20 MB, and few files are in a syntax that only it reads."""

import importlib
import sys
from importlib import metadata
from types import ModuleType
from typing import Any

_GDCM = "gdcm"


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
    """Import pydicom without GDCM; pydicom gets it when it decodes with it, anyone else on import.

    Does nothing where pydicom or GDCM is loaded already, or GDCM is not installed.
    """
    if "pydicom" in sys.modules or _GDCM in sys.modules:
        return
    try:
        sys.modules[_GDCM] = _Later(metadata.version("python-gdcm"))
    except metadata.PackageNotFoundError:
        return
    try:
        importlib.import_module("pydicom.dataset")
    finally:
        del sys.modules[_GDCM]


def silence() -> None:
    """Keep GDCM, where it is loaded, from telling standard error of what it cannot read: it quotes the file."""
    gdcm: Any = sys.modules.get(_GDCM)
    if gdcm is not None:
        gdcm.Trace.DebugOff()
        gdcm.Trace.WarningOff()
        gdcm.Trace.ErrorOff()
