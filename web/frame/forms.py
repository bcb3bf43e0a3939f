"""The base of every form, and the way from the house's errors to the errors of its fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.fields.choices import SelectChoice

from cmdb.errors import CmdbError


class Form(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    """A form of a page: fields as class attributes, CSRF token included. Render it by the macros of `_forms.html`.

    The data of a text field is always a text: a field that a hand-made request leaves out is empty, not None.
    """

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        for field in self:
            if isinstance(field, StringField) and field.data is None:
                field.data = ""

    def add_error(self, error: CmdbError) -> None:
        """Put the error at the field it names, or above the form when it names none of its fields."""
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors.append(error.message)
        else:
            field.errors = (*field.errors, error.message)


def choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    """(value, words) as a `SelectField` or `RadioField` wants them: `SelectField("Role", choices=choices(pairs))`."""
    return [SelectChoice(value, words) for value, words in pairs]
