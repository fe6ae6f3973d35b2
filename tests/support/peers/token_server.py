"""A token service for Debian's docker-registry (distribution: docs/content/spec/auth/{token,jwt}.md).

usage: token_server.py FOLDER SERVICE USER PASSWORD

FOLDER holds token.pem and token.key (RSA), which the registry trusts. Prints the port, serves until it is killed. Who
says USER and PASSWORD by Basic gets what is asked for, everybody else a token without any right. Requests are counted
in FOLDER/token.log, a line each with the scopes.
"""

import base64
import http.server
import json
import subprocess
import sys
import time
import urllib.parse

folder, service, user, password = sys.argv[1:]


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def sign(claims):
    der = subprocess.run(["openssl", "x509", "-in", f"{folder}/token.pem", "-outform", "DER"], check=True,
                         capture_output=True).stdout
    header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
    text = encode(json.dumps(header).encode()) + b"." + encode(json.dumps(claims).encode())
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", f"{folder}/token.key"], input=text, check=True,
                               capture_output=True).stdout
    return (text + b"." + encode(signature)).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        scopes = " ".join(query.get("scope", [])).split()
        wanted = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        known = self.headers.get("Authorization") == wanted
        with open(f"{folder}/token.log", "a", encoding="utf-8") as log:
            log.write(f"{'known' if known else 'anonymous'} {' '.join(scopes)}\n")
        access = []
        for scope in scopes if known else []:
            kind, name, actions = scope.split(":")
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        body = json.dumps({"token": sign({"iss": "lock-tests", "sub": user if known else "", "aud": service,
                                          "exp": now + 300, "nbf": now - 10, "iat": now, "jti": str(time.time_ns()),
                                          "access": access}), "expires_in": 300}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
