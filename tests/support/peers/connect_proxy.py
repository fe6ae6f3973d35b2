"""An HTTP proxy that only knows CONNECT, and leads every name to this machine.

usage: connect_proxy.py LOG [STATUS]

Prints its port, serves until it is killed. Each request line goes to LOG. With STATUS every CONNECT is refused with it.
"""

import socket
import socketserver
import sys
import threading

log, refusal = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline().decode("latin-1").strip()
        while self.rfile.readline() not in (b"\r\n", b""):
            pass
        with open(log, "a", encoding="utf-8") as out:
            out.write(line + "\n")
        method, target = (line.split() + ["", ""])[:2]
        if method != "CONNECT" or refusal:
            self.wfile.write(f"HTTP/1.1 {refusal or '405'} Refused\r\nContent-Length: 0\r\n\r\n".encode())
            return
        with socket.create_connection(("127.0.0.1", int(target.rsplit(":", 1)[1]))) as far:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=pump, args=(far, self.connection))
            back.start()
            pump(self.connection, far)
            back.join()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
