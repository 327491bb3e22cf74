#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""git http-backend behind HTTP basic authentication, for tests.

    git_http.py FOLDER USER PASSWORD PORTFILE

Serves the repositories below FOLDER on a free port of 127.0.0.1, writes the
port to PORTFILE, and ends with its standard input.
"""
import base64
import http.server
import os
import subprocess
import sys
import threading

ROOT, USER, PASSWORD, PORTFILE = sys.argv[1:5]
WANTED = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def refuse(self):
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="test"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self):
        body = self.body()
        if self.headers.get("Authorization") != WANTED:
            return self.refuse()
        path, _, query = self.path.partition("?")
        environment = dict(
            os.environ, GIT_PROJECT_ROOT=ROOT, GIT_HTTP_EXPORT_ALL="1",
            PATH_INFO=path, QUERY_STRING=query, REMOTE_USER=USER,
            REQUEST_METHOD=self.command, CONTENT_LENGTH=str(len(body)),
            CONTENT_TYPE=self.headers.get("Content-Type", ""),
            HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""))
        out = subprocess.run(["git", "http-backend"], input=body,
                             env=environment, stdout=subprocess.PIPE).stdout
        head, _, content = out.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = [v for k, v in fields if k == "Status"]
        self.send_response(int(status[0].split()[0]) if status else 200)
        for key, value in fields:
            if key != "Status":
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
with open(PORTFILE + ".new", "w", encoding="ascii") as file:
    file.write(f"{server.server_port}\n")
os.rename(PORTFILE + ".new", PORTFILE)
sys.stdin.read()
