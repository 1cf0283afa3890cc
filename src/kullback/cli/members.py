"""The divergences by name, as `kullback.divergences` has them: what the command line calls and lists.

Nothing is registered here: a file that is listed in `kullback.divergences` is a command.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, SupportsFloat

import kullback.divergences
from kullback.divergence import Divergence, Law


@dataclass(frozen=True)
class Parameter:
    """A number, or a few of them, that pick a member of a family.

    Attributes:
        name: as in Python.
        shape: one number, or several.
        default: what is taken when it is not given; `inspect.Parameter.empty` where it must be.
        words: what it is.
    """

    name: str
    shape: Literal["number", "numbers"]
    default: Any
    words: str

    @property
    def letter(self) -> str:
        """How formulas call it."""
        return {"alpha": "α", "lam": "λ", "lambda_": "λ", "beta": "β", "gamma": "γ"}.get(self.name, self.name)


@dataclass(frozen=True)
class Family:
    """A divergence, or those that a function with parameters makes.

    Attributes:
        name: as in Python.
        made_by: the divergence, or the function that makes it.
        parameters: of that function.
        aliases: its other names.
    """

    name: str
    made_by: Any
    parameters: tuple[Parameter, ...]
    aliases: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """Its name on the command line."""
        return command_name(self.name)

    def member(self, **values: Any) -> Divergence:
        """Return the divergence with these values of its parameters."""
        return self.made_by(**values) if self.parameters else self.made_by

    @cached_property
    def members(self) -> tuple[Divergence, ...]:
        """The divergence itself, or the members of the family on which the library tests its laws."""
        if not self.parameters:
            return (self.made_by,)
        forwards = [d for d in kullback.divergences.catalogue if not d.reversed]
        names = {p.name for p in self.parameters}
        found = [d for d in forwards if d.name == self.name and {name for name, _ in d.parameters} == names]
        if all(p.default is not inspect.Parameter.empty for p in self.parameters):
            found.append(self.made_by())
        return tuple(found)

    @cached_property
    def formula(self) -> str:
        """The definition; in that of a family, letters stand for the parameters."""
        if not self.parameters:
            return self.members[0].formula
        # The formula that most members share once their numbers are letters again is that of the family; the others
        # are its special cases.
        formulas = [_with_letters(d) for d in self.members if d.parameters]
        return max(formulas, key=lambda text: (formulas.count(text), len(text)))

    @property
    def usual(self) -> list[Divergence]:
        """The members that are no special cases."""
        return [d for d in self.members if not self.parameters or (d.parameters and _with_letters(d) == self.formula)]

    @property
    def title(self) -> str:
        """Its name in words."""
        if not self.parameters:
            return self.members[0].title
        return re.split(r" (?:of order|with|at) ", self.members[0].title)[0].rstrip(",")

    @property
    def laws(self) -> frozenset[Law]:
        """What every member obeys."""
        return frozenset.intersection(*(d.laws for d in self.members))

    @property
    def laws_of_some(self) -> frozenset[Law]:
        """What only some members of the family obey."""
        return frozenset.union(*(d.laws for d in self.members)) - self.laws

    @property
    def ranges(self) -> frozenset[tuple[float, float]]:
        """The least and the greatest value; of a family, there may be several such pairs."""
        return frozenset(d.range for d in self.members)

    @property
    def unit(self) -> str:
        """Nats, or nothing."""
        return self.members[0].unit

    @property
    def source(self) -> str:
        """The docstring of its file: where it comes from."""
        return inspect.getdoc(sys.modules[_module(self.name, self.made_by)]) or ""


def families() -> tuple[Family, ...]:
    """Return the divergences and families in the order in which the catalogue has them, then by name."""
    found = list(_families())
    order = [d.name for d in kullback.divergences.catalogue]
    return tuple(sorted(found, key=lambda f: (order.index(f.name) if f.name in order else len(order), f.name)))


def family(name: str) -> Family:
    """Return the family called so, in Python or on the command line.

    Raises:
        ValueError: there is none.
    """
    known = {command_name(called): f for f in families() for called in (f.name, *f.aliases)}
    if command_name(name) not in known:
        raise ValueError(f"there is no divergence {name!r}{_near(name)} are {', '.join(known)}")
    return known[command_name(name)]


def _near(name: str) -> str:
    """Return which names, of divergences or of distributions, are spelled nearly so, as the middle of a message."""
    import difflib

    from kullback.cli.distributions import ALIASES, constructors

    called = [command_name(one) for f in families() for one in (f.name, *f.aliases)]
    near = difflib.get_close_matches(name.lower(), ["distributions", *called, *constructors(), *ALIASES], 3)
    return f": did you mean {' or '.join(near)}? There" if near else "; there"


def command_name(name: str) -> str:
    """Return how something with this name in Python is called on the command line."""
    return name.replace("_", "-")


def _families() -> Iterator[Family]:
    public = {name: thing for name, thing in vars(kullback.divergences).items() if not name.startswith("_")}
    for name, thing in public.items():
        if isinstance(thing, Divergence):
            # `psi` is `jeffreys`: the name that the divergence itself bears comes first.
            if thing.name == name or public.get(thing.name) is not thing:
                others = tuple(other for other, same in public.items() if same is thing and other != name)
                yield Family(name, thing, (), others)
        elif inspect.isfunction(thing):
            parameters = _parameters(thing)
            if parameters:
                yield Family(name, thing, parameters)


def _parameters(function: Any) -> tuple[Parameter, ...] | None:
    """Return the parameters of a function that makes a divergence of numbers; `None` if it is no such function."""
    hints = typing.get_type_hints(function)
    made = hints.get("return")
    if not (isinstance(made, type) and issubclass(made, Divergence)):
        return None
    found: list[Parameter] = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            continue
        shape = _shape(hints.get(name))
        if shape is None:  # a function, say: that is for Python
            return None
        found.append(Parameter(name, shape, parameter.default, _words(function, name)))
    return tuple(found)


def _shape(hint: Any) -> Literal["number", "numbers"] | None:
    if hint in (float, int, SupportsFloat):
        return "number"
    of = [one for one in typing.get_args(hint) if one is not Ellipsis]
    if not of or any(one not in (float, int) for one in of):
        return None
    return "number" if typing.get_origin(hint) in (types.UnionType, typing.Union) else "numbers"


def _words(function: Any, name: str) -> str:
    """Return what the docstring of a function says of one of its arguments."""
    text = inspect.getdoc(function) or ""
    match = re.search(rf"^ +{name}: (?P<words>.+(?:\n {{5,}}.+)*)", text, re.MULTILINE)
    return " ".join(match["words"].replace("`", "").replace("math.inf", "inf").split()) if match else ""


def _with_letters(divergence: Divergence) -> str:
    """Return the formula of a member with its numbers written as letters again."""
    formula = divergence.formula
    letters = {p: Parameter(p, "number", None, "").letter for p, _ in divergence.parameters}
    for name, value in divergence.parameters:
        several = isinstance(value, tuple)
        for number, letter in zip(value, "vwxyz", strict=False) if several else [(value, letters[name])]:
            formula = re.sub(rf"(?<![\d.]){re.escape(f'{number:g}')}(?![\d.])", letter, formula)
    return formula


def _module(name: str, made_by: Any) -> str:
    if inspect.isfunction(made_by):
        return made_by.__module__
    # A divergence is a value, which does not know its file: it is the one whose definition it carries.
    textbook = made_by.textbook
    home = getattr(textbook, "func", textbook).__module__
    if vars(sys.modules[home]).get(name) is made_by:
        return home
    for module, content in list(sys.modules.items()):
        if module.startswith("kullback.divergences.") and vars(content).get(name) is made_by:
            return module
    return home
