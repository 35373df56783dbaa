"""A clinic's own web site: pages of another origin that embed the widget."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!DOCTYPE html><html lang="{lang}" {html}><head><meta charset="utf-8"><title>A clinic</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head>
<body><main><h1>A clinic</h1>{body}</main>{script}</body></html>"""


def embedding(web: str, attributes: str = "", body: str = "", html: str = "", lang: str = "en") -> str:
    """A page with the one line that embeds the widget."""
    script = f'<script src="{web}widget.js" {attributes} defer></script>'
    return PAGE.format(lang=lang, html=html, body=body, script=script)


class Site:
    """Serves pages on 127.0.0.1 until it is closed.

    Args:
        port: Its port; 0 takes a free one.
        policy: The content security policy of its pages, "" for none.
    """

    def __init__(self, port: int = 0, policy: str = "") -> None:
        self.pages: dict[str, str] = {}
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = pages.get(self.path)
                self.send_response(200 if page else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if policy:
                    self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write((page or "").encode())

            def log_message(self, *_: object) -> None:
                """Keeps quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def add(self, page: str, path: str = "/") -> str:
        """Serves `page`; its address comes back."""
        self.pages[path] = page
        return self.url.rstrip("/") + path

    def close(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()
