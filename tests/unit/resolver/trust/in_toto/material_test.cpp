// URIs of materials: which are images, which images they are, and which contradict themselves.
#include "resolver/trust/in_toto/material.hpp"

#include <gtest/gtest.h>

namespace lock::trust::in_toto {
namespace {

const std::string kHex(64, 'a');
const std::string kOther(64, 'b');

std::string show(const std::string& uri, const DigestSet& digests) {
  const auto image = image_of(uri, digests);
  if (!image) return "error: " + image.error().message;
  return *image ? (*image)->canonical() : "no image";
}

struct Row {
  std::string uri;
  DigestSet digests;
  std::string expected;
};

TEST(Material, ImagesAreReadFromEverySpelling) {
  const DigestSet some{{"sha256", kHex}};
  const std::string at = "@sha256:" + kHex;
  const std::vector<Row> rows = {
      // BuildKit: the familiar name, the tag as version, a written digest and the platform as qualifiers.
      {"pkg:docker/golang@1.24-bookworm?platform=linux%2Famd64", some, "docker.io/library/golang:1.24-bookworm" + at},
      {"pkg:docker/nginx@1.27?digest=sha256:" + kHex + "&platform=linux%2Fa", some,
       "docker.io/library/nginx:1.27" + at},
      {"pkg:docker/nginx?digest=sha256%3A" + kHex, some, "docker.io/library/nginx" + at},
      {"pkg:docker/ghcr.io/acme/base@12?platform=linux%2Famd64", some, "ghcr.io/acme/base:12" + at},
      {"pkg:docker/localhost%3A5000/acme/base@12", some, "localhost:5000/acme/base:12" + at},
      {"pkg:docker/docker/dockerfile@1", some, "docker.io/docker/dockerfile:1" + at},
      {"PKG:Docker/nginx@1", some, "docker.io/library/nginx:1" + at},
      {"pkg://docker/nginx@1", some, "docker.io/library/nginx:1" + at},
      {"pkg:oci/acme/local@1", some, "docker.io/acme/local:1" + at},
      // purl-spec: the digest as version, the place as a qualifier.
      {"pkg:docker/acme/app@sha256%3A" + kHex + "?repository_url=gcr.io", {}, "gcr.io/acme/app" + at},
      {"pkg:oci/debian@sha256%3A" + kHex + "?repository_url=docker.io/library/debian&tag=12",
       {},
       "docker.io/library/debian:12" + at},
      {"pkg:oci/debian@sha256:" + kHex + "?repository_url=gcr.io/mirror", {}, "gcr.io/mirror/debian" + at},
      // Tekton Chains.
      {"oci://gcr.io/acme/base", some, "gcr.io/acme/base" + at},
      {"oci://gcr.io/acme/base" + at, {}, "gcr.io/acme/base" + at},
      {"docker-pullable://gcr.io/acme/base:1" + at, some, "gcr.io/acme/base:1" + at},
      // Nobody says which digest.
      {"pkg:docker/nginx@1", {}, "docker.io/library/nginx:1"},
      {"pkg:docker/nginx", {}, "docker.io/library/nginx:latest"},
      {"pkg:docker/nginx@1", {{"sha1", "00"}}, "docker.io/library/nginx:1"},
      // No images.
      {"https://github.com/acme/shop.git#refs/heads/main", {{"sha1", "00"}}, "no image"},
      {"git+https://github.com/acme/shop@refs/heads/main", {{"gitCommit", "00"}}, "no image"},
      {"pkg:golang/google.golang.org/genproto@abc", some, "no image"},
      {"pkg:docker/acme/data@1?ref_type=blob", some, "no image"},
      {"nginx:1", some, "no image"},
      {"oci:nginx", some, "no image"},
      {"", some, "no image"},
  };
  for (const Row& row : rows) EXPECT_EQ(show(row.uri, row.digests), row.expected) << row.uri;
}

TEST(Material, WhatContradictsItselfIsNoImage) {
  const DigestSet some{{"sha256", kHex}};
  const std::vector<Row> rows = {
      {"pkg:docker/nginx@1?digest=sha256:" + kOther, some,
       "error: it has two digests, sha256:" + kHex + " and sha256:" + kOther},
      {"pkg:docker/nginx@sha256:" + kOther, some,
       "error: it has two digests, sha256:" + kHex + " and sha256:" + kOther},
      {"pkg:docker/nginx@1?tag=2", some, "error: it has two tags"},
      {"pkg:docker/nginx@1?digest=sha256:zz", some,
       "error: it has a bad digest: a digest has lower-case hex digits only"},
      {"pkg:docker/nginx@1?a=1&a=2", some, "error: it is not a package URL"},
      {"pkg:docker/nginx@1?a", some, "error: it is not a package URL"},
      {"pkg:docker/nginx@1#etc", some, "error: it is not a package URL"},
      {"pkg:docker/nginx@", some, "error: it is not a package URL"},
      {"pkg:docker/", some, "error: it is not a package URL"},
      {"pkg:docker", some, "error: it is not a package URL"},
      {"pkg:docker/nginx%", some, "error: it is not a package URL"},
      {"pkg:docker/nginx%0A", some, "error: it is not a package URL"},
      // A tag or digest smuggled in by escapes would be another image than the one that is shown.
      {"pkg:docker/nginx%3A2@1", some,
       "error: it is not an image reference: a tag has letters, digits, '_', '.' and '-' only"},
      {"pkg:docker/nginx%3A2", some, "error: its name holds more than a name"},
      {"pkg:docker/nginx%40sha256%3A" + kOther, {}, "error: its name holds more than a name"},
      {"pkg:docker/" + std::string(5000, 'a'), some, "error: it is longer than 4,096 bytes"},
  };
  for (const Row& row : rows) EXPECT_EQ(show(row.uri, row.digests), row.expected) << row.uri;
  for (const char* uri : {"pkg:docker/NGINX@1", "oci://", "oci://a b", "pkg:docker/..%2F..@1"}) {
    EXPECT_TRUE(show(uri, some).starts_with("error: it is not an image reference: ")) << uri << show(uri, some);
  }
}

}  // namespace
}  // namespace lock::trust::in_toto
