"""GDCM comes when a file needs it, and decodes then as it would have."""

import subprocess
import sys

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file

_LATE = """
import sys
from obia.server.decoders import postpone
postpone()
from pydicom import dcmread
native, compressed = sys.argv[1:]
assert dcmread(native).pixel_array.any()
print("_gdcm" in sys.modules)
print(int(dcmread(compressed).pixel_array.sum()))
print("_gdcm" in sys.modules)
from gdcm import DataElement
print(DataElement.__module__)
"""


@pytest.mark.parametrize("name", ["JPEG-LL.dcm", "JPEGLSNearLossless_08.dcm"])
def test_gdcm_is_loaded_when_it_is_needed(name: str) -> None:
    native, compressed = str(get_testdata_file("CT_small.dcm")), str(get_testdata_file(name))
    found = subprocess.run(
        [sys.executable, "-c", _LATE, native, compressed], capture_output=True, text=True, check=False
    )
    expected = int(dcmread(compressed).pixel_array.sum())
    assert (found.stdout.split(), found.stderr) == (["False", str(expected), "True", "_gdcm.gdcmswig"], "")
