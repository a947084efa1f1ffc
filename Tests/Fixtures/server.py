#!/usr/bin/env python3
"""A server for the tests of transfers: server.py FILE [CERTIFICATE KEY]. It prints its port, then answers until
standard input ends. FILE is what it serves, in ways that its paths name:

/file       as it should be, ranges included     /whole      ignoring ranges, so that nothing can go on
/moved      by a redirect to /file               /away       by a redirect to another protocol
/loop       by a redirect to itself              /missing    404
/error      500                                  /cut        half of it, then the line is dead
/other      other bytes of the same length
/log        the requests so far: path and range, one a line
"""
import http.server
import ssl
import sys
import threading

CONTENT = open(sys.argv[1], "rb").read()
LOG = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def redirect(self, target):
        self.send_response(302)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def body(self, content, status=200, declared=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if declared is None else declared))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        span = self.headers.get("Range")
        if self.path == "/log":
            return self.body("".join(f"{line}\n" for line in LOG).encode())
        LOG.append(f"{self.path} {span or '-'}")
        if self.path == "/file":
            if span is None:
                return self.body(CONTENT)
            start = int(span.removeprefix("bytes=").split("-")[0])
            if start >= len(CONTENT):
                return self.body(b"", 416, Content_Range=f"bytes */{len(CONTENT)}")
            rest = CONTENT[start:]
            return self.body(
                rest, 206, Content_Range=f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        if self.path == "/whole":
            return self.body(CONTENT)
        if self.path == "/other":
            return self.body(bytes(255 - byte for byte in CONTENT))
        if self.path == "/moved":
            return self.redirect("/file")
        if self.path == "/away":
            return self.redirect("ftp://127.0.0.1/file")
        if self.path == "/loop":
            return self.redirect("/loop")
        if self.path == "/cut":
            self.close_connection = True
            return self.body(CONTENT[: len(CONTENT) // 2], declared=len(CONTENT))
        return self.body(b"no", 500 if self.path == "/error" else 404)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
