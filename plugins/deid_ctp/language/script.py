"""Scripts: the text of a CTP anonymizer script, XML or .properties, as parameters, element rules and globals."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from xml.parsers import expat

from obia import Code, ObiaError
from obia.plugins.deid_ctp.language.expressions import Expression, compile_expression
from obia.plugins.deid_ctp.language.java_properties import read_properties
from obia.plugins.deid_ctp.language.java_text import trim
from obia.plugins.deid_ctp.language.references import PrivateTag, parse_tag

CODE_SEQUENCE = 0x00120064  # its script lists codes, and needs no @always() to be inserted
MAX_LENGTH = 4_000_000  # characters; CTP's own largest script is below 200,000

_KEY = re.compile(r"set\.(\[[0-9a-fA-F]{4},(?:[0-9a-fA-F]{4}|\[[^\]]+\][0-9a-fA-F]{2})\])(.*)", re.S)
# Directives of our own: CTP reads those that keep as keeping group 0000, which no file has, and so removes what we
# keep; of those that remove it knows none
NUMERIC_PRIVATE, DICTIONARY = "numericprivate", "dictionary"
UNNAMED_UIDS, UNNAMED_DATES = "unnameduids", "unnameddates"
_GROUP = re.compile(r"group[0-9a-fA-F]{4}")
_OURS = (NUMERIC_PRIVATE, DICTIONARY, UNNAMED_UIDS, UNNAMED_DATES)
_KEEPS = ("safeprivateelements", *(f"group{each}" for each in _OURS))
_SWITCHES = ("privategroups", "unspecifiedelements", "overlays", "curves", UNNAMED_DATES)


@dataclass(frozen=True, slots=True)
class Script:
    """A parsed script: every element's expression is compiled; `inserted` are those of `elements` that a header gets
    though it lacks them. `keeps` are our own directives: `numericprivate` keeps private elements that are numbers and
    nobody's, `dictionary` what no line names and the standard's dictionary knows, `unnameduids` and `unnameddates` those
    of it whose VR is of that kind, as they are; `unnameddates` among `removes`: they go. `faults` are what CTP takes and
    a careful reader would mend, each with its place."""

    text: str = field(repr=False)
    parameters: Mapping[str, str]
    elements: Mapping[int, Expression] = field(repr=False)
    inserted: Mapping[int, Expression] = field(repr=False)
    privates: Mapping[PrivateTag, Expression] = field(repr=False)
    kept_groups: frozenset[int]
    keeps_safe_private: bool
    keeps: frozenset[str]
    removes: frozenset[str]
    name: str = ""
    dialect: str = "ctp"
    unknown_functions: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str, name: str = "") -> "Script":
        """Read whatever CTP would read. Raises ObiaError BAD_SCRIPT naming what is wrong and where."""
        if len(text) > MAX_LENGTH:
            raise _bad(f"the script is longer than {MAX_LENGTH:,} characters")
        is_xml = re.search(r"^[^\S\n]*<", text, re.M) is not None
        return _assemble(text, name, _xml_keys(text) if is_xml else read_properties(text))

    @property
    def does_nothing(self) -> bool:
        """Whether every file comes out as it went in."""
        return not self.elements and not self.privates and not self.removes

    def checked(self) -> "Script":
        """Return this script if it has no fault. Raises ObiaError BAD_SCRIPT with the first one."""
        if self.faults:
            raise _bad(self.faults[0])
        return self


def _bad(message: str) -> ObiaError:
    return ObiaError(message, Code.BAD_SCRIPT)


def _assemble(text: str, name: str, keys: Iterable[tuple[str, str, int]]) -> Script:
    """Make a script of its keys; of two equal keys the last wins."""
    latest = {key: (value, line) for key, value, line in keys}
    found = [(match, value, line) for key, (value, line) in latest.items() if (match := _KEY.fullmatch(key))]
    targets = [_target(match[1]) for match, _, _ in found]
    names = {
        match[2]: target
        for (match, _, _), target in zip(found, targets, strict=True)
        if isinstance(target, PrivateTag) and match[2]
    }
    elements: dict[int, Expression] = {}
    privates: dict[PrivateTag, Expression] = {}
    faults: list[str] = []
    for (match, value, line), target in zip(found, targets, strict=True):
        where = f"line {line}, {match[1]}"
        expression = compile_expression(trim(value), where, names)
        faults += [f"{where}: {fault}" for fault in expression.faults]
        if isinstance(target, PrivateTag):
            privates[target] = expression
        else:
            elements[target] = expression
    compiled = (*elements.values(), *privates.values())
    return Script(
        text=text,
        parameters=MappingProxyType({k[6:]: v for k, (v, _) in latest.items() if k.startswith("param.")}),
        elements=MappingProxyType(elements),
        inserted=MappingProxyType({t: e for t, e in elements.items() if e.inserts or t == CODE_SEQUENCE}),
        privates=MappingProxyType(privates),
        kept_groups=frozenset(
            _group(key[10:]) for key in latest if key.startswith("keep.group") and key[10:] not in _OURS
        ),
        keeps_safe_private="keep.safeprivateelements" in latest,
        keeps=frozenset(each for each in _OURS if f"keep.group{each}" in latest),
        removes=frozenset(each for each in _SWITCHES if f"remove.{each}" in latest),
        name=name,
        unknown_functions=tuple(dict.fromkeys(name for each in compiled for name in each.unknown_functions)),
        faults=tuple(faults),
    )


def is_switch(key: str) -> bool:
    """Whether a global's key, such as `remove.curves`, is one that somebody heeds."""
    verb, _, what = key.partition(".")
    if verb == "remove":
        return what in _SWITCHES
    return what in _KEEPS or _GROUP.fullmatch(what) is not None


def _group(digits: str) -> int:
    try:
        return int(digits, 16)
    except ValueError:
        return 0  # as CTP reads it


def _target(text: str) -> int | PrivateTag:
    target = parse_tag(text) if text[:1] in "[(" or text[:4].strip("0123456789abcdefABCDEF") == "" else None
    if target is None:
        raise _bad(f"{text!r} is not an element; write ggggeeee or gggg[CREATOR]ee")
    return target


class _Reader:
    """Collects the children of `<script>` while expat reads them."""

    def __init__(self) -> None:
        self.keys: list[tuple[str, str, int]] = []
        self.parser = expat.ParserCreate("utf-8")  # whatever the text declares: it was decoded before
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._open: list[tuple[str, dict[str, str], int, int]] = []
        self._words: list[str] = []

    def _where(self) -> str:
        return f"line {self.parser.CurrentLineNumber}, column {self.parser.CurrentColumnNumber + 1}"

    def _refuse(self, *_: object) -> None:
        raise _bad(f"{self._where()}: a script has no DOCTYPE and no entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and name != "script":
            raise _bad(f"{self._where()}: the root is <{name}>, not <script>")
        if len(self._open) == 2:
            raise _bad(f"{self._where()}: <{name}> stands inside <{self._open[-1][0]}>")
        self._open.append((name, attributes, self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1))
        self._words = []

    def _text(self, words: str) -> None:
        self._words.append(words)

    def _end(self, _: str) -> None:
        name, attributes, line, column = self._open.pop()
        if not self._open:
            return
        if name not in _CHILDREN or "t" not in attributes:
            raise _bad(f"line {line}, column {column}: <{name}> is not a <p>, <e>, <k> or <r> with a t attribute")
        try:
            key = _CHILDREN[name](attributes)
        except ObiaError as error:
            raise _bad(f"line {line}, column {column}: {error.message}") from None
        if name == "p" or attributes.get("en") == "T":
            self.keys.append((key, "".join(self._words), line))
        self._words = []


def _element_key(attributes: Mapping[str, str]) -> str:
    target = _target(attributes["t"].strip())
    if isinstance(target, PrivateTag):
        return f"set.[{target.group:04X},[{target.creator}]{target.element:02X}]{attributes.get('n', '')}"
    return f"set.[{target >> 16:04X},{target & 0xFFFF:04X}]{attributes.get('n', '')}"


def _keep_key(attributes: Mapping[str, str]) -> str:
    of = attributes["t"].strip()
    return "keep.safeprivateelements" if of.startswith("safe") else f"keep.group{of}"


def _parameter_key(attributes: Mapping[str, str]) -> str:
    return f"param.{attributes['t']}"


def _remove_key(attributes: Mapping[str, str]) -> str:
    return f"remove.{attributes['t'].strip()}"


_CHILDREN = {
    "p": _parameter_key,
    "e": _element_key,
    "k": _keep_key,
    "r": _remove_key,
}


def _xml_keys(text: str) -> list[tuple[str, str, int]]:
    reader = _Reader()
    try:
        reader.parser.Parse(text.lstrip("\ufeff").encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        reason = expat.errors.messages[error.code]
        raise _bad(f"line {error.lineno}, column {error.offset + 1}: {reason}") from None
    return reader.keys
