#!/usr/bin/env python3
# Copies what a registry holds about one image (its own manifest excepted) into a folder: tags/NAME holds a digest,
# blobs/HEX the bytes of a manifest or layer; referrers the digest of what the referrers API answered, where there is one. usage: record.py http://HOST:PORT REPOSITORY DIGEST FOLDER
import hashlib, json, os, sys, urllib.error, urllib.request

server, repository, digest, folder = sys.argv[1:5]
accept = ", ".join(["application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"])


def get(path):
    request = urllib.request.Request(f"{server}/v2/{repository}/{path}", headers={"Accept": accept})
    try:
        return urllib.request.urlopen(request).read()
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


def keep(data):
    name = hashlib.sha256(data).hexdigest()
    with open(f"{folder}/blobs/{name}", "wb") as out:
        out.write(data)
    return "sha256:" + name


def keep_manifest(data):
    manifest = json.loads(data)
    for child in manifest.get("manifests", []):
        keep_manifest(get("manifests/" + child["digest"]))
    for layer in manifest.get("layers", []):
        keep(get("blobs/" + layer["digest"]))
    return keep(data)


os.makedirs(f"{folder}/blobs", exist_ok=True)
os.makedirs(f"{folder}/tags", exist_ok=True)
open(f"{folder}/image", "w").write(digest + "\n")
base = digest.replace(":", "-")
for suffix in ["", ".sig", ".att"]:
    data = get("manifests/" + base + suffix)
    if data is not None:
        open(f"{folder}/tags/{base}{suffix}", "w").write(keep_manifest(data) + "\n")
data = get("referrers/" + digest)
if data is not None and json.loads(data).get("manifests"):
    open(f"{folder}/referrers", "w").write(keep_manifest(data) + "\n")
