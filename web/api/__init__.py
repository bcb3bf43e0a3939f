"""The JSON API under /api/v1: one file per resource, and what they share.

A new resource is one file with a blueprint made by `web.api.security.api_blueprint` and one line in `web.registry`:

    api = api_blueprint("people", "People and what they hold.")

    @api.get("/people", responses={200: list_of(PersonOut)})
    @needs(Permission.READ)
    def people(query: PeopleQuery) -> Response:
        rows = …  # up to query.limit + 1, after query.place("people")
        return listing("people", rows, query, out=PersonOut.of, key=lambda row: (row.name, row.id))

Views are typed `-> Response` (flask-openapi reads the type at run time, which `ResponseReturnValue` does not bear).
Errors are raised as the house's own (`cmdb.errors`) and leave as problem+json; nothing here builds an error by hand.
"""
