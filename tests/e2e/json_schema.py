"""Checks a document against a JSON Schema, as far as the schemas of rocky go."""

KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "number": (int, float),
         "integer": int}


def problems(document, schema, root=None, path="$"):
    """Yields what is wrong, one line each."""
    root = root or schema
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        yield from problems(document, root["$defs"][name], root, path)
    if "anyOf" in schema:
        found = [list(problems(document, one, root, path)) for one in schema["anyOf"]]
        if all(found):
            yield f"{path}: none of the alternatives: {found[0][0]}"
    kind = schema.get("type")
    is_flag = isinstance(document, bool) and kind in ("integer", "number")
    if kind and (is_flag or not isinstance(document, KINDS[kind])):
        yield f"{path}: {document!r} is not of type {kind}"
        return
    if "enum" in schema and document not in schema["enum"]:
        yield f"{path}: {document!r} is not one of {schema['enum']}"
    if isinstance(document, dict):
        yield from problems_of_object(document, schema, root, path)
    if isinstance(document, list) and "items" in schema:
        for index, item in enumerate(document):
            yield from problems(item, schema["items"], root, f"{path}[{index}]")


def problems_of_object(document, schema, root, path):
    for name in schema.get("required", []):
        if name not in document:
            yield f"{path}: {name} is missing"
    known = schema.get("properties", {})
    for name, value in document.items():
        if name in known:
            yield from problems(value, known[name], root, f"{path}.{name}")
        elif isinstance(schema.get("additionalProperties"), dict):
            yield from problems(value, schema["additionalProperties"], root, f"{path}.{name}")
        elif known:
            yield f"{path}: {name} is not described"
