"""`dataclasses` made light: the same words, and a tenth of the time to import.

The standard's module loads `inspect` and writes half a dozen methods for each class where it is defined: for
a small machine that is more work than its check. Here `__init__` is written when a class gets its first
value, and all classes share the rest. mypy sees the standard's own functions, so that it is mypy alone that
keeps frozen values as they are; `slots` says so too and changes nothing more.

Known are `frozen`, `slots`, `eq` and `order`, and what `field` takes below. Fields are not inherited. The
hash of a frozen value is kept once made: the same parts are met in one place after the other.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import replace as replace
    from functools import cached_property as cached_property
else:

    def dataclass(*, frozen=False, slots=False, eq=True, order=False):  # noqa: ARG001 - slots: see above
        """The decorator of a class."""

        def record(cls):
            cls.__match_args__ = tuple(cls.__annotations__)
            cls.record_fields = {name: _field(cls, name) for name in cls.__match_args__}
            cls.record_hash = None
            if eq:
                compared = [name for name, told in cls.record_fields.items() if told.compare]
                cls.record_key = attrgetter(*(compared or ["__class__"]))
                cls.__eq__ = _equals
                cls.__hash__ = _once(cls.__dict__.get("__hash__") or _hash) if frozen else None
            if order:
                cls.__lt__ = _is_less
            cls.__init__ = _first_init
            cls.__repr__ = _repr
            return cls

        return record

    class field:  # noqa: N801 - as the standard's is called
        """default_factory makes what is not given."""

        __slots__ = ("compare", "default", "default_factory", "repr")

        def __init__(self, *, default=..., default_factory=None, compare=True, repr=True):
            self.default, self.default_factory = default, default_factory
            self.compare, self.repr = compare, repr

    def replace(value, /, **changes):
        """The same value with other fields; whether there are such fields is mypy's to say.

        What was worked out of the value and kept with it does not go along.
        """
        made = object.__new__(value.__class__)
        held = made.__dict__
        held.update(value.__dict__)
        held.update(changes)
        if len(held) > len(value.record_fields):
            for name in held.keys() - value.record_fields.keys():
                del held[name]
        return made

    class cached_property:  # noqa: N801 - as the standard's is called
        """The standard's without its lock, which takes longer than most of what is kept here."""

        def __init__(self, make):
            self.make, self.__doc__ = make, make.__doc__

        def __set_name__(self, owner, name):
            self.name = name

        def __get__(self, value, owner=None):
            if value is None:
                return self
            found = value.__dict__[self.name] = self.make(value)
            return found

    def _field(cls, name):
        told = cls.__dict__.get(name, ...)
        if not isinstance(told, field):
            return field(default=told)
        if told.default is ...:
            delattr(cls, name)
        else:
            setattr(cls, name, told.default)
        return told

    def _first_init(self, *args, **given):
        """Stands for `__init__` until the first value is made: one check meets few of the classes."""
        cls = type(self)
        cls.__init__ = _init_of(cls)
        cls.__init__(self, *args, **given)

    def _init_of(cls):
        parameters, lines, scope = ["self"], [], {"_absent": object()}
        for name, told in cls.record_fields.items():
            value, default = name, ""
            if told.default_factory:
                scope[f"_make_{name}"] = told.default_factory
                value, default = f"_make_{name}() if {name} is _absent else {name}", "=_absent"
            elif told.default is not ...:
                scope[f"_default_{name}"], default = told.default, f"=_default_{name}"
            parameters.append(name + default)
            lines.append(f" self.{name} = {value}")
        text = f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines or [" pass"])
        exec(text, scope)  # noqa: S102 - the fields' names, as the standard does
        return scope["__init__"]

    def _equals(self, other):
        if other is self:
            return True
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self.record_key(self) == self.record_key(other)

    def _is_less(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self.record_key(self) < self.record_key(other)

    def _hash(self):
        return hash(self.record_key(self))

    def _once(make):
        def kept(self):
            found = self.record_hash
            if found is None:
                found = self.record_hash = make(self)
            return found

        return kept

    def _repr(self):
        shown = [f"{name}={getattr(self, name)!r}" for name, told in self.record_fields.items() if told.repr]
        return f"{type(self).__qualname__}({', '.join(shown)})"
