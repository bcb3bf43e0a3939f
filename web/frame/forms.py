"""The base of every form, and the way from the house's errors to the errors of its fields."""

from __future__ import annotations

from flask_wtf import FlaskForm

from cmdb.errors import CmdbError


class Form(FlaskForm):  # type: ignore[misc]  # flask-wtf ships no types
    """A form of a page: fields as class attributes, CSRF token included. Render it by the macros of `_forms.html`."""

    def add_error(self, error: CmdbError) -> None:
        """Put the error at the field it names, or above the form when it names none of its fields."""
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors.append(error.message)
        else:
            field.errors = (*field.errors, error.message)
