"""Directives: the results that say what becomes of an element instead of giving it a value."""

REMOVE, KEEP, EMPTY, DUMMY = "@remove()", "@keep()", "@empty()", "@call(dummy)"
DIRECTIVES = frozenset(("keep", "remove", "empty", "blank"))  # no functions: unknown ones, which stand for themselves
