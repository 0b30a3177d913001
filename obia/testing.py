"""For tests of plugins: rules to inherit, and an original to try them on."""

from obia.schema.conformance.disguises import DisguiseRules
from obia.schema.conformance.instances import TRACES, PlainPseudonyms, planted
from obia.schema.conformance.rules import CheckRules, DeidentifierRules, EncoderRules, IndexRules, LinkerRules

__all__ = [
    "TRACES",
    "CheckRules",
    "DeidentifierRules",
    "DisguiseRules",
    "EncoderRules",
    "IndexRules",
    "LinkerRules",
    "PlainPseudonyms",
    "planted",
]
