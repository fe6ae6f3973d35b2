// Did the build of an image use what is locked? Provenance in the index and signed provenance, what counts and what
// does not, attacks beside siblings that pass, and what is asked of the registry.
#include "lockfile/ops/verify_provenance.hpp"

#include <gtest/gtest.h>

#include "lockfile/document/write.hpp"
#include "resolver/base/text.hpp"
#include "resolver/trust/examiner.hpp"
#include "resolver/trust/sigstore/cosign.hpp"
#include "tests/support/tree_world.hpp"
#include "tests/support/trust/signed_registry.hpp"
#include "tests/support/trust/world.hpp"

namespace lock::ops {
namespace {

namespace json = boost::json;
using image::Digest;
using test::show;
using test::SignedRegistry;

constexpr std::string_view kV1 = "https://slsa.dev/provenance/v1";
constexpr std::string_view kV02 = "https://slsa.dev/provenance/v0.2";
constexpr std::string_view kBuildKit = "https://mobyproject.org/buildkit@v1";

const Digest kGo = Digest::sha256_of("golang");
const Digest kGoArm = Digest::sha256_of("golang for arm64");
const Digest kOther = Digest::sha256_of("another golang");

struct Used {
  std::string uri;
  std::optional<Digest> digest;
};
const Used kLockedGo{"pkg:docker/golang@1.24?platform=linux%2Famd64", kGo};

json::array materials_of(const std::vector<Used>& materials) {
  json::array out;
  for (const Used& used : materials) {
    json::object one{{"uri", used.uri}};
    if (used.digest) one["digest"] = json::object{{"sha256", used.digest->hex()}};
    out.push_back(one);
  }
  return out;
}

std::string statement(std::string_view type, const Digest& about, const json::object& predicate) {
  return json::serialize(json::object{
      {"_type", "https://in-toto.io/Statement/v1"},
      {"subject", json::array{json::object{{"name", "image"}, {"digest", json::object{{"sha256", about.hex()}}}}}},
      {"predicateType", type},
      {"predicate", predicate}});
}

std::string provenance(const Digest& about, const std::vector<Used>& materials,
                       std::string_view build_type = kBuildKit) {
  return statement(kV02, about,
                   {{"builder", json::object{{"id", "https://ci.example/builder"}}},
                    {"buildType", build_type},
                    {"materials", materials_of(materials)}});
}

const test::World& world() {
  static const test::World one;
  return one;
}

class ProvenanceWorld : public ::testing::Test {
 protected:
  ProvenanceWorld() { write_lock({}); }

  // golang:1.24 is locked, and what is given, signed by `signer`.
  void write_lock(const std::vector<std::pair<std::string, Digest>>& more,
                  const std::optional<image::Signer>& signer = {}) {
    document::Document document;
    const auto add = [&](const std::string& key, const Digest& digest,
                         std::vector<document::PlatformDigest> platforms) {
      document::Entry entry{.reference = image::Reference::parse(key).value(),
                            .digest = digest,
                            .media_type = std::string(image::media_type::oci_index),
                            .platforms = std::move(platforms)};
      if (signer) entry.signers.push_back(*signer);
      document.insert(std::move(entry));
    };
    add("golang:1.24", kGo, {{{"linux", "arm64", "", ""}, kGoArm}});
    for (const auto& [key, digest] : more) add(key, digest, {});
    tree.folder.write("images.lock", document::write(document));
  }

  // The image with a statement in its index for each platform; nothing about a platform without one.
  Digest build(const std::optional<std::string>& about_amd64, const std::optional<std::string>& about_arm64 = {}) {
    std::vector<image::Descriptor> entries{amd64, arm64};
    if (about_amd64) entries.push_back(registry.add_attestation(amd64.digest, {{*about_amd64, std::string(kV02)}}));
    if (about_arm64) entries.push_back(registry.add_attestation(arm64.digest, {{*about_arm64, std::string(kV02)}}));
    return registry.add_index(entries);
  }
  Digest build_from(const std::vector<Used>& materials) {
    return build(provenance(amd64.digest, materials), provenance(arm64.digest, materials));
  }

  Result<ProvenanceVerification> ask(const std::string& image) {
    const auto root =
        trust::sigstore::TrustedRoot::parse(json::serialize(json::value(world().trusted_root())), "acme", "root.json")
            .value();
    trust::Examiner examiner(registry, {.roots = {root}, .keys = {}}, {}, 1);
    tree.settle(settings +
                "[signer.ci]\nkind = \"sigstore\"\ntrusted-root = \"acme.json\"\nissuer = \"https://token.example\"\n"
                "subject = \"" +
                trusted + "\"\n");
    return verify_provenance(tree.workspace, {image}, registry, examiner);
  }
  std::string of(const std::string& image) {
    auto result = ask(image);
    if (!result) return show(result.error());
    rows = std::move(result->rows);
    return show(result->verification);
  }
  static std::string named(const Digest& digest) { return "registry.example/acme/base@" + digest.text(); }

  // A bundle about the image, or one of its platforms.
  void sign(const Digest& about, const std::string& payload, std::string_view by = test::kSubject,
            std::optional<Bytes> repository = {}) {
    registry.attach_bundle(about, bundle(payload, by, std::move(repository)));
  }
  static std::string bundle(const std::string& payload, std::string_view by = test::kSubject,
                            std::optional<Bytes> repository = {}) {
    test::Recipe recipe{.message = "x", .envelope = true, .payload = payload};
    recipe.leaf.alternative_names = {"URI:" + std::string(by)};
    if (repository) recipe.leaf.extensions.emplace_back("1.3.6.1.4.1.57264.1.12", test::utf8_string(*repository));
    return json::serialize(json::value(world().sign(recipe)));
  }

  test::TreeWorld tree;
  SignedRegistry registry;
  image::Descriptor amd64 = registry.add_platform("linux/amd64");
  image::Descriptor arm64 = registry.add_platform("linux/arm64");
  std::string trusted{test::kSubject};
  std::string settings;  // of images.toml, before the signer
  std::vector<ProvenanceRow> rows;
};

const std::string kUnsigned = "note[provenance-unsigned]: nobody signed the provenance of ";

// The findings but the note that nobody signed, each without its first line's continuation: "severity[check]: message".
std::string first_lines(const std::string& shown) {
  std::string out;
  for (const auto line : base::split(shown, '\n')) {
    if (line.empty() || line.starts_with("  ") || line.starts_with(kUnsigned)) continue;
    out += std::string(line) + "\n";
  }
  return out;
}

TEST_F(ProvenanceWorld, ABuildFromWhatIsLockedPasses) {
  const Digest image = build_from({kLockedGo, {"https://github.com/acme/shop.git#main", Digest::sha256_of("commit")}});
  write_lock({{"registry.example/acme/base:1", image}});
  EXPECT_EQ(
      of("registry.example/acme/base:1"),
      "note[provenance-unsigned]: nobody signed the provenance of registry.example/acme/base:1; it is part of the "
      "locked index\n  reference: registry.example/acme/base:1@" +
          image.text() + "\n  digest: " + image.text() +
          "\n  object: linux/amd64, linux/arm64 of registry.example/acme/base:1\n");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(rows[0].counts && rows[0].in_index && rows[0].index_is_locked);
  EXPECT_EQ(rows[0].builder, "https://ci.example/builder");
  ASSERT_EQ(rows[0].materials.size(), 2U);
  EXPECT_EQ(rows[0].materials[0].locked, "docker.io/library/golang:1.24");
  EXPECT_EQ(rows[0].materials[1].locked, "");
  // An index that nobody locked is what the caller named, and is called so.
  write_lock({});
  EXPECT_TRUE(of(named(image)).find("it is part of the index\n") != std::string::npos);
  EXPECT_FALSE(rows[0].index_is_locked);
}

TEST_F(ProvenanceWorld, ThePlatformOfALockedIndexIsThatIndex) {
  EXPECT_EQ(first_lines(of(named(build_from({{kLockedGo.uri, kGoArm}})))), "");
  EXPECT_EQ(first_lines(of(named(build_from({{"pkg:docker/golang?digest=" + kGo.text(), kGo}})))), "");
}

TEST_F(ProvenanceWorld, AnotherDigestThanTheLockedOneIsNamedWithBoth) {
  const Digest image =
      build(provenance(amd64.digest, {{kLockedGo.uri, kOther}}), provenance(arm64.digest, {kLockedGo}));
  const std::string shown = of(named(image));
  EXPECT_EQ(
      shown.substr(0, shown.find("note[")),
      "error[material-differs]: the build of " + named(image) +
          " used golang:1.24 with another digest than the locked one\n  reference: docker.io/library/golang:1.24@" +
          kOther.text() + "\n  digest: " + kOther.text() + "\n  expected: " + kGo.text() +
          "\n  actual: " + kOther.text() + "\n  object: linux/amd64 of " + named(image) +
          "\n  hint: build it again from the locked digest; or, to take another one, run `lock update "
          "golang:1.24`\n");
}

TEST_F(ProvenanceWorld, MaterialsThatNothingVouchesFor) {
  const std::string name = named(build_from({}));
  struct Row {
    std::vector<Used> materials;
    std::string expected;  // with % for the image
  };
  const std::vector<Row> cases = {
      {{{"pkg:docker/nginx@1", kOther}},
       "error[material-not-locked]: the build of % used nginx:1, which is not in the lock\n"},
      // The tag counts too: golang:1.25 is not what is locked, whatever its digest.
      {{{"pkg:docker/golang@1.25", kGo}},
       "error[material-not-locked]: the build of % used golang:1.25, which is not in the lock\n"},
      {{{"pkg:docker/golang@1.24", {}}},
       "error[material-unpinned]: the build of % used golang:1.24, and nothing says with which digest\n"},
      {{{"https://example.com/tool.tar.gz", {}}},
       "warning[material-unpinned]: the build of % used https://example.com/tool.tar.gz, and nothing says which state "
       "of it\n"},
      {{{"pkg:docker/golang@1.24?digest=" + kGo.text(), kOther}},
       "error[provenance-invalid]: the build of % used pkg:docker/golang@1.24?digest=" + kGo.text() +
           ", which cannot be read: it has two digests, " + kOther.text() + " and " + kGo.text() + "\n"},
      {{}, ""},  // BuildKit lists every image that it pulls: there was none
  };
  for (const Row& row : cases) {
    const std::string image = named(build_from(row.materials));
    std::string expected = row.expected;
    if (const auto at = expected.find('%'); at != expected.npos) expected.replace(at, 1, image);
    EXPECT_EQ(first_lines(of(image)), expected);
  }
}

TEST_F(ProvenanceWorld, EveryPlatformNeedsProvenance) {
  const Digest image = build(provenance(amd64.digest, {kLockedGo}));
  EXPECT_EQ(first_lines(of(named(image))),
            "error[provenance-missing]: nothing that counts says how " + named(image) + " was built\n");
  EXPECT_TRUE(of(named(image)).find("  object: linux/arm64 of ") != std::string::npos);
  settings = ("platforms = [\"linux/amd64\"]\n");
  EXPECT_EQ(first_lines(of(named(image))), "");
  // A platform that no image has takes nothing away.
  settings = ("platforms = [\"linux/s390x\"]\n");
  EXPECT_NE(first_lines(of(named(image))), "");
}

TEST_F(ProvenanceWorld, AbsenceIsProvenOrUndetermined) {
  const Digest image = build({});
  EXPECT_EQ(of(named(image)),
            "error[provenance-missing]: nothing that counts says how " + named(image) +
                " was built\n  reference: " + named(image) + "\n  digest: " + image.text() +
                "\n  object: linux/amd64, linux/arm64 of " + named(image) +
                "\n  hint: build it with provenance (`docker buildx build --provenance=mode=min`), or "
                "sign it\n");
  registry.fail_referrers = ErrorKind::unreachable;
  const std::string shown = of(named(image));
  EXPECT_EQ(shown.find("nothing that counts"), std::string::npos);
  EXPECT_TRUE(shown.find("undetermined: error[provenance-missing]: cannot see all that is said about how ") !=
              std::string::npos)
      << shown;
  // Also beside provenance that counts: somebody may say something else.
  EXPECT_NE(of(named(build_from({kLockedGo}))).find("undetermined: "), std::string::npos);
}

TEST_F(ProvenanceWorld, ProvenanceThatNamesNoImageProvesNothing) {
  const std::string workflow = "https://actions.github.io/buildtypes/workflow/v1";
  const Used source{"git+https://github.com/acme/base@refs/heads/main", Digest::sha256_of("commit")};
  const Digest image =
      build(provenance(amd64.digest, {source}, workflow), provenance(arm64.digest, {source}, workflow));
  EXPECT_EQ(first_lines(of(named(image))), "error[provenance-silent]: the provenance of " + named(image) +
                                               " does not name the images that were used\n");
  // A second one that does is enough.
  sign(image, provenance(image, {kLockedGo}));
  EXPECT_EQ(of(named(image)), "");
}

TEST_F(ProvenanceWorld, SignedProvenanceCountsByItsSigner) {
  const Digest image = build({});
  sign(image, provenance(image, {kLockedGo}));
  EXPECT_EQ(of(named(image)), "");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].signer->subject, test::kSubject);
  EXPECT_EQ(rows[0].platforms, (std::vector<std::string>{"linux/amd64", "linux/arm64"}));
  // The platforms were not asked about one by one.
  EXPECT_EQ(registry.questions["referrers " + image.text()], 1);
  EXPECT_EQ(registry.questions.count("referrers " + amd64.digest.text()), 0U);

  trusted = "https://ci.example/somebody-else";
  EXPECT_EQ(first_lines(of(named(image))),
            "error[provenance-missing]: nothing that counts says how " + named(image) + " was built\n" +
                "warning[provenance-untrusted]: provenance of " + named(image) + " (sigstore bundle v0.3 " +
                rows[0].location + ") is signed by " + std::string(test::kSubject) +
                " (issuer https://token.example, trust root acme), whom images.toml does not name\n");
}

TEST_F(ProvenanceWorld, ARuleNamesWhoseWordCounts) {
  const Digest image = build({});
  sign(image, provenance(image, {kLockedGo}));
  const std::string other =
      "[signer.other]\nkind = \"sigstore\"\ntrusted-root = \"acme.json\"\nissuer = \"https://token.example\"\n"
      "subject = \"https://ci.example/other\"\n";
  settings = other + "[[rule]]\nimages = [\"registry.example/acme/**\"]\nsigners = [\"other\"]\n";
  EXPECT_NE(of(named(image)).find("error[provenance-missing]"), std::string::npos);
  settings = other + "[[rule]]\nimages = [\"registry.example/acme/**\"]\nany-of = [\"other\", \"ci\"]\n";
  EXPECT_EQ(of(named(image)), "");
  settings = other + "[[rule]]\nimages = [\"registry.example/else/**\"]\nsigners = [\"other\"]\n";
  EXPECT_EQ(of(named(image)), "");
  // Whom the lock recorded for the image counts without being named.
  trusted = "https://ci.example/somebody-else";
  settings.clear();
  EXPECT_NE(of(named(image)), "");
  write_lock({{"registry.example/acme/base:1", image}}, image::Signer{.kind = image::Signer::Kind::sigstore,
                                                                      .root = "acme",
                                                                      .issuer = "https://token.example",
                                                                      .subject = std::string(test::kSubject)});
  EXPECT_EQ(of("registry.example/acme/base:1"), "");
}

TEST_F(ProvenanceWorld, PlatformsMayBeSignedOneByOneAndUnderTheOldTag) {
  const Digest image = build({});
  sign(amd64.digest, provenance(amd64.digest, {kLockedGo}));
  EXPECT_EQ(first_lines(of(named(image))),
            "error[provenance-missing]: nothing that counts says how " + named(image) + " was built\n");
  const json::value attested = json::parse(bundle(provenance(arm64.digest, {kLockedGo})));
  const test::Key key = test::Key::ecdsa();
  registry.add_layer(arm64.digest, ".att", std::string(trust::sigstore::envelope_media_type),
                     json::serialize(attested.at("dsseEnvelope")), {{"dev.cosignproject.cosign/signature", ""}});
  // Without its certificate nobody knows who signed it.
  EXPECT_EQ(first_lines(of(named(image))),
            "error[provenance-missing]: nothing that counts says how " + named(image) +
                " was built\nwarning[provenance-untrusted]: provenance of " + named(image) +
                " (cosign attestation tag sha256-" + std::string(arm64.digest.hex()) +
                ".att layer 1) is signed by somebody whose key is not known here, whom images.toml does not name\n");
  sign(arm64.digest, provenance(arm64.digest, {kLockedGo}));
  EXPECT_EQ(first_lines(of(named(image))).find("error"), std::string::npos);
}

// Each row is refused; its sibling differs in one place and passes.
TEST_F(ProvenanceWorld, AttacksOnTheIndex) {
  const std::string good = provenance(amd64.digest, {kLockedGo});
  const std::string arm = provenance(arm64.digest, {kLockedGo});
  EXPECT_EQ(first_lines(of(named(build(good, arm)))), "");
  struct Row {
    std::string name;
    std::string statement;
    std::string reason;
  };
  std::string twice = good;
  twice.insert(twice.find("\"materials\""), "\"materials\":[],");
  std::string many = good;
  std::string list = R"("materials":[{"uri":"git:x"})";
  for (int i = 0; i < 10'000; ++i) list += R"(,{"uri":"git:x"})";
  many.replace(many.find("\"materials\":["), 13, list + ",");
  const std::vector<Row> cases = {
      {"about another image", provenance(kOther, {kLockedGo}),
       "no subject of the statement is " + amd64.digest.text() + ", which the index says it is about"},
      {"about another platform", arm,
       "no subject of the statement is " + amd64.digest.text() + ", which the index says it is about"},
      {"an SBOM as provenance", statement("https://spdx.dev/Document", amd64.digest, {{"spdxVersion", "SPDX-2.3"}}),
       "the statement's predicate is https://spdx.dev/Document, not SLSA provenance v0.2 or v1"},
      {"members of v1 called v0.2",
       statement(kV02, amd64.digest, {{"buildDefinition", json::object{{"buildType", kBuildKit}}}}),
       "not SLSA provenance: it has no buildType"},
      {"materials twice", twice, "is not valid JSON: the name \"materials\" stands twice in one object"},
      {"more materials than are read", many, "not SLSA provenance: more than 10,000 materials"},
      {"no statement", "{}", "the payload is not an in-toto statement v0.1 or v1"},
  };
  for (const Row& row : cases) {
    SCOPED_TRACE(row.name);
    const std::string shown = of(named(build(row.statement, arm)));
    EXPECT_NE(shown.find(row.reason), std::string::npos) << shown;
    // Either it does not hold, or it cannot be judged; in no case is the platform covered.
    const bool invalid = shown.find("error[provenance-invalid]") != std::string::npos &&
                         shown.find("error[provenance-missing]: nothing that counts") != std::string::npos;
    const bool undetermined = shown.find("undetermined: error[provenance-missing]: cannot judge") != std::string::npos;
    EXPECT_NE(invalid, undetermined) << shown;
  }
}

TEST_F(ProvenanceWorld, AttestationsOfAnIndexThatAreNotThere) {
  const image::Descriptor attestation =
      registry.add_attestation(amd64.digest, {{provenance(amd64.digest, {kLockedGo}), std::string(kV02)}});
  const Digest image = registry.add_index({amd64, attestation});
  EXPECT_EQ(first_lines(of(named(image))), "");
  registry.corrupt_blobs();
  EXPECT_NE(of(named(image)).find("error[provenance-invalid]"), std::string::npos);
}

TEST_F(ProvenanceWorld, AnSbomBesideProvenanceIsNotFetchedAndOneWithoutAnnotationIsPassedOver) {
  const std::string sbom = statement("https://spdx.dev/Document", amd64.digest, {});
  const Digest image = registry.add_index(
      {amd64,
       registry.add_attestation(
           {}, {{sbom, "https://spdx.dev/Document"}, {sbom + " ", ""}, {provenance(amd64.digest, {kLockedGo}), ""}})});
  EXPECT_EQ(first_lines(of(named(image))), "");
  EXPECT_EQ(registry.questions.count("blob " + Digest::sha256_of(sbom).text()), 0U);
  EXPECT_EQ(registry.questions["blob " + Digest::sha256_of(sbom + " ").text()], 1);
}

TEST_F(ProvenanceWorld, AttacksOnSignedProvenance) {
  const std::string builder = "https://github.com/acme/ci/.github/workflows/build.yml@refs/tags/v1";
  const auto signed_by = [&](const Digest& image, const std::string& id, const std::string& source,
                             std::string_view type = kV1) {
    return statement(
        type, image,
        {{"buildDefinition",
          json::object{{"buildType", "https://actions.github.io/buildtypes/workflow/v1"},
                       {"externalParameters", json::object{{"workflow", json::object{{"repository", source}}}}},
                       {"resolvedDependencies", materials_of({kLockedGo})}}},
         {"runDetails", json::object{{"builder", json::object{{"id", id}}}}}});
  };
  const std::string shop = "https://github.com/acme/shop";
  trusted = builder;
  struct Row {
    std::string name;
    std::function<std::string(const Digest&)> payload;
    std::string reason;  // empty: passes
  };
  const std::vector<Row> cases = {
      {"builder and source agree", [&](const Digest& image) { return signed_by(image, builder, shop); }, ""},
      {"a builder that is no workflow",
       [&](const Digest& image) { return signed_by(image, "https://github.com/actions/runner/github-hosted", shop); },
       ""},
      {"another builder",
       [&](const Digest& image) {
         return signed_by(image, "https://github.com/evil/ci/.github/workflows/build.yml@refs/tags/v1", shop);
       },
       "it says that https://github.com/evil/ci/.github/workflows/build.yml@refs/tags/v1 built the image, and its "
       "certificate is that of " +
           builder},
      {"another source", [&](const Digest& image) { return signed_by(image, builder, shop + "-fork"); },
       "it says that the source is https://github.com/acme/shop-fork, and its certificate says " + shop},
      {"about another image", [&](const Digest&) { return signed_by(kOther, builder, shop); },
       "statement-subject: no subject of the statement has this digest"},
      {"an SBOM's type",
       [&](const Digest& image) { return signed_by(image, builder, shop, "https://spdx.dev/Document"); },
       "nothing that counts says how"},
      {"a type of the future",
       [&](const Digest& image) { return signed_by(image, builder, shop, "https://slsa.dev/provenance/v2"); },
       "the statement's predicate is https://slsa.dev/provenance/v2, not SLSA provenance v0.2 or v1"},
      {"the type twice",
       [&](const Digest& image) {
         std::string text = signed_by(image, builder, shop);
         return text.insert(text.find("\"predicateType\""), "\"predicateType\":\"https://spdx.dev/Document\",");
       },
       "stands twice in one object"},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(cases[i].name);
    // An image of its own for each row.
    const auto platform = registry.add_platform("linux/amd64", std::to_string(i));
    const Digest image = registry.add_index({platform});
    sign(image, cases[i].payload(image), builder, shop);
    const std::string shown = of(named(image));
    if (cases[i].reason.empty()) {
      EXPECT_EQ(shown, "");
      continue;
    }
    EXPECT_NE(shown.find(cases[i].reason), std::string::npos) << shown;
    const bool missing = shown.find("error[provenance-missing]") != std::string::npos;
    EXPECT_TRUE(missing) << shown;
  }
}

TEST_F(ProvenanceWorld, ASignatureLendsNothingToAnother) {
  const Digest image = build_from({kLockedGo});
  sign(image, provenance(image, {{kLockedGo.uri, kOther}}), "https://evil.example/ci");
  sign(image, provenance(kOther, {kLockedGo}));
  // Both are seen, neither decides: the index's own provenance covers the image.
  EXPECT_EQ(first_lines(of(named(image))).find("error"), std::string::npos);
  EXPECT_NE(of(named(image)).find("note[provenance-untrusted]"), std::string::npos);
  EXPECT_NE(of(named(image)).find("warning[provenance-invalid]"), std::string::npos);
}

TEST_F(ProvenanceWorld, WhatCannotBeAskedAbout) {
  EXPECT_EQ(
      of("registry.example/acme/base:1"),
      "error[image-not-locked]: registry.example/acme/base:1 is not in the lock, so there is no digest to ask "
      "about\n  reference: registry.example/acme/base:1\n  hint: name it with the digest that its build reported: "
      "registry.example/acme/base:1@sha256:…\n");
  EXPECT_EQ(registry.waves, 0);
  EXPECT_EQ(first_lines(of(named(kOther))),
            "error[digest-gone]: fetching the manifest of " + named(kOther) + ": told to fail\n");
  EXPECT_EQ(ask("Not a reference").error().kind, ErrorKind::usage);
}

TEST_F(ProvenanceWorld, IncompleteMaterialsAreANoteAndRulesMayDemandSignatures) {
  const std::string said =
      statement(kV02, amd64.digest,
                {{"buildType", kBuildKit},
                 {"materials", materials_of({kLockedGo})},
                 {"metadata", json::object{{"completeness", json::object{{"materials", false}}}}}});
  const Digest image = registry.add_index({amd64, registry.add_attestation(amd64.digest, {{said, std::string(kV02)}})});
  EXPECT_EQ(first_lines(of(named(image))), "note[provenance-incomplete]: the builder of " + named(image) +
                                               " does not vouch that the materials which it lists are all\n");
  settings = ("[checks]\nprovenance-unsigned = \"error\"\n");
  EXPECT_NE(of(named(image)).find("error[provenance-unsigned]"), std::string::npos);
}

}  // namespace
}  // namespace lock::ops
