"""Unnamed: what becomes, in a guarded header, of a standard element that no line of the script names."""

from obia.plugins.deid_ctp.language.expressions import Expression, compile_expression
from obia.plugins.deid_ctp.language.script import UNNAMED_DATES, UNNAMED_UIDS, Script

_WRITTEN = frozenset(("AE", "LO", "LT", "SH", "ST", "UC", "UT"))  # the VRs of free text
_PERSONAL = frozenset((0x0010, 0x0032, 0x0038, 0x0040))  # groups of patients, requests, visits and procedures

# These VRs say enough by themselves
_BY_VR = {
    vr: compile_expression(text, "built in")
    for vr, text in {
        "DA": "@incrementdate(this,@DATEINC)",
        "DT": "@incrementdate(this,@DATEINC)",
        "UI": "@hashuid(@UIDROOT,this)",
        "PN": "@remove()",
        "UR": "@remove()",
    }.items()
}
_REMOVED = compile_expression("@remove()", "built in")
_KEPT_DATE = compile_expression(r'@if(this,matches,"[0-9:.+\\\\ -]*"){@keep()}{@empty()}', "built in")
_DATES, _TIMES = ("DA", "DT"), ("DA", "DT", "TM")


def unnamed(tag: int, known: str, script: Script) -> Expression | None:
    """Return what the dictionary's VR asks for, where the script's directives ask for nothing else; None where the
    element stays as it is."""
    if known in _WRITTEN and tag >> 16 in _PERSONAL:
        return _REMOVED
    if known in _DATES and UNNAMED_DATES in script.keeps:
        return _KEPT_DATE
    if known in _TIMES and UNNAMED_DATES in script.removes:
        return _REMOVED
    return None if known == "UI" and UNNAMED_UIDS in script.keeps else _BY_VR.get(known)
