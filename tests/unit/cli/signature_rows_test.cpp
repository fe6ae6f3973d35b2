// Rows of the field's attack table about what lies beside an image, who is meant, and what a rule asks: by the whole
// program, each with a green sibling that differs in one place. Those about a bundle's inside are in
// signature_attack_test.cpp.
#include <gtest/gtest.h>

#include <functional>

#include "resolver/base/encoding.hpp"
#include "resolver/trust/crypto/dsse.hpp"
#include "resolver/trust/sigstore/cosign.hpp"
#include "tests/support/trust/attacks.hpp"
#include "tests/support/trust/signed_tree.hpp"

namespace lock {
namespace {

namespace json = boost::json;
using test::Recipe;
using test::SignedRegistry;
using test::VerifyAnswer;

const std::string kIssuer = "https://token.example";
const std::string kWorkflow = "https://github.com/acme/base/.github/workflows/release.yml@";

std::string sigstore_signer(const std::string& name, const std::string& subject, const std::string& issuer = kIssuer) {
  return "[signer." + name + "]\nkind = \"sigstore\"\ntrusted-root = \"root.json\"\nissuer = \"" + issuer +
         "\"\nsubject = \"" + subject + "\"\n";
}
std::string rule(const std::string& demand) { return "[[rule]]\nimages = [\"**\"]\n" + demand + "\n"; }

// Two keys beside the keyless world.
const test::Key& key_one() {
  static const test::Key key = test::Key::ecdsa();
  return key;
}
const test::Key& key_two() {
  static const test::Key key = test::Key::ecdsa();
  return key;
}
const std::string kKeys =
    "[signer.one]\nkind = \"cosign-key\"\nkey = \"one.pub\"\nlog = false\n"
    "[signer.two]\nkind = \"cosign-key\"\nkey = \"two.pub\"\nlog = false\n";

const test::Key& key_rsa() {
  static const test::Key key = test::Key::rsa();
  return key;
}
const test::Key& key_p384() {
  static const test::Key key = test::Key::ecdsa("P-384");
  return key;
}
std::string payload_about(const image::Digest& digest) {
  return json::serialize(json::object{
      {"critical", json::object{{"identity", json::object{{"docker-reference", "registry.example/acme/base"}}},
                                {"image", json::object{{"docker-manifest-digest", digest.text()}}},
                                {"type", "cosign container image signature"}}},
      {"optional", nullptr}});
}

// What there is before a row looks at it: the image, and a rule that acme must have signed.
struct Place {
  SignedRegistry registry;
  std::string manifest = test::image_manifest("signed");
  image::Digest image = image::Digest::sha256_of(manifest);
  std::string settings = sigstore_signer("acme", "https://github.com/acme/**") + rule("signers = [\"acme\"]");

  Place() {
    registry.add_blob(std::string(test::kImageConfig));
    registry.tag("1", registry.add_manifest(manifest));
  }
  // A bundle as cosign 3 makes it, about `about`.
  void bundle(const std::function<void(Recipe&)>& change = {}, const test::World& world = test::this_world()) {
    Recipe recipe{.message = manifest, .envelope = true};
    if (change) change(recipe);
    registry.attach_bundle(image, json::serialize(json::value(world.sign(recipe))));
  }
  // A layer under the tag .sig, signed by a key without a log.
  void signature(const test::Key& key, const image::Digest& about) {
    const std::string payload = payload_about(about);
    last_payload = image::Digest::sha256_of(payload);
    registry.add_layer(image, ".sig", std::string(trust::sigstore::simple_signing_media_type), payload,
                       {{"dev.cosignproject.cosign/signature", base::to_base64(key.sign(payload))}});
  }
  image::Digest last_payload = image;
};

struct Row {
  std::string name;
  std::function<void(Place&)> green;
  std::function<void(Place&)> red;
  VerifyAnswer expected;
  std::vector<std::string> also = {};  // said as well, when the status is 0
};

VerifyAnswer verify(const std::function<void(Place&)>& arrange, test::SignedTree& tree) {
  Place place;
  arrange(place);
  tree.serve(place.registry);
  tree.file("root.json", json::serialize(test::this_world().trusted_root()));
  tree.file("one.pub", key_one().pem());
  tree.file("two.pub", key_two().pem());
  tree.file("rsa.pub", key_rsa().pem());
  tree.file("p384.pub", key_p384().pem());
  tree.settings(place.settings);
  return tree.verify_anew();
}

void run(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    test::SignedTree tree;
    EXPECT_EQ(verify(row.green, tree), (VerifyAnswer{0, {}})) << "the green sibling";
    EXPECT_EQ(tree.said(), std::vector<std::string>{}) << "the green sibling";
    EXPECT_EQ(verify(row.red, tree), row.expected);
    if (row.expected.status == 0) {
      EXPECT_EQ(tree.said(), row.also);
    }
  }
}

void signed_by_acme(Place& place) { place.bundle(); }
void signed_by_key(Place& place) {
  place.settings = kKeys + rule("signers = [\"one\"]");
  place.signature(key_one(), place.image);
}
std::function<void(Place&)> named(std::string san, std::string pattern, std::string issuer = kIssuer) {
  return [=](Place& place) {
    place.settings = sigstore_signer("acme", pattern, issuer) + rule("signers = [\"acme\"]");
    place.bundle([&](Recipe& recipe) { recipe.leaf.alternative_names = {san}; });
  };
}

TEST(SignatureRows, Binding) {
  const auto other = image::Digest::sha256_of("another image");
  const std::string platform = test::image_manifest("a platform");
  // The image is an index over one platform.
  const auto index = [platform](Place& place) {
    auto descriptor = place.registry.add_platform("linux/amd64");
    place.image = place.registry.add_index({descriptor});
    place.registry.tag("1", place.image);
    place.manifest = descriptor.digest.text();
  };
  const auto statement_about = [](const image::Digest& digest) {
    return [digest](Recipe& recipe) {
      recipe.payload = json::serialize(json::object{
          {"_type", "https://in-toto.io/Statement/v1"},
          {"subject", json::array{json::object{{"name", "image"}, {"digest", json::object{{"sha256", digest.hex()}}}}}},
          {"predicateType", "https://sigstore.dev/cosign/sign/v1"},
          {"predicate", json::object{}}});
    };
  };
  run({
      {"payload for another digest",
       signed_by_key,
       [&](Place& place) {
         place.settings = kKeys + rule("signers = [\"one\"]");
         place.signature(key_one(), other);
       },
       {1, "signature-invalid"}},
      {"layer bytes differ from the descriptor",
       signed_by_key,
       [](Place& place) {
         signed_by_key(place);
         place.registry.corrupt_blob(place.last_payload);
       },
       {1, "signature-invalid"}},
      {"bundle blob differs from the descriptor",
       signed_by_acme,
       [](Place& place) {
         place.bundle();
         place.registry.corrupt_bundles();
       },
       {1, "signature-invalid"}},
      {"referrer whose subject names another digest",
       signed_by_acme,
       [&](Place& place) {
         const Recipe recipe{.message = place.manifest, .envelope = true};
         place.registry.attach_bundle(place.image, json::serialize(json::value(test::this_world().sign(recipe))),
                                      other);
       },
       {1, "signature-invalid"}},
      {"signature of a platform's manifest offered for the index",
       [&](Place& place) {
         index(place);
         place.bundle(statement_about(place.image));
       },
       [&](Place& place) {
         index(place);
         place.bundle(statement_about(image::Digest::parse(place.manifest).value()));
       },
       {1, "signature-invalid"}},
      {"signature of the index offered for a platform's manifest",
       signed_by_acme,
       [&](Place& place) {
         const image::Descriptor descriptor{
             std::string(image::media_type::oci_manifest),  place.image, place.manifest.size(),
             image::Platform::parse("linux/amd64").value(), {},          {}};
         place.bundle(statement_about(place.registry.add_index({descriptor})));
       },
       {1, "signature-invalid"}},
      {"an SBOM by the same signer offered as a signature",
       signed_by_acme,
       [](Place& place) { place.bundle([](Recipe& recipe) { recipe.predicate_type = "https://spdx.dev/Document"; }); },
       {1, "signer-missing"}},
      {"an SBOM beside the signature passes",
       signed_by_acme,
       [](Place& place) {
         place.bundle();
         place.bundle([](Recipe& recipe) { recipe.predicate_type = "https://spdx.dev/Document"; });
       },
       {0, {}}},
      {"an unreadable referrer beside a good one is shown",
       signed_by_acme,
       [](Place& place) {
         place.bundle();
         place.registry.attach_bundle(place.image, "<html>");
       },
       {0, {}},
       {"signature-invalid"}},
      {"an artifact type that says something else passes",
       signed_by_acme,
       [](Place& place) {
         place.bundle();
         place.registry.attach_artifact(place.image, "application/spdx+json");
       },
       {0, {}}},
      {"more referrers than are read",
       signed_by_acme,
       [](Place& place) {
         for (int i = 0; i < 250; ++i) place.registry.attach_artifact(place.image, "application/x" + std::to_string(i));
         place.bundle();
       },
       {3, "signer-missing"}},
      {"nobody signed", signed_by_acme, [](Place&) {}, {1, "unsigned"}},
  });
}

// What a strict reader refuses before it looks at any signature.
TEST(SignatureRows, Text) {
  const auto text = [](const std::function<std::string(std::string)>& change) {
    return [change](Place& place) {
      const Recipe recipe{.message = place.manifest, .envelope = true};
      place.registry.attach_bundle(place.image, change(json::serialize(json::value(test::this_world().sign(recipe)))));
    };
  };
  const VerifyAnswer invalid{1, "signature-invalid"};
  run({
      {"a byte order mark", signed_by_acme, text([](std::string t) { return "\xEF\xBB\xBF" + t; }), invalid},
      {"bytes behind the document", signed_by_acme, text([](std::string t) { return t + "x"; }), invalid},
      {"white space behind the document passes", signed_by_acme, text([](std::string t) { return t + "\n"; }), {0, {}}},
      {"a key twice", signed_by_acme, text([](std::string t) { return R"({"mediaType":"",)" + t.substr(1); }), invalid},
      {"nested without end", signed_by_acme,
       text([](std::string t) { return R"({"a":)" + std::string(100'000, '[') + "," + t.substr(1); }), invalid},
      {"nothing", signed_by_acme, text([](std::string) { return ""; }), invalid},
  });
}

// The numbers of a signature by key.
TEST(SignatureRows, Numbers) {
  const auto by = [](const test::Key& key, const std::function<Bytes(const std::string&)>& sign) {
    return [=](Place& place) {
      place.settings = kKeys + "[signer.rsa]\nkind = \"cosign-key\"\nkey = \"rsa.pub\"\nlog = false\n" +
                       rule("signers = [\"" + std::string(key.pem() == key_one().pem() ? "one" : "rsa") + "\"]");
      const std::string payload = payload_about(place.image);
      place.registry.add_layer(place.image, ".sig", std::string(trust::sigstore::simple_signing_media_type), payload,
                               {{"dev.cosignproject.cosign/signature", base::to_base64(sign(payload))}});
    };
  };
  const test::Key& ec = key_one();
  const test::Key& rsa = key_rsa();
  const auto bytes = [](std::string_view hex) {
    return [hex](const std::string&) { return base::from_hex(hex).value(); };
  };
  const auto green = by(ec, [&](const std::string& payload) { return ec.sign(payload); });
  const VerifyAnswer stranger{1, "signature-untrusted"};
  run({
      {"r and s are zero", green, by(ec, bytes("3006020100020100")), stranger},
      {"r is negative", green, by(ec, bytes("30060201ff020101")), stranger},
      {"r is longer than the curve", green,
       by(ec, bytes("302702217fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0201010101")), stranger},
      {"r and s side by side for DER", green, by(ec, [](const std::string&) { return Bytes(64, 'x'); }), stranger},
      {"PSS with an odd salt", by(rsa, [&](const std::string& payload) { return rsa.sign_pss(payload, 32); }),
       by(rsa, [&](const std::string& payload) { return rsa.sign_pss(payload, 20); }), stranger},
  });
}

// What a bundle leaves out, and the versions that may.
TEST(SignatureRows, Versions) {
  const auto edited = [](const std::string& version, const std::function<void(json::object&)>& change) {
    return [=](Place& place) {
      json::value bundle = test::this_world().sign({.message = place.manifest, .envelope = true});
      test::at(bundle, "mediaType") = "application/vnd.dev.sigstore.bundle+json;version=" + version;
      auto& material = test::at(bundle, "verificationMaterial").as_object();
      material["x509CertificateChain"] = json::object{{"certificates", json::array{material["certificate"]}}};
      material.erase("certificate");
      change(material);
      place.registry.attach_bundle(place.image, json::serialize(bundle));
    };
  };
  const auto entry = [](json::object& material) -> json::object& {
    return material["tlogEntries"].as_array()[0].as_object();
  };
  const auto whole = [](json::object&) {};
  const auto without_proof = [=](json::object& material) { entry(material).erase("inclusionProof"); };
  const auto without_checkpoint = [=](json::object& material) {
    entry(material)["inclusionProof"].as_object().erase("checkpoint");
  };
  const auto without_promise = [=](json::object& material) { entry(material).erase("inclusionPromise"); };
  const auto without_certificate = [](json::object& material) {
    material["x509CertificateChain"] = json::object{{"certificates", json::array{}}};
  };
  const VerifyAnswer invalid{1, "signature-invalid"};
  run({
      {"v0.1 by its promise alone passes", edited("0.1", whole), edited("0.1", without_proof), {0, {}}},
      {"v0.1 with a proof without checkpoint passes", edited("0.1", whole), edited("0.1", without_checkpoint), {0, {}}},
      {"v0.1 without promise", edited("0.1", whole), edited("0.1", without_promise), invalid},
      {"v0.2 without proof", edited("0.2", whole), edited("0.2", without_proof), invalid},
      {"v0.2 with a proof without checkpoint", edited("0.2", whole), edited("0.2", without_checkpoint), invalid},
      {"a chain without certificates", edited("0.2", whole), edited("0.2", without_certificate), invalid},
  });
}

// A key decides its algorithm. Where the bytes are there, a signature on another curve is a stranger's; where only
// their SHA-256 is known ("another curve" of the bundle verifier), nobody can judge what a P-384 key would have signed.
TEST(SignatureRows, Curves) {
  const std::string trusted =
      "[signer.p384]\nkind = \"cosign-key\"\nkey = \"p384.pub\"\nlog = false\n" + rule("signers = [\"p384\"]");
  const auto layer = [=](const test::Key& key) {
    return [=, &key](Place& place) {
      place.settings = trusted;
      place.signature(key, place.image);
    };
  };
  const auto envelope = [=](const test::Key& key) {
    return [=, &key](Place& place) {
      place.settings = trusted;
      json::value bundle = test::this_world().sign({.message = place.manifest, .envelope = true, .key = key});
      test::at(bundle, "verificationMaterial.tlogEntries").as_array().clear();
      const std::string payload = base::from_base64(test::at(bundle, "dsseEnvelope.payload").as_string()).value();
      const Bytes encoded = trust::crypto::pre_authentication_encoding("application/vnd.in-toto+json", payload);
      const auto hash = &key == &key_p384() ? base::HashAlgorithm::sha384 : base::HashAlgorithm::sha256;
      test::at(bundle, "dsseEnvelope.signatures.0.sig") = base::to_base64(key.sign(encoded, hash));
      place.registry.attach_bundle(place.image, json::serialize(bundle));
    };
  };
  const VerifyAnswer stranger{1, "signature-untrusted"};
  run({
      {"P-256 in a layer, where a P-384 key is trusted", layer(key_p384()), layer(key_one()), stranger},
      {"P-256 in an envelope, where a P-384 key is trusted", envelope(key_p384()), envelope(key_one()), stranger},
  });
}

TEST(SignatureRows, Identity) {
  const std::string tags = kWorkflow + "refs/tags/*";
  const auto green = named("URI:" + kWorkflow + "refs/tags/v1", tags);
  run({
      {"subject wrong, issuer right",
       green,
       named("URI:https://github.com/evil/base/x@refs/tags/v1", tags),
       {1, "signer-missing"}},
      {"issuer wrong, subject right",
       green,
       named("URI:" + kWorkflow + "refs/tags/v1", tags, "https://other.example"),
       {1, "signer-missing"}},
      {"a host in front of the pattern",
       green,
       named("URI:https://evil.example/" + kWorkflow + "refs/tags/v1", tags),
       {1, "signer-missing"}},
      {"something behind the pattern",
       green,
       named("URI:" + kWorkflow + "refs/tags/v1/x", tags),
       {1, "signer-missing"}},
      {"a dot is no wildcard",
       green,
       named("URI:https://githubXcom/acme/base/.github/workflows/release.yml@refs/tags/v1", tags),
       {1, "signer-missing"}},
      {"a branch where a tag is asked for",
       green,
       named("URI:" + kWorkflow + "refs/heads/main", tags),
       {1, "signer-missing"}},
      {"a certificate of another instance",
       signed_by_acme,
       [](Place& place) { place.bundle({}, test::other_world()); },
       {1, "signature-untrusted"}},
      {"a key where an identity is asked for",
       signed_by_acme,
       [](Place& place) { place.signature(key_one(), place.image); },
       {1, "signer-missing"}},
      {"an identity where a key is asked for",
       signed_by_key,
       [](Place& place) {
         place.settings = kKeys + rule("signers = [\"one\"]");
         place.bundle();
       },
       {1, "signer-missing"}},
  });
}

// What `--only signatures` says of a lock that cannot be relied on.
TEST(SignatureRows, Lock) {
  const auto edited = [](const std::string& from, const std::string& to) {
    test::SignedTree tree;
    EXPECT_EQ(verify(signed_by_acme, tree), (VerifyAnswer{0, {}})) << "the green sibling";
    std::string lock = tree.read("images.lock");
    lock.replace(lock.find(from), from.size(), to);
    tree.file("images.lock", lock);
    return tree.verify();
  };
  EXPECT_EQ(edited("subject = \"https://github.com/acme", "subject = \"https://github.com/evil"),
            (VerifyAnswer{1, "seal-broken"}))
      << "an entry with a broken seal";
  EXPECT_EQ(edited("version = 1", "version = 2"), (VerifyAnswer{1, "lock-version"})) << "another version";
}

TEST(SignatureRows, Policy) {
  const auto both = [](const std::string& demand, const std::vector<const test::Key*>& keys) {
    return [=](Place& place) {
      place.settings = kKeys + rule(demand);
      for (const test::Key* key : keys) place.signature(*key, place.image);
    };
  };
  const std::string all = "signers = [\"one\", \"two\"]";
  const std::string any = "any-of = [\"one\", \"two\"]";
  const std::string two = "any-of = [\"one\", \"two\"]\nthreshold = 2";
  static const test::Key stranger = test::Key::ecdsa();
  const test::Key* one = &key_one();
  const test::Key* other = &key_two();
  run({
      {"all of two, one signed", both(all, {one, other}), both(all, {one}), {1, "signer-missing"}},
      {"any of two, a stranger signed", both(any, {other}), both(any, {&stranger}), {1, "signature-untrusted"}},
      {"two of two, one signed twice", both(two, {one, other}), both(two, {one, one}), {1, "signer-missing"}},
      {"a stranger beside ours passes, and is shown",
       both(any, {one}),
       both(any, {one, &stranger}),
       {0, {}},
       {"signature-untrusted"}},
      {"ours does not lend the rule to a failing one",
       both(all, {one, other}),
       both(all, {one, &stranger}),
       {1, "signature-untrusted"}},
      {"silencing what lies there silences nobody's absence",
       [](Place& place) {
         place.settings += "[checks]\nsignature-invalid = \"note\"\n";
         place.bundle();
       },
       [](Place& place) {
         place.settings += "[checks]\nsignature-invalid = \"note\"\n";
         place.bundle();
         place.registry.corrupt_bundles();
       },
       {1, "signer-missing"}},
      {"an exception for strangers excuses no one",
       [](Place& place) {
         place.settings += "[[accept]]\ncheck = \"signature-untrusted\"\nimages = [\"**\"]\nreason = \"old ones\"\n";
         place.bundle();
       },
       [](Place& place) {
         place.settings += "[[accept]]\ncheck = \"signature-untrusted\"\nimages = [\"**\"]\nreason = \"old ones\"\n";
         place.bundle({}, test::other_world());
       },
       {1, "signer-missing"}},
      {"what is not understood is never green",
       signed_by_acme,
       [](Place& place) {
         json::value bundle = test::this_world().sign({.message = place.manifest, .envelope = true});
         test::at(bundle, "mediaType") = "application/vnd.dev.sigstore.bundle.v0.4+json";
         place.registry.attach_bundle(place.image, json::serialize(bundle));
       },
       {3, "signature-unsupported"}},
  });
}

}  // namespace
}  // namespace lock
