"""Wording: what an element's script does, in words."""

from collections.abc import Callable, Mapping

from obia.plugins.deid_ctp.command.plan import Mode
from obia.plugins.deid_ctp.language.syntax_tree import Called, Tree, Words

_CODE_SEQUENCE = 0x00120064
_FATES = {"keep": "kept", "remove": "removed", "empty": "emptied", "blank": "emptied"}


class Teller:
    """Tells what scripts do in one mode, with the parameters that the script declares."""

    def __init__(self, mode: Mode, parameters: Mapping[str, str]) -> None:
        self.mode, self.parameters = mode, parameters
        self.hash = "MD5 number" if mode == "strict" else "keyed number"

    def tell(self, tree: Tree, tag: int = 0) -> str:
        """What becomes of the element."""
        if tag == _CODE_SEQUENCE and not any(isinstance(part, Called) for part in tree):
            return f"the de-identification codes {self._text(tree).replace('/', ', ')}"
        phrases = [phrase for part in tree if (phrase := self._part(part))]
        if not phrases:
            return "emptied"
        return phrases[0] if len(phrases) == 1 else f"one after the other: {'; '.join(phrases)}"

    def _text(self, tree: Tree) -> str:
        return "".join(part.text for part in tree if isinstance(part, Words)).strip()

    def _part(self, part: Words | Called) -> str:
        if isinstance(part, Words):
            text = part.text.strip()
            return f"the text {_quoted(text)}" if text else ""
        if part.name in _FATES:
            return _FATES[part.name]
        phrase = _PHRASES.get(part.name)
        if phrase is None:
            if self.mode == "safe":
                return f"emptied, for nobody knows the function @{part.name}()"
            literally = f"@{part.name}({','.join(part.arguments)})"
            return f"the text {_quoted(literally)}, for CTP does not know that function"
        return phrase(self, part)

    def value(self, text: str) -> str:
        """An argument that may be a parameter."""
        if text[:1] not in ("@", "$"):
            return _quoted(text) if text else "nothing"
        name = text[1:]
        if name in self.parameters:
            return f"{name} ({_quoted(self.parameters[name])})"
        if name == "DATEINC" and self.mode == "safe":
            return "the patient's own number of"
        return f"{name}, which is not declared,"


def _quoted(text: str) -> str:
    return f"“{text}”"


def _element(name: str) -> str:
    if name in ("", "this"):
        return "it"
    if name.startswith("root:"):
        return f"{name[5:]} of the instance itself"
    return " in ".join(reversed(name.split("::")))


def _of(call: Called, place: int = 0) -> str:
    return _element(call.argument(place))


def _hashuid(teller: Teller, call: Called) -> str:
    more = f", told apart by {_of(call, 2)}" if len(call.arguments) > 2 else ""
    return f"another UID under {teller.value(call.argument(0))}, made from {_of(call, 1)}{more}"


def _hashptid(teller: Teller, call: Called) -> str:
    return f"a {teller.hash} made from the site {teller.value(call.argument(0))} and {_of(call, 1)}"


def _hash(teller: Teller, call: Called) -> str:
    length = f", its first {call.argument(1)} digits" if len(call.arguments) > 1 else ""
    return f"a {teller.hash} made from {_of(call)}{length}"


def _hashname(teller: Teller, call: Called) -> str:
    words = f" the first {call.argument(2)} parts of" if len(call.arguments) > 2 else ""
    return f"a {teller.hash} of {call.argument(1) or '4'} digits made from{words} {_of(call)}"


def _incrementdate(teller: Teller, call: Called) -> str:
    if len(call.arguments) > 2:
        return f"the date of {_of(call)}, moved by the days that the table has for {_of(call, 1)}"
    return f"the date of {_of(call)}, moved by {teller.value(call.argument(1))} days"


def _hashdate(teller: Teller, call: Called) -> str:
    return f"the date of {_of(call)}, moved back by up to ten years, by a {teller.hash} made from {_of(call, 1)}"


def _modifydate(teller: Teller, call: Called) -> str:
    parts = zip(("year", "month", "day"), (call.argument(at) for at in (1, 2, 3)), strict=True)
    said = [f"{what} {teller.value(text)}" for what, text in parts if text and text != "*"]
    return f"the date of {_of(call)}" + (f" with {', '.join(said)}" if said else "")


def _dateinterval(teller: Teller, call: Called) -> str:
    origin = f", counted from {teller.value(call.argument(3))}" if len(call.arguments) > 3 else ""
    return f"the days from the table's date for {_of(call, 2)} to {_of(call)}{origin}; a miss quarantines the file"


def _lookup(teller: Teller, call: Called) -> str:
    names = " and ".join(_element(each) for each in call.argument(0).split("|"))
    rest = [call.argument(place) for place in range(2, len(call.arguments))]
    rest = rest[1:] if rest[:1] == ["UC"] else rest
    action, argument = (*rest, "", "")[:2]
    fates = {
        "keep": "kept",
        "remove": "removed",
        "empty": "emptied",
        "default": teller.value(argument),
        "ignore": f"kept if it matches {_quoted(argument)}; else the file is quarantined",
    }
    miss = fates.get(action.strip().lower(), "the file is quarantined")
    return f"what the lookup table has for {names} under {teller.value(call.argument(1))}; where it has nothing, {miss}"


def _integer(teller: Teller, call: Called) -> str:
    return f"a number by first appearance among {teller.value(call.argument(1))}, for {_of(call)}"


def _if(teller: Teller, call: Called) -> str:
    against = call.argument(2)
    asked = {
        "isblank": "is blank",
        "exists": "exists",
        "equals": f"is {teller.value(against)}",
        "contains": f"contains {teller.value(against)}",
        "matches": f"matches {teller.value(against)}",
        "greaterthan": f"is greater than {teller.value(against)}",
    }.get(call.argument(1).lower(), f"{call.argument(1)}, which CTP never finds true,")
    yes, no = (teller.tell(clause) for clause in call.clauses)
    return f"if {_of(call)} {asked}: {yes}; if not: {no}"


def _select(teller: Teller, call: Called) -> str:
    root, item = (teller.tell(clause) for clause in call.clauses)
    return f"in the instance itself: {root}; in sequences: {item}"


def _append(teller: Teller, call: Called) -> str:
    return f"one more value behind its own: {teller.tell(call.clauses[0])}"


def _require(_: Teller, call: Called) -> str:
    if not call.arguments:
        return "kept; empty where it is missing"
    default = f", else {_quoted(call.argument(1))}" if len(call.arguments) > 1 else ""
    return f"kept; where it is missing, the value of {_of(call)}{default}"


def _contents(_: Teller, call: Called) -> str:
    if len(call.arguments) < 2:
        return f"the value of {_of(call)}"
    new = _quoted(call.argument(2)) if call.argument(2) else "nothing"
    return f"the value of {_of(call)} with {new} for every {_quoted(call.argument(1))}"


def _value(_: Teller, call: Called) -> str:
    return f"the value of {_of(call)}" + (f", or {_quoted(call.argument(1))}" if call.argument(1) else "")


def _truncate(_: Teller, call: Called) -> str:
    count = call.argument(1)
    return f"the {'last' if count.startswith('-') else 'first'} {count.lstrip('-')} characters of {_of(call)}"


def _round(teller: Teller, call: Called) -> str:
    return f"{_of(call)}, rounded to a multiple of {teller.value(call.argument(1))}"


def _clock(what: str) -> Callable[[Teller, Called], str]:
    return lambda _teller, call: (
        f"the {what} of the run" + (f", parted by {_quoted(call.argument(0))}" if call.argument(0) else "")
    )


def _simply(text: str) -> Callable[[Teller, Called], str]:
    return lambda _teller, call: text.format(_of(call))


def _call(teller: Teller, call: Called) -> str:
    if call.argument(0) == "dummy" and teller.mode == "safe":
        return "a value of its kind that says nothing"
    return "nothing: the file is quarantined, for that extension is not there"


_PHRASES: Mapping[str, Callable[[Teller, Called], str]] = {
    "always": _simply(""),
    "append": _append,
    "call": _call,
    "contents": _contents,
    "date": _clock("date"),
    "dateinterval": _dateinterval,
    "decrypt": _simply("{}, decrypted"),
    "encrypt": _simply("{}, encrypted: whoever has the key can read it"),
    "hash": _hash,
    "hashdate": _hashdate,
    "hashname": _hashname,
    "hashptid": _hashptid,
    "hashuid": _hashuid,
    "if": _if,
    "incrementdate": _incrementdate,
    "initials": _simply("the initials of {}"),
    "integer": _integer,
    "lookup": _lookup,
    "lowercase": _simply("{} in small letters"),
    "modifydate": _modifydate,
    "param": lambda teller, call: f"the parameter {teller.value(call.argument(0))}",
    "pathelement": lambda _, call: f"part {call.argument(1)} of the path in {_of(call)}",
    "process": _simply("kept, and every item of it walked by the same rules"),
    "quarantine": _simply("the file is quarantined"),
    "require": _require,
    "round": _round,
    "select": _select,
    "skip": _simply("the file is left as it came"),
    "time": _clock("time"),
    "truncate": _truncate,
    "uppercase": _simply("{} in capitals"),
    "value": _value,
}
