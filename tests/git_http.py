#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""git http-backend behind HTTP basic authentication, for tests.

    git_http.py FOLDER USER PASSWORD PORTFILE [PEM [CUT]]

Serves the repositories below FOLDER on a free port of 127.0.0.1, writes the
port to PORTFILE, and ends with its standard input. With an empty USER nobody
is asked for a password. With PEM, a key and the certificates of a server, it
speaks TLS; the file is read anew for each connection. While CUT exists it holds
a number: of bytes of a POST or of its answer after which the connection is
reset, "up N" or "down N". While FOLDER/version0 exists the server speaks git's
version 0 alone.
"""
import base64
import http.server
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading

ROOT, USER, PASSWORD, PORTFILE = sys.argv[1:5]
PEM, CUT = (sys.argv[5:] + ["", ""])[:2]
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

    def cut_after(self, way):
        """Bytes after which to reset the connection; None: never."""
        if self.command != "POST" or not CUT or not os.path.exists(CUT):
            return None
        with open(CUT, encoding="ascii") as file:
            which, number = file.read().split()
        return int(number) if which == way else None

    def reset(self):
        # without lingering, what is closed is reset
        raw = self.connection
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                       struct.pack("ii", 1, 0))
        os.close(raw.detach())
        self.close_connection = True
        self.wfile = self.rfile = open(os.devnull, "r+b")

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
        cut = self.cut_after("up")
        if cut is not None:
            self.rfile.read(cut)
            return self.reset()
        body = self.body()
        if USER and self.headers.get("Authorization") != WANTED:
            return self.refuse()
        path, _, query = self.path.partition("?")
        environment = dict(
            os.environ, GIT_PROJECT_ROOT=ROOT, GIT_HTTP_EXPORT_ALL="1",
            PATH_INFO=path, QUERY_STRING=query, REMOTE_USER=USER,
            REQUEST_METHOD=self.command, CONTENT_LENGTH=str(len(body)),
            CONTENT_TYPE=self.headers.get("Content-Type", ""),
            GIT_PROTOCOL="" if os.path.exists(ROOT + "/version0")
            else self.headers.get("Git-Protocol", ""),
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
        cut = self.cut_after("down")
        self.wfile.write(content[:cut])
        if cut is not None:
            self.wfile.flush()
            return self.reset()

    do_GET = do_POST = answer


class Server(http.server.ThreadingHTTPServer):
    def get_request(self):
        raw, address = super().get_request()
        if not PEM:
            return raw, address
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(PEM)
        # the handshake comes with the first read, in the connection's thread
        return context.wrap_socket(raw, server_side=True,
                                   do_handshake_on_connect=False), address


server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
with open(PORTFILE + ".new", "w", encoding="ascii") as file:
    file.write(f"{server.server_port}\n")
os.rename(PORTFILE + ".new", PORTFILE)
sys.stdin.read()
