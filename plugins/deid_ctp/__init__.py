"""De-identification by scripts in the language of RSNA's MIRC CTP, and by a rule for private elements."""

from obia.plugins.deid_ctp.script import Script as Script

__all__ = ["Script"]
