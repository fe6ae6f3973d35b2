#!/usr/bin/env python3
# What record.sh does with OCI image layouts.
#   add LAYOUT OTHER NAME             puts the one image of OTHER under NAME
#   push LAYOUT http://HOST:PORT      every image, the registry's own name cut from the front of each reference
#   pull LAYOUT http://HOST:PORT REPOSITORY DIGEST
#                                     what lies under the tags that belong to the digest
#   digest LAYOUT NAME                the digest of an image
#   predicate LAYOUT NAME             the predicate of the first attestation in its index
import hashlib, json, os, shutil, sys, urllib.error, urllib.request

command, layout, *rest = sys.argv[1:]
REF = "org.opencontainers.image.ref.name"


def path(digest):
    return f"{layout}/blobs/{digest.replace(':', '/')}"


def read(digest):
    with open(path(digest), "rb") as file:
        return file.read()


def read_index():
    if not os.path.exists(f"{layout}/index.json"):
        return {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []}
    return json.load(open(f"{layout}/index.json"))


def put_entry(kind, digest, size, name):
    index = read_index()
    index["manifests"].append({"mediaType": kind, "digest": digest, "size": size, "annotations": {REF: name}})
    with open(f"{layout}/index.json", "w") as out:
        json.dump(index, out, indent=2)
        out.write("\n")


def entry_of(name):
    return next(entry for entry in read_index()["manifests"] if entry["annotations"][REF] == name)


def add(other, name):
    os.makedirs(f"{layout}/blobs/sha256", exist_ok=True)
    for blob in os.listdir(f"{other}/blobs/sha256"):
        shutil.copyfile(f"{other}/blobs/sha256/{blob}", f"{layout}/blobs/sha256/{blob}")
    shutil.copyfile(f"{other}/oci-layout", f"{layout}/oci-layout")
    entry = json.load(open(f"{other}/index.json"))["manifests"][0]
    put_entry(entry["mediaType"], entry["digest"], entry["size"], name)


def send(method, url, data, kind="application/octet-stream"):
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": kind})
    return urllib.request.urlopen(request)


def push_image(server, repository, descriptor, name):
    data = read(descriptor["digest"])
    manifest = json.loads(data)
    for child in manifest.get("manifests", []):
        push_image(server, repository, child, child["digest"])
    for blob in [manifest["config"], *manifest["layers"]] if "layers" in manifest else []:
        started = send("POST", f"{server}/v2/{repository}/blobs/uploads/", b"").headers["Location"]
        send("PUT", f"{started}{'&' if '?' in started else '?'}digest={blob['digest']}", read(blob["digest"]))
    send("PUT", f"{server}/v2/{repository}/manifests/{name}", data, descriptor["mediaType"])


def push(server):
    for entry in read_index()["manifests"]:
        repository, tag = entry["annotations"][REF].partition("/")[2].rsplit(":", 1)
        push_image(server, repository, entry, tag)


def get(server, what):
    accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"
    try:
        answer = urllib.request.urlopen(urllib.request.Request(f"{server}/v2/{what}", headers={"Accept": accept}))
        return answer.read(), answer.headers["Content-Type"]
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None, None
        raise


def keep(data):
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    with open(path(digest), "wb") as out:
        out.write(data)
    return digest


def keep_manifest(server, repository, data):
    manifest = json.loads(data)
    for child in manifest.get("manifests", []):
        keep_manifest(server, repository, get(server, f"{repository}/manifests/{child['digest']}")[0])
    for blob in [manifest["config"], *manifest["layers"]] if "layers" in manifest else []:
        keep(get(server, f"{repository}/blobs/{blob['digest']}")[0])
    return keep(data)


def pull(server, name, digest):
    repository = name.partition("/")[2]
    for suffix in ["", ".sig", ".att"]:
        tag = digest.replace(":", "-") + suffix
        data, kind = get(server, f"{repository}/manifests/{tag}")
        if data is not None:
            put_entry(kind, keep_manifest(server, repository, data), len(data), f"{name}:{tag}")


def predicate(name):
    for child in json.loads(read(entry_of(name)["digest"]))["manifests"]:
        if "vnd.docker.reference.type" in child.get("annotations", {}):
            statement = read(json.loads(read(child["digest"]))["layers"][0]["digest"])
            return print(json.dumps(json.loads(statement)["predicate"]))


{"add": add, "push": push, "pull": pull, "predicate": predicate, "digest": lambda name: print(entry_of(name)["digest"])}[
    command](*rest)
