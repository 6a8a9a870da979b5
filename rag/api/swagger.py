"""The page on which the API can be read and tried: Swagger UI's files come from the package fastapi-offline."""

from importlib import resources

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>podium: the API</title>
<link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="api"></div><script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body>
</html>
"""
_START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null});\n'
# Swagger UI styles its parts inline and holds its pictures in its style sheet.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript", "start.js": "text/javascript"}


@router.get("/docs")
def read_docs() -> HTMLResponse:
    """Swagger UI over /openapi.json; the page asks no other server for anything."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/{name}")
def get_file(name: str) -> Response:
    """A file of the page."""
    if name not in _FILES:
        raise HTTPException(404, "Not Found")
    # A file of its own: the policy lets no script run that stands in the page.
    own = name == "start.js"
    words = _START.encode() if own else resources.files("fastapi_offline").joinpath("static", name).read_bytes()
    return Response(words, media_type=_FILES[name], headers={"Cache-Control": "max-age=3600"})
