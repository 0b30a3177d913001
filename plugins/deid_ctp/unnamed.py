"""Unnamed: what becomes, in a guarded header, of a standard element that no line of the script names."""

from obia.plugins.deid_ctp.expressions import Expression, compile_expression

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


def unnamed(tag: int, known: str) -> Expression | None:
    """Return what the dictionary's VR asks for; None where the element stays as it is."""
    if known in _WRITTEN and tag >> 16 in _PERSONAL:
        return _REMOVED
    return _BY_VR.get(known)
