"""A Kubernetes client as small as can be: HTTPS with the cluster's CA and a token as `aws eks
get-token` makes it."""
import base64
import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request

import botocore.session
from botocore.signers import RequestSigner

from stepd_server import PATIENCE, REGION, ROLE

NETWORKS = {"subnetIds": ["subnet-1", "subnet-2"]}


def token(cluster, key="test", secret="test"):
    """A presigned STS request, base64url: nobody sends it."""
    session = botocore.session.get_session()
    session.set_credentials(key, secret)
    model = session.get_service_model("sts")
    signer = RequestSigner(model.service_id, REGION, "sts", "v4", session.get_credentials(),
                           session.get_component("event_emitter"))
    url = signer.generate_presigned_url(
        {"method": "GET", "body": {}, "context": {}, "headers": {"x-k8s-aws-id": cluster},
         "url": f"https://sts.{REGION}.amazonaws.com/"
                "?Action=GetCallerIdentity&Version=2011-06-15"},
        region_name=REGION, expires_in=60, operation_name="")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def make_cluster(eks, name, **more):
    """Creates a cluster, waits until it is there: its description."""
    eks.create_cluster(name=name, roleArn=ROLE, resourcesVpcConfig=NETWORKS, **more)
    return wait_active(eks, name)


def wait_active(eks, name):
    eks.get_waiter("cluster_active").wait(
        name=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": int(400 * PATIENCE)})
    return eks.describe_cluster(name=name)["cluster"]


def authority(cluster):
    return base64.b64decode(cluster["certificateAuthority"]["data"]).decode()


class Kubernetes:
    """bearer: None sends no token at all."""

    def __init__(self, cluster, bearer=""):
        self.endpoint = cluster["endpoint"]
        self.bearer = token(cluster["name"]) if bearer == "" else bearer
        self.context = ssl.create_default_context(cadata=authority(cluster))

    def __call__(self, method, path, body=None, kind="application/json", raw=False, **query):
        """(status, answer): an answer that is JSON is given as its value, unless raw."""
        url = self.endpoint + path
        if query:
            url += "?" + urllib.parse.urlencode(query, doseq=True)
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method)
        if data is not None:
            request.add_header("Content-Type", kind)
        if self.bearer is not None:
            request.add_header("Authorization", f"Bearer {self.bearer}")
        try:
            with urllib.request.urlopen(request, timeout=30 * PATIENCE,
                                        context=self.context) as answer:
                status, form, text = answer.status, answer.headers["Content-Type"], answer.read()
        except urllib.error.HTTPError as error:
            status, form, text = error.code, error.headers["Content-Type"], error.read()
        parse = form.startswith("application/json") and not raw
        return status, json.loads(text) if parse else text.decode()

    def get(self, path, **query):
        status, value = self("GET", path, **query)
        assert status == 200, value
        return value

    def names(self, path, **query):
        return [item["metadata"]["name"] for item in self.get(path, **query)["items"]]

    def wait_for(self, path, condition, timeout=30):
        """The object once the condition holds of it."""
        end = time.monotonic() + timeout * PATIENCE
        while True:
            value = self.get(path)
            if condition(value):
                return value
            assert time.monotonic() < end, value
            time.sleep(0.02)


def is_finished(job):
    return any(c["type"] in ("Complete", "Failed") and c["status"] == "True"
               for c in job.get("status", {}).get("conditions", []))
