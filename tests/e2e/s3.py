"""A small S3 of the tests' own: objects in a dictionary, pages of two, signatures looked at."""
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/xml"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, code, message):
        self.answer(status, f"<?xml version='1.0'?><Error><Code>{code}</Code>"
                            f"<Message>{message}</Message></Error>".encode())

    def check(self, body=b""):
        """The signature is there, and the body is the one that was signed."""
        authorization = self.headers.get("Authorization", "")
        signed = self.headers.get("x-amz-content-sha256")
        if "Credential=key-of-tests/" not in authorization or "/s3/aws4_request" not in authorization:
            self.refuse(403, "AccessDenied", "Access Denied")
            return False
        assert signed == hashlib.sha256(body).hexdigest()
        return True

    def do_GET(self):
        parts = urlsplit(self.path)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        if not self.check():
            return
        objects = self.server.buckets.get(bucket)
        if objects is None:
            self.refuse(404, "NoSuchBucket", "The specified bucket does not exist")
        elif key in self.server.faults:
            self.server.faults[key](self)
        elif key and key not in objects:
            self.refuse(404, "NoSuchKey", "The specified key does not exist.")
        elif key:
            self.answer(200, objects[key], "binary/octet-stream")
        else:
            self.list(bucket, objects, parse_qs(parts.query))

    def list(self, bucket, objects, query):
        assert query["list-type"] == ["2"]
        prefix = query.get("prefix", [""])[0]
        after = query.get("continuation-token", [""])[0]
        keys = [k for k in sorted(objects) if k.startswith(prefix) and k > after]
        page, more = keys[:2], len(keys) > 2
        contents = "".join(
            f"<Contents><Key>{k}</Key><LastModified>2026-09-12T10:00:00.000Z</LastModified>"
            f"<ETag>&quot;{hashlib.md5(objects[k]).hexdigest()}&quot;</ETag>"
            f"<Size>{len(objects[k])}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for k in page)
        token = f"<NextContinuationToken>{page[-1]}</NextContinuationToken>" if more else ""
        self.answer(200, f"<?xml version='1.0'?><ListBucketResult xmlns='http://s3.amazonaws.com/doc/"
                         f"2006-03-01/'><Name>{bucket}</Name><IsTruncated>{str(more).lower()}"
                         f"</IsTruncated>{contents}{token}</ListBucketResult>".encode())

    def do_PUT(self):
        bucket, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.check(body):
            return
        if bucket not in self.server.buckets:
            self.refuse(404, "NoSuchBucket", "The specified bucket does not exist")
            return
        self.server.buckets[bucket][key] = body
        self.answer(200, b"")


class S3(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.buckets, self.faults = {}, {}
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, client_address):
        """A client that goes away is what some tests are about."""
