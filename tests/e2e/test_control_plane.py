"""The EKS control plane with boto3: clusters, node groups, Fargate profiles."""
import base64
import datetime
import json
import re

import pytest
from botocore.exceptions import ClientError, WaiterError

from kube import NETWORKS, make_cluster, wait_active
from stepd_server import ACCOUNT, PATIENCE, REGION, ROLE

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def eks(server):
    return server.eks()


@pytest.fixture(scope="module")
def cluster(eks):
    """A cluster to hang node groups and profiles on."""
    return make_cluster(eks, "shared")


def wait(eks, waiter, **names):
    eks.get_waiter(waiter).wait(
        **names, WaiterConfig={"Delay": 0.05, "MaxAttempts": int(400 * PATIENCE)})


def refusal(call, **arguments):
    """(exception, message, HTTP status)."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return (answer["Error"]["Code"], answer["Error"]["Message"],
            answer["ResponseMetadata"]["HTTPStatusCode"])


def new_cluster(name, **more):
    return {"name": name, "roleArn": ROLE, "resourcesVpcConfig": NETWORKS, **more}


def new_nodegroup(name, cluster="shared", **more):
    return {"clusterName": cluster, "nodegroupName": name, "nodeRole": ROLE,
            "subnets": ["subnet-1", "subnet-2"], **more}


def new_profile(name, cluster="shared", **more):
    return {"clusterName": cluster, "fargateProfileName": name, "podExecutionRoleArn": ROLE,
            "selectors": [{"namespace": "default"}], **more}


# -- clusters --

def test_life_of_a_cluster(eks):
    created = eks.create_cluster(**new_cluster("life", tags={"a": "b"}))["cluster"]
    assert (created["name"], created["status"]) == ("life", "CREATING")
    assert created["arn"] == f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/life"
    assert "endpoint" not in created and not created.get("certificateAuthority", {}).get("data")
    age = datetime.datetime.now(datetime.timezone.utc) - created["createdAt"]
    assert abs(age.total_seconds()) < 60
    active = wait_active(eks, "life")
    assert active["endpoint"].startswith("https://127.0.0.1:")
    authority = base64.b64decode(active["certificateAuthority"]["data"])
    assert authority.startswith(b"-----BEGIN CERTIFICATE-----")
    assert "life" in eks.list_clusters()["clusters"]
    deleted = eks.delete_cluster(name="life")["cluster"]
    assert deleted["status"] == "DELETING"
    wait(eks, "cluster_deleted", name="life")
    assert "life" not in eks.list_clusters()["clusters"]
    # the name is free again, for another cluster
    again = make_cluster(eks, "life")
    assert again["certificateAuthority"] != active["certificateAuthority"]


def test_defaults_of_a_cluster(cluster):
    assert cluster["version"] == "1.32" and re.match(r"eks\.\d+$", cluster["platformVersion"])
    assert cluster["roleArn"] == ROLE
    network = cluster["resourcesVpcConfig"]
    assert network["subnetIds"] == NETWORKS["subnetIds"]
    assert (network["endpointPublicAccess"], network["endpointPrivateAccess"]) == (True, False)
    assert network["publicAccessCidrs"] == ["0.0.0.0/0"]
    assert cluster["kubernetesNetworkConfig"]["ipFamily"] == "ipv4"
    assert cluster["accessConfig"]["authenticationMode"] == "CONFIG_MAP"
    assert cluster["identity"]["oidc"]["issuer"].startswith(
        f"https://oidc.eks.{REGION}.amazonaws.com/id/")
    assert cluster["tags"] == {} and cluster["deletionProtection"] is False


def test_every_cluster_has_an_authority_of_its_own(eks, cluster):
    other = make_cluster(eks, "other")
    assert other["endpoint"] != cluster["endpoint"]
    assert other["certificateAuthority"] != cluster["certificateAuthority"]


def test_what_was_asked_for_is_kept(eks):
    made = make_cluster(eks, "asked", version="1.31", tags={"team": "a"},
                        kubernetesNetworkConfig={"serviceIpv4Cidr": "10.50.0.0/16"},
                        logging={"clusterLogging": [{"types": ["api", "audit"], "enabled": True}]})
    assert (made["version"], made["tags"]) == ("1.31", {"team": "a"})
    assert made["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "10.50.0.0/16"
    assert {"types": ["api", "audit"], "enabled": True} in made["logging"]["clusterLogging"]


def test_cluster_that_is_not_there(eks):
    expected = ("ResourceNotFoundException", "No cluster found for name: nowhere.", 404)
    for call in (eks.describe_cluster, eks.delete_cluster):
        assert refusal(call, name="nowhere") == expected
    for call in (eks.list_nodegroups, eks.list_fargate_profiles):
        assert refusal(call, clusterName="nowhere") == expected
    assert refusal(eks.create_nodegroup, **new_nodegroup("n", "nowhere"))[::2] == expected[::2]
    assert refusal(eks.create_fargate_profile,
                   **new_profile("p", "nowhere"))[::2] == expected[::2]


def test_cluster_twice(eks, cluster):
    assert refusal(eks.create_cluster, **new_cluster("shared")) == (
        "ResourceInUseException", "Cluster already exists with name: shared", 409)


def test_same_token_is_the_same_request(eks):
    asked = new_cluster("token", clientRequestToken="t-1")
    first = eks.create_cluster(**asked)["cluster"]
    again = eks.create_cluster(**asked)["cluster"]
    assert (first["arn"], first["createdAt"]) == (again["arn"], again["createdAt"])
    other = refusal(eks.create_cluster, **{**asked, "version": "1.31"})
    assert (other[0], other[2]) == ("InvalidParameterException", 400)
    wait_active(eks, "token")
    assert eks.create_cluster(**asked)["cluster"]["status"] == "ACTIVE"


@pytest.mark.parametrize("wrong", [
    {"name": "-dash"}, {"name": "a b"}, {"name": "a" * 101}, {"version": "1.2.3"},
    {"version": "latest"}, {"resourcesVpcConfig": {"subnetIds": ["subnet-1"]}},
    {"kubernetesNetworkConfig": {"ipFamily": "ipv5"}},
    {"tags": {f"k{i}": "" for i in range(51)}}, {"roleArn": "", "name": "role"},
    {"resourcesVpcConfig": {"subnetIds": NETWORKS["subnetIds"],
                            "securityGroupIds": [f"sg-{i}" for i in range(6)]}},
])
def test_clusters_that_cannot_be(eks, wrong):
    code, message, status = refusal(eks.create_cluster, **{**new_cluster("bad"), **wrong})
    assert (code, status) == ("InvalidParameterException", 400) and message
    assert "bad" not in eks.list_clusters()["clusters"]


def test_version_that_is_too_old(eks):
    code, message, _ = refusal(eks.create_cluster, **new_cluster("old", version="1.2"))
    assert code == "InvalidParameterException"
    assert message.startswith("unsupported Kubernetes version")


def test_deletion_protection(eks):
    make_cluster(eks, "protected", deletionProtection=True)
    code, _, status = refusal(eks.delete_cluster, name="protected")
    assert (code, status) == ("InvalidRequestException", 400)
    assert eks.describe_cluster(name="protected")["cluster"]["status"] == "ACTIVE"


def test_clusters_are_listed_in_pages(make_server):
    eks = make_server().start().eks()
    names = [f"c{i}" for i in range(5)]
    for name in names:
        eks.create_cluster(**new_cluster(name))
    found = []
    for page in eks.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 2}):
        assert len(page["clusters"]) <= 2
        found += page["clusters"]
    assert sorted(found) == names
    assert refusal(eks.list_clusters, maxResults=101)[0] == "InvalidParameterException"
    assert refusal(eks.list_clusters, nextToken="\u20ac%%")[0] == "InvalidParameterException"


def test_waiter_tells_of_a_cluster_that_goes(eks):
    make_cluster(eks, "going")
    eks.delete_cluster(name="going")
    with pytest.raises(WaiterError):
        wait(eks, "cluster_active", name="going")


# -- node groups --

def test_life_of_a_nodegroup(eks, cluster):
    created = eks.create_nodegroup(**new_nodegroup(
        "life", labels={"l": "v"}, taints=[{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}],
        scalingConfig={"minSize": 1, "maxSize": 3, "desiredSize": 2}))["nodegroup"]
    assert (created["status"], created["clusterName"]) == ("CREATING", "shared")
    assert re.match(f"arn:aws:eks:{REGION}:{ACCOUNT}:nodegroup/shared/life/{UUID}$",
                    created["nodegroupArn"])
    wait(eks, "nodegroup_active", clusterName="shared", nodegroupName="life")
    active = eks.describe_nodegroup(clusterName="shared", nodegroupName="life")["nodegroup"]
    assert (active["status"], active["labels"], active["version"]) == ("ACTIVE", {"l": "v"}, "1.32")
    assert active["scalingConfig"] == {"minSize": 1, "maxSize": 3, "desiredSize": 2}
    assert active["taints"] == [{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}]
    assert active["health"] == {"issues": []} and active["createdAt"] == created["createdAt"]
    assert eks.list_nodegroups(clusterName="shared")["nodegroups"] == ["life"]
    deleted = eks.delete_nodegroup(clusterName="shared", nodegroupName="life")["nodegroup"]
    assert deleted["status"] == "DELETING"
    wait(eks, "nodegroup_deleted", clusterName="shared", nodegroupName="life")
    assert eks.list_nodegroups(clusterName="shared")["nodegroups"] == []


def test_defaults_of_a_nodegroup(eks, cluster):
    made = eks.create_nodegroup(**new_nodegroup("plain"))["nodegroup"]
    assert made["capacityType"] == "ON_DEMAND" and made["instanceTypes"] == ["t3.medium"]
    assert (made["diskSize"], made["amiType"]) == (20, "AL2023_x86_64_STANDARD")
    assert made["updateConfig"]["maxUnavailable"] == 1


def test_refusals_of_nodegroups(eks, cluster):
    eks.create_nodegroup(**new_nodegroup("twice"))
    assert refusal(eks.create_nodegroup, **new_nodegroup("twice")) == (
        "ResourceInUseException", "NodeGroup already exists with name twice and cluster name shared",
        409)
    for call in (eks.describe_nodegroup, eks.delete_nodegroup):
        assert refusal(call, clusterName="shared", nodegroupName="none") == (
            "ResourceNotFoundException", "No node group found for name: none.", 404)
    code, _, _ = refusal(eks.create_nodegroup, **new_nodegroup(
        "bad", scalingConfig={"minSize": 3, "maxSize": 2, "desiredSize": 1}))
    assert code == "InvalidParameterException"


def test_nodegroup_of_a_cluster_that_is_not_active(make_server):
    eks = make_server("--cluster-create-seconds", "1000").start().eks()
    eks.create_cluster(**new_cluster("slow"))
    assert refusal(eks.create_nodegroup, **new_nodegroup("n", "slow")) == (
        "InvalidRequestException", "Cluster 'slow' is not in ACTIVE status", 400)


# -- Fargate profiles --

def test_life_of_a_profile(eks, cluster):
    selectors = [{"namespace": "jobs", "labels": {"a": "b"}}]
    created = eks.create_fargate_profile(
        **new_profile("life", selectors=selectors))["fargateProfile"]
    assert created["status"] == "CREATING" and created["selectors"] == selectors
    assert re.match(f"arn:aws:eks:{REGION}:{ACCOUNT}:fargateprofile/shared/life/{UUID}$",
                    created["fargateProfileArn"])
    name = {"clusterName": "shared", "fargateProfileName": "life"}
    wait(eks, "fargate_profile_active", **name)
    assert eks.list_fargate_profiles(clusterName="shared")["fargateProfileNames"] == ["life"]
    assert refusal(eks.create_fargate_profile, **new_profile("life"))[::2] == (
        "ResourceInUseException", 409)
    assert eks.delete_fargate_profile(**name)["fargateProfile"]["status"] == "DELETING"
    wait(eks, "fargate_profile_deleted", **name)
    assert refusal(eks.describe_fargate_profile, **name) == (
        "ResourceNotFoundException", "No Fargate Profile found with name: life.", 404)


@pytest.mark.parametrize("selectors", [
    [], [{"labels": {"a": "b"}}], [{"namespace": f"n{i}"} for i in range(6)],
    [{"namespace": "n", "labels": {f"l{i}": "v" for i in range(6)}}]])
def test_profiles_that_cannot_be(eks, cluster, selectors):
    code, _, status = refusal(eks.create_fargate_profile, **new_profile("bad", selectors=selectors))
    assert (code, status) == ("InvalidParameterException", 400)


def test_one_profile_is_deleted_at_a_time(make_server):
    eks = make_server("--cluster-create-seconds", "0.05", "--cluster-delete-seconds",
                      "1000").start().eks()
    make_cluster(eks, "c")
    for name in ("one", "two"):
        eks.create_fargate_profile(**new_profile(name, "c"))
        wait(eks, "fargate_profile_active", clusterName="c", fargateProfileName=name)
    eks.delete_fargate_profile(clusterName="c", fargateProfileName="one")
    assert refusal(eks.delete_fargate_profile, clusterName="c", fargateProfileName="two") == (
        "ResourceInUseException", "Cannot Delete Fargate Profile two because cluster c currently "
        "has Fargate profile one in status DELETING", 409)


def test_cluster_with_something_in_it(make_server):
    eks = make_server("--cluster-create-seconds", "0.05",
                      "--cluster-delete-seconds", "0.05").start().eks()
    make_cluster(eks, "c")
    nodes = {"clusterName": "c", "nodegroupName": "n"}
    profile = {"clusterName": "c", "fargateProfileName": "p"}
    eks.create_nodegroup(**new_nodegroup("n", "c"))
    assert refusal(eks.delete_cluster, name="c") == (
        "ResourceInUseException", "Cluster has nodegroups attached", 409)
    wait(eks, "nodegroup_active", **nodes)
    eks.delete_nodegroup(**nodes)
    wait(eks, "nodegroup_deleted", **nodes)
    eks.create_fargate_profile(**new_profile("p", "c"))
    assert refusal(eks.delete_cluster, name="c")[0] == "ResourceInUseException"
    wait(eks, "fargate_profile_active", **profile)
    eks.delete_fargate_profile(**profile)
    wait(eks, "fargate_profile_deleted", **profile)
    eks.delete_cluster(name="c")
    wait(eks, "cluster_deleted", name="c")


# -- tags, versions, the rest --

def test_tags_of_a_cluster(eks, cluster):
    arn = cluster["arn"]
    eks.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    eks.tag_resource(resourceArn=arn, tags={"a": "3"})
    assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "3", "b": "2"}
    eks.untag_resource(resourceArn=arn, tagKeys=["a", "never"])
    assert eks.describe_cluster(name="shared")["cluster"]["tags"] == {"b": "2"}
    eks.untag_resource(resourceArn=arn, tagKeys=["b"])
    assert refusal(eks.list_tags_for_resource, resourceArn=arn + "x")[::2] == (
        "NotFoundException", 404)


def test_versions(eks):
    versions = eks.describe_cluster_versions()["clusterVersions"]
    assert "1.32" in [v["clusterVersion"] for v in versions]
    assert [v["defaultVersion"] for v in versions].count(True) == 1


@pytest.mark.parametrize("call, arguments", [
    ("list_addons", {"clusterName": "shared"}),
    ("update_cluster_config", {"name": "shared", "deletionProtection": True}),
    ("create_access_entry", {"clusterName": "shared", "principalArn": ROLE}),
    ("list_insights", {"clusterName": "shared"}),
])
def test_what_stepd_cannot_do_is_refused_by_name(eks, cluster, call, arguments):
    code, message, status = refusal(getattr(eks, call), **arguments)
    assert status >= 400 and code
    assert "stepd" in message and call.replace("_", "") in message.lower()


def test_errors_name_what_they_are_about(server, cluster):
    status, headers, body = server.raw(None, None, path="/clusters/nowhere", method="GET")
    answer = json.loads(body)
    assert status == 404 and answer["message"] == "No cluster found for name: nowhere."
    assert answer["clusterName"] == "nowhere"
    assert headers["x-amzn-ErrorType"].split(":")[0] == "ResourceNotFoundException"


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b"\xff", b'{"name":5}', b"null"])
def test_bodies_that_are_no_request(server, body):
    status, _, answer = server.raw(None, body, {"Content-Type": "application/json"}, "/clusters")
    assert status == 400 and json.loads(answer)["message"]


# -- over a restart --

def test_clusters_outlive_the_server(make_server):
    server = make_server("--cluster-create-seconds", "0.2", "--cluster-delete-seconds", "0.2")
    eks = server.start().eks()
    before = make_cluster(eks, "kept", tags={"a": "b"})
    eks.create_nodegroup(**new_nodegroup("nodes", "kept"))
    eks.create_cluster(**new_cluster("underway"))
    eks.create_cluster(**new_cluster("leaving"))
    wait_active(eks, "leaving")
    eks.delete_cluster(name="leaving")
    server.kill()
    eks = server.start().eks()
    assert eks.describe_cluster(name="kept")["cluster"] == before
    wait(eks, "nodegroup_active", clusterName="kept", nodegroupName="nodes")
    wait_active(eks, "underway")
    wait(eks, "cluster_deleted", name="leaving")
    assert sorted(eks.list_clusters()["clusters"]) == ["kept", "underway"]
